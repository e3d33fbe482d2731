import type { EditableHardware, HardwareEdit, VolumePlace } from '../../../../shared/model/index.ts'
import { at, attributeOf, childrenOf, parseXml, type XmlElement } from '../../../xml/index.ts'
import { within } from '../act-context.ts'
import type { DiskFile } from '../build/disk-xml.ts'
import { busReason } from '../build/reasons.ts'
import { pathKind, Storage } from '../build/storage.ts'
import { readWires, type Wires } from '../build/wires.ts'
import { otherDisks } from '../disks.ts'
import { diskKeyOf } from '../domain-facts.ts'
import type { EditFacts } from './edit-facts.ts'
import { type FrozenFile, frozenAmong } from './frozen-files.ts'
import { type Definitions, type HardwareContext, readDefinitions } from './hardware-context.ts'
import { abilitiesFor, readCells, readFilters, readHostDevices, readNodeDevices } from './options.ts'
import { readEditable } from './read-editable.ts'

/** Everything that an edit is judged by, read at one time. */
export interface Situation extends Definitions {
  readonly name: string
  readonly running: EditableHardware | null
  readonly kept: EditableHardware | null
  readonly domains: { readonly running: XmlElement | null; readonly kept: XmlElement | null }
  /** QEMU without KVM. */
  readonly isEmulated: boolean
  readonly facts: EditFacts
  readonly host: HostSight
}

/** What of the host the edit has to do with; the rest is empty. */
export interface HostSight {
  readonly maxVcpus: number | null
  readonly memoryKiB: number
  readonly cpus: ReadonlySet<number>
  readonly nodes: ReadonlySet<number>
  readonly hasBus: (bus: string) => boolean
  /** The volume that the edit names. */
  readonly volume: { readonly place: VolumePlace | null; readonly state: 'there' | 'to-make' | 'missing' | 'taken' | 'unsupported' } | null
  /** Other machines that have it. */
  readonly users: readonly string[]
  /** The first disk of an edit's XML that another machine writes to as well; null: there is none. */
  readonly taken: { readonly volume: string; readonly machines: readonly string[] } | null
  /** The first file that the edit would have the machine write to although others stand on it; null: there is none. */
  readonly frozen: FrozenFile | null
  readonly wires: Wires | null
  readonly filters: readonly string[] | null
  readonly hostDevices: Awaited<ReturnType<typeof readHostDevices>>
}

/** `isMade`: a new volume is there already, made by the step before. */
export async function readSituation(context: HardwareContext, edit: HardwareEdit): Promise<Situation> {
  const definitions = await readDefinitions(context)
  const { runningXml, keptXml } = definitions
  const running = runningXml === null ? null : readEditable(runningXml)
  const kept = keptXml === null ? null : readEditable(keptXml)
  const domains = { running: runningXml === null ? null : parseXml(runningXml), kept: keptXml === null ? null : parseXml(keptXml) }
  const { sight, file } = await readHost(context, edit, keptXml ?? runningXml)
  const device = edit.edit === 'addHostDevice' ? (await readNodeDevices(context)).find(({ name }) => name === edit.hostDevice) : undefined
  const targets = [...(running?.disks ?? []), ...(kept?.disks ?? [])].map(({ target }) => target)
  return {
    ...definitions,
    name: context.dom.name,
    running,
    kept,
    domains,
    isEmulated: attributeOf(domains.running ?? domains.kept ?? undefined, 'type') === 'qemu',
    facts: { file, hostDevice: device ?? null, targets: [...new Set(targets)], hostCpus: sight.cpus.size },
    host: sight,
  }
}

const NEEDS_WIRES: ReadonlySet<string> = new Set(['addNic', 'changeNic'])

async function readHost(
  context: HardwareContext,
  edit: HardwareEdit,
  xml: string | null,
): Promise<{ readonly sight: HostSight; readonly file: DiskFile | null }> {
  const { host } = context
  const options = within(context)
  const [{ capabilities }, abilities, node, named, wires, filters, hostDevices] = await Promise.all([
    host.call('connectGetCapabilities', {}, options),
    abilitiesFor(host, xml, options),
    host.call('nodeGetInfo', {}, options),
    namedFile(context, edit),
    NEEDS_WIRES.has(edit.edit) ? readWires(host, options) : null,
    NEEDS_WIRES.has(edit.edit) ? readFilters(host, options) : null,
    edit.edit === 'addHostDevice' ? readHostDevices(context, true) : [],
  ])
  const cells = readCells(capabilities)
  const cpus = cells.flatMap((cell) => cell.cpus)
  const sight = {
    maxVcpus: abilities?.capabilities.maxVcpus ?? null,
    memoryKiB: cells.reduce((sum, cell) => sum + (cell.memoryKiB ?? 0), 0) || Number(node.memory),
    cpus: new Set(cpus.length > 0 ? cpus : Array.from({ length: node.cpus }, (_, cpu) => cpu)),
    nodes: new Set(cells.length > 0 ? cells.map(({ id }) => id) : [0]),
    hasBus: (bus: string) => abilities === null || busReason(abilities, bus) === null,
    volume: named.volume,
    users: named.file ? await usersOf(context, named.file, named.volume?.place ?? null) : [],
    taken: 'xml' in edit ? await takenDisk(context, edit.xml, xml) : null,
    frozen: await frozenAmong(context, newFiles(edit, named.file, xml)),
    wires,
    filters,
    hostDevices,
  }
  return { sight, file: named.file }
}

interface Named {
  readonly file: DiskFile | null
  readonly volume: HostSight['volume']
}

/** The volume, or the path, that an edit names. */
async function namedFile(context: HardwareContext, edit: HardwareEdit): Promise<Named> {
  if (edit.edit === 'addDisk') {
    const { source } = edit.disk
    if (source.kind === 'existing') return await placed(context, { pool: source.pool, volume: source.volume }, null)
    const format = source.kind === 'image' && source.mode === 'linked' ? 'qcow2' : source.format
    return await placed(context, { pool: source.pool, volume: edit.name ?? 'new' }, format)
  }
  const media = edit.edit === 'addDrive' || edit.edit === 'setMedia' ? edit.media : null
  if (!media) return { file: null, volume: null }
  if ('path' in media) return { file: { source: { kind: 'file', path: media.path }, format: 'raw' }, volume: null }
  const named = await placed(context, media, null)
  return { ...named, file: named.file && { ...named.file, format: 'raw' } }
}

/** `format` of a volume that is to be made; null: it has to be there. */
async function placed(context: HardwareContext, place: VolumePlace, format: string | null): Promise<Named> {
  const storage = new Storage(context.host, within(context))
  const [pool, volume] = await Promise.all([storage.pool(place.pool), storage.volume(place)])
  const none = (state: 'missing' | 'taken' | 'unsupported'): Named => ({ file: null, volume: { place, state } })
  if (!pool?.active) return none('missing')
  const kind = pathKind(pool.type)
  if (kind === null) return none('unsupported')
  if (format === null) {
    if (!volume) return none('missing')
    if (volume.kind === 'other') return none('unsupported')
    const file = { source: { kind: volume.kind, path: volume.path }, format: volume.format ?? 'raw' } as const
    return { file, volume: { place, state: 'there' } }
  }
  if (volume) return none('taken')
  const path = pool.target === null ? null : `${pool.target.replace(/\/$/, '')}/${place.volume}`
  const source = path === null ? ({ kind: 'volume', ...place } as const) : ({ kind, path } as const)
  return { file: { source, format }, volume: { place, state: 'to-make' } }
}

async function usersOf(context: HardwareContext, { source }: DiskFile, place: VolumePlace | null): Promise<readonly string[]> {
  return await machinesWith(context, [...('path' in source ? [source.path] : []), ...(place ? [`${place.pool}/${place.volume}`] : [])])
}

async function machinesWith(context: HardwareContext, names: readonly string[]): Promise<readonly string[]> {
  const others = await otherDisks(context)
  return [...others]
    .filter(([ref, { keys }]) => ref !== context.dom.uuid && keys.some((key) => names.includes(key)))
    .map(([, { name }]) => name)
}

/** Paths and volumes that the machine would write to by this edit and does not have yet. A new volume has nothing above it. */
function newFiles(edit: HardwareEdit, file: DiskFile | null, before: string | null): readonly string[] {
  if ('xml' in edit) return newDisks(edit.xml, before)
  if (edit.edit !== 'addDisk' || edit.readOnly || edit.disk.source.kind !== 'existing' || !file) return []
  return 'path' in file.source ? [file.source.path] : []
}

/** Of the disks that a person's XML would let the machine write to alone, and that it does not have yet. */
async function takenDisk(context: HardwareContext, xml: string, before: string | null): Promise<HostSight['taken']> {
  for (const key of newDisks(xml, before)) {
    const machines = await machinesWith(context, [key])
    if (machines.length > 0) return { volume: key, machines }
  }
  return null
}

function newDisks(xml: string, before: string | null): readonly string[] {
  const had = new Set(before === null ? [] : ownDisks(before))
  return ownDisks(xml).filter((key) => !had.has(key))
}

function ownDisks(xml: string): readonly string[] {
  try {
    const root = parseXml(xml)
    const disks = root.name === 'disk' ? [root] : childrenOf(at(root, 'devices'), 'disk')
    const own = disks.filter((disk) => !at(disk, 'readonly') && !at(disk, 'shareable'))
    return own.flatMap((disk) => diskKeyOf(at(disk, 'source')) ?? [])
  } catch {
    // said elsewhere
    return []
  }
}

/** One of the machine's definitions, by what is to be changed. */
export function domainOf({ domains }: Situation, which: 'running' | 'kept'): XmlElement | undefined {
  return domains[which] ?? undefined
}

export function hasBalloon(domain: XmlElement | undefined): boolean {
  const balloon = at(domain, 'devices', 'memballoon')
  return balloon !== undefined && attributeOf(balloon, 'model') !== 'none'
}
