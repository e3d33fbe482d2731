import { z } from 'zod'

/**
 * Where something lies that several hosts may see, in words that each of them has alike: not by a host's own paths, which differ with where it
 * mounts things, and are alike where they are different files.
 */
export const sharedPlaceSchema = z.object({
  /** What serves it: files (NFS, CIFS), gluster, rbd, lun, or the file system's own word for itself. */
  kind: z.string(),
  /** As the host calls them; several for one service. None: the path alone is like no other's. */
  servers: z.array(z.string()),
  /** The export, or the pool of the service, and what is below it. With a slash at its end: a folder, with all that is in it. */
  path: z.string(),
})
export type SharedPlace = z.infer<typeof sharedPlaceSchema>

/** Types of pools that several hosts may see the same of: what one host does not use another may. */
export const SHARED_POOL_TYPES: ReadonlySet<string> = new Set([
  'netfs',
  'rbd',
  'gluster',
  'iscsi',
  'iscsi-direct',
  'scsi',
  'mpath',
  'sheepdog',
  'vstorage',
])

/**
 * Whether two paths of one kind are of one service: `maybe` when its servers are called differently, as one may have several names. Ask it of
 * places whose kinds and paths are equal.
 */
export function sameService(a: SharedPlace, b: SharedPlace): 'same' | 'maybe' {
  if (a.servers.length === 0 && b.servers.length === 0) return 'same'
  return a.servers.some((server) => b.servers.includes(server)) ? 'same' : 'maybe'
}

/** Whether something may lie in a pool, whose servers may be called by other names. Of LUNs a pool does not say which are its own. */
export function mayHold(pool: SharedPlace, place: SharedPlace): boolean {
  return pool.kind === place.kind && (pool.kind === 'lun' || place.path.startsWith(`${pool.path === '/' ? '' : pool.path}/`))
}
