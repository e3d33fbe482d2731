import type { SharedPlace, VolumePlace } from '../../../../shared/model/index.ts'
import type { StoragePoolRef, StorageVolRef } from '../../../libvirt/index.ts'
import type { HostClaims } from '../../provider.ts'
import { realNames } from '../device-names.ts'
import { runsNothing } from '../host-shell.ts'
import { inTurn } from '../in-turn.ts'
import { libvirtNumber, VIR_ERR } from '../problems.ts'
import { lookUp } from '../volumes/volume-context.ts'
import type { VolumeFacts } from '../volumes/volume-xml.ts'
import { type Mounts, readMounts } from './mounts.ts'
import type { NamedPaths } from './named-paths.ts'
import { placeIn, sharedSourceOf } from './shared-pools.ts'
import { needPool, poolFacts, type StorageContext } from './storage-context.ts'

/** Of a pool, what tells where its volumes lie. */
export interface PoolSource {
  readonly type: string
  readonly target: string | null
  /** Where a folder is in truth: by no link. */
  readonly folder: string | null
  readonly shared: SharedPlace | null
}

interface Seen {
  readonly named: NamedPaths
  readonly volumes: ReadonlyArray<{ readonly pool: StoragePoolRef; readonly vol: StorageVolRef; readonly facts: VolumeFacts }>
  readonly sources: ReadonlyMap<string, PoolSource>
  readonly mounts: Mounts | null
}

/** Names of a device that other hosts may have alike. */
const DEVICE = /^\/dev\/(disk|mapper)\//

/** By name, also of pools that are off. */
export async function sourcesOf(
  context: StorageContext,
  pools: readonly StoragePoolRef[],
  mounts: Mounts | null,
): Promise<ReadonlyMap<string, PoolSource>> {
  const sources = new Map<string, PoolSource>()
  await inTurn(pools, async (pool) => {
    try {
      sources.set(pool.name, await sourceOf(context, pool))
    } catch (error) {
      // Taken away meanwhile.
      if (libvirtNumber(error) !== VIR_ERR.noStoragePool) throw error
    }
  })
  return await withFolders(context, sources, mounts)
}

async function sourceOf(context: StorageContext, pool: StoragePoolRef): Promise<PoolSource> {
  const { element, type, target } = await poolFacts(context, pool)
  return { type, target, folder: target, shared: sharedSourceOf(element) }
}

/** A link may lead to what is mounted from elsewhere: asked for only where there is such a thing. */
async function withFolders(
  context: StorageContext,
  sources: ReadonlyMap<string, PoolSource>,
  mounts: Mounts | null,
): Promise<ReadonlyMap<string, PoolSource>> {
  const folders = [...sources.values()].flatMap(({ type, target }) => (type === 'dir' && target !== null ? [target] : []))
  const real = mounts?.hasRemote ? await withoutLinks(context, folders) : null
  if (!real) return sources
  return new Map([...sources].map(([name, source]) => [name, { ...source, folder: real.get(source.target ?? '') ?? source.target }]))
}

/** A folder may be mounted from elsewhere without libvirt's knowing. */
export function placeOfVolume(
  source: PoolSource | undefined,
  vol: Pick<StorageVolRef, 'name' | 'key'>,
  mounts: Mounts | null,
): SharedPlace | null {
  if (!source) return null
  if (source.shared) return placeIn(source.shared, vol)
  return source.type === 'dir' ? (mounts?.placeOf(`${source.folder ?? ''}/${vol.name}`) ?? null) : null
}

/** Where a pool's volumes lie. */
export interface PoolGround {
  readonly source: PoolSource
  readonly mounts: Mounts | null
}

/** Throws `not-found` volume.pool-not-found. */
export async function groundOf(context: StorageContext, pool: string): Promise<PoolGround> {
  const source = await sourceOf(context, await needPool(context, pool))
  if (source.type !== 'dir') return { source, mounts: null }
  const mounts = await readMounts(context.shell, context.work.signal)
  const sources = await withFolders(context, new Map([[pool, source]]), mounts)
  return { source: sources.get(pool) ?? source, mounts }
}

export async function placeOn({ source, mounts }: PoolGround, context: StorageContext, place: VolumePlace): Promise<SharedPlace | null> {
  const named = { pool: place.pool, name: place.volume, key: '' }
  if (source.shared?.kind !== 'lun') return placeOfVolume(source, named, mounts)
  return placeOfVolume(source, (await lookUp(context, await needPool(context, place.pool), place.volume)) ?? named, mounts)
}

/** A path whose place the host has to be asked for. `end`: the slash of a folder. */
interface Other {
  readonly path: string
  readonly by: readonly string[]
  readonly end: '' | '/'
}

/** Where everything lies that the host's machines and images name, as far as others may see it. */
export async function claimsOf(context: StorageContext, seen: Seen): Promise<Omit<HostClaims, 'blind'>> {
  const { named } = seen
  const shared: Array<HostClaims['shared'][number]> = named.remote.map(({ place, by }) => ({ place, by: [by] }))
  const others: Other[] = []
  const places = placesOfPaths(seen)
  for (const [path, by] of named.paths) {
    const place = places(path)
    if (place) shared.push({ place, by: [...by] })
    else if (place === undefined && path.startsWith('/')) others.push({ path, by: [...by], end: '' })
  }
  noteVolumes(seen, shared, others)
  for (const [folder, by] of named.folders) {
    for (const place of placesInFolder(seen, folder)) shared.push({ place, by: [...by] })
    others.push({ path: folder.slice(0, -1), by: [...by], end: '/' })
  }
  const placed = await placesOfOthers(context, seen.mounts, others)
  return { shared: [...shared, ...placed.shared], unplaced: placed.unplaced }
}

/** Those that are named by their pools. */
function noteVolumes({ named, volumes, sources }: Seen, shared: Array<HostClaims['shared'][number]>, others: Other[]): void {
  const known = new Map(volumes.map(({ pool, vol }) => [`${pool.name}/${vol.name}`, vol]))
  for (const { pool, volume, by } of named.volumes) {
    const source = sources.get(pool)
    // Of a LUN the name is this host's own: its serial number is with the volume.
    const vol = known.get(`${pool}/${volume}`) ?? { name: volume, key: '' }
    if (source?.shared) shared.push({ place: placeIn(source.shared, vol), by: [...by] })
    else if (source?.type === 'dir' && source.folder !== null) others.push({ path: `${source.folder}/${volume}`, by: [...by], end: '' })
  }
}

/** What of pools lies in a folder that a guest is given, or is that folder. */
function placesInFolder({ sources }: Seen, folder: string): readonly SharedPlace[] {
  return [...sources.values()].flatMap(({ shared, target }) => {
    if (!shared || shared.kind === 'lun' || target === null) return []
    if (`${target}/`.startsWith(folder)) return [asFolder(shared)]
    return folder.startsWith(`${target}/`) ? [asFolder(placeIn(shared, { name: folder.slice(target.length + 1), key: '' }))] : []
  })
}

function asFolder(place: SharedPlace): SharedPlace {
  return { ...place, path: place.path.endsWith('/') ? place.path : `${place.path}/` }
}

async function placesOfOthers(
  context: StorageContext,
  mounts: Mounts | null,
  others: readonly Other[],
): Promise<Pick<HostClaims, 'shared' | 'unplaced'>> {
  const paths = others.map(({ path }) => path)
  const isClosed = mounts !== null && !mounts.hasRemote
  const real = isClosed ? new Map<string, string>() : await withoutLinks(context, paths)
  const shared: Array<HostClaims['shared'][number]> = []
  const unplaced: Array<HostClaims['unplaced'][number]> = []
  for (const { path, by, end } of others) {
    const place = isClosed ? null : real === null ? undefined : mounts?.placeOf(real.get(path) ?? path)
    if (place) shared.push({ place: end === '/' ? asFolder(place) : place, by })
    // A mount of a part of an export does not say which part, nor a device what it is elsewhere: their paths count by their last part as well.
    if (place !== null || DEVICE.test(path)) unplaced.push({ path, by })
  }
  return { shared, unplaced }
}

/** Null: on the host's own disks. Undefined: that has to be asked of the host. */
function placesOfPaths({ volumes, sources }: Seen): (path: string) => SharedPlace | null | undefined {
  const own = new Map(volumes.map(({ pool, vol, facts }) => [facts.path, { pool, vol }]))
  const served = [...sources.values()].filter(({ shared, target }) => shared !== null && shared.kind !== 'lun' && target !== null)
  return (path) => {
    const volume = own.get(path)
    const source = volume && sources.get(volume.pool.name)
    if (volume && source?.shared) return placeIn(source.shared, volume.vol)
    // What lies on a volume group, a disk or in memory is nobody else's by its name.
    if (volume && source && source.type !== 'dir') return null
    const within = served.find(({ target }) => path.startsWith(`${target}/`))
    if (within?.shared && within.target !== null) return placeIn(within.shared, { name: path.slice(within.target.length + 1), key: '' })
    return undefined
  }
}

/** Null: the host cannot be asked. */
async function withoutLinks({ shell, work }: StorageContext, paths: readonly string[]): Promise<ReadonlyMap<string, string> | null> {
  if (!shell) return null
  try {
    return new Map(await realNames(shell, paths, work.signal))
  } catch (thrown) {
    if (runsNothing(thrown)) return null
    throw thrown
  }
}
