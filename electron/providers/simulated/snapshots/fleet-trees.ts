import type { SeenSnapshot, SeenSnapshotDisk } from '../../snapshots/index.ts'
import type { SimulatedDisk } from '../build/shape.ts'
import { type StoredVolume, volumeOfDisk } from '../build/volume-store.ts'
import { checkpointsOf, disksOf, nvramOf } from '../disks.ts'
import { holdsMemory, type MovedDisk, type SimulatedMachine } from '../fleet.ts'
import { share } from '../random.ts'
import type { World } from '../world.ts'
import { overlayOn } from './file-moves.ts'
import { added, at } from './tree-moves.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const POOL = 'default'
/** Of the disk, what a guest has written between two snapshots: from, and up to so much more. */
const WRITTEN = { least: 0.004, more: 0.04 }

interface Taken {
  readonly agoMs: number
  readonly tags?: readonly string[]
  readonly memory?: boolean
  readonly frozen?: boolean
  readonly description?: string
}

/** Puts together a tree that came about before anybody looked: nothing of it takes time. */
class Planter {
  readonly #world: World
  readonly #machine: SimulatedMachine
  readonly #volumes = new Map<string, StoredVolume>()
  readonly #disks: readonly SimulatedDisk[]
  readonly #active = new Map<string, string>()
  readonly #folder: string
  #tree: readonly SeenSnapshot[] = []
  #salt = 0

  constructor(world: World, machine: SimulatedMachine, folder: string) {
    this.#world = world
    this.#machine = machine
    this.#folder = folder
    this.#disks = writtenDisks(machine)
    for (const disk of this.#disks) {
      this.#active.set(disk.target, disk.key)
      if (disk.place) this.#volumes.set(disk.key, volumeOfDisk(disk, disk.place.volume))
    }
  }

  external(name: string, taken: Taken): this {
    const hasMemory = taken.memory === true && this.#isActive
    const memoryFile = hasMemory ? `${this.#folder}/${this.#stem()}.${name}.memory` : null
    if (memoryFile !== null) this.#addMemory(memoryFile)
    const disks = this.#disks.map(({ target }) => {
      const file = this.#active.get(target) ?? ''
      return { target, kind: 'external' as const, file, overlay: this.#goOnFrom(target, file, `${this.#stem()}-${target}.${name}`) }
    })
    this.#add(name, taken, disks, { hasMemory, memoryFile })
    return this
  }

  internal(name: string, taken: Taken): this {
    const disks = this.#disks.map(({ target }) => ({
      target,
      kind: 'internal' as const,
      file: this.#active.get(target) ?? '',
      overlay: null,
    }))
    this.#add(name, taken, disks, { hasMemory: this.#isActive, memoryFile: null })
    return this
  }

  /** Somebody went back there: fresh overlays on what it froze. */
  backTo(name: string): this {
    for (const { target, file } of this.#tree.find((each) => each.name === name)?.disks ?? []) {
      if (file !== null) this.#goOnFrom(target, file, `${this.#stem()}-${target}.${name}-again`)
    }
    this.#tree = at(this.#tree, name)
    return this
  }

  /** The first file that was frozen. */
  get firstFrozen(): string | null {
    return this.#tree[0]?.disks[0]?.file ?? null
  }

  /** The files are there from now on; without the first of them when somebody has moved it away. */
  plant(options: { readonly withoutBase?: boolean } = {}): void {
    const { volumes, snapshots } = this.#world
    const { hostRef } = this.#machine.facts
    const lost = options.withoutBase === true ? this.firstFrozen : null
    for (const [path, volume] of this.#volumes) if (path !== lost) volumes.plant(hostRef, POOL, volume)
    const moved = new Map<string, MovedDisk>()
    for (const { key, target } of this.#disks) {
      const path = this.#active.get(target) ?? key
      if (path === key) continue
      moved.set(key, { key: path, place: { pool: POOL, volume: path.slice(this.#folder.length + 1) }, format: 'qcow2' })
    }
    this.#machine.moved = moved
    snapshots.put(this.#machine, this.#tree)
  }

  get #isActive(): boolean {
    return holdsMemory(this.#machine.facts.state)
  }

  #stem(): string {
    return this.#machine.facts.name
  }

  #goOnFrom(target: string, file: string, stem: string): string {
    const base = this.#volumes.get(file)
    const volume = this.#volumes.has(`${this.#folder}/${stem}.qcow2`) ? `${stem}-2.qcow2` : `${stem}.qcow2`
    const path = `${this.#folder}/${volume}`
    if (!base) return path
    const overlay = overlayOn(base, { pool: POOL, volume: base.name }, volume)
    this.#salt += 1
    overlay.allocationBytes = Math.round(
      base.capacityBytes * (WRITTEN.least + share(this.#machine.salt, 112, this.#salt) ** 2 * WRITTEN.more),
    )
    this.#volumes.set(path, overlay)
    this.#active.set(target, path)
    return path
  }

  #addMemory(path: string): void {
    const bytes = Math.round(this.#machine.facts.memoryKiB * 1_024 * 0.6)
    this.#volumes.set(path, this.#world.volumes.plainFile(path.slice(this.#folder.length + 1), bytes))
  }

  #add(name: string, taken: Taken, disks: readonly SeenSnapshotDisk[], memory: Pick<SeenSnapshot, 'hasMemory' | 'memoryFile'>): void {
    const { agoMs, tags = [], frozen = false, description = null } = taken
    this.#tree = added(this.#tree, {
      name,
      createdAtMs: this.#world.clock.nowMs() - agoMs,
      description,
      tags: [...tags],
      scheduleId: null,
      state: this.#isActive ? 'running' : 'shutoff',
      wasFrozen: frozen && this.#isActive && this.#machine.facts.agent === 'connected',
      ...memory,
      disks,
      definition: disks.map(({ target, file }) => ({ target, path: file })),
    })
  }
}

/** Those that a snapshot covers. */
function writtenDisks(machine: SimulatedMachine): SimulatedDisk[] {
  return disksOf(machine).filter(({ device, readOnly }) => device === 'disk' && !readOnly)
}

function fits(machine: SimulatedMachine): boolean {
  const { facts } = machine
  if (!facts.persistent || facts.hasManagedSave || facts.template !== null || checkpointsOf(machine).length > 0) return false
  const disks = writtenDisks(machine)
  return disks.length > 0 && disks.every(({ place, format }) => place?.pool === POOL && format === 'qcow2')
}

type Recipe = (planter: Planter, world: World, machine: SimulatedMachine, folder: string) => void

/** Snapshots before each upgrade, one on top of the other. */
const upgrades: Recipe = (planter) =>
  planter
    .external('installed', { agoMs: 61 * DAY_MS, description: 'As delivered, before any data' })
    .external('before-upgrade', { agoMs: 20 * DAY_MS, tags: ['upgrade'], frozen: true })
    .external('before-upgrade-2', { agoMs: 3 * DAY_MS + 5 * HOUR_MS, tags: ['upgrade'], frozen: true, memory: true })
    .plant()

const inside: Recipe = (planter, _world, machine) => {
  const take = nvramOf(machine) === null ? planter.internal.bind(planter) : planter.external.bind(planter)
  take('clean', { agoMs: 90 * DAY_MS, description: 'After the installation' })
  take('before-upgrade', { agoMs: 12 * DAY_MS, tags: ['upgrade'] })
  planter.plant()
}

/** Two attempts from the same point. */
const branch: Recipe = (planter) =>
  planter
    .external('base', { agoMs: 45 * DAY_MS, frozen: true })
    .external('before-upgrade', { agoMs: 9 * DAY_MS, tags: ['upgrade'], frozen: true })
    .external('first-try', { agoMs: 8 * DAY_MS, description: 'The upgrade with the old driver' })
    .backTo('before-upgrade')
    .external('second-try', { agoMs: 2 * DAY_MS, tags: ['keep'], description: 'The upgrade with the new driver' })
    .plant()

/** One inside its file, which was frozen by another later. */
const mixed: Recipe = (planter, _world, machine) => {
  if (nvramOf(machine) === null) planter.internal('factory', { agoMs: 120 * DAY_MS })
  planter.external('before-upgrade', { agoMs: 6 * DAY_MS, tags: ['upgrade'], frozen: true }).plant()
}

const nightly: Recipe = (planter, world) => {
  for (let night = 12; night >= 1; night--) {
    const date = new Date(world.clock.nowMs() - night * DAY_MS).toISOString().slice(0, 10)
    planter.external(`nightly-${date}`, { agoMs: night * DAY_MS, tags: ['nightly'], frozen: true })
  }
  planter.plant()
}

/** Somebody moved the first file away. */
const lostBase: Recipe = (planter) =>
  planter
    .external('installed', { agoMs: 200 * DAY_MS })
    .external('before-upgrade', { agoMs: 30 * DAY_MS, tags: ['upgrade'] })
    .plant({ withoutBase: true })

/** Another machine of the host stands on what was frozen. */
const golden: Recipe = (planter, world, machine, folder) => {
  planter
    .external('golden', { agoMs: 30 * DAY_MS, tags: ['template'] })
    .external('before-upgrade', { agoMs: 4 * DAY_MS })
    .plant()
  const { firstFrozen } = planter
  const { hostRef } = machine.facts
  const other = [...world.host(hostRef).machines.values()].find((each) => each !== machine && each.snapshots.length === 0 && fits(each))
  const disk = other && writtenDisks(other)[0]
  if (!other || !disk || firstFrozen === null) return
  const volume = `${other.facts.name}-linked.qcow2`
  const base = { pool: POOL, volume: firstFrozen.slice(folder.length + 1) }
  const overlay = overlayOn({ capacityBytes: disk.capacityBytes ?? 0, hasSystem: true }, base, volume)
  overlay.allocationBytes = Math.round(overlay.capacityBytes * 0.03)
  world.volumes.plant(hostRef, POOL, overlay)
  other.moved = new Map([[disk.key, { key: `${folder}/${volume}`, place: { pool: POOL, volume }, format: 'qcow2' }]])
}

const plain: Recipe = (planter) => planter.external('before-upgrade', { agoMs: 2 * DAY_MS, tags: ['upgrade'], frozen: true }).plant()

const RECIPES: readonly Recipe[] = [branch, upgrades, inside, golden, mixed, nightly, lostBase, plain]

/** The trees that the fleet's machines have at first: of those that the fleet says have snapshots, each by the next recipe. */
export function plantTrees(world: World): void {
  let count = 0
  for (const machine of world.fleet.machines.values()) {
    if (machine.snapshots.length === 0) continue
    const folder = world.host(machine.facts.hostRef).pools.get(`${machine.facts.hostRef}/${POOL}`)?.target
    machine.snapshots = []
    if (!folder || !fits(machine) || machine.moved) continue
    RECIPES[count % RECIPES.length]?.(new Planter(world, machine, folder), world, machine, folder)
    count += 1
  }
}
