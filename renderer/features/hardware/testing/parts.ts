import { type BuildOptions, buildOptionsSchema } from '../../../../shared/model/index.ts'

/** Pools, networks and bridges of the host. */
export function options(): BuildOptions {
  return buildOptionsSchema.parse({
    hostId: 'c1.h.1',
    hostName: 'kvm-01',
    arch: 'x86_64',
    hypervisor: 'kvm',
    machineTypes: ['q35'],
    firmwares: [{ id: 'bios', reason: null }],
    tpm: null,
    cpuModes: [{ id: 'host-model', reason: null }],
    cpuModels: ['Haswell'],
    hostCpuModel: 'Haswell',
    maxVcpus: 64,
    hostCpus: 64,
    hostMemoryMiB: 262_144,
    hostMemoryFreeMiB: 102_400,
    diskBuses: ['virtio', 'scsi', 'sata'],
    videoModels: ['virtio'],
    graphics: [{ id: 'vnc', reason: null }],
    clipboard: null,
    rng: null,
    pools: [{ id: 'c1.p.1', name: 'default', type: 'dir', active: true, availableBytes: 500_000_000_000, path: '/p' }],
    networks: [{ name: 'default', active: true, forward: 'nat', cidrs: ['192.168.122.0/24'] }],
    bridges: [{ name: 'br0', openVSwitch: false }],
    devices: ['eno1'],
    defaults: { os: 'generic', cpu: { vcpus: 1, mode: 'host-model' }, memoryMiB: 1_024, disks: [], nics: [] },
  })
}
