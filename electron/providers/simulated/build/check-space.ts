import type { BuildFinding, VolumePlace } from '../../../../shared/model/index.ts'
import type { PoolFacts } from '../../provider.ts'
import type { World } from '../world.ts'
import { cloneSourceOf } from './clone-source.ts'
import { blocks, gib, warns } from './finding.ts'
import type { CopyDefinition, NewDefinition } from './new-machine.ts'
import type { StoredVolume } from './volume-store.ts'

/** An overlay's, and an empty qcow2 image's. */
const THIN_BYTES = 196_624

/** A new volume that the making of one machine asks for. */
interface Demand {
  /** The field that names its pool. */
  readonly field: string
  readonly pool: string
  /** At first, and once the guest has filled it. */
  readonly bytes: number
  readonly fullBytes: number
  readonly isQcow2: boolean
}

function poolOf(world: World, hostRef: string, name: string): PoolFacts | undefined {
  return world.host(hostRef).pools.get(`${hostRef}/${name}`)
}

function takesFiles({ type }: PoolFacts): boolean {
  return type !== 'rbd' && type !== 'logical'
}

/** Another pool that has the room, the roomiest first; null: there is none. */
function mendByPool(world: World, hostRef: string, field: string, neededBytes: number, files: boolean): BuildFinding['mend'] {
  const [best] = [...world.host(hostRef).pools.values()]
    .filter((pool) => pool.active && pool.type !== 'netfs' && (pool.availableBytes ?? 0) > neededBytes && (!files || takesFiles(pool)))
    .sort((a, b) => (b.availableBytes ?? 0) - (a.availableBytes ?? 0))
  return best ? { code: 'build.use-pool', field, value: best.name } : null
}

/** A pool that cannot be used as it is; null: it can. */
export function poolFinding(world: World, hostRef: string, name: string, field: string, isMendable: boolean): BuildFinding | null {
  const pool = poolOf(world, hostRef, name)
  if (pool?.active) return null
  const mend = isMendable ? mendByPool(world, hostRef, field, 0, false) : null
  const params = { pool: name }
  return pool
    ? blocks({ code: 'build.pool-off', field, text: `The pool ${name} is off. Start it, or choose another.`, params, mend })
    : blocks({ code: 'build.pool-missing', field, text: `The host has no pool named ${name}.`, params, mend })
}

/** An image that is used; a finding where it is not there. */
export function volumeOrFinding(world: World, hostRef: string, place: VolumePlace, field: string): StoredVolume | BuildFinding {
  const trouble = poolFinding(world, hostRef, place.pool, field, false)
  if (trouble) return trouble
  const volume = world.volumes.find(hostRef, place)
  if (volume) return volume
  const text = `The pool ${place.pool} has no volume named ${place.volume}.`
  return blocks({ code: 'build.volume-missing', field, text, params: { ...place } })
}

function demandsOfNew(world: World, hostRef: string, { spec }: NewDefinition): Demand[] {
  return spec.disks.flatMap(({ source }, at): Demand[] => {
    const field = `spec.disks.${at}.source.pool`
    if (source.kind === 'existing') return []
    const isQcow2 = source.format === 'qcow2'
    const { pool, sizeBytes } = source
    if (source.kind === 'new') {
      const bytes = isQcow2 ? THIN_BYTES : source.sizeBytes
      return [{ field, pool, isQcow2, bytes, fullBytes: source.sizeBytes }]
    }
    const base = poolOf(world, hostRef, source.base.pool)?.active ? world.volumes.find(hostRef, source.base) : null
    const fullBytes = sizeBytes ?? base?.capacityBytes ?? 0
    if (source.mode === 'linked') return [{ field, pool, isQcow2: true, bytes: THIN_BYTES, fullBytes }]
    return [{ field, pool, isQcow2, bytes: base?.allocationBytes ?? 0, fullBytes }]
  })
}

function demandsOfCopy(world: World, { sourceRef, disks, mode }: CopyDefinition): Demand[] {
  return cloneSourceOf(world, sourceRef).disks.flatMap(({ target, allocationBytes, capacityBytes }): Demand[] => {
    const place = disks[target]
    if (!place) return []
    const bytes = mode === 'linked' ? THIN_BYTES : (allocationBytes ?? 0)
    const isQcow2 = place.format === 'qcow2' || mode === 'linked'
    return [{ field: 'pool', pool: place.pool, isQcow2, bytes, fullBytes: capacityBytes ?? bytes }]
  })
}

/** Pools that are absent, off, of another kind, or too small for `count` of these machines. */
export function spaceFindings(world: World, hostRef: string, definition: NewDefinition | CopyDefinition, count: number): BuildFinding[] {
  const demands = definition.kind === 'new' ? demandsOfNew(world, hostRef, definition) : demandsOfCopy(world, definition)
  const findings: BuildFinding[] = []
  const needed = new Map<string, { readonly now: number; readonly full: number }>()
  for (const { field, pool: name, bytes, fullBytes, isQcow2 } of demands) {
    const trouble = poolFinding(world, hostRef, name, field, true)
    const pool = poolOf(world, hostRef, name)
    if (trouble) findings.push(trouble)
    if (trouble || !pool) continue
    const before = needed.get(name) ?? { now: 0, full: 0 }
    const total = { now: before.now + bytes * count, full: before.full + fullBytes * count }
    needed.set(name, total)
    const free = world.volumes.freeBytes(hostRef, name)
    const mendFor = (neededBytes: number) => mendByPool(world, hostRef, field, neededBytes, isQcow2)
    if (isQcow2 && !takesFiles(pool)) findings.push(wrongKind(world, hostRef, pool, field, total.now))
    else if (total.now > free && before.now <= free)
      findings.push(tooSmall({ pool: name, field, free, neededBytes: total.now, mend: mendFor(total.now) }))
    else if (total.full > free && before.full <= free)
      findings.push(overcommitted({ pool: name, field, free, neededBytes: total.full, mend: mendFor(total.full) }))
  }
  return findings
}

function wrongKind(world: World, hostRef: string, { name, type }: PoolFacts, field: string, bytes: number): BuildFinding {
  const text = `The pool ${name} (${type}) takes no qcow2 images: choose raw, or another pool.`
  const mend =
    field === 'pool'
      ? mendByPool(world, hostRef, field, bytes, true)
      : { code: 'build.use-raw', field: field.replace(/pool$/, 'format'), value: 'raw' }
  return blocks({ code: 'build.pool-takes-no-qcow2', field, text, params: { pool: name, type }, mend })
}

interface Shortage {
  readonly pool: string
  readonly field: string
  readonly neededBytes: number
  readonly free: number
  readonly mend: BuildFinding['mend']
}

function tooSmall({ pool, field, neededBytes, free, mend }: Shortage): BuildFinding {
  const params = { pool, needed: gib(neededBytes), available: gib(Math.max(0, free)) }
  const text = `The pool ${pool} has ${params.available} left; ${params.needed} are needed.`
  return blocks({ code: 'build.pool-too-small', field, text, params, mend })
}

function overcommitted({ pool, field, neededBytes, free, mend }: Shortage): BuildFinding {
  const params = { pool, needed: gib(neededBytes), available: gib(Math.max(0, free)) }
  const text = `The pool ${pool} has ${params.available} left; the disks take ${params.needed} once they are full, and machines stop when no room is left.`
  return warns({ code: 'build.pool-overcommitted', field, text, params, mend })
}
