import {
  type BuildFinding,
  type DiskSpec,
  type MachineSpec,
  machineSpecSchema,
  type NicSpec,
  type OsEntry,
} from '../../../shared/model/index.ts'
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
      ...(isSure ? [] : [warning('ova.os-guessed', 'spec.os', { name: system.os.names[0] ?? '', to: entry.name })]),
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
  const field = `spec.disks.${index}.bus`
  return {
    spec: {
      source: { kind: 'new', pool, sizeBytes: Math.max(disk.capacityBytes, MIN_DISK_BYTES), format: 'qcow2' },
      bus,
      cache: 'default',
      discard: true,
      ioThread: false,
    },
    findings: isKept
      ? []
      : [
          {
            ...warning('ova.device-changed', field, { device: `disk ${index + 1}`, from: controller ?? '', to: bus }),
            mend: { code: 'use-virtio', field, value: 'virtio' },
          },
        ],
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
    findings: [
      ...(same ? [] : [warning('ova.network-changed', `spec.nics.${index}.source`, { from: network ?? '', to })]),
      ...(isKept
        ? []
        : [warning('ova.device-changed', `spec.nics.${index}.model`, { device: `card ${index + 1}`, from: model ?? '', to: nicModel })]),
    ],
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
    ...(otherSystems.length > 0
      ? [warning('ova.several-systems', null, { name: system.name, count: String(otherSystems.length), others: otherSystems.join(', ') })]
      : []),
    ...system.others.map((device) => warning('ova.device-left-out', null, { device })),
    ...(properties.length > 0 ? [warning('ova.properties', null, { names: properties.join(', ') })] : []),
    ...(hasEula ? [warning('ova.eula', null, {})] : []),
  ]
}

/** English, for whoever has no catalogue of words; `{name}` stands for a parameter. */
const TEXTS = {
  'ova.os-guessed': 'The package says “{name}”, which is not in the catalogue. {to} is taken.',
  'ova.device-changed': 'The {device} was {from}, which is not made here. It becomes {to}.',
  'ova.network-changed': 'There is no network “{from}” here. The card goes to {to}.',
  'ova.several-systems': 'The package holds several machines. {name} is taken; {count} more are not: {others}.',
  'ova.device-left-out': '{device} is not carried over.',
  'ova.properties': 'The appliance asks for settings ({names}) that are not given to it. Set them in the guest.',
  'ova.eula': 'A licence comes with the package. Whoever uses the machine accepts it.',
} as const

function warning(code: keyof typeof TEXTS, field: string | null, params: Readonly<Record<string, string>>): BuildFinding {
  const shown = Object.fromEntries(Object.entries(params).map(([key, value]) => [key, value.slice(0, 200)]))
  const text = TEXTS[code].replace(/\{(\w+)\}/g, (all, name: string) => shown[name] ?? all)
  return { code, severity: 'warns', field, text, params: shown, mend: null }
}
