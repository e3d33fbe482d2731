import type { VolumePlace } from '../../../../shared/model/index.ts'
import type { DiskFile } from './disk-xml.ts'
import { poolTypeUnsupported, volumeMissing } from './problems.ts'
import { pathKind, type Storage } from './storage.ts'

/**
 * Where a volume is on the host: its path, so that other tools, and the plan of a deletion, know the disk by it. `format` is what it was made
 * in; null: as the pool says. Throws `precondition` build.volume-missing, `unsupported` build.pool-type-unsupported.
 */
export async function fileOf(storage: Storage, place: VolumePlace, format: string | null): Promise<DiskFile> {
  const volume = await storage.volume(place)
  if (!volume) throw volumeMissing(place)
  const pool = await storage.pool(place.pool)
  if (volume.kind === 'other' || (pool && pathKind(pool.type) === null)) throw poolTypeUnsupported(place.pool, pool?.type ?? 'unknown')
  return { source: { kind: volume.kind, path: volume.path }, format: format ?? volume.format ?? 'raw' }
}

/** The same of a volume that is not there yet: its path is where its pool will put it. */
export async function futureFileOf(storage: Storage, place: VolumePlace, format: string | null): Promise<DiskFile> {
  const pool = await storage.pool(place.pool)
  const volume = await storage.volume(place)
  const kind = pool ? pathKind(pool.type) : null
  if (volume && volume.kind !== 'other') {
    return { source: { kind: volume.kind, path: volume.path }, format: format ?? volume.format ?? 'raw' }
  }
  const source =
    kind === null || pool?.target == null
      ? ({ kind: 'volume', pool: place.pool, volume: place.volume } as const)
      : ({ kind, path: `${pool.target.replace(/\/$/, '')}/${place.volume}` } as const)
  return { source, format: format ?? 'raw' }
}
