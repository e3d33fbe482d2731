import type { Reason, SnapshotOperation } from '../../../shared/model/index.ts'
import { accepted, type Judged, type Keep, type OverlayToMake, refused } from './judged.ts'
import { NewFiles } from './new-files.ts'
import { busyReason, externalReason, internalReason, memoryReason } from './offers.ts'
import { needsOfOverlays, outsideOf } from './plan-create.ts'
import {
  cannotTell,
  definitionElsewhere,
  diskGone,
  diskUnreadable,
  memoryMissing,
  mixedChain,
  mixedKinds,
  nameTaken,
  noSuchSnapshot,
  standsOn,
  writtenInto,
} from './reasons.ts'
import {
  activePath,
  chainOf,
  chainProblem,
  coveredDisks,
  dataDisks,
  kindOf,
  type SeenSnapshot,
  type Sight,
  snapshotNamed,
} from './sight.ts'
import { loss, step, warn } from './words.ts'

type Revert = Extract<SnapshotOperation, { readonly operation: 'revert' }>

export function planRevert(sight: Sight, operation: Revert): Judged {
  const snapshot = snapshotNamed(sight, operation.name)
  if (!snapshot) return refused(noSuchSnapshot(operation.name))
  const busy = busyReason(sight)
  if (busy) return refused(busy)
  const reason = revertReason(sight, snapshot)
  if (reason) return refused(reason, canBeCloned(sight, snapshot) ? [cloneOf(sight, snapshot.name)] : [])
  const { keepAs } = operation
  if (keepAs !== null && snapshotNamed(sight, keepAs)) return refused(nameTaken(keepAs))
  return kindOf(snapshot) === 'internal' ? revertInside(sight, snapshot, operation) : revertBeside(sight, snapshot, operation)
}

function cloneOf(sight: Sight, name: string): SnapshotOperation {
  return { operation: 'clone', name, as: `${sight.name}-${name}`.slice(0, 64) }
}

/** Why a snapshot's data are not there any more, or not in one piece. */
export function brokenReason(sight: Sight, snapshot: SeenSnapshot): Reason | null {
  const unknown = snapshot.disks.find(({ kind, file }) => kind !== 'none' && file === null)
  if (unknown) return diskUnreadable(unknown.target)
  for (const { target, kind, file } of dataDisks(snapshot)) {
    const problem = chainProblem(sight, file)
    if (problem) return problem
    const active = activePath(sight, target)
    // whoever writes into a frozen file, or into one beneath it, has destroyed what was frozen
    if (active === null || !chainOf(sight, file).includes(active)) continue
    if (kind === 'external' || active !== file) return writtenInto(active)
  }
  return null
}

/** Whether its data can be copied. */
function canBeCloned(sight: Sight, snapshot: SeenSnapshot): boolean {
  return brokenReason(sight, snapshot) === null
}

/** Why the machine cannot go back to it, by any way. */
export function revertReason(sight: Sight, snapshot: SeenSnapshot): Reason | null {
  const broken = brokenReason(sight, snapshot)
  if (broken) return broken
  const kind = kindOf(snapshot)
  if (kind === 'mixed') return mixedKinds(snapshot.name)
  for (const { target } of dataDisks(snapshot)) {
    if (!sight.disks.some((disk) => disk.target === target)) return diskGone(target, snapshot.name)
  }
  return kind === 'internal' ? insideReason(sight, snapshot) : besideReason(sight, snapshot)
}

/** libvirt brings back the definition of then, and writes into the files that it names. */
function insideReason(sight: Sight, snapshot: SeenSnapshot): Reason | null {
  for (const { target, file } of dataDisks(snapshot)) {
    const active = activePath(sight, target)
    if (file !== active) return mixedChain(snapshot.name, target, file, active)
    const others = sight.files.get(file)
    if (others && others.overlays.length + others.usedBy.length > 0) return standsOn(file, [...others.overlays, ...others.usedBy])
  }
  if (sight.blind !== null) return cannotTell(sight.blind)
  for (const { target, path } of snapshot.definition) {
    if (path !== activePath(sight, target)) return definitionElsewhere(target, path ?? '')
  }
  return null
}

function besideReason(sight: Sight, snapshot: SeenSnapshot): Reason | null {
  const overlays = overlaysFor(sight, snapshot, new NewFiles(sight))
  if ('code' in overlays) return overlays
  const { memoryFile } = snapshot
  if (memoryFile !== null && sight.files.get(memoryFile)?.problem?.code === 'snapshot.file-missing') return memoryMissing(memoryFile)
  return null
}

function overlaysFor(sight: Sight, snapshot: SeenSnapshot, files: NewFiles): OverlayToMake[] | Reason {
  const overlays: OverlayToMake[] = []
  for (const { target, file } of dataDisks(snapshot)) {
    const frozen = sight.files.get(file)
    const overlay = frozen ? files.overlay(target, frozen, `${snapshot.name}-again`) : diskGone(target, snapshot.name)
    if ('code' in overlay) return overlay
    overlays.push(overlay)
  }
  return overlays
}

function revertInside(sight: Sight, snapshot: SeenSnapshot, operation: Revert): Judged {
  const { keepAs, start } = operation
  const keepReason = keepAs === null ? null : internalReason(sight)
  if (keepReason) return refused(keepReason, [{ ...operation, keepAs: null }])
  const targets = coveredDisks(sight).map(({ target }) => target)
  const isNew = targets.filter((target) => !snapshot.definition.some((disk) => disk.target === target))
  const goesOff = sight.isActive && !snapshot.hasMemory
  const keep: Keep | null =
    keepAs === null ? null : { name: keepAs, kind: 'internal', overlays: [], memoryFile: null, memory: sight.isActive }
  return accepted(
    {
      steps: [
        ...(keepAs === null ? [] : [step.keep(keepAs)]),
        ...(goesOff ? [step.powerOff()] : []),
        step.goBackInside(snapshot.name),
        ...(start && !snapshot.hasMemory ? [step.start()] : []),
      ],
      losses: keepAs === null ? [loss.since(targets), ...(sight.isActive ? [loss.memory()] : [])] : [],
      warnings: [
        ...sight.unseen,
        ...(isNew.length > 0 ? [warn.newDisks(isNew)] : []),
        ...outsideOf(sight),
        ...staysOff(sight, snapshot, start),
      ],
      interrupts: goesOff ? 'off' : sight.isActive ? 'paused' : 'no',
    },
    { do: 'revert-internal', keep },
  )
}

function revertBeside(sight: Sight, snapshot: SeenSnapshot, operation: Revert): Judged {
  const { keepAs, start } = operation
  const files = new NewFiles(sight)
  const overlays = overlaysFor(sight, snapshot, files)
  if ('code' in overlays) return refused(overlays)
  const keep = keepAs === null ? null : keepBeside(sight, keepAs, files)
  if (keep && 'code' in keep) return refused(keep, [{ ...operation, keepAs: null }])
  const needs = needsOfOverlays(sight, [...overlays, ...(keep?.overlays ?? [])])
  if (keep?.memory === true) needs.add(keep.overlays[0]?.pool ?? null, sight.memoryBytes)
  const shortage = needs.shortage()
  if (shortage) return refused(shortage)
  const targets = overlays.map(({ target }) => target)
  const left = targets.flatMap((target) => activePath(sight, target) ?? [])
  const memoryFile = snapshot.hasMemory ? snapshot.memoryFile : null
  const lost = [loss.leftBehind(targets, left), ...(sight.isActive ? [loss.memory()] : [])]
  return accepted(
    {
      steps: [
        ...(keepAs === null ? [] : [step.keep(keepAs)]),
        ...(sight.isActive ? [step.powerOff()] : []),
        ...overlays.map(({ base, path }) => step.freshOverlay(base, path)),
        ...(memoryFile !== null ? [step.restoreMemory(memoryFile)] : start ? [step.start()] : []),
      ],
      losses: keep === null ? lost : sight.isActive && !keep.memory ? [loss.memory()] : [],
      warnings: [
        ...(memoryFile === null ? [warn.settingsStay()] : []),
        ...uncovered(sight, targets, snapshot.name),
        ...outsideOf(sight),
        ...staysOff(sight, snapshot, start),
      ],
      needs: needs.list(),
      interrupts: sight.isActive ? 'off' : 'no',
    },
    { do: 'revert-external', keep, overlays, memoryFile },
  )
}

/** Disks that were not there then, or that it left out. */
function uncovered(sight: Sight, targets: readonly string[], name: string): Reason[] {
  const others = coveredDisks(sight).filter(({ target }) => !targets.includes(target))
  return others.length === 0
    ? []
    : [
        warn.otherDisks(
          others.map(({ target }) => target),
          name,
        ),
      ]
}

function keepBeside(sight: Sight, name: string, files: NewFiles): Keep | Reason {
  const reason = externalReason(sight)
  if (reason) return reason
  const overlays = files.overlaysOnActive(name)
  if ('code' in overlays) return overlays
  const [first] = overlays
  const memory = sight.isActive && memoryReason(sight) === null
  return { name, kind: 'external', overlays, memory, memoryFile: memory && first ? files.memory(first, name) : null }
}

function staysOff(sight: Sight, snapshot: SeenSnapshot, start: boolean): Reason[] {
  return sight.isActive && !snapshot.hasMemory && !start ? [warn.staysOff()] : []
}
