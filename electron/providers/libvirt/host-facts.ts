import { type CallOptions, type LibvirtHost, versionFromNumber } from '../../libvirt/index.ts'
import { at, childrenOf, parseXml, textOf } from '../../xml/index.ts'
import type { HostFacts } from '../provider.ts'

const HYPERVISORS: Readonly<Record<string, string>> = { QEMU: 'QEMU/KVM', TEST: 'Test', LXC: 'LXC', Xen: 'Xen', ESX: 'ESX', BHYVE: 'bhyve' }
const VERSION_NAMES: Readonly<Record<string, string>> = { QEMU: 'QEMU', TEST: 'test driver' }

/**
 * Host facts that one quick round trip gives; the rest comes by {@link readVersions}, {@link readCpuModel} and the sampler.
 */
export async function readHostFacts(host: LibvirtHost, options: CallOptions): Promise<HostFacts> {
  const [{ hostname }, { type }, node] = await Promise.all([
    host.call('connectGetHostname', {}, options),
    host.call('connectGetType', {}, options),
    host.call('nodeGetInfo', {}, options).catch(() => null),
  ])
  return {
    name: hostname,
    kind: 'hypervisor',
    account: null,
    hypervisor: HYPERVISORS[type] ?? type,
    versions: [{ name: 'libvirt', version: host.facts.version.text }],
    cpuModel: null,
    cpus: node?.cpus ?? null,
    // libvirt counts sockets a NUMA node.
    sockets: node ? node.nodes * node.sockets : null,
    coresPerSocket: node?.cores ?? null,
    threadsPerCore: node?.threads ?? null,
    cpuMhz: node?.mhz ?? null,
    memoryKiB: node ? Number(node.memory) : null,
    memoryFreeKiB: null,
    cpuPercent: null,
  }
}

/** Of libvirt and the hypervisor. The first question after its start makes the daemon try out its emulators, which takes most of a second. */
export async function readVersions(host: LibvirtHost, options: CallOptions): Promise<HostFacts['versions']> {
  const [{ type }, version] = await Promise.all([
    host.call('connectGetType', {}, options),
    host.call('connectGetVersion', {}, options).catch(() => null),
  ])
  const libvirt = { name: 'libvirt', version: host.facts.version.text }
  return version ? [libvirt, { name: VERSION_NAMES[type] ?? type, version: versionFromNumber(version.hvVer).text }] : [libvirt]
}

/** The processor's own name where the firmware tells it, else libvirt's name for its model. Null: neither. */
export async function readCpuModel(host: LibvirtHost, options: CallOptions): Promise<string | null> {
  const sysinfo = await host.call('connectGetSysinfo', { flags: 0 }, options).catch(() => null)
  if (sysinfo) {
    const entries = childrenOf(at(parseXml(sysinfo.sysinfo), 'processor'), 'entry')
    const name = entries.find((entry) => entry.attributes.name === 'version')?.text.trim()
    if (name) return name
  }
  const { capabilities } = await host.call('connectGetCapabilities', {}, options)
  const cpu = at(parseXml(capabilities), 'host', 'cpu')
  return textOf(cpu, 'model') ?? textOf(cpu, 'arch')
}

/** Time of all processors since boot, in nanoseconds. */
export interface CpuTimes {
  readonly busy: bigint
  readonly total: bigint
}

/** Null: the driver does not tell. */
export async function readCpuTimes(host: LibvirtHost, count: number, options: CallOptions): Promise<CpuTimes | null> {
  const { params } = await host.call('nodeGetCpuStats', { cpuNum: -1, nparams: count, flags: 0 }, options)
  let busy = 0n
  let total = 0n
  for (const { field, value } of params) {
    if (field !== 'kernel' && field !== 'user' && field !== 'idle' && field !== 'iowait' && field !== 'intr') continue
    total += value
    if (field !== 'idle' && field !== 'iowait') busy += value
  }
  return total === 0n ? null : { busy, total }
}

/** How many figures the host has; it wants to be asked for exactly that many. */
export async function countCpuFigures(host: LibvirtHost, options: CallOptions): Promise<number> {
  return (await host.call('nodeGetCpuStats', { cpuNum: -1, nparams: 0, flags: 0 }, options)).nparams
}

export function cpuPercentBetween(before: CpuTimes, after: CpuTimes): number | null {
  const total = after.total - before.total
  const busy = after.busy - before.busy
  if (total <= 0n || busy < 0n) return null
  return Math.min(100, Math.max(0, Math.round((Number(busy) / Number(total)) * 1000) / 10))
}

export interface HostMemory {
  readonly totalKiB: number
  /** What new machines could have: free memory and what the host only caches. */
  readonly freeKiB: number
}

/**
 * Total and free from one answer, so that they fit each other: the total of node info is counted by NUMA node and differs on
 * some virtualised hosts. Null: the driver does not tell.
 */
export async function readMemory(host: LibvirtHost, count: number, options: CallOptions): Promise<HostMemory | null> {
  const { params } = await host.call('nodeGetMemoryStats', { nparams: count, cellNum: -1, flags: 0 }, options)
  const figures = new Map(params.map(({ field, value }) => [field, Number(value)]))
  const totalKiB = figures.get('total')
  const free = figures.get('free')
  if (totalKiB === undefined || free === undefined) return null
  return { totalKiB, freeKiB: Math.min(totalKiB, free + (figures.get('buffers') ?? 0) + (figures.get('cached') ?? 0)) }
}

/** As {@link countCpuFigures}. */
export async function countMemoryFigures(host: LibvirtHost, options: CallOptions): Promise<number> {
  return (await host.call('nodeGetMemoryStats', { nparams: 0, cellNum: -1, flags: 0 }, options)).nparams
}
