import { posix } from 'node:path'
import type { SharedPlace } from '../../../../shared/model/index.ts'
import { at, attributeOf, childrenOf, textOf, type XmlElement } from '../../../xml/index.ts'

/**
 * What a pool's definition says of a source that other hosts may see as well; null: it is the host's own. Of a folder libvirt does not know
 * whether it is mounted from elsewhere (see mounts.ts), and a volume group has no name but one of the host's own.
 */
export function sharedSourceOf(pool: XmlElement): SharedPlace | null {
  const type = attributeOf(pool, 'type')
  const source = at(pool, 'source')
  const name = textOf(pool, 'source', 'name') ?? ''
  const folder = attributeOf(at(source, 'dir'), 'path') ?? ''
  const servers = serversOf(source)
  switch (type) {
    case 'netfs':
      return { kind: attributeOf(at(source, 'format'), 'type') === 'glusterfs' ? 'gluster' : 'files', servers, path: absolute(folder) }
    case 'gluster':
      return { kind: 'gluster', servers, path: absolute(`${name}/${folder}`) }
    case 'rbd':
      return { kind: 'rbd', servers, path: absolute(name) }
    case 'iscsi':
    case 'iscsi-direct':
    case 'scsi':
    case 'mpath':
      return { kind: 'lun', servers: [], path: '/' }
    case 'sheepdog':
    case 'vstorage':
      return { kind: type, servers, path: absolute(name) }
    default:
      return null
  }
}

/** A volume in such a pool. A LUN goes by its serial number, which it has on every host; without one, by what its path by target says. */
export function placeIn(source: SharedPlace, { name, key }: { readonly name: string; readonly key: string }): SharedPlace {
  if (source.kind === 'lun') return { ...source, path: absolute(posix.basename(key || name)) }
  return { ...source, path: absolute(`${source.path}/${name}`) }
}

/** The servers that an element names, in one spelling. */
export function serversOf(element: XmlElement | undefined): string[] {
  return element ? childrenOf(element, 'host').flatMap((host) => attributeOf(host, 'name')?.toLowerCase() ?? []) : []
}

export function absolute(path: string): string {
  const whole = posix.normalize(`/${path}`)
  return whole.length > 1 && whole.endsWith('/') ? whole.slice(0, -1) : whole
}
