import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lab, type LabHost, startLab, until } from '../../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../../e2e/lab/requires.ts'
import { hardwareEditSchema } from '../../../../shared/model/index.ts'
import type { ProviderPorts } from '../../provider.ts'
import { testPorts } from '../testing/ports.ts'
import { connectedBench, failureOf, GUEST_MAC, MIB, newVolume, testMachine } from './testing/bench.ts'

const existing = (volume: string) => ({ kind: 'existing' as const, pool: 'default', volume })

describe.skipIf(!requirePeer('libvirtd').ok)('what others have a say in', () => {
  let lab: Lab
  let host: LabHost
  let ports: ProviderPorts & { dispose(): Promise<void> }

  beforeAll(async () => {
    lab = await startLab({ hosts: [{ name: 'a' }], prefix: 'hr' })
    host = lab.host('a')
    ports = await testPorts()
  })
  afterAll(async () => {
    await lab.stop()
    await ports.dispose()
  })

  test('a guest that is up lets go of a disk and of a card; one that is not, does not, and it is said', async () => {
    const { hardware, edit, preview } = await connectedBench(host, ports)
    const asleep = await testMachine(host, 'asleep', 'running', { diskMiB: 8 })
    const refusal = failureOf(edit(asleep.ref, { edit: 'removeDevice', device: 'disk:vda' }, 'both'))
    const up = await testMachine(host, 'up', 'running', { boots: true })
    await newVolume(host, 'gone.qcow2', 8)
    await edit(up.ref, { edit: 'addDisk', disk: { source: existing('gone.qcow2') } }, 'both')
    await until('the guest is up', async () => (await up.running()).includes("state='connected'"))
    expect(await preview(up.ref, { edit: 'removeDevice', device: 'disk:vda' })).toMatchObject({
      now: { ok: true },
      warnings: [{ code: 'hardware.disk-stays' }, { code: 'hardware.boots-from' }, { code: 'hardware.guest-must-let-go' }],
    })
    await edit(up.ref, { edit: 'removeDevice', device: 'disk:vda' }, 'both')
    await edit(up.ref, { edit: 'removeDevice', device: `nic:${GUEST_MAC}` }, 'now')
    expect(await host.virsh(['domblklist', 'up'])).not.toContain('vda')
    expect(await host.virsh(['domiflist', 'up'])).not.toContain(GUEST_MAC)
    expect((await hardware.view(up.ref, {})).pending).toMatchObject([{ device: `nic:${GUEST_MAC}`, field: 'device', running: null }])
    expect(await failureOf(edit(up.ref, { edit: 'removeDevice', device: 'disk:sda' }, 'now'))).toMatchObject({
      code: 'hardware.drive-removed-not',
    })
    await edit(up.ref, { edit: 'setMemory', memoryKiB: 98_304 }, 'now')
    await until('the guest has given memory back', async () => (await hardware.view(up.ref, {})).memoryAskedKiB === null)
    expect(await host.virsh(['dommemstat', 'up'])).toMatch(/actual 98304/)
    expect(await refusal).toMatchObject({ kind: 'timeout', code: 'hardware.guest-holds' })
    // nothing is kept that does not run
    expect(await asleep.kept()).toContain("<target dev='vda'")
  })

  test('an edit based on a view a minute old overwrites nothing, and tells what is there now', async () => {
    const { hardware } = await connectedBench(host, ports)
    const machine = await testMachine(host, 'contested', 'stopped')
    const { revision } = await hardware.view(machine.ref, {})
    await host.virsh(['setvcpus', 'contested', '3', '--config'])
    const memory = hardwareEditSchema.parse({ edit: 'setMemory', memoryKiB: 65_536 })
    const failure = await failureOf(hardware.apply(machine.ref, memory, 'next-start', revision, {}))
    expect(failure).toMatchObject({ kind: 'conflict', code: 'hardware.changed-meanwhile' })
    expect(failure.details.kept).toContain("current='3'")
    expect(await machine.kept()).toContain("<currentMemory unit='KiB'>131072")
    expect(await hardware.probe(machine.ref, memory, 'next-start', revision, {})).toBe('unknown')
    const now = await hardware.view(machine.ref, {})
    expect(await hardware.probe(machine.ref, memory, 'next-start', now.revision, {})).toBe('not-done')
    await hardware.apply(machine.ref, memory, 'next-start', now.revision, {})
    expect(await hardware.probe(machine.ref, memory, 'next-start', now.revision, {})).toBe('done')
  })

  test('a look at what became of an edit waits until the host is done with it', async () => {
    const first = await connectedBench(host, ports)
    const second = await connectedBench(host, ports)
    const machine = await testMachine(host, 'busy', 'running', { diskMiB: 8 })
    const edit = hardwareEditSchema.parse({ edit: 'removeDevice', device: 'disk:vda' })
    const { revision } = await first.hardware.view(machine.ref, {})
    const gone = new AbortController()
    const applying = failureOf(first.hardware.apply(machine.ref, edit, 'both', revision, { signal: gone.signal }))
    // libvirt itself waits some seconds for the guest, and not with the monitor in its hand, as one that only asks QEMU something does
    const isBusy = async () => (await host.virsh(['domcontrol', 'busy'])).includes('internal')
    await until('libvirt asks the guest', isBusy)
    gone.abort()
    expect(await applying).toMatchObject({ kind: 'cancelled' })
    expect(await second.hardware.probe(machine.ref, edit, 'both', revision, {})).toBe('not-done')
    expect(await isBusy()).toBe(false)
  })

  test('a whole definition is taken if it is the same machine, valid, and keeps the password that nobody sees', async () => {
    const { hardware, edit, preview } = await connectedBench(host, ports)
    const machine = await testMachine(host, 'whole', 'stopped')
    const { keptXml } = await hardware.view(machine.ref, {})
    const before = keptXml ?? ''
    const renamed = before.replace('<name>whole<', '<name>other<')
    expect(await preview(machine.ref, { edit: 'setDefinition', xml: renamed })).toMatchObject({
      nextStart: { ok: false, reason: { code: 'hardware.identity-fixed' } },
    })
    const changed = before.replace("<memory unit='KiB'>131072", "<memory unit='KiB'>262144")
    await edit(machine.ref, { edit: 'setDefinition', xml: changed }, 'next-start')
    expect(await machine.kept()).toContain("<memory unit='KiB'>262144")
    expect(await machine.kept()).toContain("passwd='hush'")
    const invalid = before.replace('<features>', '<features><nonsense/>')
    const failure = await failureOf(edit(machine.ref, { edit: 'setDefinition', xml: invalid }, 'next-start'))
    expect(failure.message).toContain('features')
    await edit(machine.ref, { edit: 'setDefinition', xml: before }, 'next-start')
    expect((await hardware.view(machine.ref, {})).keptXml).toBe(before)
  })

  test('limits and pins of a machine that runs', async () => {
    const { hardware, edit, preview } = await connectedBench(host, ports)
    const machine = await testMachine(host, 'tuned', 'running', { diskMiB: 8 })
    await edit(machine.ref, { edit: 'setPinning', vcpus: [{ vcpu: 0, cpus: '1' }], emulator: '0' }, 'both')
    expect(await host.virsh(['vcpupin', 'tuned'])).toMatch(/0\s+1/)
    expect((await hardware.view(machine.ref, {})).pending).toEqual([])
    await edit(machine.ref, { edit: 'setPinning', vcpus: [{ vcpu: 0, cpus: null }], emulator: null }, 'both')
    expect(await host.virsh(['vcpupin', 'tuned'])).toMatch(/0\s+0-1/)
    expect(await preview(machine.ref, { edit: 'setNuma', mode: 'strict', nodes: '0' })).toMatchObject({
      now: { ok: false, reason: { code: 'hardware.next-start-only' } },
      nextStart: { ok: true },
    })
    await edit(machine.ref, { edit: 'setTune', cpuShares: 512, cpuQuotaPercent: 50, memoryHardLimitKiB: 4_194_304 }, 'both')
    expect(await host.virsh(['schedinfo', 'tuned'])).toMatch(/cpu_shares\s*: 512[\s\S]*vcpu_quota\s*: 50000/)
    expect(await host.virsh(['memtune', 'tuned'])).toMatch(/hard_limit\s*: 4194304/)
    expect((await hardware.view(machine.ref, {})).pending).toEqual([])
    await edit(machine.ref, { edit: 'setTune', cpuQuotaPercent: null, memoryHardLimitKiB: null }, 'both')
    expect((await hardware.view(machine.ref, {})).pending).toEqual([])
    await edit(machine.ref, { edit: 'addDevice', xml: "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>" }, 'both')
    expect(await preview(machine.ref, { edit: 'addNic', nic: { source: { kind: 'network', network: 'default' } } })).toMatchObject({
      now: { ok: false, reason: { code: 'hardware.no-free-port' } },
      nextStart: { ok: true },
    })
    expect(await machine.running()).toContain('<rng')
    expect(await machine.kept()).toContain('<rng')
    expect((await hardware.view(machine.ref, {})).pending.filter(({ field }) => field === 'device')).toEqual([])
    expect(await preview(machine.ref, { edit: 'resizeDisk', device: 'disk:vda', capacityBytes: 16 * MIB })).toMatchObject({
      now: { ok: true },
      nextStart: { ok: false, reason: { code: 'hardware.resize-at-once' } },
      warnings: [{ code: 'hardware.guest-must-grow' }],
    })
  })
})
