import { constants as c, getAllDomainStats } from '../../../libvirt/index.ts'
import { at, attributeOf, childrenOf, parseXml, textOf, type XmlElement } from '../../../xml/index.ts'
import type { OutgoingDisk, OutgoingFacts, OutgoingNic } from '../../provider.ts'
import { within } from '../act-context.ts'
import { findVolume } from '../disks.ts'
import { diskKeyOf, memoryKiB, readDefinition } from '../domain-facts.ts'
import { isActive } from '../states.ts'
import { backingOf } from './backing-chain.ts'
import { endFacts } from './end-facts.ts'
import { CHOSEN_EFI, defaultNvram } from './firmware-choice.ts'
import { hostDevicesOf } from './host-devices.ts'
import { hugePagesOf } from './host-memory.ts'
import type { MachineContext } from './migration-context.ts'
import { filesOfSnapshots } from './snapshot-records.ts'

/** What a machine is and uses, as far as its moving is concerned. Only reads. */
export async function outgoingFacts(context: MachineContext): Promise<OutgoingFacts> {
  const { host, dom } = context
  const bounds = within(context)
  const [native, { persistent }, { result: saved }, autostart] = await Promise.all([
    host.call('domainGetState', { dom, flags: 0 }, bounds),
    host.call('domainIsPersistent', { dom }, bounds),
    host.call('domainHasManagedSaveImage', { dom, flags: 0 }, bounds),
    // one that is kept nowhere has none, and says so with an error
    host.call('domainGetAutostart', { dom }, bounds).catch(() => null),
  ])
  const isRunning = isActive(native)
  const { xml } = await host.call('domainGetXmlDesc', { dom, flags: isRunning ? 0 : c.VIR_DOMAIN_XML_INACTIVE }, bounds)
  const domain = parseXml(xml)
  const devices = at(domain, 'devices')
  const [disks, residentKiB, snapshots, checkpoints, job, ends, { capabilities }] = await Promise.all([
    Promise.all(childrenOf(devices, 'disk').map((disk) => diskOf(context, disk, isRunning))),
    isRunning ? residentOf(context) : null,
    snapshotsOf(context),
    host.call('domainListAllCheckpoints', { dom, needResults: 0, flags: 0 }, bounds).then(
      ({ ret }) => ret,
      () => 0,
    ),
    isRunning ? anyJobOf(context, domain) : null,
    endFacts(context),
    host.call('connectGetCapabilities', {}, bounds),
  ])
  const { vcpus, agent } = readDefinition(xml)
  const type = at(domain, 'os', 'type')
  const tpm = childrenOf(devices, 'tpm')[0]
  return {
    name: dom.name,
    uuid: dom.uuid,
    isRunning,
    isPaused: native.state === c.VIR_DOMAIN_PAUSED,
    isPersistent: persistent !== 0,
    ...(autostart && { autostart: autostart.autostart !== 0 }),
    hasManagedSave: saved !== 0,
    xml,
    machineType: attributeOf(type, 'machine'),
    arch: attributeOf(type, 'arch'),
    emulator: textOf(devices, 'emulator'),
    vcpus,
    memoryKiB: memoryKiB(at(domain, 'memory')) ?? 0,
    residentKiB,
    hugePagesKiB: hugePagesOf(domain, parseXml(capabilities)),
    cpuMode: attributeOf(at(domain, 'cpu'), 'mode'),
    cpuModel: textOf(domain, 'cpu', 'model'),
    firmware: await withNvram(context, firmwareOf(domain), isRunning),
    tpm: tpm ? { model: attributeOf(tpm, 'model') ?? '', backend: attributeOf(at(tpm, 'backend'), 'type') ?? '' } : null,
    disks,
    nics: childrenOf(devices, 'interface').map(nicOf),
    hostDevices: hostDevicesOf(devices),
    snapshots,
    checkpoints,
    job,
    displays: childrenOf(devices, 'graphics').flatMap(addressesOf),
    agentAnswers: agent === 'none' ? null : agent === 'connected',
    host: ends,
  }
}

async function diskOf(context: MachineContext, disk: XmlElement, isRunning: boolean): Promise<OutgoingDisk> {
  const source = at(disk, 'source')
  const target = attributeOf(at(disk, 'target'), 'dev') ?? ''
  const path = diskKeyOf(source)
  const [volume, info, backing] = await Promise.all([
    path === null ? null : findVolume(context, source),
    path === null
      ? null
      : context.host.call('domainGetBlockInfo', { dom: context.dom, path: target, flags: 0 }, within(context)).catch(() => null),
    backingOf(context, disk, isRunning),
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
    ...startupPolicyOf(source),
    backing,
  }
}

function startupPolicyOf(source: XmlElement | undefined): Pick<OutgoingDisk, 'startupPolicy'> {
  const policy = attributeOf(source, 'startupPolicy')
  return policy === 'mandatory' || policy === 'requisite' || policy === 'optional' ? { startupPolicy: policy } : {}
}

function deviceOf(device: string | null): OutgoingDisk['device'] {
  return device === 'cdrom' || device === 'floppy' || device === 'lun' ? device : 'disk'
}

/** A definition that is off may leave the choice of the firmware's files to its host. */
function firmwareOf(domain: XmlElement): OutgoingFacts['firmware'] {
  const loader = at(domain, 'os', 'loader')
  const nvram = at(domain, 'os', 'nvram')
  const file = loader?.text.trim() ?? ''
  const isChosen = file === '' && attributeOf(at(domain, 'os'), 'firmware') === 'efi'
  if (file === '' && !isChosen) return null
  return {
    loader: isChosen ? CHOSEN_EFI : file,
    nvram: nvram ? nvram.text.trim() || attributeOf(at(nvram, 'source'), 'file') : null,
    isSecure: attributeOf(loader, 'secure') === 'yes',
  }
}

/** To a user who may not look into the folder every file seems to be missing: that is not known. */
const IS_THERE = '[ -f "$1" ] && exit 0; [ -r "$2" ] && [ -x "$2" ] && exit 1; exit 2'

/** Of a machine that is off: by its path, which a definition that leaves the choice to its host does not name, and whether it is there. */
async function withNvram(
  { dom, shell, work }: MachineContext,
  firmware: OutgoingFacts['firmware'],
  isRunning: boolean,
): Promise<OutgoingFacts['firmware']> {
  if (!firmware || isRunning) return firmware
  const path = firmware.nvram ?? (firmware.loader === CHOSEN_EFI ? defaultNvram(dom.name) : null)
  if (path === null) return firmware
  const folder = path.slice(0, path.lastIndexOf('/'))
  const look = await shell?.run(['sh', '-c', IS_THERE, 'sh', path, folder], { signal: work.signal }).catch(() => null)
  work.signal.throwIfAborted()
  const isTold = look?.code === 0 || look?.code === 1
  return { ...firmware, nvram: path, ...(isTold && { hasNvram: look.code === 0 }) }
}

/** Where it listens; a display behind a unix socket listens nowhere. */
function addressesOf(display: XmlElement): readonly string[] {
  const listeners = childrenOf(display, 'listen')
  const named = listeners.flatMap((listener) => attributeOf(listener, 'address') ?? [])
  return listeners.length > 0 ? named : [attributeOf(display, 'listen') ?? []].flat()
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
  const files = inside + beside > 0 ? await filesOfSnapshots(context) : []
  return { internal: inside, external: beside, files }
}

/** Work on one of its disks counts as well. */
async function anyJobOf(context: MachineContext, domain: XmlElement): Promise<string | null> {
  const own = await jobOf(context)
  if (own !== null) return own
  const targets = childrenOf(at(domain, 'devices'), 'disk').flatMap((disk) => attributeOf(at(disk, 'target'), 'dev') ?? [])
  const jobs = await Promise.all(targets.map((path) => diskJobOf(context, path)))
  return jobs.find((job) => job !== null) ?? null
}

async function diskJobOf(context: MachineContext, path: string): Promise<string | null> {
  const { host, dom } = context
  // an empty drive has none, and says so with an error
  const job = await host.call('domainGetBlockJobInfo', { dom, path, flags: 0 }, within(context)).catch(() => null)
  return job?.found ? `${DISK_JOBS.get(job.type) ?? 'a job'} of ${path}` : null
}

const DISK_JOBS: ReadonlyMap<number, string> = new Map([
  [c.VIR_DOMAIN_BLOCK_JOB_TYPE_PULL, 'block pull'],
  [c.VIR_DOMAIN_BLOCK_JOB_TYPE_COPY, 'block copy'],
  [c.VIR_DOMAIN_BLOCK_JOB_TYPE_COMMIT, 'block commit'],
  [c.VIR_DOMAIN_BLOCK_JOB_TYPE_ACTIVE_COMMIT, 'block commit'],
  [c.VIR_DOMAIN_BLOCK_JOB_TYPE_BACKUP, 'backup'],
])

/** What works on it now, in words; null: nothing. */
export async function jobOf(context: MachineContext): Promise<string | null> {
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
