import type { EditableHardware } from '../../../../shared/model/index.ts'

const NO_IO = { totalBytesPerS: null, readBytesPerS: null, writeBytesPerS: null, totalIops: null, readIops: null, writeIops: null }

/** A machine's hardware as an editor shows it: two vCPUs of four, a disk, an empty drive, a card. */
export function hardware(change: Partial<EditableHardware> = {}): EditableHardware {
  return {
    vcpus: 2,
    maxVcpus: 4,
    cpu: { mode: 'host-model', model: null, topology: null },
    memoryKiB: 2 * 1_048_576,
    maxMemoryKiB: 4 * 1_048_576,
    boot: { order: ['disk:vda'], menu: false },
    pinning: { vcpus: [], emulator: null },
    numa: null,
    tune: { cpuShares: null, cpuQuotaPercent: null, memoryHardLimitKiB: null, memorySoftLimitKiB: null, ioWeight: null },
    disks: [
      {
        key: 'disk:vda',
        target: 'vda',
        device: 'disk',
        bus: 'virtio',
        source: '/var/lib/libvirt/images/web-1.qcow2',
        place: { pool: 'default', volume: 'web-1.qcow2' },
        format: 'qcow2',
        cache: 'default',
        discard: true,
        readOnly: false,
        shareable: false,
        limits: NO_IO,
        capacityBytes: 20 * 2 ** 30,
      },
      {
        key: 'disk:sda',
        target: 'sda',
        device: 'cdrom',
        bus: 'sata',
        source: null,
        place: null,
        format: 'raw',
        cache: 'default',
        discard: false,
        readOnly: true,
        shareable: false,
        limits: NO_IO,
        capacityBytes: null,
      },
    ],
    nics: [
      {
        key: 'nic:52:54:00:00:00:01',
        mac: '52:54:00:00:00:01',
        model: 'virtio',
        kind: 'network',
        source: 'default',
        linkUp: true,
        filter: null,
        limits: { inbound: null, outbound: null },
        target: 'vnet0',
      },
    ],
    others: [{ key: 'rng:', kind: 'rng', name: 'virtio', summary: 'virtio, /dev/urandom', xml: "<rng model='virtio'/>\n" }],
    ...change,
  }
}
