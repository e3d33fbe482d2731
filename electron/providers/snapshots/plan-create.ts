import type { Reason, SnapshotOperation } from '../../../shared/model/index.ts'
import { accepted, type Judged, Needs, type OverlayToMake, refused } from './judged.ts'
import { NewFiles } from './new-files.ts'
import { externalReason, freezeReason, internalReason, memoryReason } from './offers.ts'
import { FREEZE_WITH_MEMORY, nameTaken } from './reasons.ts'
import { chainOf, coveredDisks, needsOf, type Sight, snapshotNamed } from './sight.ts'
import { step, warn } from './words.ts'

type Create = Extract<SnapshotOperation, { readonly operation: 'create' }>

/** What a new image takes before anything is written to it. */
export const OVERLAY_BYTES = 262_144
/** Of more files than this a guest's reads become slow; QEMU itself gives up at 200. */
const DEEP = 30

export function planCreate(sight: Sight, operation: Create): Judged {
  const { name, kind, memory, freeze } = operation
  if (snapshotNamed(sight, name)) return refused(nameTaken(name))
  const isInside = kind === 'internal'
  const reason = isInside ? internalReason(sight) : externalReason(sight)
  if (reason) return refused(reason, alternative(sight, operation))
  if (memory) {
    const held = memoryReason(sight)
    if (held) return refused(held, [{ ...operation, memory: false }])
  }
  if (freeze) {
    const silent = memory || (isInside && sight.isActive) ? FREEZE_WITH_MEMORY : freezeReason(sight)
    if (silent) return refused(silent, [{ ...operation, freeze: false }])
  }
  return isInside ? createInside(sight, operation) : createBeside(sight, operation)
}

/** The other kind, where that can be taken. */
function alternative(sight: Sight, operation: Create): SnapshotOperation[] {
  const other = operation.kind === 'internal' ? externalReason(sight) : internalReason(sight)
  return other === null ? [{ ...operation, kind: operation.kind === 'internal' ? 'external' : 'internal' }] : []
}

function createInside(sight: Sight, { memory }: Create): Judged {
  const files = coveredDisks(sight).flatMap(({ path }) => (path === null ? [] : [path]))
  const needs = new Needs(sight)
  if (sight.isActive) needs.add(sight.files.get(files[0] ?? '')?.pool ?? null, sight.memoryBytes)
  const shortage = needs.shortage()
  if (shortage) return refused(shortage)
  return accepted(
    {
      steps: [...(sight.isActive ? [step.saveInside()] : []), ...files.map((file) => step.takeInside(file))],
      warnings: [...(sight.isActive && !memory ? [warn.memoryComesAlong()] : []), ...outsideOf(sight)],
      needs: needs.list(),
      interrupts: sight.isActive ? 'paused' : 'no',
    },
    { do: 'create-internal' },
  )
}

function createBeside(sight: Sight, { name, memory, freeze }: Create): Judged {
  const files = new NewFiles(sight)
  const overlays = files.overlaysOnActive(name)
  if ('code' in overlays) return refused(overlays)
  const [first] = overlays
  const memoryFile = memory && first ? files.memory(first, name) : null
  const needs = needsOfOverlays(sight, overlays)
  if (memoryFile !== null && first) needs.add(first.pool, sight.memoryBytes)
  const shortage = needs.shortage()
  if (shortage) return refused(shortage)
  const isTorn = sight.isActive && !sight.isPaused && !memory && !freeze
  return accepted(
    {
      steps: [
        ...(freeze ? [step.freeze()] : []),
        ...(memoryFile === null ? [] : [step.saveMemory(memoryFile)]),
        ...overlays.map(({ base, path }) => step.overlay(base, path)),
      ],
      warnings: [
        ...(isTorn ? [warn.crashConsistent()] : []),
        ...behind(sight, overlays),
        ...overlays.flatMap(({ target, base }) => deep(target, chainOf(sight, base).length + 1)),
        ...outsideOf(sight),
      ],
      needs: needs.list(),
    },
    { do: 'create-external', overlays, memoryFile },
  )
}

export function needsOfOverlays(sight: Sight, overlays: readonly OverlayToMake[]): Needs {
  const needs = new Needs(sight)
  for (const { pool } of overlays) needs.add(pool, OVERLAY_BYTES)
  return needs
}

/** What a snapshot of the disks leaves out. */
export function outsideOf({ hasNvram, hasTpm }: Sight): Reason[] {
  return [...(hasNvram ? [warn.nvram()] : []), ...(hasTpm ? [warn.tpm()] : [])]
}

function behind(sight: Sight, overlays: readonly OverlayToMake[]): Reason[] {
  const inside = overlays.flatMap(({ base }) => needsOf(sight, base).filter(({ how }) => how === 'inside'))
  return inside.length === 0 ? [] : [warn.behind(inside.map(({ snapshot }) => snapshot))]
}

function deep(target: string, depth: number): Reason[] {
  return depth > DEEP ? [warn.deepChain(target, depth)] : []
}
