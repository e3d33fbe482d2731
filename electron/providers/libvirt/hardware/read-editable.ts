import { DISK_CACHES, type EditableDisk, type EditableHardware, type EditableNic } from '../../../../shared/model/index.ts'
import { at, attributeOf, childrenOf, parseXml, textOf, type XmlElement } from '../../../xml/index.ts'
import { idsOf } from '../../hardware/index.ts'
import { diskKeyOf, memoryKiB } from '../domain-facts.ts'
import { summaryOf } from '../hardware.ts'
import { type KeyedDevice, keyedDevices } from './device-keys.ts'
import { deviceXml } from './device-text.ts'
import { readIoLimits, readNicLimits } from './limits.ts'

/** What libvirt writes for no limit of memory (VIR_DOMAIN_MEMORY_PARAM_UNLIMITED). */
const UNLIMITED_KIB = 9_007_199_254_740_991
const DEFAULT_PERIOD_US = 100_000

/** What is known of a disk besides its definition. */
export interface DiskKnowledge {
  readonly place: EditableDisk['place']
  readonly capacityBytes: number | null
}

export interface HostKnowledge {
  /** Disks by what the definition calls their source. */
  readonly disks?: ReadonlyMap<string, DiskKnowledge>
  /** Processors of the host: a pin to all of them is none. */
  readonly hostCpus?: number
}

/** What can be edited of one definition. Throws SyntaxError for what is no XML. */
export function readEditable(xml: string, host: HostKnowledge = {}): EditableHardware {
  const { disks: known = new Map<string, DiskKnowledge>(), hostCpus = Number.POSITIVE_INFINITY } = host
  const domain = parseXml(xml)
  const devices = keyedDevices(at(domain, 'devices'))
  const memory = memoryKiB(at(domain, 'memory')) ?? 0
  const vcpu = at(domain, 'vcpu')
  const maxVcpus = Number(vcpu?.text.trim() || 1)
  const disks = devices.filter(({ element }) => element.name === 'disk')
  const nics = devices.filter(({ element }) => element.name === 'interface')
  const others = devices.filter(({ element }) => element.name !== 'disk' && element.name !== 'interface')
  return {
    vcpus: Number(attributeOf(vcpu, 'current') ?? maxVcpus),
    maxVcpus,
    cpu: readCpu(at(domain, 'cpu')),
    memoryKiB: memoryKiB(at(domain, 'currentMemory')) ?? memory,
    maxMemoryKiB: memory,
    boot: { order: bootOrder(domain, devices), menu: attributeOf(at(domain, 'os', 'bootmenu'), 'enable') === 'yes' },
    pinning: readPinning(at(domain, 'cputune'), hostCpus),
    numa: readNuma(at(domain, 'numatune', 'memory')),
    tune: readTune(domain),
    disks: disks.map((device) => readDisk(device, known)),
    nics: nics.map(readNic),
    others: others.map((device) => readOther(device, xml)),
  }
}

function readCpu(cpu: XmlElement | undefined): EditableHardware['cpu'] {
  const { sockets, cores, threads, dies, clusters } = at(cpu, 'topology')?.attributes ?? {}
  const topology = { sockets: Number(sockets) * Number(dies ?? 1) * Number(clusters ?? 1), cores: Number(cores), threads: Number(threads) }
  return {
    mode: attributeOf(cpu, 'mode'),
    model: textOf(cpu, 'model')?.trim() || null,
    topology: sockets === undefined || cores === undefined || threads === undefined ? null : topology,
  }
}

const BOOT_CLASSES: Readonly<Record<string, (device: XmlElement) => boolean>> = {
  hd: (device) => device.name === 'disk' && (device.attributes.device ?? 'disk') === 'disk',
  cdrom: (device) => device.name === 'disk' && device.attributes.device === 'cdrom',
  fd: (device) => device.name === 'disk' && device.attributes.device === 'floppy',
  network: (device) => device.name === 'interface',
}

/** Devices by their own numbers where they have some; else those of the classes named in `<os>`, of each class the first. */
function bootOrder(domain: XmlElement, devices: readonly KeyedDevice[]): string[] {
  const numbered = devices.flatMap(({ key, element }) => {
    const order = attributeOf(at(element, 'boot'), 'order')
    return order === null ? [] : [{ key, order: Number(order) }]
  })
  if (numbered.length > 0) return numbered.toSorted((a, b) => a.order - b.order).map(({ key }) => key)
  return childrenOf(at(domain, 'os'), 'boot').flatMap(({ attributes }) => {
    const first = devices.find(({ element }) => BOOT_CLASSES[attributes.dev ?? '']?.(element))
    return first ? [first.key] : []
  })
}

function readPinning(tune: XmlElement | undefined, hostCpus: number): EditableHardware['pinning'] {
  const isPin = (cpus: string | null | undefined) => typeof cpus === 'string' && idsOf(cpus).length < hostCpus
  const vcpus = childrenOf(tune, 'vcpupin').flatMap(({ attributes: { vcpu, cpuset } }) =>
    vcpu === undefined || cpuset === undefined || !isPin(cpuset) ? [] : [{ vcpu: Number(vcpu), cpus: cpuset }],
  )
  const emulator = attributeOf(at(tune, 'emulatorpin'), 'cpuset')
  return { vcpus, emulator: isPin(emulator) ? emulator : null }
}

function readNuma(memory: XmlElement | undefined): EditableHardware['numa'] {
  const nodes = attributeOf(memory, 'nodeset')
  return nodes === null ? null : { mode: attributeOf(memory, 'mode') ?? 'strict', nodes }
}

function readTune(domain: XmlElement): EditableHardware['tune'] {
  const cpu = at(domain, 'cputune')
  const memory = at(domain, 'memtune')
  const figure = (element: XmlElement | undefined, name: string) => {
    const value = Number(textOf(element, name)?.trim() ?? 0)
    return value > 0 ? value : null
  }
  const quota = figure(cpu, 'quota')
  const limit = (name: string) => {
    const value = memoryKiB(at(memory, name))
    return value === null || value <= 0 || value >= UNLIMITED_KIB ? null : value
  }
  return {
    cpuShares: figure(cpu, 'shares'),
    cpuQuotaPercent: quota === null ? null : (quota * 100) / (figure(cpu, 'period') ?? DEFAULT_PERIOD_US),
    memoryHardLimitKiB: limit('hard_limit'),
    memorySoftLimitKiB: limit('soft_limit'),
    ioWeight: figure(at(domain, 'blkiotune'), 'weight'),
  }
}

const DISK_KINDS = ['disk', 'cdrom', 'floppy', 'lun'] as const

function readDisk({ key, element }: KeyedDevice, known: ReadonlyMap<string, DiskKnowledge>): EditableDisk {
  const driver = at(element, 'driver')
  const target = at(element, 'target')
  const source = diskKeyOf(at(element, 'source'))
  const cache = attributeOf(driver, 'cache')
  return {
    key,
    target: attributeOf(target, 'dev') ?? '',
    device: DISK_KINDS.find((kind) => kind === attributeOf(element, 'device')) ?? 'disk',
    bus: attributeOf(target, 'bus'),
    source,
    place: known.get(source ?? '')?.place ?? null,
    format: attributeOf(driver, 'type'),
    cache: DISK_CACHES.find((each) => each === cache) ?? 'default',
    discard: attributeOf(driver, 'discard') === 'unmap',
    readOnly: at(element, 'readonly') !== undefined,
    shareable: at(element, 'shareable') !== undefined,
    limits: readIoLimits(element),
    capacityBytes: known.get(source ?? '')?.capacityBytes ?? null,
  }
}

function readNic({ key, element }: KeyedDevice): EditableNic {
  const { network, bridge, dev, path } = at(element, 'source')?.attributes ?? {}
  return {
    key,
    mac: attributeOf(at(element, 'mac'), 'address') ?? '',
    model: attributeOf(at(element, 'model'), 'type'),
    kind: attributeOf(element, 'type') ?? 'user',
    source: network ?? bridge ?? dev ?? path ?? null,
    linkUp: attributeOf(at(element, 'link'), 'state') !== 'down',
    filter: attributeOf(at(element, 'filterref'), 'filter'),
    limits: readNicLimits(element),
    target: attributeOf(at(element, 'target'), 'dev'),
  }
}

function readOther({ key, element, index }: KeyedDevice, xml: string): EditableHardware['others'][number] {
  const { type, model } = element.attributes
  const name = attributeOf(at(element, 'target'), 'name') ?? type ?? model ?? element.name
  return { key, kind: element.name, name, summary: summaryOf(element), xml: deviceXml(xml, index) }
}
