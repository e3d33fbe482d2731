import type { PoolSource } from '../../../../shared/model/index.ts'
import { at, attributeOf, childrenOf, escapeXml, textOf, type XmlElement } from '../../../xml/index.ts'
import type { PoolDefinition } from '../../provider.ts'

/** The secret that a pool logs in with, as libvirt keeps it. */
export interface PoolLogin {
  readonly user: string
  readonly secretUuid: string
}

/** The definition of a pool (https://libvirt.org/formatstorage.html#storage-pool-xml). */
export function poolXml({ uuid, spec }: Pick<PoolDefinition, 'uuid' | 'spec'>, login: PoolLogin | null): string {
  const { name, source } = spec
  const parts = [`<name>${escapeXml(name)}</name>`, `<uuid>${uuid}</uuid>`]
  const inside = sourceXml(source, login)
  if (inside !== '') parts.push(`<source>${inside}</source>`)
  const target = targetOf(source)
  if (target !== null) parts.push(`<target><path>${escapeXml(target)}</path></target>`)
  return `<pool type='${source.type}'>${parts.join('')}</pool>`
}

/** Where the host finds the volumes of such a pool; null: nowhere under a path. */
export function targetOf(source: PoolSource): string | null {
  switch (source.type) {
    case 'dir':
    case 'netfs':
      return source.path
    case 'logical':
      return `/dev/${source.group}`
    case 'disk':
      return '/dev'
    case 'zfs':
      return `/dev/zvol/${source.pool}`
    case 'iscsi':
    case 'scsi':
      // names that stay the same when the host starts anew
      return '/dev/disk/by-path'
    case 'rbd':
      return null
  }
}

function sourceXml(source: PoolSource, login: PoolLogin | null): string {
  switch (source.type) {
    case 'dir':
      return ''
    case 'netfs':
      return `${hostXml(source.host)}<dir path='${escapeXml(source.exportPath)}'/><format type='${source.format}'/>`
    case 'logical':
      return `${devicesXml(source.devices)}<name>${escapeXml(source.group)}</name><format type='lvm2'/>`
    case 'disk':
      return `${devicesXml([source.device])}<format type='${source.label}'/>`
    case 'iscsi':
      return `${hostXml(source.host)}${devicesXml([source.target])}${loginXml('chap', login)}`
    case 'rbd':
      return `${source.monitors.map(hostXml).join('')}<name>${escapeXml(source.pool)}</name>${loginXml('ceph', login)}`
    case 'zfs':
      return `${devicesXml(source.devices)}<name>${escapeXml(source.pool)}</name>`
    case 'scsi':
      return `<adapter type='scsi_host' name='${escapeXml(source.adapter)}'/>`
  }
}

/** With a port where one is named; an IPv6 address has colons of its own. */
function hostXml(named: string): string {
  const [, name = named, port] = /^([^:]+):(\d+)$/.exec(named) ?? []
  return `<host name='${escapeXml(name)}'${port === undefined ? '' : ` port='${port}'`}/>`
}

function devicesXml(paths: readonly string[]): string {
  return paths.map((path) => `<device path='${escapeXml(path)}'/>`).join('')
}

function loginXml(type: 'chap' | 'ceph', login: PoolLogin | null): string {
  if (login === null) return ''
  return `<auth type='${type}' username='${escapeXml(login.user)}'><secret uuid='${login.secretUuid}'/></auth>`
}

/** What a host is asked with when it looks for sources. */
export function serverXml(server: string): string {
  return `<source>${hostXml(server)}</source>`
}

/** By these two pools are of one thing, of which libvirt takes one only. */
export function sourceKeyOf(source: PoolSource): string {
  return keyOf(source.type, {
    target: targetOf(source),
    name: source.type === 'logical' ? source.group : source.type === 'rbd' || source.type === 'zfs' ? source.pool : null,
    device: source.type === 'disk' ? source.device : source.type === 'iscsi' ? source.target : null,
    host: source.type === 'iscsi' ? source.host : source.type === 'rbd' ? [...source.monitors].sort().join() : null,
    adapter: source.type === 'scsi' ? source.adapter : null,
  })
}

/** The same of a pool that is there. */
export function keyOfPool(pool: XmlElement): string {
  const source = at(pool, 'source')
  const hosts = childrenOf(source, 'host').map((host) => {
    const port = attributeOf(host, 'port')
    return `${attributeOf(host, 'name') ?? ''}${port === null ? '' : `:${port}`}`
  })
  const adapter = at(source, 'adapter')
  return keyOf(attributeOf(pool, 'type') ?? '', {
    target: textOf(pool, 'target', 'path'),
    name: textOf(source, 'name'),
    device: attributeOf(at(source, 'device'), 'path'),
    host: hosts.sort().join(),
    adapter: attributeOf(adapter, 'name'),
  })
}

interface KeyParts {
  readonly target: string | null
  readonly name: string | null
  readonly device: string | null
  readonly host: string | null
  readonly adapter: string | null
}

function keyOf(type: string, { target, name, device, host, adapter }: KeyParts): string {
  switch (type) {
    case 'dir':
    case 'fs':
    case 'netfs':
      return `folder:${target?.replaceAll(/\/+/g, '/').replace(/(.)\/$/, '$1')}`
    case 'logical':
    case 'zfs':
      return `${type}:${name}`
    case 'disk':
      return `${type}:${device}`
    case 'iscsi':
      return `${type}:${host}:${device}`
    case 'rbd':
      return `${type}:${host}:${name}`
    case 'scsi':
      return `${type}:${adapter}`
    default:
      return `${type}:${target}:${name}:${device}`
  }
}
