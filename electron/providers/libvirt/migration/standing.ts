import { constants as c, type TypedParam } from '../../../libvirt/index.ts'
import type { MachineStanding } from '../../provider.ts'
import { change, within } from '../act-context.ts'
import { isNoDomain, libvirtNumber, VIR_ERR } from '../problems.ts'
import type { MachineContext, MigrationContext } from './migration-context.ts'
import { notLeft } from './migration-problems.ts'

/** Where a machine stands at this end, by what its own daemon says. `isLed`: this console leads its move now. */
export async function standingOf({ host, work }: MigrationContext, uuid: string, isLed = false): Promise<MachineStanding> {
  try {
    const { dom } = await host.call('domainLookupByUuid', { uuid }, { signal: work.signal })
    const bounds = { signal: work.signal }
    const [{ state, reason }, { persistent }, job] = await Promise.all([
      host.call('domainGetState', { dom, flags: 0 }, bounds),
      host.call('domainIsPersistent', { dom }, bounds),
      host.call('domainGetJobStats', { dom, flags: 0 }, bounds).catch((error: unknown) => {
        // of what it receives a daemon tells nothing, and says so
        if (libvirtNumber(error) === VIR_ERR.operationUnsupported) return 'in' as const
        if (libvirtNumber(error) === VIR_ERR.operationInvalid) return 'untold' as const
        throw error
      }),
    ])
    const isPersistent = persistent !== 0
    return { state: stateOf({ state, reason, job: typeof job === 'string' ? job : jobOf(job), isPersistent, isLed }), isPersistent }
  } catch (error) {
    if (isNoDomain(error)) return { state: 'absent', isPersistent: false }
    throw error
  }
}

interface Seen {
  readonly state: number
  readonly reason: number
  readonly job: 'none' | 'out' | 'in' | 'other' | 'untold'
  readonly isPersistent: boolean
  readonly isLed: boolean
}

function jobOf(job: { readonly type: number; readonly params: readonly TypedParam[] }): Seen['job'] {
  if (job.type === c.VIR_DOMAIN_JOB_NONE) return 'none'
  const operation = job.params.find(({ field }) => field === c.VIR_DOMAIN_JOB_OPERATION)?.value
  if (operation === c.VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN) return 'in'
  return operation === c.VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT ? 'out' : 'other'
}

function stateOf({ state, reason, job, isPersistent, isLed }: Seen): MachineStanding['state'] {
  if (state === c.VIR_DOMAIN_SHUTOFF || state === c.VIR_DOMAIN_CRASHED) return 'off'
  if (state === c.VIR_DOMAIN_PAUSED && reason === c.VIR_DOMAIN_PAUSED_POSTCOPY_FAILED) return 'post-copy-failed'
  if (state === c.VIR_DOMAIN_RUNNING && reason === c.VIR_DOMAIN_RUNNING_POSTCOPY_FAILED) return 'post-copy-failed'
  // in post-copy it runs already, and has not got all that it is
  if (job === 'in') return 'incoming'
  const isHeld = state === c.VIR_DOMAIN_PAUSED && reason === c.VIR_DOMAIN_PAUSED_MIGRATION
  // all was sent and nobody leads it any more: its daemon waits for the last word
  if (job === 'out') return isHeld && !isLed ? 'left-paused' : 'outgoing'
  if (state !== c.VIR_DOMAIN_PAUSED) return 'running'
  if (!isHeld && reason !== c.VIR_DOMAIN_PAUSED_POSTCOPY) return 'paused'
  // what receives is not defined yet
  return isPersistent || job === 'none' ? 'left-paused' : 'incoming'
}

/**
 * Ends what a broken move has left here. `run`: nothing of it runs elsewhere. `give-up`: it does; its disks are that one's, and only the process
 * and the definition go. Refused of a machine that no move has left: that one is somebody's.
 */
export async function settleMove(context: MachineContext, as: 'run' | 'give-up'): Promise<void> {
  const { dom } = context
  const { state, isPersistent } = await standingOf(context, dom.uuid)
  if (as === 'run' && state === 'running') return
  if (as === 'give-up' && state === 'absent') return
  if (state === 'left-paused' && (await saidLast(context, as))) return
  if (as === 'run') {
    if (state !== 'left-paused') throw notLeft(dom.name, state)
    await change(context, 'domainResume', { dom })
    return
  }
  if (state !== 'left-paused' && state !== 'incoming' && state !== 'off') throw notLeft(dom.name, state)
  if (state === 'incoming' && (await isInPostCopy(context))) throw notLeft(dom.name, 'in post-copy')
  if (state !== 'off') await change(context, 'domainDestroyFlags', { dom, flags: 0 })
  if (isPersistent) await undefine(context)
}

/**
 * It has run here already, and its source cannot let it run any more. What is only received stands still, as it has from its start; so does one in
 * the moment between, which only who has asked the source can tell from it.
 */
async function isInPostCopy(context: MachineContext): Promise<boolean> {
  const { state, reason } = await context.host.call('domainGetState', { dom: context.dom, flags: 0 }, within(context))
  const isReceived = reason === c.VIR_DOMAIN_PAUSED_MIGRATION || reason === c.VIR_DOMAIN_PAUSED_STARTING_UP
  return state !== c.VIR_DOMAIN_PAUSED || !isReceived
}

/** The last word of a move whose leader is gone, where its daemon still waits for that. False: it does not. */
async function saidLast(context: MachineContext, as: 'run' | 'give-up'): Promise<boolean> {
  const { host, dom } = context
  const job = await host.call('domainGetJobStats', { dom, flags: 0 }, within(context))
  if (jobOf(job) !== 'out') return false
  const flags = c.VIR_MIGRATE_CHANGE_PROTECTION | c.VIR_MIGRATE_UNDEFINE_SOURCE
  const args = { dom, params: [], cookieIn: new Uint8Array(), flags, cancelled: as === 'run' ? 1 : 0 }
  await change(context, 'domainMigrateConfirm3Params', args)
  return true
}

/** Its snapshots were none: a machine with snapshots is not moved. The file of its NVRAM may be the one that it uses now. */
async function undefine(context: MachineContext): Promise<void> {
  const flags = c.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | c.VIR_DOMAIN_UNDEFINE_KEEP_NVRAM
  await change(context, 'domainUndefineFlags', { dom: context.dom, flags }).catch((error: unknown) => {
    if (!isNoDomain(error)) throw error
  })
}
