import { at, attributeOf, childrenOf, namespaceOf, parseXml, textOf, type XmlElement } from '../../xml/index.ts'
import type { MachineFacts } from '../provider.ts'
import { hostDevicePlace } from './hardware/device-keys.ts'
import { findOwnMetadata, readOwnMetadata } from './metadata.ts'
import { type Card, readCards } from './networks/cards.ts'
import { osName } from './os-names.ts'

const LIBOSINFO_URI = 'http://libosinfo.org/xmlns/libvirt/domain/1.0'
const AGENT_CHANNEL = 'org.qemu.guest_agent.0'

/** What the machine grid needs of a definition. */
export interface DefinitionFacts {
  readonly title: string | null
  readonly description: string | null
  readonly tags: readonly string[]
  readonly notes: string | null
  readonly template: MachineFacts['template']
  readonly os: string | null
  readonly agent: MachineFacts['agent']
  readonly vcpus: number
  readonly memoryKiB: number
  readonly maxMemoryKiB: number
  /** libvirt's own networks that it is attached to, by name. */
  readonly networkNames: readonly string[]
  readonly macs: readonly string[]
  readonly cards: readonly Card[]
  /** Keys of its disks, their backing files included, as `diskKeyOf` makes them; and of what it is booted from directly. */
  readonly diskKeys: readonly string[]
  /** Of these, images that may stand on others without this definition saying so. */
  readonly imageKeys: readonly string[]
  /** Devices of the host that it holds, as `hostDevicePlace` names them. */
  readonly hostDevices: readonly string[]
}

/** What is known of the disks of one machine: the keys of `DefinitionFacts`. */
export interface KnownDisks {
  readonly name: string
  readonly keys: readonly string[]
  readonly images: readonly string[]
}

/** Reads a definition. Unknown elements are passed over. Throws SyntaxError for what is no XML. */
export function readDefinition(xml: string): DefinitionFacts {
  const domain = parseXml(xml)
  const devices = at(domain, 'devices')
  const metadata = at(domain, 'metadata')
  const memory = memoryKiB(at(domain, 'memory')) ?? 0
  const vcpu = at(domain, 'vcpu')
  const maxVcpus = Number(vcpu?.text.trim() ?? 1)
  const interfaces = childrenOf(devices, 'interface')
  const disks = childrenOf(devices, 'disk')
  return {
    title: textOf(domain, 'title') || null,
    description: textOf(domain, 'description') || null,
    ...readOwnMetadata(findOwnMetadata(metadata)),
    os: osOf(metadata),
    agent: agentOf(devices),
    vcpus: Number(attributeOf(vcpu, 'current') ?? maxVcpus),
    memoryKiB: memoryKiB(at(domain, 'currentMemory')) ?? memory,
    maxMemoryKiB: memory,
    networkNames: unique(interfaces.map((each) => attributeOf(at(each, 'source'), 'network'))),
    macs: unique(interfaces.map((each) => attributeOf(at(each, 'mac'), 'address')?.toLowerCase() ?? null)),
    cards: readCards(interfaces),
    diskKeys: unique([...disks.flatMap(diskKeysOf), ...bootFilesOf(domain)]),
    imageKeys: unique(disks.map((disk) => diskKeyOf(openEnd(disk)))),
    hostDevices: unique(childrenOf(devices, 'hostdev').map(hostDevicePlace)),
  }
}

function unique(values: ReadonlyArray<string | null>): readonly string[] {
  return [...new Set(values.filter((value) => value !== null))]
}

const KIB: Readonly<Record<string, number>> = {
  b: 1 / 1024,
  bytes: 1 / 1024,
  kb: 1000 / 1024,
  k: 1,
  kib: 1,
  mb: 1_000_000 / 1024,
  m: 1024,
  mib: 1024,
  gb: 1_000_000_000 / 1024,
  g: 1_048_576,
  gib: 1_048_576,
  tb: 1e12 / 1024,
  t: 1_073_741_824,
  tib: 1_073_741_824,
}

/** A memory element in KiB, whatever its unit. */
export function memoryKiB(element: XmlElement | undefined): number | null {
  if (element === undefined) return null
  const value = Number(element.text.trim()) * (KIB[(attributeOf(element, 'unit') ?? 'KiB').toLowerCase()] ?? 1)
  return Number.isFinite(value) ? Math.round(value) : null
}

function osOf(metadata: XmlElement | undefined): string | null {
  const libosinfo = metadata?.children.find((child) => namespaceOf(child, [metadata]) === LIBOSINFO_URI)
  const id = libosinfo?.children.find((child) => child.name.endsWith('os'))?.attributes.id
  return id === undefined ? null : osName(id)
}

function agentOf(devices: XmlElement | undefined): MachineFacts['agent'] {
  for (const channel of childrenOf(devices, 'channel')) {
    const target = at(channel, 'target')
    if (attributeOf(target, 'name') === AGENT_CHANNEL) return attributeOf(target, 'state') === 'connected' ? 'connected' : 'disconnected'
  }
  return 'none'
}

/** The key of a disk's source: a path, `pool/volume`, or `protocol:name`. Null: nothing is in the drive. */
export function diskKeyOf(source: XmlElement | undefined): string | null {
  if (source === undefined) return null
  const { file, dev, dir, pool, volume, protocol, name, path, type, namespace } = source.attributes
  const local = file ?? dev ?? dir ?? path
  if (local !== undefined) return local
  if (pool !== undefined && volume !== undefined) return `${pool}/${volume}`
  if (protocol !== undefined) return `${protocol}:${name ?? ''}`
  if (type === 'nvme' || namespace !== undefined) return `nvme:${Object.values(at(source, 'address')?.attributes ?? {}).join(':')}`
  return null
}

function bootFilesOf(domain: XmlElement): readonly (string | null)[] {
  return ['kernel', 'initrd', 'dtb'].map((name) => textOf(domain, 'os', name)?.trim() || null)
}

/**
 * The lowest image that a disk names without saying what is beneath it. A raw one has nothing beneath; of a machine that runs the definition names
 * all that is, and ends with an empty element.
 */
export function openEnd(disk: XmlElement): XmlElement | undefined {
  let format = attributeOf(at(disk, 'driver'), 'type')
  let layer = disk
  for (let below = at(layer, 'backingStore'); below !== undefined; below = at(layer, 'backingStore')) {
    format = attributeOf(at(below, 'format'), 'type')
    layer = below
  }
  return format === 'raw' ? undefined : at(layer, 'source')
}

function diskKeysOf(disk: XmlElement): readonly (string | null)[] {
  const keys: (string | null)[] = []
  for (let layer: XmlElement | undefined = disk; layer !== undefined; layer = at(layer, 'backingStore'))
    keys.push(diskKeyOf(at(layer, 'source')))
  return keys
}
