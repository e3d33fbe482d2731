import { type BuildOptions, buildOptionsSchema, type OsEntry } from '../../../../shared/model/index.ts'

/** What a host of the tests can build. */
export function options(change: Partial<BuildOptions> = {}): BuildOptions {
  return {
    ...buildOptionsSchema.parse({
      hostId: 'c1.h.1',
      hostName: 'kvm-01',
      arch: 'x86_64',
      hypervisor: 'kvm',
      machineTypes: ['pc-q35-10.0', 'pc-i440fx-10.0'],
      firmwares: [
        { id: 'bios', reason: null },
        { id: 'uefi', reason: null },
        { id: 'uefi-secure', reason: { code: 'build.no-secure-boot', text: 'There is no firmware for Secure Boot.' } },
      ],
      tpm: null,
      cpuModes: [
        { id: 'host-passthrough', reason: null },
        { id: 'host-model', reason: null },
        { id: 'maximum', reason: null },
        { id: 'custom', reason: null },
      ],
      cpuModels: ['Skylake-Server', 'Icelake-Server'],
      hostCpuModel: 'Icelake-Server',
      maxVcpus: 64,
      hostCpus: 64,
      hostMemoryMiB: 262_144,
      hostMemoryFreeMiB: 102_400,
      diskBuses: ['virtio', 'scsi', 'sata'],
      videoModels: ['virtio', 'vga'],
      graphics: [
        { id: 'vnc', reason: null },
        { id: 'spice', reason: { code: 'build.no-spice', text: 'This host has no SPICE.' } },
        { id: 'none', reason: null },
      ],
      clipboard: null,
      rng: null,
      pools: [
        { id: 'c1.p.1', name: 'default', type: 'dir', active: true, availableBytes: 500_000_000_000, path: '/var/lib/libvirt/images' },
        { id: 'c1.p.2', name: 'fast', type: 'logical', active: true, availableBytes: 50_000_000_000, path: null },
      ],
      networks: [{ name: 'default', active: true, forward: 'nat', cidrs: ['192.168.122.0/24'] }],
      bridges: [{ name: 'br0', openVSwitch: false }],
      devices: ['eno1'],
      defaults: {
        os: 'generic',
        cpu: { vcpus: 1, mode: 'host-passthrough' },
        memoryMiB: 1_024,
        disks: [{ source: { kind: 'new', pool: 'default', sizeBytes: 10_737_418_240, format: 'qcow2' } }],
        nics: [{ source: { kind: 'network', network: 'default' } }],
      },
    }),
    ...change,
  }
}

/** A system of the tests. */
export function system(id: string, change: Partial<OsEntry> = {}): OsEntry {
  return {
    id,
    name: id,
    kind: 'linux',
    family: 'debian',
    libosinfo: null,
    released: '2025-08-09',
    endOfLife: null,
    minimum: { vcpus: 1, memoryMiB: 512, diskGiB: 4 },
    recommended: { vcpus: 2, memoryMiB: 2_048, diskGiB: 20 },
    firmware: 'bios',
    tpm: false,
    diskBus: 'virtio',
    nicModel: 'virtio',
    video: 'virtio',
    localTime: false,
    cloudImages: [{ arch: 'x86_64', url: `https://images.example.org/${id}.qcow2`, format: 'qcow2', checksumUrl: null, user: 'debian' }],
    isoPage: null,
    ...change,
  }
}

/** A Windows: SATA, e1000e, UEFI with Secure Boot, a TPM, and no cloud image. */
export function windows(): OsEntry {
  return system('win11', {
    name: 'Windows 11',
    kind: 'windows',
    family: 'windows',
    recommended: { vcpus: 4, memoryMiB: 8_192, diskGiB: 64 },
    firmware: 'uefi-secure',
    tpm: true,
    diskBus: 'sata',
    nicModel: 'e1000e',
    video: 'vga',
    cloudImages: [],
  })
}
