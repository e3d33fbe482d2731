import { posix } from 'node:path'
import type { Reason } from '../../../../shared/model/index.ts'
import { constants, type DomainRef, listAllDomains, type StoragePoolRef, type StorageVolRef } from '../../../libvirt/index.ts'
import type { OrphanLook } from '../../provider.ts'
import { chainsElsewhere } from '../chains-elsewhere.ts'
import { sameDevices } from '../device-names.ts'
import { inTurn } from '../in-turn.ts'
import { isNoDomain, isUnsupported, libvirtNumber, toProblem, VIR_ERR } from '../problems.ts'
import { within } from '../volumes/volume-context.ts'
import type { VolumeFacts } from '../volumes/volume-xml.ts'
import { claimsOf, placeOfVolume, sourcesOf } from './host-claims.ts'
import { readMounts } from './mounts.ts'
import { NamedPaths } from './named-paths.ts'
import { poolFacts, type StorageContext } from './storage-context.ts'
import { readOne, shown, volumesOf } from './volume-rows.ts'

interface Read {
  readonly pool: StoragePoolRef
  readonly vol: StorageVolRef
  readonly facts: VolumeFacts
}

/** What a look at one pool found. */
interface PoolLook {
  readonly volumes: readonly Read[]
  /** Why nothing in it is said to be orphaned; null: all of it was seen. */
  readonly unseen: Reason | null
}

/**
 * Volumes that nothing on the host names: no definition of a machine, be it the one that runs or the one that is kept, no snapshot, no saved
 * state, no other volume. Something that could not be looked into may name anything: its pool's volumes are not called orphans then, and of
 * a machine that could not be, no volume is.
 */
export async function findOrphans(context: StorageContext): Promise<OrphanLook> {
  const { pools } = await context.host.call('connectListAllStoragePools', { needResults: 1, flags: 0 }, within(context))
  const looks: PoolLook[] = []
  const mounts = await readMounts(context.shell, context.work.signal)
  const sources = await sourcesOf(context, pools, mounts)
  // One after the other: all of them together may be tens of thousands of volumes.
  for (const pool of pools) looks.push(await lookAt(context, pool))
  const named = new NamedPaths()
  // After the volumes: a machine that was made meanwhile is heard of.
  const machines = await nameAll(context, named)
  const bases = await nameBases(context, named, looks)
  const unread = [...machines, ...bases.unread]
  const unseen: Reason[] = [...unread, ...bases.missing, ...looks.flatMap(({ unseen: one }) => one ?? [])]
  // A base that cannot be named may lie in any pool.
  const blind = [...unread, ...looks.flatMap(({ unseen: one }) => (one?.code === 'orphans.volume-unread' ? [one] : []))]
  const elsewhere = namesElsewhere(named, looks)
  const basenames = new Set(elsewhere.map((path) => posix.basename(path)))
  const candidates = looks
    .filter(({ unseen: one }) => blind.length === 0 && one === null)
    .flatMap(({ volumes }) => volumes)
    .filter(({ pool, vol, facts }) => !isFolder(facts) && !named.names(pool.name, vol.name, facts.path))
    .filter(({ facts }) => !basenames.has(posix.basename(facts.path)))
  const devices = candidates.filter(({ facts }) => facts.type === 'block').map(({ facts }) => facts.path)
  const same = await sameDevices(context.shell, elsewhere, devices, context.work.signal)
  const used = same && new Set(same.values())
  if (used === null) unseen.push(devicesUnread(devices))
  const orphans = candidates
    .filter(({ facts }) => facts.type !== 'block' || (used !== null && !used.has(facts.path)))
    .map(({ pool, vol, facts }) => ({
      poolRef: pool.uuid,
      pool: pool.name,
      volume: { name: vol.name, path: facts.path, usedBy: [] },
      facts: shown(facts),
      modifiedAtMs: facts.modifiedAtMs,
      place: placeOfVolume(sources.get(pool.name), vol, mounts),
    }))
  const claims = await claimsOf(context, { named, volumes: looks.flatMap(({ volumes }) => volumes), sources, mounts })
  return { orphans, unseen, claims: { ...claims, blind } }
}

/** A folder is in no definition though it may be full of what is. */
const isFolder = ({ type }: VolumeFacts): boolean => type === 'dir' || type === 'netdir'

/**
 * Paths that are named and lie in no pool. They may be other ways to a volume, by a link or a second mount, which cannot be told over libvirt: a
 * volume with the same last part is left in peace.
 */
function namesElsewhere(named: NamedPaths, looks: readonly PoolLook[]): readonly string[] {
  const known = new Set(looks.flatMap(({ volumes }) => volumes.map(({ facts }) => facts.path)))
  return [...named.paths.keys()].filter((path) => !known.has(path))
}

/** What images are built on: those of pools say it themselves, the others have to be asked. */
async function nameBases(
  context: StorageContext,
  named: NamedPaths,
  looks: readonly PoolLook[],
): Promise<{ readonly unread: readonly Reason[]; readonly missing: readonly Reason[] }> {
  const volumes = looks.flatMap(({ volumes: some }) => some)
  const bases: string[] = []
  for (const { facts } of volumes) {
    if (facts.backingPath === null) continue
    const base = below(facts)
    named.addPath(base, facts.path)
    bases.push(base)
  }
  const seen = new Set(volumes.map(({ facts }) => facts.path))
  const elsewhere = [...new Set([...named.images, ...bases.filter((base) => base.startsWith('/'))])].filter((path) => !seen.has(path))
  const { below: chains, missing, unread } = await chainsElsewhere(context.shell, elsewhere, context.work.signal)
  for (const [image, chain] of chains) for (const path of chain) named.addPath(path, image)
  return {
    unread: unread.length === 0 ? [] : [imagesUnread(unread)],
    missing: missing.length === 0 ? [] : [imagesMissing(missing)],
  }
}

/** Where the base is: one that is named relative to its overlay lies beside it. */
function below({ path, backingPath }: VolumeFacts): string {
  const named = backingPath ?? ''
  return named.startsWith('/') || named.includes(':') ? named : posix.join(posix.dirname(path), named)
}

async function lookAt(context: StorageContext, pool: StoragePoolRef): Promise<PoolLook> {
  const { host, work } = context
  try {
    const { active } = await host.call('storagePoolIsActive', { pool }, within(context))
    if (active === 0) return { volumes: [], unseen: poolOffReason(pool.name) }
    const vols = await volumesOf(context, pool)
    const volumes: Read[] = []
    const missing: string[] = []
    const unreadable: string[] = []
    await inTurn(vols, async (vol) => {
      const facts = await readOne(context, vol)
      if (facts === 'gone') missing.push(vol.name)
      else if (facts === 'unreadable') unreadable.push(vol.name)
      else volumes.push({ pool, vol, facts })
    })
    if (unreadable.length > 0) return { volumes, unseen: volumeUnread(pool.name, unreadable) }
    if (vols.length > 0 && missing.length === vols.length) return { volumes, unseen: await goneReason(context, pool) }
    return { volumes, unseen: null }
  } catch (error) {
    work.signal.throwIfAborted()
    if (libvirtNumber(error) === undefined) throw error
    // Taken away meanwhile: what was in it is nobody's business any more.
    if (libvirtNumber(error) === VIR_ERR.noStoragePool) return { volumes: [], unseen: null }
    return { volumes: [], unseen: poolUnread(pool.name, toProblem(error).message) }
  }
}

/** Notes what every machine names; answers those that could not be read. */
async function nameAll(context: StorageContext, named: NamedPaths): Promise<readonly Reason[]> {
  const domains = await listAllDomains(context.host, within(context))
  const unread: Reason[] = []
  await inTurn(domains, async (dom) => {
    try {
      for (const xml of await definitionsOf(context, dom)) named.addDefinition(xml, dom.name)
    } catch (error) {
      context.work.signal.throwIfAborted()
      if (isNoDomain(error)) return
      if (libvirtNumber(error) === undefined && !(error instanceof SyntaxError)) throw error
      unread.push(machineUnread(dom.name, error instanceof SyntaxError ? error.message : toProblem(error).message))
    }
  })
  return unread
}

async function definitionsOf({ host, ...context }: StorageContext, dom: DomainRef): Promise<readonly string[]> {
  const options = { ...within(context), dedicated: 'many' as const }
  const xml = async (flags: number) => (await host.call('domainGetXmlDesc', { dom, flags }, options)).xml
  const definitions = [await xml(0)]
  // What runs and what is kept may differ.
  if (dom.id >= 0) definitions.push(await xml(constants.VIR_DOMAIN_XML_INACTIVE))
  const [saved, snapshots] = await Promise.all([savedOf(host, dom, options), snapshotsOf(host, dom, options)])
  return [...definitions, ...saved, ...snapshots]
}

type Host = StorageContext['host']
type Options = ReturnType<typeof within> & { readonly dedicated: 'many' }

async function savedOf(host: Host, dom: DomainRef, options: Options): Promise<readonly string[]> {
  try {
    const { result } = await host.call('domainHasManagedSaveImage', { dom, flags: 0 }, options)
    if (result === 0) return []
    return [(await host.call('domainManagedSaveGetXmlDesc', { dom, flags: 0 }, options)).xml ?? '<domain/>']
  } catch (error) {
    if (isUnsupported(error)) return []
    throw error
  }
}

async function snapshotsOf(host: Host, dom: DomainRef, options: Options): Promise<readonly string[]> {
  try {
    const { snapshots } = await host.call('domainListAllSnapshots', { dom, needResults: 1, flags: 0 }, options)
    const read: string[] = []
    for (const snap of snapshots) read.push((await host.call('domainSnapshotGetXmlDesc', { snap, flags: 0 }, options)).xml)
    return read
  } catch (error) {
    if (isUnsupported(error)) return []
    throw error
  }
}

function poolOffReason(pool: string): Reason {
  const text = `The pool ${pool} is off: nobody sees what is in it, nor what that is built on. Start it for the whole picture.`
  return { code: 'orphans.pool-off', text, params: { pool } }
}

function poolUnread(pool: string, said: string): Reason {
  return { code: 'orphans.pool-unread', text: `The pool ${pool} cannot be read: ${said}`, params: { pool, said } }
}

async function goneReason(context: StorageContext, pool: StoragePoolRef): Promise<Reason> {
  const path = (await poolFacts(context, pool)).target ?? pool.name
  const text = `None of the files of the pool ${pool.name} is there any more. Is ${path} still mounted?`
  return { code: 'orphans.pool-gone', text, params: { pool: pool.name, path } }
}

function volumeUnread(pool: string, names: readonly string[]): Reason {
  const text = `In the pool ${pool} ${several(names)} cannot be read, so nobody knows what it is built on. No volume is called orphaned until it can.`
  return { code: 'orphans.volume-unread', text, params: { pool, name: names[0] ?? '', count: String(names.length) } }
}

function machineUnread(machine: string, said: string): Reason {
  const text = `${machine} cannot be read, so nobody knows what it uses: ${said} No volume is called orphaned until it can.`
  return { code: 'orphans.machine-unread', text, params: { machine, said } }
}

function imagesUnread(images: readonly string[]): Reason {
  const text = `Machines use ${several(images)}, which lies in no pool that is on, so nobody knows what it is built on. No volume is called orphaned until that is known.`
  return { code: 'orphans.image-unread', text, params: { image: images[0] ?? '', count: String(images.length) } }
}

function imagesMissing(images: readonly string[]): Reason {
  const text = `Machines use ${several(images)}, which is not there. If it lies on something that is not mounted now, what it is built on may be among the orphans.`
  return { code: 'orphans.image-missing', text, params: { image: images[0] ?? '', count: String(images.length) } }
}

function devicesUnread(devices: readonly string[]): Reason {
  const text = `Machines use devices by other names than their pools do, and this connection runs no programs on the host to tell which are the same: ${several(devices)} may be in use.`
  return { code: 'orphans.devices-unread', text, params: { device: devices[0] ?? '', count: String(devices.length) } }
}

function several([first = '', ...others]: readonly string[]): string {
  return others.length === 0 ? first : `${first} and ${others.length} more`
}
