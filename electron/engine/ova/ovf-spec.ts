import {
  type BuildFinding,
  type DiskSpec,
  type MachineSpec,
  machineSpecSchema,
  type NicSpec,
  type OsEntry,
} from '../../../shared/model/index.ts'
import { warns } from '../build/finding.ts'
import { badDescriptor } from './ova-errors.ts'
import type { OvfCard, OvfDrive, OvfPackage } from './ovf.ts'
import { guessOs } from './ovf-os.ts'

const MIN_DISK_BYTES = 2 ** 20

/** What the host would choose, and what it has to choose from. */
export interface Surroundings {
  readonly defaults: MachineSpec
  /** Where the disks are to go. */
  readonly pool: string
  readonly networks: readonly string[]
}

export interface Proposal {
  readonly os: OsEntry
  readonly spec: MachineSpec
  /** Ids of the package's disks, one for each disk of the specification. */
  readonly diskIds: readonly string[]
  readonly findings: readonly BuildFinding[]
}

/**
 * The machine that a package describes, made of what there is here. What is not carried over, or becomes something else, is said.
 * @throws AppError invalid-input ova.bad-descriptor for sizes that no machine has
 */
export function proposeMachine(ovf: OvfPackage, { defaults, pool, networks }: Surroundings): Proposal {
  const { system } = ovf
  const { entry, isSure } = guessOs(system.os, system.own?.os ?? null)
  const vcpus = system.vcpus ?? defaults.cpu.vcpus
  const drives = system.drives.map((drive, index) => driveSpec(ovf, drive, index, pool))
  const cards = system.cards.map((card, index) => cardSpec(ovf, card, index, defaults, networks))
  const spec = machineSpecSchema.safeParse({
    ...defaults,
    os: entry.id,
    title: null,
    description: system.description,
    tags: [],
    firmware: system.firmware,
    tpm: system.tpm,
    cpu: { ...defaults.cpu, vcpus, topology: topologyOf(vcpus, system.coresPerSocket) },
    memoryMiB: system.memoryMiB ?? defaults.memoryMiB,
    disks: drives.map(({ spec: disk }) => disk),
    media: [],
    nics: cards.map(({ spec: nic }) => nic),
    boot: ['disk'],
    // the guest knows what it was made with, and no more
    video: entry.video,
  })
  if (!spec.success) {
    const [issue] = spec.error.issues
    throw badDescriptor('size', `${issue?.path.join('.') ?? 'a value'} is not possible: ${issue?.message ?? ''}`, {
      field: issue?.path.join('.') ?? '',
    })
  }
  return {
    os: entry,
    spec: spec.data,
    diskIds: system.drives.map(({ diskId }) => diskId),
    findings: [
      ...(isSure ? [] : [osGuessed(system.os.names[0] ?? '', entry.name)]),
      ...drives.flatMap(({ findings }) => findings),
      ...cards.flatMap(({ findings }) => findings),
      ...leftOut(ovf),
    ],
  }
}

interface Mapped<T> {
  readonly spec: T
  readonly findings: readonly BuildFinding[]
}

function driveSpec(ovf: OvfPackage, { diskId, controller }: OvfDrive, index: number, pool: string): Mapped<DiskSpec> {
  const disk = ovf.disks.find(({ id }) => id === diskId)
  if (!disk)
    throw badDescriptor('missing', `the disk “${diskId.slice(0, 40)}” is nowhere described.`, { element: 'Disk', attribute: diskId })
  const { bus, isKept } = busOf(controller, ovf.system.own?.buses[diskId])
  return {
    spec: {
      source: { kind: 'new', pool, sizeBytes: Math.max(disk.capacityBytes, MIN_DISK_BYTES), format: 'qcow2' },
      bus,
      cache: 'default',
      discard: true,
      ioThread: false,
    },
    findings: isKept ? [] : [diskChanged(index, controller ?? '', bus)],
  }
}

/**
 * SATA stands in for the controllers of other makers: whatever system was on them, most start from it, while virtio wants a driver that may
 * not be in the guest's first stage.
 */
function busOf(controller: string | null, own: string | undefined): { readonly bus: DiskSpec['bus']; readonly isKept: boolean } {
  const known = own === 'virtio' || own === 'scsi' || own === 'sata' || own === 'usb' ? own : null
  if (known) return { bus: known, isKept: true }
  if (controller === null || /ahci|sata|ide|piix/i.test(controller)) return { bus: 'sata', isKept: true }
  if (/^virtio-?(?:scsi)/i.test(controller)) return { bus: 'scsi', isKept: true }
  if (/virtio/i.test(controller)) return { bus: 'virtio', isKept: true }
  return { bus: 'sata', isKept: false }
}

function cardSpec(
  ovf: OvfPackage,
  { network, model }: OvfCard,
  index: number,
  { nics }: MachineSpec,
  networks: readonly string[],
): Mapped<NicSpec> {
  const same = network !== null && networks.includes(network) ? ({ kind: 'network', network } as const) : null
  const source = same ?? nics[0]?.source ?? { kind: 'network', network: networks[0] ?? 'default' }
  const { nicModel, isKept } = modelOf(model, ovf.system.own?.nicModels[index])
  const to = source.kind === 'network' ? source.network : source.kind === 'bridge' ? source.bridge : source.device
  return {
    spec: { source, vlan: null, model: nicModel, mac: null },
    findings: [...(same ? [] : [networkChanged(index, network ?? '', to)]), ...(isKept ? [] : [cardChanged(index, model ?? '', nicModel)])],
  }
}

function modelOf(model: string | null, own: string | undefined): { readonly nicModel: NicSpec['model']; readonly isKept: boolean } {
  if (own === 'virtio' || own === 'e1000' || own === 'e1000e' || own === 'rtl8139') return { nicModel: own, isKept: true }
  if (model === null || /^e1000$/i.test(model)) return { nicModel: 'e1000', isKept: true }
  if (/^e1000e$/i.test(model)) return { nicModel: 'e1000e', isKept: true }
  if (/virtio/i.test(model)) return { nicModel: 'virtio', isKept: true }
  return { nicModel: 'e1000', isKept: false }
}

/** Where a maker says how many cores a socket has, the guest's licences may count on it. */
function topologyOf(vcpus: number, cores: number | null): MachineSpec['cpu']['topology'] {
  return cores === null || cores < 1 || vcpus % cores !== 0 ? null : { sockets: vcpus / cores, cores, threads: 1 }
}

function leftOut({ system, otherSystems, properties, hasEula }: OvfPackage): BuildFinding[] {
  return [
    ...(otherSystems.length > 0 ? [severalSystems(system.name, otherSystems)] : []),
    ...system.others.map(deviceLeftOut),
    ...(properties.length > 0 ? [settingsAsked(properties)] : []),
    ...(hasEula ? [licence()] : []),
  ]
}

function osGuessed(name: string, to: string): BuildFinding {
  const text = `The package says “${short(name)}”, which is not in the catalogue. ${to} is taken.`
  return warns({ code: 'ova.os-guessed', field: 'spec.os', text, params: { name: short(name), to } })
}

function diskChanged(index: number, from: string, to: string): BuildFinding {
  const field = `spec.disks.${index}.bus`
  const number = index + 1
  return warns({
    code: 'ova.disk-changed',
    field,
    text: `Disk ${number} was on a controller “${short(from)}”, which is not made here. It goes to ${to}.`,
    params: { number, from: short(from), to },
    mend: { code: 'ova.use-virtio', field, value: 'virtio' },
  })
}

function cardChanged(index: number, from: string, to: string): BuildFinding {
  const number = index + 1
  const text = `Card ${number} was a “${short(from)}”, which is not made here. It becomes an ${to}.`
  return warns({ code: 'ova.card-changed', field: `spec.nics.${index}.model`, text, params: { number, from: short(from), to } })
}

function networkChanged(index: number, from: string, to: string): BuildFinding {
  const text = `There is no network “${short(from)}” here. Card ${index + 1} goes to ${to}.`
  return warns({
    code: 'ova.network-changed',
    field: `spec.nics.${index}.source`,
    text,
    params: { number: index + 1, from: short(from), to },
  })
}

function severalSystems(name: string, others: readonly string[]): BuildFinding {
  const list = short(others.join(', '))
  const text = `The package holds several machines. ${short(name)} is taken, these are not: ${list}.`
  return warns({ code: 'ova.several-systems', field: null, text, params: { name: short(name), count: others.length, others: list } })
}

function deviceLeftOut(device: string): BuildFinding {
  return warns({
    code: 'ova.device-left-out',
    field: null,
    text: `“${short(device)}” is not carried over.`,
    params: { device: short(device) },
  })
}

function settingsAsked(properties: readonly string[]): BuildFinding {
  const names = short(properties.join(', '))
  const text = `The appliance asks for settings that it is not given: ${names}. Set them in the guest.`
  return warns({ code: 'ova.settings', field: null, text, params: { names } })
}

function licence(): BuildFinding {
  return warns({ code: 'ova.licence', field: null, text: 'A licence comes with the package. Whoever uses the machine accepts it.' })
}

/** What a package says is shown, but not at any length. */
function short(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
