import { type BuildOptions, type MachineSpec, machineSpecSchema, type Reason, VIDEO_MODELS } from '../../../../shared/model/index.ts'
import { namedCpuModel } from '../detail.ts'
import type { SimulatedHost } from '../fleet.ts'
import { share } from '../random.ts'
import type { World } from '../world.ts'
import { CPU_MODELS } from './host-cpu.ts'

export type Options = Omit<BuildOptions, 'hostId' | 'hostName' | 'pools'>

const NO_UEFI: Reason = { code: 'build.no-uefi', text: 'This host has no UEFI firmware. Install OVMF (package ovmf, or edk2-ovmf) on it.' }
const NO_SECURE: Reason = {
  code: 'build.no-secure-boot',
  text: 'The UEFI firmware of this host knows no Secure Boot. Install OVMF with Secure Boot (package ovmf, or edk2-ovmf) on it.',
}
const NO_TPM: Reason = { code: 'build.no-tpm', text: 'This host cannot emulate a TPM. Install swtpm (package swtpm-tools) on it.' }
const NO_VDAGENT: Reason = {
  code: 'build.no-clipboard',
  text: 'The QEMU of this host cannot share the clipboard over VNC: it came with version 6.1.',
}

/** What is not installed on a host: nothing on most. */
function lacks(host: SimulatedHost): { readonly uefi: boolean; readonly secure: boolean; readonly tpm: boolean } {
  const uefi = share(host.salt, 156) < 0.04
  return { uefi, secure: uefi || share(host.salt, 157) < 0.08, tpm: share(host.salt, 158) < 0.12 }
}

/** Where a new machine's disks and cards go unless somebody says otherwise. */
function defaultsOf(host: SimulatedHost): MachineSpec {
  const pool = [...host.pools.values()].find(({ name, active }) => active && name === 'default')?.name ?? 'default'
  const networks = [...host.networks.values()].filter(({ active }) => active)
  const network = (networks.find(({ name }) => name === 'default') ?? networks[0])?.name ?? 'default'
  return machineSpecSchema.parse({
    os: 'linux',
    machineType: 'q35',
    cpu: { vcpus: 2, mode: 'host-passthrough' },
    memoryMiB: 2_048,
    disks: [{ source: { kind: 'new', pool, sizeBytes: 20 * 2 ** 30, format: 'qcow2' } }],
    nics: [{ source: { kind: 'network', network } }],
  })
}

export function optionsOf(world: World, hostRef: string): Options {
  const host = world.host(hostRef)
  const { facts, networks } = host
  const missing = lacks(host)
  const memoryKiB = facts.memoryKiB ?? 0
  const mib = (kib: number) => Math.floor(kib / 1_024)
  return {
    arch: 'x86_64',
    hypervisor: 'kvm',
    machineTypes: ['q35', 'pc', 'pc-q35-10.0', 'pc-q35-9.2', 'pc-q35-7.2', 'pc-i440fx-10.0'],
    firmwares: [
      { id: 'bios', reason: null },
      { id: 'uefi', reason: missing.uefi ? NO_UEFI : null },
      { id: 'uefi-secure', reason: missing.uefi ? NO_UEFI : missing.secure ? NO_SECURE : null },
    ],
    tpm: missing.tpm ? NO_TPM : null,
    cpuModes: [
      { id: 'host-passthrough', reason: null },
      { id: 'host-model', reason: null },
      { id: 'maximum', reason: null },
      { id: 'custom', reason: null },
    ],
    cpuModels: CPU_MODELS,
    hostCpuModel: namedCpuModel(facts.cpuModel),
    maxVcpus: 288,
    hostCpus: facts.cpus,
    hostMemoryMiB: mib(memoryKiB),
    hostMemoryFreeMiB: mib(Math.max(0, memoryKiB - host.usedKiB)),
    diskBuses: ['virtio', 'scsi', 'sata', 'usb'],
    videoModels: [...VIDEO_MODELS],
    graphics: [
      { id: 'vnc', reason: null },
      { id: 'spice', reason: null },
      { id: 'none', reason: null },
    ],
    clipboard: share(host.salt, 159) < 0.05 ? NO_VDAGENT : null,
    rng: null,
    networks: [...networks.values()].map(({ name, active, forward, cidrs }) => ({ name, active, forward, cidrs: [...cidrs] })),
    bridges: [
      { name: 'br0', openVSwitch: false },
      { name: 'br-prod', openVSwitch: false },
      { name: 'br-test', openVSwitch: false },
      { name: 'ovs-br0', openVSwitch: true },
    ],
    devices: ['eno1', 'eno2', 'ens1f0', 'ens1f1'],
    defaults: defaultsOf(host),
  }
}
