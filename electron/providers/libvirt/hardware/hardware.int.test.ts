import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lab, type LabHost, startLab } from '../../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../../e2e/lab/requires.ts'
import type { ProviderPorts } from '../../provider.ts'
import { testPorts } from '../testing/ports.ts'
import { connectedBench, failureOf, GUEST_MAC, testMachine } from './testing/bench.ts'

describe.skipIf(!requirePeer('libvirtd').ok)('hardware of machines of a lab host', () => {
  let lab: Lab
  let host: LabHost
  let ports: ProviderPorts & { dispose(): Promise<void> }

  beforeAll(async () => {
    lab = await startLab({ hosts: [{ name: 'a' }], prefix: 'hw' })
    host = lab.host('a')
    ports = await testPorts()
  })
  afterAll(async () => {
    await lab.stop()
    await ports.dispose()
  })

  test('a machine that was just started differs in nothing from what is kept', async () => {
    const { hardware } = await connectedBench(host, ports)
    const { ref } = await testMachine(host, 'fresh', 'running', { diskMiB: 8 })
    const view = await hardware.view(ref, {})
    expect(view.pending).toEqual([])
    expect(view.kept).toMatchObject({ vcpus: 1, maxVcpus: 4, memoryKiB: 131_072, maxMemoryKiB: 131_072 })
    expect(view.kept?.disks).toMatchObject([
      { key: 'disk:vda', format: 'qcow2', capacityBytes: 8 * 1_048_576, place: { pool: 'default', volume: 'fresh.qcow2' } },
      { key: 'disk:sda', device: 'cdrom', source: null },
    ])
    expect(view.running?.nics).toMatchObject([{ key: `nic:${GUEST_MAC}`, source: 'default', linkUp: true, target: 'vnet0' }])
    expect(new Set(view.running?.others.map(({ key }) => key))).toEqual(new Set(view.kept?.others.map(({ key }) => key)))
    expect(`${view.keptXml}${view.runningXml}`).not.toContain('hush')
    expect((await hardware.view(ref, {})).revision).toBe(view.revision)
    const options = await hardware.options(ref, {})
    expect(options).toMatchObject({ reason: null, diskFormats: ['qcow2', 'raw'] })
    expect(options.diskBuses).toEqual(expect.arrayContaining(['virtio', 'scsi', 'sata', 'usb']))
    const { stdout } = await host.exec('nproc')
    expect(options.cells.flatMap(({ cpus }) => cpus)).toHaveLength(Number(stdout))
    expect(options.maxVcpus).toBeGreaterThan(4)
    const node = /Memory size:\s+(\d+) KiB/.exec(await host.virsh(['nodeinfo']))?.[1]
    expect(options.hostMemoryKiB).toBe(Number(node))
  })

  test('vCPUs and memory of a running machine, now and at the next start', async () => {
    const { hardware, edit, preview } = await connectedBench(host, ports)
    const machine = await testMachine(host, 'cpus', 'running')
    const { ref } = machine
    expect(await preview(ref, { edit: 'setVcpus', vcpus: 2 })).toMatchObject({ now: { ok: true }, nextStart: { ok: true } })
    await edit(ref, { edit: 'setVcpus', vcpus: 2 }, 'now')
    expect(await machine.running()).toContain("<vcpu placement='static' current='2'>4</vcpu>")
    expect(await machine.kept()).toContain("<vcpu placement='static' current='1'>4</vcpu>")
    expect((await hardware.view(ref, {})).pending).toEqual([{ device: null, field: 'vcpus', running: '2', kept: '1' }])
    await edit(ref, { edit: 'setVcpus', vcpus: 3 }, 'both')
    expect(await machine.kept()).toContain("<vcpu placement='static' current='3'>4</vcpu>")
    expect(await preview(ref, { edit: 'setVcpus', vcpus: 5 })).toMatchObject({
      now: { ok: false, reason: { code: 'hardware.vcpus-over-maximum' } },
      nextStart: { ok: false, reason: { code: 'hardware.vcpus-over-own-maximum' } },
    })
    expect(await failureOf(edit(ref, { edit: 'setVcpus', vcpus: 5 }, 'now'))).toMatchObject({
      kind: 'precondition',
      code: 'hardware.vcpus-over-maximum',
    })
    expect(await preview(ref, { edit: 'setVcpus', vcpus: 1 })).toMatchObject({
      now: { ok: false, reason: { code: 'hardware.vcpu-unplug-emulated' } },
    })
    await edit(ref, { edit: 'setVcpus', vcpus: 6, maxVcpus: 8 }, 'next-start')
    expect(await machine.kept()).toContain("<vcpu placement='static' current='6'>8</vcpu>")
    await edit(ref, { edit: 'setMemory', memoryKiB: 65_536, maxMemoryKiB: 262_144 }, 'next-start')
    expect(await machine.kept()).toContain("<currentMemory unit='KiB'>65536</currentMemory>")
    expect(await machine.kept()).toContain("passwd='hush'")
    expect(await machine.kept()).toContain('<other:thing xmlns:other="urn:other">kept &amp; whole</other:thing>')
    expect(await machine.kept()).toContain('NOVACRON_TEST')
    expect(await preview(ref, { edit: 'setMemory', memoryKiB: 2 ** 40 })).toMatchObject({
      now: { ok: false, reason: { code: 'hardware.memory-over-host' } },
      nextStart: { ok: false, reason: { code: 'hardware.memory-over-host' } },
    })
    await edit(ref, { edit: 'setMemory', memoryKiB: 65_536 }, 'both')
  })

  test('what a guest was told to give back, and has not, does not wait for the next start', async () => {
    const { hardware, edit } = await connectedBench(host, ports)
    const { ref } = await testMachine(host, 'balloon', 'stopped')
    await edit(ref, { edit: 'setMemory', memoryKiB: 65_536 }, 'next-start')
    await host.virsh(['start', 'balloon'])
    // its firmware has no driver for a balloon
    const started = await hardware.view(ref, {})
    expect(started).toMatchObject({ running: { memoryKiB: 131_072 }, kept: { memoryKiB: 65_536 }, pending: [], memoryAskedKiB: null })
    await edit(ref, { edit: 'setMemory', memoryKiB: 98_304 }, 'now')
    expect(await hardware.view(ref, {})).toMatchObject({
      pending: [{ device: null, field: 'memoryKiB', running: '131072', kept: '65536' }],
      memoryAskedKiB: 98_304,
    })
    await edit(ref, { edit: 'setMemory', memoryKiB: 65_536 }, 'both')
    expect(await hardware.view(ref, {})).toMatchObject({ pending: [], memoryAskedKiB: 65_536 })
  })
})
