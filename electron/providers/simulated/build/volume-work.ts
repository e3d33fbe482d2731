import type { VolumePlace } from '../../../../shared/model/index.ts'
import { DISK_FORMATS } from '../../../../shared/model/index.ts'
import type { VolumeRequest } from '../../provider.ts'
import { holdsMemory } from '../fleet.ts'
import { hashText } from '../random.ts'
import type { World } from '../world.ts'
import { type WorkOptions, workThrough } from './timed-work.ts'
import { VolumeBytes } from './volume-bytes.ts'
import * as problems from './volume-problems.ts'
import type { StoredVolume } from './volume-store.ts'

/** An empty qcow2 image: its head and its first tables. */
const EMPTY_QCOW2_BYTES = 196_624
const COPY_BYTES_PER_S = 450e6
const ALLOCATE_BYTES_PER_S = 40e9

/** What a new volume is to be once it is whole. */
export type Wanted = Omit<StoredVolume, 'name' | 'isWhole' | 'bytes'> & {
  readonly bytesPerS: number
  readonly procedure: string
  /** Copied as it is. */
  readonly content?: VolumeBytes | undefined
}

/** Pools of block devices, whose volumes are what is in them and nothing more. */
const BLOCK_TYPES: ReadonlySet<string> = new Set(['rbd', 'logical', 'disk', 'iscsi', 'scsi', 'zfs'])

function needFormat(world: World, hostRef: string, poolName: string, format: string): void {
  if (!(DISK_FORMATS as readonly string[]).includes(format)) throw problems.formatUnknown(format)
  const { type } = world.volumes.pool(hostRef, poolName)
  if (BLOCK_TYPES.has(type) && format !== 'raw') throw problems.formatNotHere(poolName, type, format)
}

/** A volume that is there and whole. Throws volume.not-found, volume.unfinished. */
export function wholeVolume(world: World, hostRef: string, place: VolumePlace): StoredVolume {
  const volume = world.volumes.find(hostRef, place)
  if (!volume) throw problems.volumeNotFound(place)
  if (!volume.isWhole) throw problems.volumeUnfinished(place)
  return volume
}

/** What a whole copy of it takes: an overlay with all that it is built on. */
export function wholeBytes(world: World, hostRef: string, { allocationBytes, backing }: StoredVolume): number {
  const base = backing && world.volumes.find(hostRef, backing)
  return allocationBytes + (base ? wholeBytes(world, hostRef, base) : 0)
}

function wantedOf(world: World, hostRef: string, place: VolumePlace, request: VolumeRequest): Wanted {
  if (request.kind === 'empty') {
    const { format, capacityBytes } = request
    const isThick = world.volumes.pool(hostRef, place.pool).type === 'logical'
    const allocationBytes = isThick ? capacityBytes : format === 'qcow2' ? EMPTY_QCOW2_BYTES : 0
    const made = { procedure: 'storageVolCreateXML', bytesPerS: ALLOCATE_BYTES_PER_S, backing: null, hasSystem: false }
    return { ...made, format, capacityBytes, allocationBytes }
  }
  const from = wholeVolume(world, hostRef, request.from)
  const capacityBytes = Math.max(from.capacityBytes, request.capacityBytes ?? 0)
  const { hasSystem } = from
  if (request.kind === 'linked') {
    const made = { procedure: 'storageVolCreateXML', bytesPerS: ALLOCATE_BYTES_PER_S, allocationBytes: EMPTY_QCOW2_BYTES }
    return { ...made, format: 'qcow2', capacityBytes, backing: request.from, hasSystem }
  }
  const made = { procedure: 'storageVolCreateXMLFrom', bytesPerS: COPY_BYTES_PER_S, backing: null, hasSystem }
  const content = request.format === 'raw' && from.format === 'raw' ? from.bytes : undefined
  return { ...made, content, format: request.format, capacityBytes, allocationBytes: wholeBytes(world, hostRef, from) }
}

/** Makes a volume by the host's own means. */
export async function createVolume(
  world: World,
  hostRef: string,
  place: VolumePlace,
  request: VolumeRequest,
  options: WorkOptions,
): Promise<void> {
  needFormat(world, hostRef, place.pool, request.kind === 'linked' ? 'qcow2' : request.format)
  await makeVolume(world, hostRef, place, wantedOf(world, hostRef, place, request), options)
}

function newBytes(wanted: Wanted, name: string): VolumeBytes {
  const { format, capacityBytes, allocationBytes, hasSystem, backing } = wanted
  const size = format === 'raw' ? capacityBytes : allocationBytes
  if (wanted.content) return wanted.content.copy(size)
  const isFilled = (hasSystem && backing === null) || format !== 'raw'
  return isFilled ? VolumeBytes.ofImage(format, size, capacityBytes, hashText(name)) : new VolumeBytes(size, 0, false)
}

/** The share of its work after which a host that fails does so. */
const FAILS_AFTER = 0.6

/** Fills a new volume. It is there from the first moment, not whole; when the work ends in any other way, it is gone. */
export async function makeVolume(
  world: World,
  hostRef: string,
  place: VolumePlace,
  wanted: Wanted,
  options: WorkOptions,
): Promise<StoredVolume> {
  const { volumes } = world
  const { bytesPerS, procedure, content: _content, allocationBytes: bytesTotal, ...rest } = wanted
  const pool = volumes.pool(hostRef, place.pool)
  const path = volumes.pathOf(pool, place.volume)
  if (volumes.find(hostRef, place)) throw problems.volumeNameTaken(place)
  const freeBytes = volumes.freeBytes(hostRef, place.pool)
  if (freeBytes < bytesTotal) throw problems.poolFull(place.pool, path, bytesTotal, freeBytes)
  const fails = world.failsByChance(`volume ${hostRef}/${place.pool}/${place.volume}`)
  const volume: StoredVolume = { ...rest, name: place.volume, allocationBytes: 0, isWhole: false, bytes: newBytes(wanted, place.volume) }
  volumes.put(hostRef, place.pool, volume)
  const step = (bytesDone: number) => {
    if (volumes.find(hostRef, place) !== volume) throw problems.volumeNotFound(place)
    if (fails && bytesDone >= bytesTotal * FAILS_AFTER) throw problems.hostRefused(procedure, path)
    const left = volumes.freeBytes(hostRef, place.pool) + volume.allocationBytes
    if (left < bytesDone) throw problems.poolFull(place.pool, path, bytesTotal, left)
    volumes.grow(hostRef, place.pool, volume, bytesDone)
  }
  try {
    await workThrough(world, { bytesTotal, bytesPerS, step }, options)
  } catch (error) {
    if (volumes.find(hostRef, place) === volume) volumes.delete(hostRef, place)
    throw error
  }
  volume.isWhole = true
  volumes.tell(hostRef, place.pool)
  return volume
}

/** Takes bytes into a volume, and the room for them. Throws volume.pool-full. */
export function writeVolume(world: World, hostRef: string, place: VolumePlace, offset: number, bytes: Uint8Array): void {
  roomFor(world, hostRef, place, offset + bytes.length)
  wholeVolume(world, hostRef, place).bytes.write(offset, bytes)
}

/** The room for so much of a volume. Throws volume.pool-full. */
export function roomFor(world: World, hostRef: string, place: VolumePlace, bytes: number): void {
  const { volumes } = world
  const volume = wholeVolume(world, hostRef, place)
  const neededBytes = bytes - volume.allocationBytes
  if (neededBytes <= 0) return
  const freeBytes = volumes.freeBytes(hostRef, place.pool)
  const path = volumes.pathOf(volumes.pool(hostRef, place.pool), place.volume)
  if (neededBytes > freeBytes) throw problems.poolFull(place.pool, path, neededBytes, freeBytes)
  volumes.grow(hostRef, place.pool, volume, bytes)
}

/** Only larger. Throws `invalid-input` volume.cannot-shrink, `precondition` volume.in-use while a machine runs on it or is saved. */
export function resizeVolume(world: World, hostRef: string, place: VolumePlace, capacityBytes: number): void {
  const { volumes } = world
  const volume = wholeVolume(world, hostRef, place)
  if (capacityBytes < volume.capacityBytes) throw problems.cannotShrink(place, volume.capacityBytes, capacityBytes)
  const users = new Set(volumes.usersOf(hostRef, place))
  const active = [...world.host(hostRef).machines.values()].filter(
    ({ facts }) => users.has(facts.name) && (holdsMemory(facts.state) || facts.state === 'saved'),
  )
  if (active.length > 0) {
    const names = active.map(({ facts }) => facts.name)
    throw problems.volumeInUse(place, names, `${names.join(', ')} runs on it, or waits with its memory saved.`)
  }
  const { bytes } = volume
  if (volume.format === 'raw') bytes.resize(capacityBytes)
  volumes.put(hostRef, place.pool, { ...volume, capacityBytes, bytes })
}

/** Throws `precondition` volume.in-use. */
export function removeVolume(world: World, hostRef: string, place: VolumePlace): void {
  const { volumes } = world
  wholeVolume(world, hostRef, place)
  const users = volumes.usersOf(hostRef, place)
  if (users.length > 0) throw problems.volumeInUse(place, users, `It is used by ${users.join(', ')}.`)
  const overlays = volumes.overlaysOf(hostRef, place)
  if (overlays.length > 0) throw problems.volumeInUse(place, overlays, `Other images are built on it: ${overlays.join(', ')}.`)
  volumes.delete(hostRef, place)
}
