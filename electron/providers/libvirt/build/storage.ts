import type { VolumePlace } from '../../../../shared/model/index.ts'
import type { CallOptions, LibvirtHost, StoragePoolRef, StorageVolRef } from '../../../libvirt/index.ts'
import { at, attributeOf, parseXml, textOf } from '../../../xml/index.ts'
import { libvirtNumber, VIR_ERR } from '../problems.ts'

export interface PoolRead {
  readonly ref: StoragePoolRef
  readonly type: string
  readonly active: boolean
  readonly availableBytes: number
  /** The folder, or the device's, that its volumes are in. */
  readonly target: string | null
}

export interface VolumeRead {
  readonly ref: StorageVolRef
  readonly path: string
  readonly kind: 'file' | 'block' | 'other'
  /** As libvirt's pool sees it, which may be what a guest wrote there. */
  readonly format: string | null
  readonly capacityBytes: number
  readonly allocationBytes: number
}

const POOL_INACTIVE = 0
/** virStorageVolType. */
const VOLUME_KINDS: readonly VolumeRead['kind'][] = ['file', 'block']
/** Pools whose volumes are files that a machine's definition can name by their path. */
const FILES: ReadonlySet<string> = new Set(['dir', 'fs', 'netfs', 'vstorage'])
/** The same of block devices. */
const BLOCKS: ReadonlySet<string> = new Set(['logical', 'disk', 'iscsi', 'scsi', 'mpath', 'zfs'])

/** Null: its volumes have no path on the host, such as Ceph's. */
export function pathKind(poolType: string): 'file' | 'block' | null {
  return FILES.has(poolType) ? 'file' : BLOCKS.has(poolType) ? 'block' : null
}

export function holdsFiles(poolType: string): boolean {
  return FILES.has(poolType)
}

/** Pools and volumes of a host by their names, each read once for as long as a question lasts. */
export class Storage {
  readonly #host: LibvirtHost
  readonly #options: CallOptions
  readonly #pools = new Map<string, Promise<PoolRead | null>>()
  readonly #volumes = new Map<string, Promise<VolumeRead | null>>()

  constructor(host: LibvirtHost, options: CallOptions) {
    this.#host = host
    this.#options = options
  }

  /** Null: the host has none of that name. */
  pool(name: string): Promise<PoolRead | null> {
    return remembered(this.#pools, name, () => unless(VIR_ERR.noStoragePool, this.#readPool(name)))
  }

  async all(): Promise<ReadonlyArray<PoolRead>> {
    const { pools } = await this.#host.call('connectListAllStoragePools', { needResults: 1, flags: 0 }, this.#options)
    const read = await Promise.all(pools.map(({ name }) => this.pool(name)))
    return read.filter((pool) => pool !== null)
  }

  /** Null: there is none of that name, or its pool is not there or not started. */
  volume({ pool, volume }: VolumePlace): Promise<VolumeRead | null> {
    return remembered(this.#volumes, `${pool}\n${volume}`, async () => {
      const found = await this.pool(pool)
      return found?.active ? unless(VIR_ERR.noStorageVolume, this.#readVolume(found.ref, volume)) : null
    })
  }

  async #readPool(name: string): Promise<PoolRead> {
    const { pool } = await this.#host.call('storagePoolLookupByName', { name }, this.#options)
    const [{ xml }, info] = await Promise.all([
      this.#host.call('storagePoolGetXmlDesc', { pool, flags: 0 }, this.#options),
      this.#host.call('storagePoolGetInfo', { pool }, this.#options),
    ])
    const root = parseXml(xml)
    return {
      ref: pool,
      type: attributeOf(root, 'type') ?? 'unknown',
      active: info.state !== POOL_INACTIVE,
      availableBytes: Number(info.available),
      target: textOf(root, 'target', 'path'),
    }
  }

  async #readVolume(pool: StoragePoolRef, name: string): Promise<VolumeRead> {
    const { vol } = await this.#host.call('storageVolLookupByName', { pool, name }, this.#options)
    return readVolume(this.#host, vol, this.#options)
  }
}

export async function readVolume(host: LibvirtHost, vol: StorageVolRef, options: CallOptions): Promise<VolumeRead> {
  const [{ name: path }, info, { xml }] = await Promise.all([
    host.call('storageVolGetPath', { vol }, options),
    host.call('storageVolGetInfo', { vol }, options),
    host.call('storageVolGetXmlDesc', { vol, flags: 0 }, options),
  ])
  return {
    ref: vol,
    path,
    kind: VOLUME_KINDS[info.type] ?? 'other',
    format: attributeOf(at(parseXml(xml), 'target', 'format'), 'type'),
    capacityBytes: Number(info.capacity),
    allocationBytes: Number(info.allocation),
  }
}

function remembered<T>(known: Map<string, Promise<T>>, key: string, read: () => Promise<T>): Promise<T> {
  const before = known.get(key)
  if (before) return before
  const reading = read()
  known.set(key, reading)
  return reading
}

async function unless<T>(number: number, read: Promise<T>): Promise<T | null> {
  try {
    return await read
  } catch (error) {
    if (libvirtNumber(error) === number) return null
    throw error
  }
}
