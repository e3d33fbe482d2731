import { attributeOf, childrenOf, parseXml, textOf, type XmlElement } from '../../../xml/index.ts'

/** A machine type that an emulator of the host offers. */
export interface MachineType {
  readonly name: string
  /** Of an alias such as `q35`: what it stands for now. */
  readonly canonical: string | null
  readonly maxCpus: number | null
  readonly deprecated: boolean
}

/** The guests of the host's own architecture, by its capabilities. */
export interface Guests {
  readonly arch: string
  readonly machineTypes: readonly MachineType[]
  /** kvm, qemu, … as the host lists them. */
  readonly virtTypes: readonly string[]
}

/** What the answer of connectGetCapabilities says of full virtualisation. Null: the host has none. */
export function readGuests(capabilities: string): Guests | null {
  const root = parseXml(capabilities)
  const hostArch = textOf(root, 'host', 'cpu', 'arch')
  const guests = childrenOf(root, 'guest').filter((guest) => textOf(guest, 'os_type') === 'hvm')
  const archs = guests.flatMap((guest) => childrenOf(guest, 'arch'))
  const arch = archs.find((each) => each.attributes.name === hostArch) ?? archs[0]
  if (!arch) return null
  const domains = childrenOf(arch, 'domain')
  // Machines stand below a kind of domain where that has others than the rest.
  const machines = [...childrenOf(arch, 'machine'), ...domains.flatMap((domain) => childrenOf(domain, 'machine'))]
  const types = new Map(machines.map((machine) => [machine.text.trim(), machineTypeOf(machine)]))
  return {
    arch: arch.attributes.name ?? hostArch ?? 'x86_64',
    machineTypes: [...types.values()],
    virtTypes: domains.flatMap((domain) => domain.attributes.type ?? []),
  }
}

function machineTypeOf(machine: XmlElement): MachineType {
  const maxCpus = attributeOf(machine, 'maxCpus')
  return {
    name: machine.text.trim(),
    canonical: attributeOf(machine, 'canonical'),
    maxCpus: maxCpus === null ? null : Number(maxCpus),
    deprecated: attributeOf(machine, 'deprecated') === 'yes',
  }
}

/** What a new machine gets unless somebody asks for another, best first. */
const PREFERRED: readonly RegExp[] = [/^q35$/, /^pc$/, /^virt$/, /^pseries$/, /^s390-ccw-virtio$/]
/** They hold no PCI bus, or are no machine for an operating system. */
const NOT_OFFERED = /^(isapc|none|microvm|x-remote|xenfv.*|xenpv)$/

export function preferredMachine({ machineTypes }: Guests): string | null {
  for (const pattern of PREFERRED) {
    const found = machineTypes.find(({ name }) => pattern.test(name))
    if (found) return found.name
  }
  return null
}

/** Those one may choose: names that stand for the newest first, then versions from the newest on. */
export function offeredMachines({ machineTypes }: Guests): readonly string[] {
  const offered = machineTypes.filter(({ name, deprecated }) => !deprecated && !NOT_OFFERED.test(name))
  const rank = ({ name }: MachineType) => {
    const index = PREFERRED.findIndex((pattern) => pattern.test(name))
    return index < 0 ? PREFERRED.length : index
  }
  const collator = new Intl.Collator('en', { numeric: true })
  const aliasFirst = (a: MachineType, b: MachineType) => Number(a.canonical === null) - Number(b.canonical === null)
  return offered.toSorted((a, b) => rank(a) - rank(b) || aliasFirst(a, b) || collator.compare(b.name, a.name)).map(({ name }) => name)
}

/** `pc-q35-9.0` is a q35. */
export function isQ35(machine: string | null): boolean {
  return machine !== null && /(^|-)q35(-|$)/.test(machine)
}

/** `pc` and `pc-i440fx-9.0`: the only machines here with an IDE bus. */
export function isI440fx(machine: string | null): boolean {
  return machine !== null && (machine === 'pc' || /(^|-)i440fx(-|$)/.test(machine))
}
