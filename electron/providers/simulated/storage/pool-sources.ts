import {
  type FoundSource,
  POOL_TYPES,
  type PoolSource,
  type PoolType,
  type Reason,
  type StorageAbilities,
} from '../../../../shared/model/index.ts'
import { share } from '../random.ts'
import type { World } from '../world.ts'
import * as problems from './pool-problems.ts'

/** A device of every host that holds what somebody may want. */
const WITH_DATA = '/dev/sdc'
const EMPTY = '/dev/sdb'
/** Folders that every host has. */
const FOLDERS: ReadonlySet<string> = new Set(['/srv', '/srv/images', '/srv/iso', '/data', '/home', '/var/lib/libvirt/images'])

function noProgram(type: PoolType, program: string, what: string): Reason {
  return {
    code: 'pool.no-program',
    text: `This host has no ${program}. Install ${what} there.`,
    params: { type, program, package: what },
  }
}

/** A host can do what it has a pool of; of the rest some lack a program. */
export function poolAbilities(world: World, hostRef: string): StorageAbilities {
  const { salt } = world.host(hostRef)
  const has = new Set(world.pools.all(hostRef).map(({ type }) => type))
  const why = (type: PoolType): Reason | null => {
    if (has.has(type)) return null
    if (type === 'zfs') return share(salt, 171) < 0.7 ? noProgram(type, 'zpool', 'zfsutils-linux') : null
    if (type === 'iscsi') return share(salt, 172) < 0.2 ? noProgram(type, 'iscsiadm', 'open-iscsi') : null
    if (type !== 'rbd') return null
    const what = 'libvirt-daemon-driver-storage-rbd'
    const text = `libvirt on this host has no driver for pools of the type ${type}. Install ${what} there.`
    return { code: 'pool.no-driver-package', text, params: { type, package: what } }
  }
  return { types: Object.fromEntries(POOL_TYPES.map((type) => [type, why(type)])) as StorageAbilities['types'], wipe: null }
}

/** What the host could make a pool of. Throws pool.cannot-find, pool.needs-server, pool.find-failed, and what the host lacks. */
export function findSources(world: World, hostRef: string, type: PoolType, server: string | null): readonly FoundSource[] {
  const reason = poolAbilities(world, hostRef).types[type]
  if (reason && type !== 'rbd') throw problems.unable(hostRef, reason)
  switch (type) {
    case 'netfs': {
      const host = needServer(type, server)
      return ['vm', 'iso', 'backup'].map((name) => {
        const exportPath = `/export/${name}`
        return {
          label: `${host}:${exportPath}`,
          source: { type, host, exportPath, format: 'nfs', path: `/var/lib/libvirt/mounts/${name}` },
        }
      })
    }
    case 'iscsi': {
      const host = needServer(type, server)
      return [0, 1, 2].map((number) => {
        const target = `iqn.2026-01.eu.kestrel:${host}.db${number}`
        return { label: target, source: { type, host, target } }
      })
    }
    case 'logical':
      return [
        { label: 'vg-data (/dev/sde1)', source: { type, group: 'vg-data', devices: [] } },
        { label: 'vg-nvme (/dev/nvme0n1, /dev/nvme1n1)', source: { type, group: 'vg-nvme', devices: [] } },
      ]
    case 'disk':
      return [
        { label: `${EMPTY} (3.5 TiB, empty)`, source: { type, device: EMPTY, label: 'gpt' } },
        { label: `${WITH_DATA} (1.7 TiB, ext4)`, source: { type, device: WITH_DATA, label: 'gpt' } },
      ]
    case 'scsi':
      return ['host0', 'host3'].map((adapter) => ({ label: `${adapter} (fc)`, source: { type, adapter } }))
    case 'zfs':
      return [{ label: 'fast (2.6 TiB free)', source: { type, pool: 'fast', devices: [] } }]
    case 'dir':
    case 'rbd':
      throw problems.cannotFind(type)
  }
}

function needServer(type: PoolType, server: string | null): string {
  if (server === null || server.trim() === '') throw problems.needsServer(type)
  if (server.endsWith('.invalid')) throw problems.findFailed(type, `${server}: Name or service not known`)
  return server
}

/** Two sources with the same key are the same bytes. */
export function keyOf(source: PoolSource): string {
  switch (source.type) {
    case 'dir':
      return `dir ${source.path.replace(/\/+$/, '')}`
    case 'netfs':
      return `netfs ${source.host}:${source.exportPath}`
    case 'logical':
      return `logical ${source.group}`
    case 'disk':
      return `disk ${source.device}`
    case 'iscsi':
      return `iscsi ${source.host} ${source.target}`
    case 'rbd':
      return `rbd ${[...source.monitors].sort().join(',')} ${source.pool}`
    case 'zfs':
      return `zfs ${source.pool}`
    case 'scsi':
      return `scsi ${source.adapter}`
  }
}

/** Where the volumes of a pool of it show. */
export function targetOf(source: PoolSource): string {
  switch (source.type) {
    case 'dir':
    case 'netfs':
      return source.path
    case 'logical':
      return `/dev/${source.group}`
    case 'disk':
      return '/dev'
    case 'iscsi':
      return '/dev/disk/by-path'
    case 'rbd':
      return source.pool
    case 'zfs':
      return `/dev/zvol/${source.pool}`
    case 'scsi':
      return '/dev/disk/by-id'
  }
}

/** Whether it is on the host already. Throws what the host would say when it is made all the same. */
export function needSource(source: PoolSource, { name, build, overwrite }: PoolChoice, password: string | null): void {
  if ('host' in source && source.host.endsWith('.invalid')) throw problems.startFailed(name, `${source.host}: Name or service not known`)
  if (source.type === 'dir' && !build && !FOLDERS.has(source.path.replace(/\/+$/, ''))) throw problems.pathMissing(name, source.path)
  const devices = source.type === 'disk' ? [source.device] : source.type === 'logical' || source.type === 'zfs' ? source.devices : []
  if (build && !overwrite && devices.includes(WITH_DATA)) throw problems.hasData(name)
  if (source.type === 'disk' && !build && source.device === EMPTY) throw problems.startFailed(name, `${EMPTY}: unrecognised disk label`)
  if (password === 'wrong') throw problems.startFailed(name, 'login failed: authorization failure')
}

export interface PoolChoice {
  readonly name: string
  readonly build: boolean
  readonly overwrite: boolean
}
