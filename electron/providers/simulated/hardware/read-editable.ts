import { DISK_CACHES, type EditableDisk, type EditableHardware, type EditableNic } from '../../../../shared/model/index.ts'
import { child, childrenOf, printTree, type Tree } from './definition-tree.ts'
import { type KeyedDevice, keyedDevices } from './device-keys.ts'
import { readIoLimits, readNicLimits } from './limits.ts'

const UNITS: Readonly<Record<string, number>> = { B: 1 / 1_024, KiB: 1, MiB: 1_024, GiB: 1_048_576, TiB: 1_073_741_824 }
const PERIOD_US = 100_000

/** What is known of a disk besides its definition. */
export type DiskKnowledge = (source: string) => Pick<EditableDisk, 'place' | 'capacityBytes'>

export function kibOf(tree: Tree | undefined): number | null {
  const figure = Number(tree?.text ?? Number.NaN)
  return Number.isFinite(figure) ? Math.round(figure * (UNITS[tree?.attributes.unit ?? 'KiB'] ?? 1)) : null
}

export function vcpusOf(domain: Tree): { readonly vcpus: number; readonly maxVcpus: number } {
  const vcpu = child(domain, 'vcpu')
  const maxVcpus = Number(vcpu?.text ?? 1)
  return { vcpus: Number(vcpu?.attributes.current ?? maxVcpus), maxVcpus }
}

export function memoryOf(domain: Tree): { readonly memoryKiB: number; readonly maxMemoryKiB: number } {
  const maxMemoryKiB = kibOf(child(domain, 'memory')) ?? 0
  return { memoryKiB: kibOf(child(domain, 'currentMemory')) ?? maxMemoryKiB, maxMemoryKiB }
}

/** What can be edited of one definition. */
export function readEditable(domain: Tree, known: DiskKnowledge): EditableHardware {
  const devices = keyedDevices(domain)
  const tune = child(domain, 'cputune')
  const figure = (parent: Tree | undefined, name: string) => Number(child(parent, name)?.text ?? 0) || null
  const quota = figure(tune, 'quota')
  const numa = child(domain, 'numatune', 'memory')?.attributes
  const limits = child(domain, 'memtune')
  return {
    ...vcpusOf(domain),
    cpu: readCpu(child(domain, 'cpu')),
    ...memoryOf(domain),
    boot: { order: bootOrder(domain, devices), menu: child(domain, 'os', 'bootmenu')?.attributes.enable === 'yes' },
    pinning: {
      vcpus: childrenOf(tune, 'vcpupin').map(({ attributes }) => ({ vcpu: Number(attributes.vcpu), cpus: attributes.cpuset ?? '' })),
      emulator: child(tune, 'emulatorpin')?.attributes.cpuset ?? null,
    },
    numa: numa?.nodeset === undefined ? null : { mode: numa.mode ?? 'strict', nodes: numa.nodeset },
    tune: {
      cpuShares: figure(tune, 'shares'),
      cpuQuotaPercent: quota === null ? null : (quota * 100) / (figure(tune, 'period') ?? PERIOD_US),
      memoryHardLimitKiB: kibOf(child(limits, 'hard_limit')),
      memorySoftLimitKiB: kibOf(child(limits, 'soft_limit')),
      ioWeight: figure(child(domain, 'blkiotune'), 'weight'),
    },
    disks: devices.filter(({ tree }) => tree.name === 'disk').map((each) => readDisk(each, known)),
    nics: devices.filter(({ tree }) => tree.name === 'interface').map(readNic),
    others: devices.filter(({ tree }) => tree.name !== 'disk' && tree.name !== 'interface').map(readOther),
  }
}

function readCpu(cpu: Tree | undefined): EditableHardware['cpu'] {
  const { sockets, cores, threads } = child(cpu, 'topology')?.attributes ?? {}
  return {
    mode: cpu?.attributes.mode ?? null,
    model: child(cpu, 'model')?.text.trim() || null,
    topology: sockets === undefined ? null : { sockets: Number(sockets), cores: Number(cores), threads: Number(threads) },
  }
}

const BOOT_CLASSES: Readonly<Record<string, (device: Tree) => boolean>> = {
  hd: ({ name, attributes }) => name === 'disk' && attributes.device !== 'cdrom',
  cdrom: ({ name, attributes }) => name === 'disk' && attributes.device === 'cdrom',
  network: ({ name }) => name === 'interface',
}

/** Devices by their own numbers where they have some; else the first of each class that `<os>` names. */
function bootOrder(domain: Tree, devices: readonly KeyedDevice[]): string[] {
  const numbered = devices.flatMap(({ key, tree }) => {
    const order = child(tree, 'boot')?.attributes.order
    return order === undefined ? [] : [{ key, order: Number(order) }]
  })
  if (numbered.length > 0) return numbered.toSorted((a, b) => a.order - b.order).map(({ key }) => key)
  return childrenOf(child(domain, 'os'), 'boot').flatMap(({ attributes }) => {
    const first = devices.find(({ tree }) => BOOT_CLASSES[attributes.dev ?? '']?.(tree))
    return first ? [first.key] : []
  })
}

/** Path, or pool and volume; null: nothing is in it. */
export function diskSource(disk: Tree): string | null {
  const { file, dev, pool, volume } = child(disk, 'source')?.attributes ?? {}
  return file ?? dev ?? (pool === undefined ? null : `${pool}/${volume}`)
}

const DISK_KINDS = ['disk', 'cdrom', 'floppy', 'lun'] as const

function readDisk({ key, tree }: KeyedDevice, known: DiskKnowledge): EditableDisk {
  const target = child(tree, 'target')?.attributes
  const driver = child(tree, 'driver')?.attributes
  const source = diskSource(tree)
  return {
    key,
    target: target?.dev ?? '',
    device: DISK_KINDS.find((kind) => kind === tree.attributes.device) ?? 'disk',
    bus: target?.bus ?? null,
    source,
    format: driver?.type ?? null,
    cache: DISK_CACHES.find((each) => each === driver?.cache) ?? 'default',
    discard: driver?.discard === 'unmap',
    readOnly: child(tree, 'readonly') !== undefined,
    shareable: child(tree, 'shareable') !== undefined,
    limits: readIoLimits(tree),
    ...(source === null ? { place: null, capacityBytes: null } : known(source)),
  }
}

function readNic({ key, tree }: KeyedDevice): EditableNic {
  const { network, bridge, dev } = child(tree, 'source')?.attributes ?? {}
  return {
    key,
    mac: child(tree, 'mac')?.attributes.address ?? '',
    model: child(tree, 'model')?.attributes.type ?? null,
    kind: tree.attributes.type ?? 'user',
    source: network ?? bridge ?? dev ?? null,
    linkUp: child(tree, 'link')?.attributes.state !== 'down',
    filter: child(tree, 'filterref')?.attributes.filter ?? null,
    limits: readNicLimits(tree),
    target: child(tree, 'target')?.attributes.dev ?? null,
  }
}

function readOther({ key, tree }: KeyedDevice): EditableHardware['others'][number] {
  const { type, model, action } = tree.attributes
  const target = child(tree, 'target')?.attributes
  const inner = [child(tree, 'model')?.attributes.type, child(tree, 'backend')?.attributes.type, child(tree, 'backend')?.text.trim()]
  const words = [type, model, target?.name ?? target?.type, ...inner, key.startsWith('hostdev:') ? key.slice(8) : null, action]
  const summary = words.filter((word) => word !== undefined && word !== null && word !== '').join(', ')
  return { key, kind: tree.name, name: target?.name ?? type ?? model ?? tree.name, summary, xml: `${printTree(tree)}\n` }
}
