import type { ProvidedSnapshotOperation } from '../../provider.ts'
import {
  activePath,
  chainOf,
  coveredDisks,
  type Deed,
  type Keep,
  type MergeToDo,
  type SeenSnapshot,
  type SeenSnapshotDisk,
} from '../../snapshots/index.ts'
import { perform } from '../actions.ts'
import { type WorkOptions, workThrough } from '../build/timed-work.ts'
import { holdsMemory, type SimulatedMachine } from '../fleet.ts'
import { busy } from '../problems.ts'
import type { World } from '../world.ts'
import { deleteFile, makeOverlay, moveDisk } from './file-moves.ts'
import { HostFiles } from './host-files.ts'
import { flatten, merge } from './jobs.ts'
import { sightOf } from './sight.ts'
import { added, at, described, without } from './tree-moves.ts'

type Of<O extends ProvidedSnapshotOperation['operation']> = Extract<ProvidedSnapshotOperation, { readonly operation: O }>
type DeedOf<D extends Deed['do']> = Extract<Deed, { readonly do: D }>

const SAVE_BYTES_PER_S = 900e6
/** Of what a guest has, so much is written when its memory is saved. */
const MEMORY_SHARE = 0.6
const SMALL_WORK_BYTES = 1e6

interface Site {
  readonly world: World
  readonly machine: SimulatedMachine
  readonly options: WorkOptions
}

/** Carries out what was judged, to the letter. Whoever gives it up in the middle finds all data as they were. */
export async function carryOut(
  world: World,
  machine: SimulatedMachine,
  operation: ProvidedSnapshotOperation,
  deed: Deed,
  scheduleId: string | null,
  options: WorkOptions,
): Promise<void> {
  if (machine.job !== null) throw busy(machine, machine.job)
  const site = { world, machine, options }
  machine.job = `snapshot.${operation.operation}`
  try {
    await begin(site, operation, deed, scheduleId)
  } finally {
    machine.job = null
  }
  // a start of its own, and not by the snapshot's memory
  const isOff = !holdsMemory(machine.facts.state)
  if (operation.operation === 'revert' && operation.start && isOff) await perform(world, machine.ref, { action: 'start' }, options)
}

async function begin(site: Site, operation: ProvidedSnapshotOperation, deed: Deed, scheduleId: string | null): Promise<void> {
  const { world, machine, options } = site
  switch (deed.do) {
    case 'create-internal':
    case 'create-external':
      if (operation.operation === 'create') await create(site, operation, deed, scheduleId)
      return
    case 'revert-internal':
    case 'revert-external':
      if (operation.operation === 'revert') await revert(site, operation, deed)
      return
    case 'delete-internal':
      if (operation.operation === 'delete') await deleteInside(site, operation)
      return
    case 'delete-external':
      if (operation.operation === 'delete') await deleteBeside(site, operation, deed)
      return
    case 'merge':
      return await merge(world, machine, deed.merge, options)
    case 'flatten':
      return await flatten(world, machine, deed.target, options)
    case 'discard':
      await workThrough(world, { bytesTotal: SMALL_WORK_BYTES, bytesPerS: SAVE_BYTES_PER_S, step: () => undefined }, options)
      for (const path of deed.deletes) deleteFile(world, machine, path)
      return
    case 'describe':
      if (operation.operation === 'describe') describe(site, operation)
      return
    case 'clone':
      return
    default:
      return deed satisfies never
  }
}

function treeOf({ world, machine }: Site): readonly SeenSnapshot[] {
  return world.snapshots.of(machine)
}

function setTree({ world, machine }: Site, tree: readonly SeenSnapshot[]): void {
  world.snapshots.put(machine, tree)
}

function describe(site: Site, { name, description, tags }: Of<'describe'>): void {
  setTree(site, described(treeOf(site), name, { description, tags }))
}

/** Every disk that it covers, as it is written now. */
function disksNow(
  { world, machine }: Site,
  kind: 'internal' | 'external',
  overlays: DeedOf<'create-external'>['overlays'],
): SeenSnapshotDisk[] {
  const sight = sightOf(world, machine)
  return coveredDisks(sight).map(({ target, path }) => ({
    target,
    kind,
    file: path,
    overlay: overlays.find((overlay) => overlay.target === target)?.path ?? null,
  }))
}

async function create(
  site: Site,
  { name, description, tags, freeze }: Of<'create'>,
  deed: DeedOf<'create-internal' | 'create-external'>,
  scheduleId: string | null,
): Promise<void> {
  const words = { name, description, tags, scheduleId, wasFrozen: freeze }
  const keep =
    deed.do === 'create-external' ? { kind: 'external' as const, ...deed } : { kind: 'internal' as const, overlays: [], memoryFile: null }
  await take(site, words, keep)
}

type Words = Pick<SeenSnapshot, 'name' | 'description' | 'tags' | 'scheduleId' | 'wasFrozen'>

async function take(
  site: Site,
  words: Words,
  { kind, overlays, memoryFile }: Pick<Keep, 'kind' | 'overlays' | 'memoryFile'>,
): Promise<void> {
  const { world, machine } = site
  const { state } = machine.facts
  const isActive = holdsMemory(state)
  const hasMemory = memoryFile !== null || (kind === 'internal' && isActive)
  if (hasMemory) await saveMemory(site, memoryFile)
  else await workThrough(world, { bytesTotal: SMALL_WORK_BYTES, bytesPerS: SAVE_BYTES_PER_S, step: () => undefined }, site.options)
  const disks = disksNow(site, kind, overlays)
  for (const overlay of overlays) {
    makeOverlay(world, machine, overlay)
    moveDisk(world, machine, overlay.target, overlay.path)
  }
  const definition = disks.map(({ target, file }) => ({ target, path: file }))
  const createdAtMs = world.clock.nowMs()
  setTree(
    site,
    added(treeOf(site), { ...words, createdAtMs, state: isActive ? state : 'shutoff', hasMemory, memoryFile, disks, definition }),
  )
}

/** The machine stands still while its memory is written. */
async function saveMemory({ world, machine, options }: Site, file: string | null): Promise<void> {
  const { state, nativeState, memoryKiB, hostRef } = machine.facts
  const bytesTotal = Math.round(memoryKiB * 1_024 * MEMORY_SHARE)
  if (state === 'running') world.enter(machine, 'paused', 'paused (saving)')
  try {
    await workThrough(world, { bytesTotal, bytesPerS: SAVE_BYTES_PER_S, step: () => undefined }, options)
  } finally {
    if (machine.facts.nativeState === 'paused (saving)') world.enter(machine, state, nativeState)
  }
  const place = file === null ? null : new HostFiles(world, hostRef).placeOf(file)
  if (place) world.volumes.put(hostRef, place.pool, world.volumes.plainFile(place.volume, bytesTotal))
}

async function revert(site: Site, { name }: Of<'revert'>, deed: DeedOf<'revert-internal' | 'revert-external'>): Promise<void> {
  const { world, machine, options } = site
  const { keep } = deed
  // an earlier attempt may have come so far
  if (keep !== null && !treeOf(site).some((each) => each.name === keep.name)) {
    await take(site, { name: keep.name, description: null, tags: [], scheduleId: null, wasFrozen: false }, keep)
  }
  const snapshot = treeOf(site).find((each) => each.name === name)
  const hasMemory = snapshot?.hasMemory === true
  if (holdsMemory(machine.facts.state) && !(deed.do === 'revert-internal' && hasMemory)) {
    world.tell('machine.stopped', machine, `${machine.facts.name} was powered off.`)
    world.enter(machine, 'stopped', 'shut off (from snapshot)')
  }
  await workThrough(world, { bytesTotal: SMALL_WORK_BYTES, bytesPerS: SAVE_BYTES_PER_S, step: () => undefined }, options)
  if (deed.do === 'revert-external') {
    for (const overlay of deed.overlays) {
      if (activePath(sightOf(world, machine), overlay.target) === overlay.path) continue
      makeOverlay(world, machine, overlay)
      moveDisk(world, machine, overlay.target, overlay.path)
    }
  }
  setTree(site, at(treeOf(site), name))
  if (!hasMemory) return
  world.enter(machine, 'running', 'running (from snapshot)')
  world.tell('machine.resumed', machine, `${machine.facts.name} runs on.`)
}

async function deleteInside(site: Site, { name }: Of<'delete'>): Promise<void> {
  await workThrough(site.world, { bytesTotal: SMALL_WORK_BYTES, bytesPerS: SAVE_BYTES_PER_S, step: () => undefined }, site.options)
  setTree(site, without(treeOf(site), name))
}

/** Out of the tree first: whatever ends it halfway, the tree names nothing that cannot be come back to. */
async function deleteBeside(site: Site, { name }: Of<'delete'>, { merges, deletes }: DeedOf<'delete-external'>): Promise<void> {
  const { world, machine, options } = site
  setTree(site, without(treeOf(site), name))
  for (const each of merges) if (isLeft(site, each)) await merge(world, machine, each, options)
  for (const path of deletes) deleteFile(world, machine, path)
}

/** An earlier attempt may have done it. */
function isLeft({ world, machine }: Site, { target, top }: MergeToDo): boolean {
  const sight = sightOf(world, machine)
  return chainOf(sight, activePath(sight, target)).includes(top)
}
