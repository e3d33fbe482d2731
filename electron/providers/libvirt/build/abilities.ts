import { AppError } from '../../../../shared/errors/index.ts'
import type { CallOptions, LibvirtHost } from '../../../libvirt/index.ts'
import { libvirtNumber, VIR_ERR } from '../problems.ts'
import { type DomainCapabilities, readDomainCapabilities } from './domain-capabilities.ts'
import { type Guests, type MachineType, preferredMachine, readGuests } from './guests.ts'

/** What a host can make of machines of one type. */
export interface Abilities {
  readonly guests: Guests
  readonly capabilities: DomainCapabilities
  /** The machine type as it was asked for; null: the emulator's own. */
  readonly machine: string | null
  /** In numbers that compare: 9_000_000 for 9.0.0. */
  readonly libvirtVersion: number
}

/**
 * Reads the abilities for a machine type, or for the one that is preferred here. The host is asked for KVM first: that `/dev/kvm` is there does
 * not mean that it works, and only the emulator's own probe tells. Throws `unsupported` build.no-virtualisation, `precondition`
 * build.machine-type-not-offered.
 */
export async function readAbilities(host: LibvirtHost, machineType: string | null, options: CallOptions): Promise<Abilities> {
  const guests = readGuests((await host.call('connectGetCapabilities', {}, options)).capabilities)
  if (!guests) {
    throw new AppError({
      kind: 'unsupported',
      code: 'build.no-virtualisation',
      message: 'The host has no emulator for whole machines. Install QEMU on it.',
    })
  }
  if (machineType !== null && !machineTypeOf(guests, machineType)) {
    throw new AppError({
      kind: 'precondition',
      code: 'build.machine-type-not-offered',
      message: `The host does not offer the machine type ${machineType}.`,
      details: { machineType },
    })
  }
  const machine = machineType ?? preferredMachine(guests)
  const { major, minor, release } = host.facts.version
  const capabilities = await readBest(host, guests, machine, options)
  return { guests, capabilities, machine, libvirtVersion: major * 1_000_000 + minor * 1_000 + release }
}

export function machineTypeOf({ machineTypes }: Guests, name: string): MachineType | undefined {
  return machineTypes.find((each) => each.name === name || each.canonical === name)
}

async function readBest(host: LibvirtHost, guests: Guests, machine: string | null, options: CallOptions): Promise<DomainCapabilities> {
  const ask = async (virttype: string) => {
    const args = { emulatorbin: null, arch: guests.arch, machine, virttype, flags: 0 }
    return readDomainCapabilities((await host.call('connectGetDomainCapabilities', args, options)).capabilities)
  }
  if (!guests.virtTypes.includes('kvm')) return ask(guests.virtTypes[0] ?? 'qemu')
  try {
    return await ask('kvm')
  } catch (error) {
    const number = libvirtNumber(error)
    if (number !== VIR_ERR.invalidArgument && number !== VIR_ERR.configUnsupported) throw error
    return ask('qemu')
  }
}
