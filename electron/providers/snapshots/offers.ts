import type { Reason, SnapshotTree } from '../../../shared/model/index.ts'
import { NewFiles } from './new-files.ts'
import {
  AGENT_SILENT,
  CHECKPOINTS,
  diskShared,
  diskUnreadable,
  FREEZE_NEEDS_RUNNING,
  holdsMemory,
  jobRuns,
  MEMORY_NEEDS_RUNNING,
  NO_AGENT,
  NO_DISK,
  NVRAM_INTERNAL,
  rawInside,
  SAVED_STATE,
  standsOn,
  TRANSIENT,
  writtenInto,
} from './reasons.ts'
import { chainProblem, coveredDisks, needsOf, type Sight } from './sight.ts'

/** Why nothing that touches its disks can be done to the machine now. */
export function busyReason(sight: Sight): Reason | null {
  if (!sight.isPersistent) return TRANSIENT
  if (sight.hasManagedSave) return SAVED_STATE
  const [job] = sight.jobs
  return job ? jobRuns(job.target, job.kind) : null
}

/** Why no snapshot of any kind can be taken. */
function createReason(sight: Sight): Reason | null {
  const busy = busyReason(sight)
  if (busy) return busy
  if (sight.checkpoints > 0) return CHECKPOINTS
  const disks = coveredDisks(sight)
  if (disks.length === 0) return NO_DISK
  for (const { target, path, isShared } of disks) {
    if (path === null) return diskUnreadable(target)
    if (isShared) return diskShared(target)
    const problem = chainProblem(sight, path)
    if (problem) return problem
  }
  return null
}

export function internalReason(sight: Sight): Reason | null {
  const reason = createReason(sight)
  if (reason) return reason
  if (sight.hasNvram) return NVRAM_INTERNAL
  for (const { target, path } of coveredDisks(sight)) {
    const file = path === null ? undefined : sight.files.get(path)
    if (file?.format !== 'qcow2') return rawInside(target, file?.format ?? null)
    // what is written inside would change beneath whoever stands on the file
    const frozen = needsOf(sight, file.path).find(({ how }) => how !== 'inside')
    if (frozen) return writtenInto(file.path)
    const others = [...file.overlays, ...file.usedBy]
    if (others.length > 0) return standsOn(file.path, others)
  }
  return sight.isActive && sight.holdsMemory.length > 0 ? holdsMemory(sight.holdsMemory) : null
}

export function externalReason(sight: Sight): Reason | null {
  const reason = createReason(sight)
  if (reason) return reason
  const overlays = new NewFiles(sight).overlaysOnActive('try')
  return 'code' in overlays ? overlays : null
}

export function memoryReason(sight: Sight): Reason | null {
  if (!sight.isActive) return MEMORY_NEEDS_RUNNING
  return sight.holdsMemory.length > 0 ? holdsMemory(sight.holdsMemory) : null
}

export function freezeReason(sight: Sight): Reason | null {
  if (!sight.isActive || sight.isPaused) return FREEZE_NEEDS_RUNNING
  if (sight.agent === 'none') return NO_AGENT
  return sight.agent === 'answers' ? null : AGENT_SILENT
}

export function offersOf(sight: Sight): SnapshotTree['offers'] {
  return {
    internal: internalReason(sight),
    external: externalReason(sight),
    memory: memoryReason(sight),
    freeze: freezeReason(sight),
  }
}
