import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lab, type LabHost, startLab } from '../../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../../e2e/lab/requires.ts'
import type { MachineSpecInput } from '../../../../shared/model/index.ts'
import { isoImage } from '../../../engine/build/iso9660.ts'
import { procedureRow } from '../../../libvirt/index.ts'
import { failure } from '../../conformance/fixture.ts'
import { Recorder } from '../../conformance/index.ts'
import type { MachineBuilder, ProviderConnection, ProviderPorts } from '../../provider.ts'
import { libvirtProvider } from '../index.ts'
import { testPorts } from '../testing/ports.ts'
import { SocketProxy } from '../testing/proxy.ts'
import { HOST_REF } from '../watch.ts'
import { newDefinition } from './testing/definitions.ts'

const MIB = 2 ** 20
const GIB = 2 ** 30
type Disk = MachineSpecInput['disks'][number]
const disk = (source: Disk['source'], more: Partial<Disk> = {}): Partial<MachineSpecInput> => ({ disks: [{ source, ...more }] })
const nic = (source: MachineSpecInput['nics'][number]['source'], vlan: number | null = null): Partial<MachineSpecInput> => ({
  nics: [{ source, vlan }],
})
const fresh = (sizeBytes: number, pool = 'default'): Disk['source'] => ({ kind: 'new', pool, sizeBytes, format: 'qcow2' })
const image = (volume: string, more: object = {}): Disk['source'] => ({
  kind: 'image',
  pool: 'default',
  base: { pool: 'default', volume },
  mode: 'copy',
  sizeBytes: null,
  format: 'qcow2',
  ...more,
})

/** What a machine starts from unless a case is about just that. */
const SOUND: Disk['source'] = { kind: 'existing', pool: 'default', volume: 'some.raw' }

/** What is asked for, how often, and what is found. */
const CASES: ReadonlyArray<readonly [string, Partial<MachineSpecInput>, number, ReadonlyArray<string>]> = [
  ['a sound machine', { ...disk(fresh(16 * MIB)), ...nic({ kind: 'network', network: 'default' }) }, 3, []],
  ['no such pool', disk(fresh(GIB, 'no')), 1, ['blocks build.pool-missing spec.disks.0.source.pool → "default"']],
  ['a pool that is off', disk(fresh(MIB, 'off')), 1, ['blocks build.pool-off spec.disks.0.source.pool → "default"']],
  [
    'more than a pool has, once it is full',
    disk(fresh(20 * MIB, 'small')),
    1,
    ['warns build.pool-overcommitted spec.disks.0.source.pool → "default"'],
  ],
  [
    'a copy that a pool has no room for',
    disk(image('big.raw', { pool: 'small' })),
    1,
    ['blocks build.pool-too-small spec.disks.0.source.pool → "default"'],
  ],
  [
    'room for one and not for three',
    disk(image('some.raw', { pool: 'small' })),
    3,
    ['blocks build.pool-too-small spec.disks.0.source.pool → "default"'],
  ],
  ['room for one', disk(image('some.raw', { pool: 'small' })), 1, []],
  ['no such image', disk(image('no.qcow2')), 1, ['blocks build.volume-missing spec.disks.0.source.base']],
  [
    'a disk smaller than its image',
    disk(image('big.raw', { sizeBytes: MIB })),
    1,
    [`blocks build.disk-smaller-than-image spec.disks.0.source.sizeBytes → ${12 * MIB}`],
  ],
  ['an image that a machine writes to', disk(image('theirs.qcow2')), 1, ['warns build.base-may-change spec.disks.0.source.base']],
  [
    'a link to what a machine writes to',
    disk(image('theirs.qcow2', { mode: 'linked' })),
    1,
    ['warns build.base-is-a-disk spec.disks.0.source.base'],
  ],
  [
    'an existing disk that is not',
    disk({ kind: 'existing', pool: 'default', volume: 'no' }),
    1,
    ['blocks build.volume-missing spec.disks.0.source.volume'],
  ],
  ['a CD', { media: [{ pool: 'default', volume: 'real.iso' }] }, 1, []],
  ['no CD at all', { media: [{ pool: 'default', volume: 'no.iso' }] }, 1, ['blocks build.volume-missing spec.media.0']],
  ['a CD that is none', { media: [{ pool: 'default', volume: 'fake.iso' }] }, 1, ['blocks build.not-a-cd spec.media.0']],
  ['a CD cut off', { media: [{ pool: 'default', volume: 'short.iso' }] }, 1, ['blocks build.not-a-cd spec.media.0']],
  ['no such network', nic({ kind: 'network', network: 'no' }), 1, ['blocks build.network-missing spec.nics.0.source.network → "default"']],
  [
    'a network that is off',
    nic({ kind: 'network', network: 'idle' }),
    1,
    ['blocks build.network-off spec.nics.0.source.network → "default"'],
  ],
  ['no such bridge', nic({ kind: 'bridge', bridge: 'no' }), 1, ['blocks build.bridge-missing spec.nics.0.source.bridge → "br0"']],
  [
    'an Open vSwitch that nobody knows',
    nic({ kind: 'bridge', bridge: 'ovs', openVSwitch: true }, 7),
    1,
    ['warns build.bridge-unknown spec.nics.0.source.bridge'],
  ],
  ['no such device', nic({ kind: 'macvtap', device: 'no' }), 1, ['blocks build.device-missing spec.nics.0.source.device']],
  [
    'a VLAN where nothing tags',
    nic({ kind: 'network', network: 'default' }, 7),
    1,
    ['blocks build.vlan-not-possible spec.nics.0.vlan → null'],
  ],
  ['a VLAN on a bridge of Linux', nic({ kind: 'bridge', bridge: 'br0' }, 7), 1, ['blocks build.vlan-not-possible spec.nics.0.vlan → null']],
  ['no TPM here', { tpm: true }, 1, ['blocks build.no-tpm spec.tpm → false']],
  ['no UEFI here', { firmware: 'uefi-secure' }, 1, ['blocks build.no-uefi spec.firmware → "bios"']],
  ['no such machine type', { machineType: 'pc-q35-99' }, 1, ['blocks build.machine-type-not-offered spec.machineType → "q35"']],
  ['too many processors', { cpu: { vcpus: 289, mode: 'maximum' } }, 1, ['blocks build.too-many-vcpus spec.cpu.vcpus → 288']],
  [
    'more processors than the older PC can have',
    { machineType: 'pc', cpu: { vcpus: 256, mode: 'maximum' } },
    1,
    ['blocks build.too-many-vcpus spec.cpu.vcpus → 255'],
  ],
  [
    'a processor of another make',
    { cpu: { vcpus: 1, mode: 'custom', model: 'EPYC-Milan' } },
    1,
    ['blocks build.cpu-model-unusable spec.cpu.model'],
  ],
  ['more memory than there is', { memoryMiB: 2 ** 24 }, 1, ['blocks build.memory-above-host spec.memoryMiB']],
  ['memory that many together lack', { memoryMiB: 1_024 }, 200, ['warns build.memory-above-free spec.memoryMiB']],
  ['an IDE disk on a q35', disk(fresh(MIB), { bus: 'ide' }), 1, ['blocks build.bus-not-offered spec.disks.0.bus → "virtio"']],
  [
    'a thread for a SATA disk',
    disk(fresh(MIB), { bus: 'sata', ioThread: true }),
    1,
    ['warns build.no-io-thread spec.disks.0.ioThread → false'],
  ],
  ['nothing to start from', { boot: ['network'] }, 1, ['warns build.nothing-to-start spec.boot']],
  ['a title of two lines', { title: 'a\n b' }, 1, ['blocks build.title-invalid spec.title → "a b"']],
  ['a control character', { description: 'a\u0007' }, 1, ['blocks build.text-invalid spec.description']],
]

describe.skipIf(!requirePeer('libvirtd').ok)('what stands in the way on a lab host', () => {
  let lab: Lab
  let host: LabHost
  let ports: ProviderPorts & { dispose(): Promise<void> }
  let proxy: SocketProxy
  let connection: ProviderConnection
  let builder: MachineBuilder

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a'], prefix: 'ck' })
    host = lab.host('a')
    ports = await testPorts()
    await layOut()
    proxy = await SocketProxy.listen(join(lab.dir, 'p'), host.socketPath)
    connection = await open()
    if (!connection.builder) throw new Error('no builder')
    builder = connection.builder
  })
  afterAll(async () => {
    await connection?.close()
    await proxy?.close()
    await lab?.stop()
    await ports?.dispose()
  })

  async function open(): Promise<ProviderConnection> {
    const config = libvirtProvider.configSchema.parse({ transport: 'unix', socket: proxy.path })
    const opened = await libvirtProvider.connect(config, {}, ports, {})
    await opened.watch(new Recorder(), {})
    return opened
  }

  async function layOut(): Promise<void> {
    await host.exec('mkdir -p /srv/small && mount -t tmpfs -o size=8M none /srv/small')
    await host.virsh(['pool-create-as', 'small', 'dir', '--target', '/srv/small'])
    await host.virsh(['pool-define-as', 'off', 'dir', '--target', '/srv/off'])
    await host.virsh(['vol-create-as', 'default', 'big.raw', '12M', '--allocation', '12M', '--format', 'raw'])
    await host.virsh(['vol-create-as', 'default', 'some.raw', '4M', '--allocation', '4M', '--format', 'raw'])
    await host.virsh(['vol-create-as', 'default', 'theirs.qcow2', '4M', '--format', 'qcow2'])
    await host.defineGuest({ name: 'them', diskPath: '/var/lib/libvirt/images/theirs.qcow2' })
    const files = [{ name: 'a.txt', data: new TextEncoder().encode('x') }]
    const images: Record<string, Uint8Array> = {
      'real.iso': isoImage(files, { volumeLabel: 'REAL', timeMs: 0 }),
      'fake.iso': new Uint8Array(100_000),
      'short.iso': new Uint8Array(1_000),
    }
    for (const [name, bytes] of Object.entries(images)) await writeFile(join(host.dir, 'lib/images', name), bytes)
    await host.virsh(['pool-refresh', 'default'])
    const idle = join(host.dir, 'idle.xml')
    await writeFile(idle, `<network><name>idle</name><ip address='192.168.77.1' netmask='255.255.255.0'/></network>`)
    await host.virsh(['net-define', idle])
  }

  test('a device that a bridge has can be mended by that bridge', async () => {
    const definition = newDefinition('new', { ...disk(SOUND), ...nic({ kind: 'macvtap', device: 'eth0' }) })
    expect(await builder.check(HOST_REF, definition, 1, {})).toMatchObject([
      {
        code: 'build.device-in-bridge',
        field: 'spec.nics.0.source.device',
        mend: { field: 'spec.nics.0.source', value: { kind: 'bridge', bridge: 'br0', openVSwitch: false } },
      },
    ])
  })

  test.each(CASES)('%s', async (_, spec, count, expected) => {
    const findings = await builder.check(HOST_REF, newDefinition('new', { ...disk(SOUND), ...spec }), count, {})
    const told = findings.map(
      ({ severity, code, field, mend }) => `${severity} ${code} ${field}${mend ? ` → ${JSON.stringify(mend.value)}` : ''}`,
    )
    expect(told).toEqual(expected)
    expect(findings.filter(({ mend, field }) => mend && mend.field !== field)).toEqual([])
  })

  test('a name that the host cannot keep, and a volume that is there', async () => {
    const long = newDefinition('🚚'.repeat(62), disk(SOUND))
    expect((await builder.check(HOST_REF, long, 1, {})).map(({ code }) => code)).toEqual(['build.name-invalid'])
    await failure(builder.define(HOST_REF, long, {}), 'invalid-input', 'machine.name-invalid')
    const taken = { ...newDefinition('new', disk(fresh(MIB))), disks: [{ pool: 'default', volume: 'big.raw' }] }
    expect((await builder.check(HOST_REF, taken, 1, {})).map(({ code, field }) => [code, field])).toEqual([['build.volume-taken', 'name']])
  })

  test('a define whose answer is lost is indeterminate, and a look tells that it happened', async () => {
    const definition = newDefinition('lost')
    proxy.cutAtReplyTo([procedureRow('domainDefineXmlFlags').number])
    await failure(builder.define(HOST_REF, definition, {}), 'indeterminate')
    connection = await open()
    builder = connection.builder ?? builder
    expect(await builder.isDefined(HOST_REF, definition.uuid, {})).toBe(true)
    await failure(builder.define(HOST_REF, definition, {}), 'conflict', 'build.uuid-taken')
  })

  test('a machine starts with its host when that was asked for', async () => {
    const definition = newDefinition('early', { autostart: true })
    await builder.define(HOST_REF, definition, {})
    expect(await host.virsh(['dominfo', definition.uuid])).toMatch(/Autostart:\s+enable/)
  })
})
