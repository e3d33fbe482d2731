import { constants, type DomainRef, listAllDomains, type StorageVolRef } from '../../libvirt/index.ts'
import { at, attributeOf, childrenOf, parseXml, type XmlElement } from '../../xml/index.ts'
import { type ActContext, within } from './act-context.ts'
import type { BuiltOn } from './backing-files.ts'
import { diskKeyOf, type KnownDisks, readDefinition } from './domain-facts.ts'
import type { Elsewhere, Unseen } from './images-elsewhere.ts'
import { isNoDomain } from './problems.ts'
import { SEED_ALIAS } from './seed-alias.ts'

/** A disk of a machine, with what the storage of its host knows of it. */
export interface DiskFacts {
  readonly key: string
  readonly target: string
  readonly format: string | null
  /** disk, cdrom, floppy, lun. */
  readonly device: string
  readonly readOnly: boolean
  readonly shareable: boolean
  /** A CD that was made for this machine alone: its seed. */
  readonly isSeed: boolean
  /** The volume behind it. Null: it is in no pool of the host. */
  readonly volume: StorageVolRef | null
  /** Its path on the host, by which others may name it. */
  readonly path: string | null
  readonly capacityBytes: number | null
  readonly allocationBytes: number | null
  /** Other machines that use it, themselves or as a backing file. */
  readonly sharedWith: readonly string[]
  /** Volumes that are built on it, and why there may be more that nobody sees; null: these are all. */
  readonly overlays: readonly string[]
  readonly blind: string | null
  /** What was not there to be looked into. */
  readonly unseen: Unseen
}

/** What reading needs of the context of an action. */
export type Asking = Pick<ActContext, 'host' | 'dom' | 'work'>

/** What a definition alone says of a disk. */
type NamedDisk = Pick<DiskFacts, 'key' | 'target' | 'format' | 'device' | 'readOnly' | 'shareable' | 'isSeed'>

/** The disks that a definition names, with the source of each. An empty drive is none. */
export function namedDisks(domain: XmlElement): ReadonlyArray<{ readonly named: NamedDisk; readonly source: XmlElement | undefined }> {
  return childrenOf(at(domain, 'devices'), 'disk').flatMap((element) => {
    const source = at(element, 'source')
    const key = diskKeyOf(source)
    if (key === null) return []
    const named = {
      key,
      target: attributeOf(at(element, 'target'), 'dev') ?? '',
      format: attributeOf(at(element, 'driver'), 'type'),
      device: attributeOf(element, 'device') ?? 'disk',
      readOnly: at(element, 'readonly') !== undefined,
      shareable: at(element, 'shareable') !== undefined,
      isSeed: attributeOf(at(element, 'alias'), 'name') === SEED_ALIAS,
    }
    return [{ named, source }]
  })
}

/** The disks of a definition; with `only` those of these keys. */
export async function readDisks(context: ActContext, domain: XmlElement, only?: readonly string[]): Promise<readonly DiskFacts[]> {
  const disks = namedDisks(domain).filter(({ named }) => only === undefined || only.includes(named.key))
  if (disks.length === 0) return []
  const others = await otherDisks(context)
  return Promise.all(disks.map(async ({ named, source }) => readDisk(context, named, await findVolume(context, source), others)))
}

/** Volumes whose machine is gone, in the same words as while it was there. */
export async function readVolumes(
  context: ActContext,
  volumes: ReadonlyArray<{ readonly key: string; readonly volume: StorageVolRef }>,
): Promise<readonly DiskFacts[]> {
  if (volumes.length === 0) return []
  const others = await otherDisks(context)
  return Promise.all(
    volumes.map(({ key, volume }) => {
      const named = { key, target: '', format: null, device: 'disk', readOnly: false, shareable: false, isSeed: false }
      return readDisk(context, named, volume, others)
    }),
  )
}

export type Others = ReadonlyMap<string, KnownDisks>

async function readDisk(context: ActContext, named: NamedDisk, volume: StorageVolRef | null, others: Others): Promise<DiskFacts> {
  const { host, dom } = context
  const [info, path] = volume
    ? await Promise.all([
        host.call('storageVolGetInfo', { vol: volume }, within(context)).catch(() => null),
        host.call('storageVolGetPath', { vol: volume }, within(context)).then(
          ({ name }) => name,
          () => null,
        ),
      ])
    : [null, null]
  const names = new Set([named.key, ...(path === null ? [] : [path]), ...(volume ? [`${volume.pool}/${volume.name}`] : [])])
  const sharedWith = [...others]
    .filter(([ref, { keys }]) => ref !== dom.uuid && keys.some((each) => names.has(each)))
    .map(([, { name }]) => name)
  return {
    ...named,
    volume,
    path,
    capacityBytes: info ? Number(info.capacity) : null,
    allocationBytes: info ? Number(info.allocation) : null,
    sharedWith,
    ...(volume && path !== null ? await builtOn(context, volume, path) : { overlays: [], blind: null, unseen: NOTHING_UNSEEN }),
  }
}

const NOTHING_UNSEEN: Unseen = { pools: [], images: [] }

async function builtOn(
  { backing, elsewhere }: ActContext,
  volume: StorageVolRef,
  path: string,
): Promise<BuiltOn & Pick<Elsewhere, 'unseen'>> {
  const [inPools, others] = await Promise.all([backing.builtOn(volume, path), elsewhere.on([path])])
  return {
    overlays: [...inPools.overlays, ...(others.overlays.get(path) ?? [])],
    blind: inPools.blind ?? others.blind,
    unseen: others.unseen,
  }
}

/** The volume that a disk's source names. Null: libvirt's storage does not have it. */
export async function findVolume(context: Pick<Asking, 'host' | 'work'>, source: XmlElement | undefined): Promise<StorageVolRef | null> {
  const { host } = context
  const { file, dev, pool, volume, name } = source?.attributes ?? {}
  try {
    if (pool !== undefined && volume !== undefined) {
      const { pool: found } = await host.call('storagePoolLookupByName', { name: pool }, within(context))
      return (await host.call('storageVolLookupByName', { pool: found, name: volume }, within(context))).vol
    }
    const path = file ?? dev ?? name
    return path === undefined ? null : (await host.call('storageVolLookupByPath', { path }, within(context))).vol
  } catch {
    // Not in a pool, or no storage driver at all: either way it cannot be deleted through libvirt.
    context.work.signal.throwIfAborted()
    return null
  }
}

/** The disks of every machine of the host, by its reference. */
export async function otherDisks(context: Pick<ActContext, 'host' | 'work' | 'knownDisks'>): Promise<Others> {
  const known = context.knownDisks()
  if (known) return known
  const { host } = context
  const domains = await listAllDomains(host, within(context))
  const read = await Promise.all(domains.map(async (dom) => ({ dom, disks: await keysOf(context, dom) })))
  return new Map(read.map(({ dom, disks }) => [dom.uuid, { name: dom.name, ...disks }]))
}

/** Those of these machines that run. */
export function runningUsers(context: Pick<ActContext, 'host' | 'work'>, names: readonly string[]): Promise<readonly string[]> {
  return listedAs(context, constants.VIR_CONNECT_LIST_DOMAINS_ACTIVE, names)
}

/** Those of these machines that are off and have their memory kept by managed save. */
export function savedUsers(context: Pick<ActContext, 'host' | 'work'>, names: readonly string[]): Promise<readonly string[]> {
  const { VIR_CONNECT_LIST_DOMAINS_INACTIVE: off, VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE: saved } = constants
  return listedAs(context, off | saved, names)
}

async function listedAs(context: Pick<ActContext, 'host' | 'work'>, flags: number, names: readonly string[]): Promise<readonly string[]> {
  if (names.length === 0) return []
  const listed = new Set((await listAllDomains(context.host, { ...within(context), flags })).map(({ name }) => name))
  return names.filter((name) => listed.has(name))
}

async function keysOf(context: Pick<ActContext, 'host' | 'work'>, dom: DomainRef): Promise<Omit<KnownDisks, 'name'>> {
  try {
    const { xml } = await context.host.call('domainGetXmlDesc', { dom, flags: 0 }, within(context))
    const { diskKeys: keys, imageKeys: images } = readDefinition(xml)
    return { keys, images }
  } catch (error) {
    if (isNoDomain(error)) return { keys: [], images: [] }
    throw error
  }
}

/** The definition that a deletion takes away: the kept one, where there is one. */
export async function keptDefinition(context: Asking): Promise<XmlElement> {
  const { host, dom } = context
  const { persistent } = await host.call('domainIsPersistent', { dom }, within(context))
  const flags = persistent !== 0 ? constants.VIR_DOMAIN_XML_INACTIVE : 0
  return parseXml((await host.call('domainGetXmlDesc', { dom, flags }, within(context))).xml)
}
