import { constants as c } from '../../../libvirt/index.ts'
import type { MachineStanding } from '../../provider.ts'
import { change } from '../act-context.ts'
import { isNoDomain } from '../problems.ts'
import type { MachineContext, MigrationContext } from './migration-context.ts'
import { notLeft } from './migration-problems.ts'

/** Where a machine stands at this end, by what its own daemon says. */
export async function standingOf({ host, work }: MigrationContext, uuid: string): Promise<MachineStanding> {
  try {
    const { dom } = await host.call('domainLookupByUuid', { uuid }, { signal: work.signal })
    const bounds = { signal: work.signal }
    const [{ state, reason }, { persistent }, job] = await Promise.all([
      host.call('domainGetState', { dom, flags: 0 }, bounds),
      host.call('domainIsPersistent', { dom }, bounds),
      host.call('domainGetJobStats', { dom, flags: 0 }, bounds).catch((error: unknown) => {
        // a job that is being ended has none to tell of for a moment
        if (isNoDomain(error)) throw error
        return null
      }),
    ])
    const operation =
      job?.type === c.VIR_DOMAIN_JOB_NONE ? null : job?.params.find(({ field }) => field === c.VIR_DOMAIN_JOB_OPERATION)?.value
    const isPersistent = persistent !== 0
    return { state: stateOf(state, reason, typeof operation === 'number' ? operation : null, isPersistent), isPersistent }
  } catch (error) {
    if (isNoDomain(error)) return { state: 'absent', isPersistent: false }
    throw error
  }
}

/** What receives is not defined yet, and its daemon tells of no job. */
function stateOf(state: number, reason: number, operation: number | null, isPersistent: boolean): MachineStanding['state'] {
  if (state === c.VIR_DOMAIN_SHUTOFF || state === c.VIR_DOMAIN_CRASHED) return 'off'
  if (state === c.VIR_DOMAIN_PAUSED && reason === c.VIR_DOMAIN_PAUSED_POSTCOPY_FAILED) return 'post-copy-failed'
  if (state === c.VIR_DOMAIN_RUNNING && reason === c.VIR_DOMAIN_RUNNING_POSTCOPY_FAILED) return 'post-copy-failed'
  if (operation === c.VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN) return 'incoming'
  if (operation === c.VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT) return 'outgoing'
  if (state !== c.VIR_DOMAIN_PAUSED) return 'running'
  if (reason !== c.VIR_DOMAIN_PAUSED_MIGRATION && reason !== c.VIR_DOMAIN_PAUSED_POSTCOPY) return 'paused'
  return isPersistent ? 'left-paused' : 'incoming'
}

/**
 * Ends what a broken move has left here. `run`: nothing of it runs elsewhere. `give-up`: it does; its disks are that one's, and only the process
 * and the definition go. Refused of a machine that no move has left: that one is somebody's.
 */
export async function settleMove(context: MachineContext, as: 'run' | 'give-up'): Promise<void> {
  const { dom } = context
  const { state, isPersistent } = await standingOf(context, dom.uuid)
  if (as === 'run') {
    if (state === 'running') return
    if (state !== 'left-paused') throw notLeft(dom.name, state)
    await change(context, 'domainResume', { dom })
    return
  }
  if (state === 'absent') return
  if (state !== 'left-paused' && state !== 'incoming' && state !== 'off') throw notLeft(dom.name, state)
  if (state !== 'off') await change(context, 'domainDestroyFlags', { dom, flags: 0 })
  if (isPersistent) await undefine(context)
}

/** Its snapshots were none: a machine with snapshots is not moved. The file of its NVRAM may be the one that it uses now. */
async function undefine(context: MachineContext): Promise<void> {
  const flags = c.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | c.VIR_DOMAIN_UNDEFINE_KEEP_NVRAM
  await change(context, 'domainUndefineFlags', { dom: context.dom, flags }).catch((error: unknown) => {
    if (!isNoDomain(error)) throw error
  })
}
