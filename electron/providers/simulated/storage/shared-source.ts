import type { PoolSource, SharedPlace } from '../../../../shared/model/index.ts'
import type { PoolFacts } from '../../provider.ts'

/** What other hosts may see of a pool's source; null: it is the host's own. */
export function sharedSource(source: PoolSource): SharedPlace | null {
  switch (source.type) {
    case 'netfs':
      return { kind: source.format === 'glusterfs' ? 'gluster' : 'files', servers: [source.host.toLowerCase()], path: source.exportPath }
    case 'rbd':
      return { kind: 'rbd', servers: source.monitors.map((monitor) => monitor.toLowerCase()), path: `/${source.pool}` }
    case 'iscsi':
    case 'scsi':
      return { kind: 'lun', servers: [], path: '/' }
    default:
      return null
  }
}

export function sharedPlaceIn({ shared }: Pick<PoolFacts, 'shared'>, volume: string): SharedPlace | null {
  if (!shared) return null
  return { ...shared, path: shared.path === '/' ? `/${volume}` : `${shared.path}/${volume}` }
}
