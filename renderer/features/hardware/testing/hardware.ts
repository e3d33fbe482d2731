import type { EditableHardware, HardwareOptions, HardwarePreview, HardwareView } from '../../../../shared/model/index.ts'
import { FakeEngine } from '../../../lib/testing/fake-engine.ts'
import { connection, host, machine, put, task, workspace } from '../../../lib/testing/fleet-fixture.ts'
import { options as buildOptions } from './parts.ts'

const NO_IO = { totalBytesPerS: null, readBytesPerS: null, writeBytesPerS: null, totalIops: null, readIops: null, writeIops: null }

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

const XML = `<domain type='kvm'>
  <name>web-1</name>
  <devices>
    <disk type='file' device='disk'>
      <target dev='vda' bus='virtio'/>
    </disk>
    <interface type='network'>
      <mac address='52:54:00:00:00:01'/>
    </interface>
  </devices>
</domain>
`

export function view(change: Partial<HardwareView> = {}): HardwareView {
  return {
    revision: 'r1',
    running: hardware(),
    kept: hardware(),
    runningXml: XML.replace("type='kvm'", "type='kvm' id='3'"),
    keptXml: XML,
    pending: [],
    memoryAskedKiB: null,
    observedAtMs: Date.now(),
    ...change,
  }
}

export function options(change: Partial<HardwareOptions> = {}): HardwareOptions {
  return {
    reason: null,
    maxVcpus: 64,
    hostMemoryKiB: 256 * 1_048_576,
    cells: [
      { id: 0, cpus: [0, 1, 2, 3], memoryKiB: 128 * 1_048_576 },
      { id: 1, cpus: [4, 5, 6, 7], memoryKiB: 128 * 1_048_576 },
    ],
    diskBuses: ['virtio', 'scsi', 'sata'],
    diskFormats: ['qcow2', 'raw'],
    nicModels: ['virtio', 'e1000e'],
    filters: ['clean-traffic'],
    hostDevices: [
      {
        name: 'pci_0000_17_00_0',
        kind: 'pci',
        address: '0000:17:00.0',
        vendor: 'Intel',
        product: 'I350 port 0',
        driver: 'igb',
        iommuGroup: 22,
        groupMates: [{ name: 'pci_0000_17_00_1', product: 'I350 port 1', driver: 'igb' }],
        usedBy: null,
        reason: null,
      },
      {
        name: 'pci_0000_41_00_0',
        kind: 'pci',
        address: '0000:41:00.0',
        vendor: 'NVIDIA',
        product: 'A2',
        driver: 'vfio-pci',
        iommuGroup: 14,
        groupMates: [],
        usedBy: 'gpu-1',
        reason: {
          code: 'hardware.host-device-used',
          text: 'gpu-1 has A2. Remove it there first.',
          params: { device: 'A2', machine: 'gpu-1' },
        },
      },
    ],
    ...change,
  }
}

export function preview(change: Partial<HardwarePreview> = {}): HardwarePreview {
  return {
    now: { ok: true },
    nextStart: { ok: true },
    warnings: [],
    kept: { before: XML, after: XML },
    running: null,
    split: null,
    ...change,
  }
}

export const NEXT_START_ONLY: HardwarePreview['now'] = {
  ok: false,
  reason: { code: 'hardware.next-start-only', text: 'QEMU cannot change this while web-1 runs.', params: { name: 'web-1' } },
}

/** A machine whose view is what `shows` holds now, and whose edits succeed at once. */
export function engine(shows: { view: HardwareView }): FakeEngine {
  const fake = new FakeEngine([
    put('workspace', workspace()),
    put('connection', connection(1)),
    put('host', host(1)),
    put('machine', machine(1, 1)),
  ])
  fake.answer('machines.detail', () => {
    throw new Error('the hardware of a hypervisor’s machine is read by its own method')
  })
  fake.answer('hardware.view', () => shows.view)
  fake.answer('hardware.options', () => options())
  fake.answer('hardware.preview', () => preview())
  fake.answer('hardware.history', () => [])
  fake.answer('build.options', () => buildOptions())
  fake.answer('volumes.list', () => [])
  fake.answer('hardware.apply', () => {
    fake.push(put('task', task(7, { kind: 'machine.edit', state: 'succeeded', endedAtMs: Date.now() })))
    return { taskId: 't7' }
  })
  return fake
}
