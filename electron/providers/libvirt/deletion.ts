import type { AppError } from '../../../shared/errors/index.ts'
import type { DeletionPlan } from '../../../shared/model/index.ts'
import { constants as c, type LibvirtHost, type StorageVolRef } from '../../libvirt/index.ts'
import { at, childrenOf, type XmlElement } from '../../xml/index.ts'
import { type ActContext, type ActionOf, change, needState, stateNow, within } from './act-context.ts'
import { findAgain } from './chosen-volumes.ts'
import { type DiskFacts, keptDefinition, readDisks, readVolumes } from './disks.ts'
import type { ChosenVolume } from './marker.ts'
import { deletedPartly, diskNotDeletable, holdsBack, isUnsupported, toProblem, transient } from './problems.ts'

/** Why a disk has to stay; null: it may go. */
function reasonToKeep(disk: DiskFacts): string | null {
  const isMedia = disk.device === 'cdrom' || disk.device === 'floppy'
  if (isMedia && !disk.isSeed) return 'It is removable media, such as an ISO image, and not the machine’s own.'
  if (disk.readOnly && !disk.isSeed) return 'The machine may only read it: it belongs to somebody else.'
  if (disk.sharedWith.length > 0) return `It is used by ${disk.sharedWith.join(', ')} as well.`
  if (disk.shareable) return 'It is marked as shared between machines.'
  if (disk.overlays.length > 0) return `Other images are built on it: ${disk.overlays.join(', ')}.`
  if (disk.blind !== null) return `Whether other images are built on it cannot be told: ${disk.blind}`
  if (disk.volume === null) return 'It is in no storage pool of the host, so libvirt cannot delete it.'
  return null
}

function diskInPlan(disk: DiskFacts): DeletionPlan['disks'][number] {
  const reason = reasonToKeep(disk)
  return {
    key: disk.key,
    target: disk.target,
    format: disk.format,
    capacityBytes: disk.capacityBytes,
    allocationBytes: disk.allocationBytes,
    sharedWith: [...disk.sharedWith],
    deletable: reason === null,
    reason,
  }
}

interface Inspection {
  readonly plan: Omit<DeletionPlan, 'machineId'>
  readonly disks: readonly DiskFacts[]
}

/** Of all disks, or of those that shall go: the others of the host are looked through for each. */
async function inspect(context: ActContext, diskKeys?: readonly string[]): Promise<Inspection> {
  const { host, dom } = context
  const definition = await keptDefinition(context)
  const [state, disks, snapshots, checkpoints, saved] = await Promise.all([
    stateNow(context),
    readDisks(context, definition, diskKeys),
    listSnapshots(context),
    listCheckpoints(context),
    host.call('domainHasManagedSaveImage', { dom, flags: 0 }, within(context)).catch(() => ({ result: 0 })),
  ])
  const nvram = at(definition, 'os', 'nvram')
  const unseen = unseenOf(disks)
  const plan = {
    name: at(definition, 'name')?.text ?? dom.name,
    state,
    disks: disks.map(diskInPlan),
    snapshots: [...snapshots],
    checkpoints: [...checkpoints],
    nvram: nvram ? nvram.text.trim() || (at(nvram, 'source')?.attributes.file ?? 'nvram') : null,
    tpm: tpmFate(definition, has(host, TPM_CHOICE)),
    hasManagedSave: saved.result !== 0,
    ...(unseen && { unseen }),
  }
  return { plan, disks }
}

/** Said only of disks that may go. */
function unseenOf(disks: readonly DiskFacts[]): DeletionPlan['unseen'] {
  const unseen = disks.filter((disk) => reasonToKeep(disk) === null).map((disk) => disk.unseen)
  const pools = [...new Set(unseen.flatMap((one) => one.pools))]
  const images = [...new Set(unseen.flatMap((one) => one.images))]
  return pools.length + images.length === 0 ? undefined : { pools, images }
}

async function listSnapshots(context: ActContext): Promise<readonly string[]> {
  try {
    const { snapshots } = await context.host.call('domainListAllSnapshots', { dom: context.dom, needResults: 1, flags: 0 }, within(context))
    return snapshots.map(({ name }) => name)
  } catch (error) {
    if (isUnsupported(error)) return []
    throw error
  }
}

async function listCheckpoints(context: ActContext): Promise<readonly string[]> {
  const { host, dom } = context
  if (!has(host, CHECKPOINTS)) return []
  try {
    const { checkpoints } = await host.call('domainListAllCheckpoints', { dom, needResults: 1, flags: 0 }, within(context))
    return checkpoints.map(({ name }) => name)
  } catch (error) {
    if (isUnsupported(error)) return []
    throw error
  }
}

/** The releases that brought them (docs of virDomainListAllCheckpoints and virDomainUndefineFlags). */
const CHECKPOINTS = [5, 6] as const
const TPM_CHOICE = [8, 9] as const

function has({ facts }: LibvirtHost, [major, minor]: readonly [number, number]): boolean {
  const { version } = facts
  return version.major > major || (version.major === major && version.minor >= minor)
}

/**
 * What an undefine does with the state of the machine's TPM. Only swtpm keeps any, and libvirt removes it unless it is told otherwise: by
 * the definition (formatdomain.html, `persistent_state`), or by a flag where the daemon knows the flags.
 */
export function tpmFate(definition: XmlElement, mayChoose: boolean): DeletionPlan['tpm'] {
  const backends = childrenOf(at(definition, 'devices'), 'tpm').map((tpm) => at(tpm, 'backend'))
  const emulated = backends.find((backend) => backend?.attributes.type === 'emulator')
  if (!emulated) return null
  if (mayChoose) return 'chosen'
  return emulated.attributes.persistent_state === 'yes' ? 'stays' : 'goes'
}

/** What a deletion would take away. Only reads. */
export async function planDeletion(context: ActContext): Promise<Omit<DeletionPlan, 'machineId'>> {
  return (await inspect(context)).plan
}

/**
 * Deletes the definition first and the chosen disks after it: when something fails in between, there are disks too many and not a machine
 * whose disks are gone. Everything that would hold it up is looked at before anything is changed.
 */
export async function deleteMachine(context: ActContext, action: ActionOf<'delete'>): Promise<void> {
  const { host, dom } = context
  await needState(context, 'delete')
  const { persistent } = await host.call('domainIsPersistent', { dom }, within(context))
  if (persistent === 0) throw transient(dom.name)
  const { plan, disks } = await inspect(context, action.diskKeys)
  if (plan.hasManagedSave && !action.withManagedSave) throw holdsBack(plan.name, 'managed-save')
  if (plan.snapshots.length > 0 && !action.withSnapshots) throw holdsBack(plan.name, 'snapshots')
  if (plan.checkpoints.length > 0 && !action.withSnapshots) throw holdsBack(plan.name, 'checkpoints')
  if (plan.tpm === 'goes' && !action.withTpm) throw holdsBack(plan.name, 'tpm')
  const chosen = action.diskKeys.map((key) => chosenDisk(plan, disks, key))
  const { active } = await host.call('domainIsActive', { dom }, within(context))
  // A crashed machine may still hold its memory; its definition alone would not take it away.
  if (active !== 0) await change(context, 'domainDestroyFlags', { dom, flags: 0 })
  context.progress({ note: 'deleting-definition', fraction: 0 })
  await undefine(context, action, plan)
  await deleteVolumes(context, plan.name, chosen)
}

function chosenDisk(plan: Inspection['plan'], disks: readonly DiskFacts[], key: string): DiskFacts {
  const disk = disks.find((each) => each.key === key)
  if (!disk) throw diskNotDeletable(plan.name, key, 'It is no disk of this machine.')
  const reason = reasonToKeep(disk)
  if (reason !== null) throw diskNotDeletable(plan.name, key, reason)
  return disk
}

async function undefine(context: ActContext, action: ActionOf<'delete'>, plan: Inspection['plan']): Promise<void> {
  const { dom } = context
  let flags = 0
  if (plan.hasManagedSave) flags |= c.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE
  if (plan.snapshots.length > 0) flags |= c.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
  if (plan.nvram !== null) flags |= action.withNvram ? c.VIR_DOMAIN_UNDEFINE_NVRAM : c.VIR_DOMAIN_UNDEFINE_KEEP_NVRAM
  if (plan.checkpoints.length > 0) flags |= c.VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA
  if (plan.tpm === 'chosen') flags |= action.withTpm ? c.VIR_DOMAIN_UNDEFINE_TPM : c.VIR_DOMAIN_UNDEFINE_KEEP_TPM
  await change(context, 'domainUndefineFlags', { dom, flags })
}

type Chosen = Pick<DiskFacts, 'key' | 'volume'>

interface Remaining {
  readonly key: string
  readonly error: AppError
}

/**
 * What an earlier attempt has left of a deletion: the machine is gone, its chosen disks may not be. A disk that somebody else came to use
 * since then stays. Throws `machine.delete-partly` for those that are still there afterwards.
 */
export async function deleteRest(context: ActContext, action: ActionOf<'delete'>, volumes: readonly ChosenVolume[]): Promise<void> {
  const { name } = context.dom
  const chosen: Chosen[] = []
  const found: Array<{ readonly key: string; readonly volume: StorageVolRef }> = []
  const remaining: Remaining[] = []
  const keep = (key: string, reason: string) => remaining.push({ key, error: diskNotDeletable(name, key, reason) })
  for (const key of action.diskKeys) {
    const remembered = volumes.find((each) => each.key === key)
    if (!remembered) {
      keep(key, 'It was not known as a volume of this machine.')
      continue
    }
    try {
      const now = await findAgain(context, remembered)
      if (!now) chosen.push({ key, volume: null })
      else if (now.isSame) found.push({ key, volume: now.volume })
      else keep(key, 'It has another size than when it was chosen, so it may be another one’s now.')
    } catch (error) {
      remaining.push({ key, error: answered(error) })
    }
  }
  for (const disk of await readVolumes(context, found)) {
    const reason = reasonToKeep(disk)
    if (reason === null) chosen.push(disk)
    else keep(disk.key, reason)
  }
  await deleteVolumes(context, name, chosen, remaining)
}

async function deleteVolumes(context: ActContext, name: string, chosen: readonly Chosen[], kept: readonly Remaining[] = []): Promise<void> {
  const deleted: string[] = []
  const remaining = [...kept]
  for (const [index, { key, volume }] of chosen.entries()) {
    context.progress({ note: 'deleting-disks', fraction: (index + 1) / (chosen.length + 1) })
    try {
      if (volume) await change(context, 'storageVolDelete', { vol: volume, flags: 0 })
      deleted.push(key)
    } catch (error) {
      const problem = answered(error)
      if (problem.kind === 'not-found') deleted.push(key)
      else remaining.push({ key, error: problem })
    }
  }
  if (chosen.length > 0) context.touchPools()
  if (remaining.length > 0) throw deletedPartly(name, deleted, remaining)
}

/** What the host said against it. Throws on what says nothing of the disk: a lost link, the end of the work. */
function answered(error: unknown): AppError {
  const problem = toProblem(error)
  if (['unreachable', 'indeterminate', 'cancelled', 'timeout'].includes(problem.kind)) throw error
  return problem
}
