import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lab, type LabHost, startLab } from '../../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../../e2e/lab/requires.ts'
import { type HardwareEditInput, hardwareEditSchema } from '../../../../shared/model/index.ts'
import { isAsWanted } from '../../hardware/index.ts'
import type { ProviderPorts } from '../../provider.ts'
import { testPorts } from '../testing/ports.ts'
import { connectedBench, failureOf, GUEST_MAC, MIB, newVolume, testMachine } from './testing/bench.ts'

const NIC = `nic:${GUEST_MAC}`
const limits = { inbound: { averageKiBPerS: 128, peakKiBPerS: null, burstKiB: null }, outbound: null }
const rng = "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>"
const redir = "<channel type='unix'><target type='virtio' name='org.example.port.0'/></channel>"

/** In this order on one machine; `volume` is that machine's own spare one. */
const edits = (volume: string): ReadonlyArray<HardwareEditInput> => [
  { edit: 'setVcpus', vcpus: 2 },
  { edit: 'setVcpus', vcpus: 1 },
  { edit: 'setVcpus', vcpus: 2, maxVcpus: 6 },
  { edit: 'setMemory', memoryKiB: 98_304 },
  { edit: 'setMemory', memoryKiB: 98_304, maxMemoryKiB: 163_840 },
  { edit: 'setCpu', cpu: { vcpus: 6, mode: 'custom', model: 'qemu64' } },
  { edit: 'setBoot', order: ['disk:vda', NIC] },
  { edit: 'setPinning', vcpus: [{ vcpu: 0, cpus: '1' }], emulator: '1' },
  { edit: 'setNuma', mode: 'strict', nodes: '0' },
  { edit: 'setTune', cpuShares: 512, memorySoftLimitKiB: 1_048_576 },
  { edit: 'setTune', cpuShares: null },
  { edit: 'addDisk', disk: { source: { kind: 'existing', pool: 'default', volume } } },
  { edit: 'addDrive', bus: 'sata', media: null },
  { edit: 'addDrive', bus: 'virtio', media: null },
  { edit: 'changeDisk', device: 'disk:vda', cache: 'none' },
  {
    edit: 'changeDisk',
    device: 'disk:vda',
    limits: { totalBytesPerS: MIB, readBytesPerS: null, writeBytesPerS: null, totalIops: null, readIops: 50, writeIops: 60 },
  },
  { edit: 'resizeDisk', device: 'disk:vda', capacityBytes: 16 * MIB },
  { edit: 'resizeDisk', device: 'disk:vda', capacityBytes: 4 * MIB },
  { edit: 'setMedia', device: 'disk:sda', media: { pool: 'default', volume: 'matrix.iso' } },
  { edit: 'setMedia', device: 'disk:sda', media: null },
  { edit: 'setMedia', device: 'disk:vda', media: null },
  { edit: 'addNic', nic: { source: { kind: 'network', network: 'default' }, mac: '52:54:00:aa:00:09', model: 'e1000e' } },
  { edit: 'addNic', nic: { source: { kind: 'bridge', bridge: 'br0' }, mac: '52:54:00:aa:00:0a' } },
  { edit: 'changeNic', device: NIC, linkUp: false },
  { edit: 'changeNic', device: NIC, source: { kind: 'bridge', bridge: 'br0' } },
  { edit: 'changeNic', device: NIC, model: 'rtl8139' },
  { edit: 'addHostDevice', hostDevice: 'pci_0000_ff_00_0' },
  { edit: 'addDevice', xml: rng },
  { edit: 'addDevice', xml: redir },
  { edit: 'addDevice', xml: "<sound model='ich9'/>" },
  { edit: 'addDevice', xml: '<rng' },
  { edit: 'changeDevice', device: 'graphics:vnc', xml: "<graphics type='vnc' port='-1' autoport='yes' listen='127.0.0.1' keymap='de'/>" },
  { edit: 'removeDevice', device: 'channel:org.example.port.0' },
  { edit: 'removeDevice', device: 'nowhere:' },
  { edit: 'changeNic', device: NIC, limits },
]

const NEVER = ['setMedia: not-a-drive', 'addHostDevice: host-device-missing', 'addDevice: xml-invalid', 'removeDevice: no-such-device']
/** What is refused of a machine that runs, in order. */
const NOW = [
  'setVcpus: vcpu-unplug-emulated',
  'setVcpus: next-start-only',
  'setMemory: next-start-only',
  'setCpu: next-start-only',
  'setBoot: next-start-only',
  'setNuma: next-start-only',
  'setTune: default-next-start',
  'addDrive: drive-not-hot-pluggable',
  'addDrive: bus-not-for-drives',
  'changeDisk: next-start-only',
  'resizeDisk: cannot-shrink',
  'setMedia: not-a-drive',
  'changeNic: next-start-only',
  'addHostDevice: host-device-missing',
  'addDevice: device-not-hot-pluggable',
  'addDevice: xml-invalid',
  'changeDevice: device-not-hot-pluggable',
  'removeDevice: no-such-device',
]
const whatOf = (input: HardwareEditInput) => `${input.edit}${'limits' in input ? ' limits' : ''}`
const all = (code: string) => edits('any').map((input) => `${whatOf(input)}: ${code}`)

/** What depends on the host's kernel beyond what can be told without doing it: the lab's shapes no traffic. */
const BEYOND: ReadonlySet<string> = new Set(['changeNic limits'])

describe.skipIf(!requirePeer('libvirtd').ok)('each edit of a machine of each sort', () => {
  let lab: Lab
  let host: LabHost
  let ports: ProviderPorts & { dispose(): Promise<void> }

  beforeAll(async () => {
    lab = await startLab({ hosts: [{ name: 'a' }], prefix: 'hm' })
    host = lab.host('a')
    ports = await testPorts()
    await newVolume(host, 'matrix.iso', 2, 'raw')
  })
  afterAll(async () => {
    await lab.stop()
    await ports.dispose()
  })

  test.each([
    ['stopped', 'next-start', ['addDrive: bus-not-for-drives', 'resizeDisk: cannot-shrink', ...NEVER]],
    ['stopped', 'now', all('machine-off')],
    ['running', 'next-start', ['addDrive: bus-not-for-drives', 'resizeDisk: resize-at-once', 'resizeDisk: resize-at-once', ...NEVER]],
    ['running', 'now', NOW],
    ['running', 'both', NOW.flatMap((each) => (each === 'resizeDisk: cannot-shrink' ? ['resizeDisk: resize-at-once', each] : [each]))],
    ['transient', 'next-start', all('transient')],
    ['transient', 'now', NOW],
  ] as const)('%s, %s: what the preview allows is done, what it refuses is refused for that reason', async (state, when, expected) => {
    const { hardware, edit: apply, preview } = await connectedBench(host, ports)
    const name = `m-${state}-${when}`
    const { ref } = await testMachine(host, name, state, { diskMiB: 8, ports: 12 })
    await newVolume(host, `${name}-spare.qcow2`, 8)
    const said: string[] = []
    const refused: string[] = []
    const wrong: string[] = []
    for (const input of edits(`${name}-spare.qcow2`)) {
      const edit = hardwareEditSchema.parse(input)
      const what = whatOf(input)
      const { now, nextStart } = await preview(ref, input)
      const verdicts = [...(when === 'next-start' ? [] : [now]), ...(when === 'now' ? [] : [nextStart])]
      const refusal = verdicts.find((verdict) => !verdict.ok)
      if (refusal && !refusal.ok) {
        said.push(`${what}: ${refusal.reason.code.replace('hardware.', '')}`)
        refused.push(`${what}: ${(await failureOf(apply(ref, input, when))).code.replace('hardware.', '')}`)
        continue
      }
      if (BEYOND.has(what) && when !== 'next-start') continue
      await apply(ref, input, when).catch((error: unknown) => {
        throw new Error(`${what} of ${name}`, { cause: error })
      })
      const view = await hardware.view(ref, {})
      const after = [...(when === 'next-start' ? [] : [view.running]), ...(when === 'now' ? [] : [view.kept])]
      // a balloon that nobody in the guest drives stays as it is
      const isTold = edit.edit !== 'setMemory' || when === 'next-start'
      if (isTold && after.some((each) => !each || isAsWanted(edit, each) === false)) wrong.push(what)
    }
    expect(wrong).toEqual([])
    expect(refused).toEqual(said)
    expect(refused).toEqual(expected)
  })
})
