import type { StoragePoolRef } from '../../../libvirt/index.ts'
import { attributeOf, parseXml, textOf, type XmlElement } from '../../../xml/index.ts'
import { libvirtNumber, VIR_ERR } from '../problems.ts'
import { type VolumeContext, within } from '../volumes/volume-context.ts'
import { poolNotFound } from '../volumes/volume-problems.ts'

/** What every piece of work on pools has. */
export type StorageContext = VolumeContext

/** Null: there is none of that name. */
export async function poolNamed(context: StorageContext, name: string): Promise<StoragePoolRef | null> {
  try {
    return (await context.host.call('storagePoolLookupByName', { name }, within(context))).pool
  } catch (error) {
    if (libvirtNumber(error) === VIR_ERR.noStoragePool) return null
    throw error
  }
}

/** Throws `not-found` volume.pool-not-found. */
export async function needPool(context: StorageContext, name: string): Promise<StoragePoolRef> {
  const pool = await poolNamed(context, name)
  if (pool) return pool
  throw poolNotFound(name)
}

export async function isActive({ host, ...context }: StorageContext, pool: StoragePoolRef): Promise<boolean> {
  return (await host.call('storagePoolIsActive', { pool }, within(context))).active !== 0
}

export async function isPersistent({ host, ...context }: StorageContext, pool: StoragePoolRef): Promise<boolean> {
  return (await host.call('storagePoolIsPersistent', { pool }, within(context))).persistent !== 0
}

/** What a definition says of a pool that everything else needs. */
export interface PoolFacts {
  readonly element: XmlElement
  readonly type: string
  /** Folder or device folder under which its volumes are found; null: it has none on the host. */
  readonly target: string | null
}

export async function poolFacts(context: StorageContext, pool: StoragePoolRef): Promise<PoolFacts> {
  const { xml } = await context.host.call('storagePoolGetXmlDesc', { pool, flags: 0 }, within(context))
  return factsOfPool(xml)
}

export function factsOfPool(xml: string): PoolFacts {
  const element = parseXml(xml)
  return { element, type: attributeOf(element, 'type') ?? 'unknown', target: textOf(element, 'target', 'path') || null }
}
