import type { MachineSpec, Reason } from '../../../../shared/model/index.ts'
import type { Abilities } from './abilities.ts'
import { hasEmulatedTpm } from './domain-capabilities.ts'
import { isQ35 } from './guests.ts'

/** Why this host cannot give something to a machine; null: it can. The same words disable a choice and refuse a request. */

function reason(code: string, text: string, params?: Readonly<Record<string, string>>): Reason {
  return { code, text, ...(params && { params: { ...params } }) }
}

/** Since libvirt 7.2 a definition says whether the firmware is to check signatures. */
const FIRMWARE_FEATURES = 7_002_000

export function firmwareReason({ capabilities, machine, libvirtVersion }: Abilities, firmware: MachineSpec['firmware']): Reason | null {
  const { arch, firmwares, secureLoader } = capabilities
  const isPc = arch === 'x86_64' || arch === 'i686'
  if (firmware === 'bios') {
    if (isPc || (arch !== 'aarch64' && arch !== 'riscv64' && arch !== 'loongarch64')) return null
    return reason('build.no-bios', `Machines of the architecture ${arch} have no BIOS. Choose UEFI.`, { arch })
  }
  if (!firmwares.includes('efi')) {
    const text = 'This host has no UEFI firmware. Install OVMF (package ovmf, or edk2-ovmf) on it.'
    return reason('build.no-uefi', text)
  }
  if (firmware === 'uefi') return null
  if (!isPc || !isQ35(machine ?? capabilities.machine))
    return reason('build.secure-boot-needs-q35', 'Secure Boot needs the machine type q35.')
  if (secureLoader && libvirtVersion >= FIRMWARE_FEATURES) return null
  const text = 'The UEFI firmware of this host knows no Secure Boot. Install OVMF with Secure Boot (package ovmf, or edk2-ovmf) on it.'
  return reason('build.no-secure-boot', text)
}

export function tpmReason({ capabilities }: Abilities): Reason | null {
  if (hasEmulatedTpm(capabilities)) return null
  return reason('build.no-tpm', 'This host cannot emulate a TPM. Install swtpm (package swtpm-tools) on it.')
}

export function cpuModeReason({ capabilities }: Abilities, mode: MachineSpec['cpu']['mode']): Reason | null {
  if (capabilities.cpuModes.includes(mode)) return null
  if (mode === 'host-passthrough' && capabilities.virtType !== 'kvm')
    return reason('build.passthrough-needs-kvm', 'The host has no KVM, so its processor cannot be passed on as it is.')
  return reason('build.cpu-mode-not-offered', `The host does not offer the processor mode ${mode}.`, { mode })
}

export function graphicsReason({ capabilities }: Abilities, graphics: MachineSpec['graphics']): Reason | null {
  if (graphics === 'none' || capabilities.graphics.includes(graphics)) return null
  const name = graphics.toUpperCase()
  return reason('build.graphics-not-offered', `QEMU on this host has no ${name} display.`, { graphics: name })
}

/** Since libvirt 8.4. Its lists of channels name it only from 9.1 on or so: before that the release has to do. */
const VDAGENT = 8_004_000
const VDAGENT_LISTED = 9_002_000

export function clipboardReason({ capabilities, libvirtVersion }: Abilities): Reason | null {
  if (capabilities.channels?.includes('qemu-vdagent')) return null
  if (libvirtVersion >= VDAGENT && libvirtVersion < VDAGENT_LISTED) return null
  return reason('build.no-clipboard', 'The QEMU of this host cannot share the clipboard over VNC: it came with version 6.1.')
}

export function rngReason({ capabilities }: Abilities): Reason | null {
  return capabilities.rng ? null : reason('build.no-rng', 'QEMU on this host gives its machines no randomness.')
}

/** IDE is on the older PC alone; the others have no such bus. */
export function busReason({ capabilities, machine }: Abilities, bus: string): Reason | null {
  const isIdeMissing = bus === 'ide' && isQ35(machine ?? capabilities.machine)
  if (capabilities.diskBuses.includes(bus) && !isIdeMissing) return null
  return reason('build.bus-not-offered', `Machines of this type have no ${bus} bus on this host.`, { bus })
}
