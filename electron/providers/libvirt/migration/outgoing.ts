import { constants as c, getAllDomainStats } from '../../../libvirt/index.ts'
import { at, attributeOf, childrenOf, parseXml, textOf, type XmlElement } from '../../../xml/index.ts'
import type { OutgoingDisk, OutgoingFacts, OutgoingNic } from '../../provider.ts'
import { within } from '../act-context.ts'
import { findVolume } from '../disks.ts'
import { diskKeyOf, memoryKiB, readDefinition } from '../domain-facts.ts'
import { isActive } from '../states.ts'
import { endFacts } from './end-facts.ts'
import { hostDevicesOf } from './host-devices.ts'
import type { MachineContext } from './migration-context.ts'

/** What a machine is and uses, as far as its moving is concerned. Only reads. */
export async function outgoingFacts(context: MachineContext): Promise<OutgoingFacts> {
  const { host, dom } = context
  const bounds = within(context)
  const [native, { persistent }, { result: saved }] = await Promise.all([
    host.call('domainGetState', { dom, flags: 0 }, bounds),
    host.call('domainIsPersistent', { dom }, bounds),
    host.call('domainHasManagedSaveImage', { dom, flags: 0 }, bounds),
  ])
  const isRunning = isActive(native)
  const { xml } = await host.call('domainGetXmlDesc', { dom, flags: isRunning ? 0 : c.VIR_DOMAIN_XML_INACTIVE }, bounds)
  const domain = parseXml(xml)
  const devices = at(domain, 'devices')
  const [disks, residentKiB, snapshots, checkpoints, job, ends] = await Promise.all([
    Promise.all(childrenOf(devices, 'disk').map((disk) => diskOf(context, disk))),
    isRunning ? residentOf(context) : null,
    snapshotsOf(context),
    host.call('domainListAllCheckpoints', { dom, needResults: 0, flags: 0 }, bounds).then(
      ({ ret }) => ret,
      () => 0,
    ),
    isRunning ? jobOf(context) : null,
    endFacts(context),
  ])
  const { vcpus, agent } = readDefinition(xml)
  const type = at(domain, 'os', 'type')
  const loader = at(domain, 'os', 'loader')
  const tpm = childrenOf(devices, 'tpm')[0]
  return {
    name: dom.name,
    uuid: dom.uuid,
    isRunning,
    isPaused: native.state === c.VIR_DOMAIN_PAUSED,
    isPersistent: persistent !== 0,
    hasManagedSave: saved !== 0,
    xml,
    machineType: attributeOf(type, 'machine'),
    arch: attributeOf(type, 'arch'),
    emulator: textOf(devices, 'emulator'),
    vcpus,
    memoryKiB: memoryKiB(at(domain, 'memory')) ?? 0,
    residentKiB,
    hugePagesKiB: childrenOf(at(domain, 'memoryBacking', 'hugepages'), 'page').flatMap(({ attributes: { size } }) =>
      size ? [Number(size)] : [],
    ),
    cpuMode: attributeOf(at(domain, 'cpu'), 'mode'),
    cpuModel: textOf(domain, 'cpu', 'model'),
    firmware: loader
      ? { loader: loader.text.trim(), nvram: textOf(domain, 'os', 'nvram'), isSecure: attributeOf(loader, 'secure') === 'yes' }
      : null,
    tpm: tpm ? { model: attributeOf(tpm, 'model') ?? '', backend: attributeOf(at(tpm, 'backend'), 'type') ?? '' } : null,
    disks,
    nics: childrenOf(devices, 'interface').map(nicOf),
    hostDevices: hostDevicesOf(devices),
    snapshots,
    checkpoints,
    job,
    displays: childrenOf(devices, 'graphics').flatMap((display) => attributeOf(at(display, 'listen'), 'address') ?? []),
    agentAnswers: agent === 'none' ? null : agent === 'connected',
    host: ends,
  }
}

async function diskOf(context: MachineContext, disk: XmlElement): Promise<OutgoingDisk> {
  const source = at(disk, 'source')
  const target = attributeOf(at(disk, 'target'), 'dev') ?? ''
  const path = diskKeyOf(source)
  const [volume, info] = await Promise.all([
    path === null ? null : findVolume(context, source),
    path === null
      ? null
      : context.host.call('domainGetBlockInfo', { dom: context.dom, path: target, flags: 0 }, within(context)).catch(() => null),
  ])
  return {
    target,
    device: deviceOf(attributeOf(disk, 'device')),
    type: attributeOf(disk, 'type') ?? 'file',
    path,
    pool: volume?.pool ?? null,
    volume: volume?.name ?? null,
    format: attributeOf(at(disk, 'driver'), 'type'),
    capacityBytes: info ? Number(info.capacity) : null,
    allocationBytes: info ? Number(info.allocation) : null,
    isReadOnly: at(disk, 'readonly') !== undefined,
    isShareable: at(disk, 'shareable') !== undefined,
    cache: attributeOf(at(disk, 'driver'), 'cache'),
    backing: backingOf(disk),
  }
}

function deviceOf(device: string | null): OutgoingDisk['device'] {
  return device === 'cdrom' || device === 'floppy' || device === 'lun' ? device : 'disk'
}

function backingOf(disk: XmlElement): readonly string[] {
  const keys: string[] = []
  for (let layer = at(disk, 'backingStore'); layer !== undefined; layer = at(layer, 'backingStore')) {
    const key = diskKeyOf(at(layer, 'source'))
    if (key !== null) keys.push(key)
  }
  return keys
}

function nicOf(card: XmlElement): OutgoingNic {
  const source = at(card, 'source')
  return {
    mac: (attributeOf(at(card, 'mac'), 'address') ?? '').toLowerCase(),
    kind: attributeOf(card, 'type') ?? 'ethernet',
    network: attributeOf(source, 'network'),
    bridge: attributeOf(source, 'bridge'),
    portGroup: attributeOf(source, 'portgroup'),
  }
}

async function residentOf(context: MachineContext): Promise<number | null> {
  const { host, dom } = context
  const [stats] = await getAllDomainStats(host, { ...within(context), groups: ['balloon'], domains: [dom] })
  const rss = stats?.balloon.rss
  return rss === undefined ? null : Number(rss)
}

async function snapshotsOf(context: MachineContext): Promise<OutgoingFacts['snapshots']> {
  const { host, dom } = context
  const count = async (flags: number) => (await host.call('domainListAllSnapshots', { dom, needResults: 0, flags }, within(context))).ret
  const { VIR_DOMAIN_SNAPSHOT_LIST_INTERNAL: internal, VIR_DOMAIN_SNAPSHOT_LIST_EXTERNAL: external } = c
  const [inside, beside] = await Promise.all([count(internal), count(external)])
  return { internal: inside, external: beside }
}

/** What works on it now, in words; null: nothing. */
async function jobOf(context: MachineContext): Promise<string | null> {
  const { host, dom } = context
  const { type, params } = await host.call('domainGetJobStats', { dom, flags: 0 }, within(context))
  if (type === c.VIR_DOMAIN_JOB_NONE) return null
  const operation = params.find(({ field }) => field === c.VIR_DOMAIN_JOB_OPERATION)?.value
  return JOBS.get(Number(operation)) ?? 'a job'
}

const JOBS: ReadonlyMap<number, string> = new Map([
  [c.VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT, 'migration'],
  [c.VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN, 'migration'],
  [c.VIR_DOMAIN_JOB_OPERATION_SAVE, 'save'],
  [c.VIR_DOMAIN_JOB_OPERATION_DUMP, 'dump'],
  [c.VIR_DOMAIN_JOB_OPERATION_SNAPSHOT, 'snapshot'],
  [c.VIR_DOMAIN_JOB_OPERATION_BACKUP, 'backup'],
])
