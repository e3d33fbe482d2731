import type { MachineSpec, OsEntry } from '../../../../shared/model/index.ts'
import { ownMetadataElement } from '../metadata.ts'
import { invalid } from '../problems.ts'
import { SEED_ALIAS } from '../seed-alias.ts'
import type { Abilities } from './abilities.ts'
import { cdElement, type DiskFile, DiskNames, diskElement } from './disk-xml.ts'
import { isI440fx, isQ35 } from './guests.ts'
import { nicElement } from './nic-xml.ts'
import { clockElement, cpuElement, featuresElement, isPc, osElement } from './platform-xml.ts'
import { checked, element, indented, parseTree, type Tree, textElement, writeTree } from './xml-tree.ts'

/** A machine whose disks are known by where they are on the host. */
export interface NewMachine {
  readonly uuid: string
  readonly name: string
  readonly macs: readonly string[]
  readonly spec: MachineSpec
  readonly os: OsEntry
  readonly disks: readonly DiskFile[]
  readonly media: readonly DiskFile[]
  readonly seed: DiskFile | null
}

const LIBOSINFO_URI = 'http://libosinfo.org/xmlns/libvirt/domain/1.0'
/** As many as virt-manager gives: a q35 can only be given devices later where a port is free. */
const ROOT_PORTS = 14

/**
 * The definition of a new machine (formatdomain.html). Everything that comes from outside is escaped. Throws invalid-input for what a
 * definition cannot hold.
 */
export function newDomainXml(machine: NewMachine, abilities: Abilities): string {
  const { spec, os, name, uuid } = machine
  if (spec.title?.includes('\n')) throw invalid('machine.title-invalid', 'A title is one line: it cannot hold a line break.')
  const threads = ioThreads(spec)
  const tree = element(
    'domain',
    { type: abilities.capabilities.virtType },
    textElement('name', name),
    textElement('uuid', uuid),
    spec.title ? textElement('title', spec.title) : null,
    spec.description ? textElement('description', spec.description) : null,
    metadataElement(spec, os),
    textElement('memory', String(spec.memoryMiB), { unit: 'MiB' }),
    textElement('vcpu', String(spec.cpu.vcpus), { placement: 'static' }),
    threads.count > 0 && textElement('iothreads', String(threads.count)),
    osElement(spec, abilities),
    featuresElement(spec, os, abilities),
    cpuElement(spec),
    clockElement(os, abilities),
    textElement('on_poweroff', 'destroy'),
    textElement('on_reboot', 'restart'),
    textElement('on_crash', 'destroy'),
    // Guests that put themselves to sleep can often not be woken again.
    isPc(abilities) && element('pm', {}, element('suspend-to-mem', { enabled: 'no' }), element('suspend-to-disk', { enabled: 'no' })),
    element('devices', {}, ...devices(machine, abilities, threads)),
  )
  return `${writeTree(indented(tree))}\n`
}

function metadataElement({ tags }: MachineSpec, { libosinfo }: OsEntry): Tree | null {
  const own = ownMetadataElement(undefined, { tags: [...new Set(tags.map(checked))], notes: null })
  const os =
    libosinfo === null
      ? null
      : element('libosinfo:libosinfo', { 'xmlns:libosinfo': LIBOSINFO_URI }, element('libosinfo:os', { id: libosinfo }))
  return own === null && os === null ? null : element('metadata', {}, os, own === null ? null : parseTree(own))
}

interface Threads {
  readonly count: number
  /** By the disk's index. */
  readonly ofDisk: ReadonlyMap<number, number>
  /** Of the one controller of all SCSI disks. */
  readonly ofScsi: number | null
}

/** A virtio disk has its own thread, SCSI disks share that of their controller. Other buses have none. */
function ioThreads({ disks }: MachineSpec): Threads {
  const ofDisk = new Map<number, number>()
  let count = 0
  for (const [index, { bus, ioThread }] of disks.entries()) if (ioThread && bus === 'virtio') ofDisk.set(index, ++count)
  const ofScsi = disks.some(({ bus, ioThread }) => ioThread && bus === 'scsi') ? ++count : null
  return { count, ofDisk, ofScsi }
}

/** The bus of a drive for installation media: what each installer knows. */
function mediaBus(machine: string | null): 'sata' | 'ide' | 'scsi' {
  return isQ35(machine) ? 'sata' : isI440fx(machine) ? 'ide' : 'scsi'
}

/** The kernels of cloud images are made for virtual hardware and may know no SATA; Windows has no virtio driver of its own. */
export function seedBus(machine: string | null, kind: OsEntry['kind']): 'sata' | 'ide' | 'scsi' {
  return kind === 'windows' ? mediaBus(machine) : 'scsi'
}

type Boot = MachineSpec['boot'][number]

/** Numbers for devices to start from: all of the first class, then all of the next. */
function bootOrders({ boot, disks, media, nics }: MachineSpec): (device: Boot, index: number) => number | null {
  const counts = { disk: disks.length, cdrom: media.length, network: nics.length }
  const firsts = new Map<Boot, number>()
  let next = 1
  for (const device of new Set(boot)) {
    firsts.set(device, next)
    next += counts[device]
  }
  return (device, index) => {
    const first = firsts.get(device)
    return first === undefined ? null : first + index
  }
}

function devices({ spec, os, macs, disks, media, seed }: NewMachine, abilities: Abilities, threads: Threads): ReadonlyArray<Tree | false> {
  const machine = spec.machineType ?? abilities.machine ?? abilities.capabilities.machine
  const names = new DiskNames()
  const order = bootOrders(spec)
  const diskElements = spec.disks.map((disk, index) => {
    const place = { target: names.next(disk.bus), bootOrder: order('disk', index), ioThread: threads.ofDisk.get(index) ?? null }
    return diskElement(disks[index] as DiskFile, disk, place)
  })
  const cdBus = mediaBus(machine)
  const cdElements = media.map((cd, index) => cdElement(cd, cdBus, names.next(cdBus), { bootOrder: order('cdrom', index) }))
  const ownBus = seedBus(machine, os.kind)
  const seeds = seed === null ? [] : [cdElement(seed, ownBus, names.next(ownBus), { alias: SEED_ALIAS })]
  const usesScsi =
    spec.disks.some(({ bus }) => bus === 'scsi') || (media.length > 0 && cdBus === 'scsi') || (seeds.length > 0 && ownBus === 'scsi')
  return [
    ...diskElements,
    ...cdElements,
    ...seeds,
    element('controller', { type: 'usb', model: 'qemu-xhci', ports: 15 }),
    usesScsi &&
      element(
        'controller',
        { type: 'scsi', index: 0, model: 'virtio-scsi' },
        threads.ofScsi !== null && element('driver', { iothread: threads.ofScsi }),
      ),
    ...rootPorts(machine),
    ...spec.nics.map((nic, index) => nicElement(nic, macs[index], order('network', index))),
    ...consoles(),
    ...channels(spec),
    ...screen(spec),
    ...extras(spec, abilities),
  ]
}

function rootPorts(machine: string): readonly Tree[] {
  if (!isQ35(machine)) return []
  const port = () => element('controller', { type: 'pci', model: 'pcie-root-port' })
  return [element('controller', { type: 'pci', model: 'pcie-root' }), ...Array.from({ length: ROOT_PORTS }, port)]
}

function consoles(): readonly Tree[] {
  return [
    element('serial', { type: 'pty' }, element('target', { port: 0 })),
    element('console', { type: 'pty' }, element('target', { type: 'serial', port: 0 })),
  ]
}

function channels({ agent, clipboard, graphics }: MachineSpec): ReadonlyArray<Tree | false> {
  const target = (name: string) => element('target', { type: 'virtio', name })
  const clipboardChannel = () =>
    graphics === 'spice'
      ? element('channel', { type: 'spicevmc' }, target('com.redhat.spice.0'))
      : element(
          'channel',
          { type: 'qemu-vdagent' },
          element('source', {}, element('clipboard', { copypaste: 'yes' }), element('mouse', { mode: 'client' })),
          target('com.redhat.spice.0'),
        )
  return [
    agent && element('channel', { type: 'unix' }, target('org.qemu.guest_agent.0')),
    clipboard && graphics !== 'none' && clipboardChannel(),
  ]
}

const LOOPBACK = '127.0.0.1'

/** A display listens on the host's loopback alone: this program reaches it through its own way to the host. */
function screen({ graphics, video }: MachineSpec): readonly Tree[] {
  if (graphics === 'none') return []
  return [
    element('input', { type: 'tablet', bus: 'usb' }),
    element(
      'graphics',
      { type: graphics, port: -1, autoport: 'yes', listen: LOOPBACK },
      element('listen', { type: 'address', address: LOOPBACK }),
    ),
    element('video', {}, element('model', { type: video, heads: 1, primary: 'yes' })),
  ]
}

function extras({ watchdog, rng, tpm }: MachineSpec, { capabilities }: Abilities): ReadonlyArray<Tree | false> {
  const { models } = capabilities.tpm
  const tpmModel = models.includes('tpm-crb') ? 'tpm-crb' : (models[0] ?? 'tpm-crb')
  return [
    tpm && element('tpm', { model: tpmModel }, element('backend', { type: 'emulator', version: '2.0' })),
    watchdog !== 'none' && element('watchdog', { model: 'i6300esb', action: watchdog }),
    element('memballoon', { model: 'virtio' }, element('stats', { period: 5 })),
    rng && element('rng', { model: 'virtio' }, textElement('backend', '/dev/urandom', { model: 'random' })),
  ]
}
