import { constants as c, type DomainSnapshotRef } from '../../../libvirt/index.ts'
import { at, attributeOf, childrenOf, parseXml, textOf, type XmlElement } from '../../../xml/index.ts'
import { chainOf, type SeenDisk, type SeenSnapshot, type Sight } from '../../snapshots/index.ts'
import { isUnsupported, libvirtNumber, VIR_ERR } from '../problems.ts'
import { machineStateOf } from '../states.ts'
import { within } from '../volumes/volume-context.ts'
import { FileReader, liveFacts } from './read-files.ts'
import { hashOf, type SnapshotContext } from './snapshot-context.ts'
import { type NamedSource, parseSnapshot, readSnapshot, type SnapshotFacts, sourcesOf } from './snapshot-xml.ts'

const IN_FLIGHT = 8
/** How old a pool's own look at its files may be for somebody who only looks. */
const FRESH_MS = 30_000
/** virDomainBlockJobType. */
const JOBS = ['unknown', 'pull', 'copy', 'commit', 'active-commit', 'backup']

export interface Seen {
  readonly sight: Sight
  /** Of the tree, the chains and the definition's disks; not of what grows by itself. */
  readonly revision: string
  readonly state: ReturnType<typeof machineStateOf>
}

/** Everything about the snapshots of a machine. `isDecisive`: something is about to be done by it, so nothing is taken from memory. */
export async function readSight(context: SnapshotContext, isDecisive: boolean): Promise<Seen> {
  const { host, dom } = context
  const bounds = within(context)
  const [{ persistent }, native, saved, checkpoints, current] = await Promise.all([
    host.call('domainIsPersistent', { dom }, bounds),
    host.call('domainGetState', { dom, flags: 0 }, bounds),
    unlessUnsupported(host.call('domainHasManagedSaveImage', { dom, flags: 0 }, bounds), { result: 0 }),
    unlessUnsupported(host.call('domainListAllCheckpoints', { dom, needResults: 1, flags: 0 }, bounds), { checkpoints: [], ret: 0 }),
    currentName(context),
  ])
  const state = machineStateOf(native, saved.result !== 0)
  const { active } = await host.call('domainIsActive', { dom }, bounds)
  const isActive = active !== 0
  const domain = parseXml((await host.call('domainGetXmlDesc', { dom, flags: isActive ? 0 : c.VIR_DOMAIN_XML_INACTIVE }, bounds)).xml)
  const paths = new VolumePaths(context)
  const sources = sourcesOf(domain)
  const facts = await readSnapshots(context)
  const nextSources = isActive && persistent !== 0 ? sourcesOf(await nextDefinition(context)) : []
  for (const one of [...sources, ...nextSources, ...facts.flatMap((snapshot) => [...snapshot.sources, ...snapshot.nextSources])])
    await paths.learn(one)
  const pathOf = (source: NamedSource) => paths.of(source)
  const snapshots = facts.map((one) => readSnapshot(one, one.name === current, pathOf))
  const disks = sources.map((source): SeenDisk => {
    const { target, format, isReadOnly, isShared } = source
    return { target, format, isReadOnly, isShared, path: pathOf(source) }
  })
  const now = new Set(disks.map(({ path }) => path))
  const reader = new FileReader(context, liveFacts(domain), isDecisive ? 0 : FRESH_MS)
  // the machine's own disks last: what they say now counts
  const said = [...facts.flatMap((snapshot) => snapshot.sources), ...sources].map((one) => [pathOf(one), one.format ?? 'raw'] as const)
  const formats = new Map(said.flatMap(([path, format]) => (path === null ? [] : [[path, format] as const])))
  const roots = new Map(rootsOf(disks, snapshots).map((path) => [path, formats.get(path) ?? 'raw']))
  const { files, ...storage } = await reader.read(roots, loneFilesOf(snapshots))
  const sight: Sight = {
    name: dom.name,
    isActive,
    isPaused: state === 'paused',
    isPersistent: persistent !== 0,
    hasManagedSave: saved.result !== 0 && !isActive,
    memoryBytes: memoryOf(domain),
    agent: agentOf(domain),
    hasNvram: at(domain, 'os', 'nvram') !== undefined || attributeOf(at(domain, 'os', 'loader'), 'type') === 'pflash',
    hasTpm: at(domain, 'devices', 'tpm') !== undefined,
    holdsMemory: holdsOf(domain),
    checkpoints: checkpoints.checkpoints.length,
    disks,
    nextPaths: nextSources.flatMap((source) => pathOf(source) ?? []).filter((path) => !now.has(path)),
    snapshots,
    files: withoutLost(files, snapshots),
    jobs: isActive ? await jobsOf(context, disks) : [],
    ...storage,
    inside: new Map(),
    held: new Set(),
  }
  return { sight, revision: revisionOf(sight), state }
}

async function nextDefinition(context: SnapshotContext): Promise<XmlElement> {
  const { host, dom } = context
  return parseXml((await host.call('domainGetXmlDesc', { dom, flags: c.VIR_DOMAIN_XML_INACTIVE }, within(context))).xml)
}

/** What stands where and which snapshot needs it. Sizes and states change by themselves, and are judged when it comes to it. */
function revisionOf(sight: Sight): string {
  const { disks, snapshots, files } = sight
  const own = new Set(rootsOf(disks, snapshots).flatMap((root) => chainOf(sight, root)))
  const chains = [...own].sort().map((path) => {
    const file = files.get(path)
    return [path, file?.base ?? null, file?.format ?? null, file?.problem?.code ?? null]
  })
  return hashOf([disks, snapshots, chains])
}

function rootsOf(disks: readonly SeenDisk[], snapshots: readonly SeenSnapshot[]): string[] {
  const own = disks.flatMap(({ path, isReadOnly }) => (path === null || isReadOnly ? [] : [path]))
  return [...own, ...snapshots.flatMap((snapshot) => snapshot.disks.flatMap(({ file }) => file ?? []))]
}

/** Files that nothing is asked of but their size, and whether they are there. */
function loneFilesOf(snapshots: readonly SeenSnapshot[]): string[] {
  return snapshots.flatMap(({ memoryFile, disks }) => [memoryFile, ...disks.map(({ overlay }) => overlay)].flatMap((path) => path ?? []))
}

/** An overlay that was merged away long ago is still named by its snapshot, and is nothing to worry about. */
function withoutLost(files: Sight['files'], snapshots: readonly SeenSnapshot[]): Sight['files'] {
  const needed = new Set(snapshots.flatMap(({ memoryFile, disks }) => [memoryFile, ...disks.map(({ file }) => file)]))
  const overlays = new Set(snapshots.flatMap(({ disks }) => disks.map(({ overlay }) => overlay)))
  return new Map([...files].filter(([path, { problem }]) => problem === null || needed.has(path) || !overlays.has(path)))
}

async function readSnapshots(context: SnapshotContext): Promise<SnapshotFacts[]> {
  const { host, dom } = context
  const { snapshots } = await unlessUnsupported(host.call('domainListAllSnapshots', { dom, needResults: 1, flags: 0 }, within(context)), {
    snapshots: [],
    ret: 0,
  })
  const facts: SnapshotFacts[] = []
  const waiting = snapshots.values()
  const work = async () => {
    for (const snap of waiting) {
      try {
        facts.push(parsedOnce(context, await snapshotXml(context, snap, 0)))
      } catch (error) {
        if (libvirtNumber(error) !== VIR_ERR.noSnapshot) throw error
      }
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, work))
  return facts.sort((a, b) => (a.name < b.name ? -1 : 1))
}

const MOST_PARSED = 2_000

function parsedOnce({ parsed }: SnapshotContext, xml: string): SnapshotFacts {
  const facts = parsed.get(xml) ?? parseSnapshot(xml)
  // the one that was asked for last goes last
  parsed.delete(xml)
  parsed.set(xml, facts)
  for (const oldest of parsed.keys()) {
    if (parsed.size <= MOST_PARSED) break
    parsed.delete(oldest)
  }
  return facts
}

export async function snapshotXml(context: SnapshotContext, snap: DomainSnapshotRef, flags: number): Promise<string> {
  return (await context.host.call('domainSnapshotGetXmlDesc', { snap, flags }, within(context))).xml
}

async function currentName(context: SnapshotContext): Promise<string | null> {
  const { host, dom } = context
  try {
    return (await host.call('domainSnapshotCurrent', { dom, flags: 0 }, within(context))).snap.name
  } catch (error) {
    if (libvirtNumber(error) === VIR_ERR.noSnapshot || isUnsupported(error)) return null
    throw error
  }
}

/** Paths of disks that a definition names by pool and volume. */
class VolumePaths {
  readonly #context: SnapshotContext
  readonly #paths = new Map<string, string | null>()

  constructor(context: SnapshotContext) {
    this.#context = context
  }

  async learn({ volume }: NamedSource): Promise<void> {
    if (!volume || this.#paths.has(keyOf(volume))) return
    const { host, work } = this.#context
    const bounds = within(this.#context)
    try {
      const { pool } = await host.call('storagePoolLookupByName', { name: volume.pool }, bounds)
      const { vol } = await host.call('storageVolLookupByName', { pool, name: volume.name }, bounds)
      this.#paths.set(keyOf(volume), (await host.call('storageVolGetPath', { vol }, bounds)).name)
    } catch (error) {
      work.signal.throwIfAborted()
      if (libvirtNumber(error) === undefined) throw error
      this.#paths.set(keyOf(volume), null)
    }
  }

  of({ path, volume }: NamedSource): string | null {
    return path ?? (volume ? (this.#paths.get(keyOf(volume)) ?? null) : null)
  }
}

const keyOf = ({ pool, name }: { readonly pool: string; readonly name: string }) => `${pool}/${name}`

async function jobsOf(context: SnapshotContext, disks: readonly SeenDisk[]): Promise<Sight['jobs']> {
  const { host, dom } = context
  const jobs = await Promise.all(
    disks
      .filter(({ isReadOnly }) => !isReadOnly)
      .map(async ({ target }) => {
        const { found, type, cur, end } = await host.call('domainGetBlockJobInfo', { dom, path: target, flags: 0 }, within(context))
        return found === 0 ? [] : [{ target, kind: JOBS[type] ?? 'unknown', doneBytes: Number(cur), totalBytes: Number(end) }]
      }),
  )
  return jobs.flat()
}

function memoryOf(domain: XmlElement): number {
  // libvirt always writes KiB
  return Number(textOf(domain, 'memory') ?? 0) * 1_024
}

function agentOf(domain: XmlElement): Sight['agent'] {
  for (const channel of childrenOf(at(domain, 'devices'), 'channel')) {
    const target = at(channel, 'target')
    if (attributeOf(target, 'name') !== 'org.qemu.guest_agent.0') continue
    return attributeOf(target, 'state') === 'connected' ? 'answers' : 'silent'
  }
  return 'none'
}

function holdsOf(domain: XmlElement): string[] {
  const devices = at(domain, 'devices')
  const names = childrenOf(devices, 'hostdev').map((device) => `host device (${attributeOf(device, 'type') ?? 'other'})`)
  const shared = childrenOf(devices, 'filesystem').map((device) => `shared folder ${attributeOf(at(device, 'target'), 'dir') ?? ''}`)
  return [...names, ...shared]
}

async function unlessUnsupported<T>(call: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await call
  } catch (error) {
    if (isUnsupported(error)) return otherwise
    throw error
  }
}
