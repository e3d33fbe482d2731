import { isAppError } from '../../../../shared/errors/index.ts'
import { constants as c } from '../../../libvirt/index.ts'
import { CANCELLED_BY_PERSON } from '../../provider.ts'
import { coveredDisks, type OverlayToMake, type Sight } from '../../snapshots/index.ts'
import { isAgentSilent } from '../problems.ts'
import { change } from '../volumes/volume-context.ts'
import type { SnapshotContext } from './snapshot-context.ts'
import { guestSilent } from './snapshot-problems.ts'
import { newSnapshotXml, writeDescription } from './snapshot-xml.ts'

export interface SnapshotToTake {
  readonly name: string
  readonly description: string | null
  readonly tags: readonly string[]
  readonly scheduleId: string | null
  readonly freeze: boolean
  /** Null: inside the files. */
  readonly overlays: readonly OverlayToMake[] | null
  readonly memoryFile: string | null
}

/** Takes a snapshot: of all disks, or of none. A person's cancel ends the saving of the memory; the machine then runs on as before. */
export async function takeSnapshot(context: SnapshotContext, sight: Sight, take: SnapshotToTake): Promise<void> {
  const { dom, host, work } = context
  const { name, description, tags, scheduleId: schedule, freeze, overlays, memoryFile } = take
  const frozen = sight.isActive ? freeze : null
  const xmlDesc = newSnapshotXml({
    name,
    description: writeDescription(description, { tags, schedule, frozen }),
    targets: sight.disks.map(({ target }) => target),
    covered: coveredDisks(sight).map(({ target }) => target),
    overlays,
    memoryFile,
  })
  const abort = () => {
    const reason: unknown = work.signal.reason
    if (!isAppError(reason) || reason.code !== CANCELLED_BY_PERSON) return
    host.call('domainAbortJob', { dom }, { idempotent: true }).catch(() => undefined)
  }
  work.signal.addEventListener('abort', abort, { once: true })
  try {
    await change(context, 'domainSnapshotCreateXml', { dom, xmlDesc, flags: flagsOf(take) }, { dedicated: true })
  } catch (error) {
    throw freeze && isAgentSilent(error) ? guestSilent(dom.name, error) : error
  } finally {
    work.signal.removeEventListener('abort', abort)
  }
  context.touchDefinition()
  context.touchPools()
}

function flagsOf({ overlays, memoryFile, freeze }: SnapshotToTake): number {
  if (overlays === null) return 0
  const saved = memoryFile === null ? c.VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY : c.VIR_DOMAIN_SNAPSHOT_CREATE_LIVE
  return saved | c.VIR_DOMAIN_SNAPSHOT_CREATE_ATOMIC | (freeze ? c.VIR_DOMAIN_SNAPSHOT_CREATE_QUIESCE : 0)
}
