import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Lab, type LabHost, startLab, until } from '../../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../../e2e/lab/requires.ts'
import type { MachineAction, MachineSpecInput } from '../../../../shared/model/index.ts'
import { failure } from '../../conformance/fixture.ts'
import { Recorder } from '../../conformance/index.ts'
import type { MachineBuilder, ProviderConnection, ProviderPorts } from '../../provider.ts'
import { libvirtProvider } from '../index.ts'
import { testPorts } from '../testing/ports.ts'
import { HOST_REF } from '../watch.ts'
import { newDefinition, WINDOWS } from './testing/definitions.ts'

const MIB = 2 ** 20
const disk = (bus: string, more: object = {}) => ({
  source: { kind: 'new' as const, pool: 'default', sizeBytes: 16 * MIB, format: 'qcow2' as const },
  bus: bus as 'virtio',
  ...more,
})
const network = { kind: 'network', network: 'default' } as const

/** What QEMU 7.2 of Debian takes without KVM, firmware for UEFI and swtpm. */
const TAKEN: ReadonlyArray<readonly [string, Partial<MachineSpecInput>]> = [
  ['nothing in it', {}],
  ['no display', { graphics: 'none', agent: false, rng: false }],
  ['SPICE with a clipboard', { graphics: 'spice', clipboard: true, video: 'qxl' }],
  ['VNC with a clipboard', { clipboard: true, video: 'vga' }],
  ['bochs', { video: 'bochs' }],
  ['cirrus', { video: 'cirrus' }],
  ['an older PC', { machineType: 'pc', disks: [disk('ide'), disk('virtio')], nics: [{ source: network, model: 'rtl8139' }] }],
  ['a version of a machine', { machineType: 'pc-q35-6.2' }],
  ['virtio disks', { disks: [disk('virtio', { cache: 'none', ioThread: true }), disk('virtio', { cache: 'unsafe', ioThread: true })] }],
  ['SCSI disks', { disks: [disk('scsi', { cache: 'writeback', ioThread: true }), disk('scsi', { discard: false })] }],
  ['SATA and USB disks', { disks: [disk('sata', { cache: 'directsync' }), disk('usb', { cache: 'writethrough' })] }],
  ['many disks', { disks: Array.from({ length: 28 }, () => disk('virtio')) }],
  ['a raw disk', { disks: [{ ...disk('virtio'), source: { kind: 'new', pool: 'default', sizeBytes: 16 * MIB, format: 'raw' } }] }],
  [
    'cards',
    { nics: [{ source: network }, { source: { kind: 'bridge', bridge: 'br0' }, model: 'e1000e' }, { source: network, model: 'e1000' }] },
  ],
  ['Open vSwitch', { nics: [{ source: { kind: 'bridge', bridge: 'ovsbr', openVSwitch: true }, vlan: 42 }] }],
  ['macvtap', { nics: [{ source: { kind: 'macvtap', device: 'eth0', mode: 'private' } }] }],
  ['a processor', { cpu: { vcpus: 4, mode: 'custom', model: 'qemu64', features: [{ name: 'svm', policy: 'disable' }] } }],
  ['a topology', { cpu: { vcpus: 8, mode: 'host-model', topology: { sockets: 2, cores: 2, threads: 2 } } }],
  ['a watchdog', { watchdog: 'inject-nmi' }],
  ['a watchdog that resets', { watchdog: 'reset' }],
  ['starting from the network', { boot: ['network', 'disk'], nics: [{ source: network }], disks: [disk('virtio')] }],
  ['words', { title: `a "title" & <b>'s`, description: 'two\nlines ]]> 🚚', tags: ['a & b', 'a & b', '<c>'] }],
]

/** Through the link that stays: a client that leaves while it is answered can take libvirtd 9.0 with it. */
const BARE_DELETION: Extract<MachineAction, { action: 'delete' }> = {
  action: 'delete',
  diskKeys: [],
  withSnapshots: false,
  withNvram: true,
  withTpm: true,
  withManagedSave: false,
}

describe.skipIf(!requirePeer('libvirtd').ok)('machines made on a lab host', () => {
  let lab: Lab
  let host: LabHost
  let ports: ProviderPorts & { dispose(): Promise<void> }
  let connection: ProviderConnection
  let builder: MachineBuilder
  let seen: Recorder

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a'], prefix: 'bu' })
    host = lab.host('a')
    ports = await testPorts()
    const config = libvirtProvider.configSchema.parse({ transport: 'unix', socket: host.socketPath })
    connection = await libvirtProvider.connect(config, {}, ports, {})
    seen = new Recorder()
    await connection.watch(seen, {})
    if (!connection.builder) throw new Error('no builder')
    builder = connection.builder
    await host.virsh(['vol-create-as', 'default', 'any.qcow2', '16M', '--format', 'qcow2'])
  })
  afterAll(async () => {
    await connection?.close()
    await lab?.stop()
    await ports?.dispose()
  })

  /** All disks of a definition are one volume, as only their places count here. */
  const anywhere = (definition: ReturnType<typeof newDefinition>) => ({
    ...definition,
    disks: definition.disks.map(() => ({ pool: 'default', volume: 'any.qcow2' })),
  })

  const undefine = (uuid: string) => onTestFinished(() => connection.act(uuid, BARE_DELETION, {}))

  test('what the host can build is from its own words', async () => {
    const options = await builder.options(HOST_REF, {})
    expect(options).toMatchObject({
      arch: 'x86_64',
      hypervisor: 'qemu',
      hostCpus: expect.any(Number),
      networks: [{ name: 'default', active: true, forward: 'nat', cidrs: ['192.168.122.1/24'] }],
      bridges: [{ name: 'br0', openVSwitch: false }],
      // eth0 is a port of br0
      devices: [],
      defaults: {
        machineType: 'q35',
        firmware: 'bios',
        cpu: { mode: 'maximum' },
        disks: [{ source: { kind: 'new', pool: 'default', format: 'qcow2' }, bus: 'virtio' }],
        nics: [{ source: { kind: 'network', network: 'default' }, model: 'virtio' }],
      },
    })
    expect(options.machineTypes.slice(0, 3)).toEqual(['q35', 'pc', 'pc-q35-7.2'])
    expect(options.machineTypes).not.toContain('isapc')
    expect(options.cpuModes.find(({ id }) => id === 'host-passthrough')?.reason?.code).toBe('build.passthrough-needs-kvm')
    expect(options.cpuModels).toContain('qemu64')
    expect(options.cpuModels).not.toContain('EPYC-Milan')
    expect(options.diskBuses).toEqual(['virtio', 'scsi', 'sata', 'usb'])
    expect(options.maxVcpus).toBe(288)
    expect(options.hostMemoryMiB).toBeGreaterThan(options.hostMemoryFreeMiB ?? Number.POSITIVE_INFINITY)
  })

  test.each(TAKEN)('%s: libvirt takes it, against its schema as well', async (name, spec) => {
    const definition = anywhere(newDefinition(`taken ${name}`, spec))
    const { xml, complaint } = await builder.preview(HOST_REF, definition, {})
    expect(complaint).toBeNull()
    await builder.define(HOST_REF, definition, {})
    undefine(definition.uuid)
    expect(await builder.isDefined(HOST_REF, definition.uuid, {})).toBe(true)
    await until('the new machine', async () => seen.machine(definition.uuid)?.name === definition.name)
    expect(seen.machine(definition.uuid)).toMatchObject({ state: 'stopped', template: null })
    expect(xml).toContain(`<uuid>${definition.uuid}</uuid>`)
  })

  test.each(['VNC with a clipboard', 'SPICE with a clipboard', 'cards', 'a processor', 'a topology', 'a watchdog', 'SCSI disks'])(
    '%s: it starts as well',
    async (name) => {
      const spec = TAKEN.find(([each]) => each === name)?.[1] ?? {}
      const definition = newDefinition(`starts ${name}`, spec)
      for (const { volume } of definition.disks) await host.virsh(['vol-create-as', 'default', volume, '16M', '--format', 'qcow2'])
      await builder.define(HOST_REF, definition, {})
      undefine(definition.uuid)
      onTestFinished(() => connection.act(definition.uuid, { action: 'powerOff' }, {}))
      await connection.act(definition.uuid, { action: 'start' }, {})
      await until('it to run', async () => seen.machine(definition.uuid)?.state === 'running')
      expect(seen.machine(definition.uuid)?.attention).toBeNull()
    },
  )

  test('a machine of the processor that hosts have in common starts', async () => {
    const own = await builder.hostCpu(HOST_REF, {})
    const { model, features } = await builder.commonCpu(HOST_REF, [own, own], {})
    const definition = newDefinition('common', { cpu: { vcpus: 1, mode: 'custom', model, features } })
    expect((await builder.preview(HOST_REF, definition, {})).complaint).toBeNull()
    await builder.define(HOST_REF, definition, {})
    undefine(definition.uuid)
    onTestFinished(() => connection.act(definition.uuid, { action: 'powerOff' }, {}))
    await connection.act(definition.uuid, { action: 'start' }, {})
    await until('it to run', async () => seen.machine(definition.uuid)?.state === 'running')
    expect(await host.virsh(['dumpxml', definition.uuid])).toContain(`<model fallback='forbid'>${model}</model>`)
  })

  test('bare processors are compared where a host tells nothing of its emulator, and different architectures are not', async () => {
    const own = JSON.parse(await builder.hostCpu(HOST_REF, {})) as Record<string, unknown>
    const bare = JSON.stringify({ ...own, guest: null })
    expect(await builder.commonCpu(HOST_REF, [bare, bare], {})).toMatchObject({ model: expect.any(String) })
    const other = JSON.stringify({ ...own, arch: 'aarch64' })
    await failure(builder.commonCpu(HOST_REF, [bare, other], {}), 'precondition', 'build.cpu-architectures-differ')
    const unknown = JSON.stringify({ ...own, guest: null, host: null })
    await failure(builder.commonCpu(HOST_REF, [bare, unknown], {}), 'unsupported', 'build.no-common-cpu')
    for (const rubbish of ['Skylake', '{}', '']) {
      await failure(builder.commonCpu(HOST_REF, [bare, rubbish], {}), 'invalid-input', 'build.bad-host-cpu')
    }
  })

  test('a Windows guest is told of the hypervisor as far as this host can', async () => {
    const definition = newDefinition('windows', { os: 'win11', disks: [disk('sata')] }, { os: WINDOWS })
    await builder.define(HOST_REF, anywhere(definition), {})
    undefine(definition.uuid)
    expect(await host.virsh(['dumpxml', '--inactive', definition.uuid])).toContain("<clock offset='localtime'>")
    await until('its system', async () => seen.machine(definition.uuid)?.os === 'Windows 11')
  })

  test.each<readonly [string, Partial<MachineSpecInput>, string]>([
    ['an IDE disk on a q35', { disks: [disk('ide')] }, 'IDE controllers are unsupported'],
    ['a TPM without swtpm', { tpm: true }, 'TPM'],
    ['an unknown machine', { machineType: 'nonsense' }, 'nonsense'],
  ])('%s: libvirt complains before, and nothing is defined', async (name, spec, words) => {
    const definition = newDefinition(`refused ${name}`, spec)
    expect(await refusal(definition)).toContain(words)
    await expect(builder.define(HOST_REF, anywhere(definition), {})).rejects.toMatchObject({
      kind: expect.stringMatching(/unsupported|precondition/),
    })
    expect(await builder.isDefined(HOST_REF, definition.uuid, {})).toBe(false)
  })

  test.each<readonly [string, Partial<MachineSpecInput>, string]>([
    ['the bare processor', { cpu: { vcpus: 1, mode: 'host-passthrough' } }, 'host-passthrough'],
    ['an unknown processor', { cpu: { vcpus: 1, mode: 'custom', model: 'Nonsense' } }, 'Nonsense'],
    ['UEFI without firmware', { firmware: 'uefi' }, 'firmware'],
    ['Secure Boot without firmware', { firmware: 'uefi-secure' }, 'firmware'],
  ])('%s: libvirt would define it and never start it, and complains as well', async (name, spec, words) => {
    expect(await refusal(newDefinition(`never ${name}`, spec))).toContain(words)
  })

  /** What libvirt says against it. It is the one thing that a check finds, too. */
  async function refusal(definition: ReturnType<typeof newDefinition>): Promise<string | undefined> {
    const { complaint } = await builder.preview(HOST_REF, definition, {})
    const blocking = (await builder.check(HOST_REF, definition, 1, {})).filter(({ severity }) => severity === 'blocks')
    expect(blocking).toMatchObject([{ field: expect.stringMatching(/^spec\./) }])
    return complaint?.text
  }

  test('a name or a UUID that is taken is never written over', async () => {
    const first = newDefinition('taken', { description: 'the first' })
    await builder.define(HOST_REF, first, {})
    undefine(first.uuid)
    await failure(builder.define(HOST_REF, newDefinition('taken'), {}), 'conflict', 'build.name-taken')
    await failure(builder.define(HOST_REF, newDefinition('other', {}, { uuid: first.uuid }), {}), 'conflict', 'build.uuid-taken')
    await failure(builder.define(HOST_REF, { ...first, spec: { ...first.spec, description: 'again' } }, {}), 'conflict', 'build.uuid-taken')
    expect(await host.virsh(['desc', first.uuid])).toContain('the first')
  })

  test('a name that only libvirt knows to be taken is told by looking', async () => {
    const { uuid } = await host.defineGuest({ name: 'theirs' })
    undefine(uuid)
    const ours = newDefinition('theirs')
    await failure(builder.define(HOST_REF, ours, {}), 'conflict', 'build.name-taken')
    expect(await builder.isDefined(HOST_REF, ours.uuid, {})).toBe(false)
  })

  test('the preview is held against the defaults, and nothing of it is made', async () => {
    const definition = newDefinition('preview', { disks: [disk('virtio')], nics: [{ source: network }], memoryMiB: 512, tags: ['x'] })
    const { xml, baseXml, complaint } = await builder.preview(HOST_REF, definition, {})
    expect(complaint).toBeNull()
    expect(xml).toContain("<source file='/var/lib/libvirt/images/preview-0.qcow2'/>")
    const lines = (text: string) => text.split('\n').map((line) => line.trim())
    const added = lines(xml).filter((line) => !lines(baseXml).includes(line))
    expect(added).toEqual(expect.arrayContaining([`<memory unit='MiB'>512</memory>`]))
    expect(added.filter((line) => /disk|interface|graphics|clock|cpu|boot/.test(line))).toEqual([])
    expect(await builder.isDefined(HOST_REF, definition.uuid, {})).toBe(false)
    expect(await host.virsh(['vol-list', 'default'])).not.toContain('preview')
  })

  test('a seed is its machine’s own and may go with it, other CDs stay', async () => {
    for (const name of ['own-seed.iso', 'installer.iso']) await host.virsh(['vol-create-as', 'default', name, '1M', '--format', 'raw'])
    const media = [{ pool: 'default', volume: 'installer.iso' }]
    const definition = newDefinition('seeded', { media }, { seed: { pool: 'default', volume: 'own-seed.iso' } })
    await builder.define(HOST_REF, definition, {})
    const { disks } = await connection.deletionPlan(definition.uuid, {})
    expect(disks.map(({ key, deletable }) => [key.split('/').at(-1), deletable])).toEqual([
      ['installer.iso', false],
      ['own-seed.iso', true],
    ])
    const action = { ...BARE_DELETION, diskKeys: disks.filter(({ deletable }) => deletable).map(({ key }) => key) }
    const baseline = await connection.baseline(definition.uuid, action, {})
    await connection.act(definition.uuid, action, { baseline })
    expect(await connection.probe(definition.uuid, action, baseline, {})).toBe('done')
    const left = await host.virsh(['vol-list', 'default'])
    expect(left).not.toContain('own-seed.iso')
    expect(left).toContain('installer.iso')
  })
})
