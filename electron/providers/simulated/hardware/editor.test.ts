import { expect, test } from 'vitest'
import { type EditTime, type HardwareEditInput, hardwareEditSchema } from '../../../../shared/model/index.ts'
import type { HardwareEditor } from '../../provider.ts'
import { createPeer, type Peer } from '../testing/peer.ts'

const SITE = { hosts: 2, machines: 120 }
const GIB_KIB = 1_048_576
const CARD = { edit: 'addNic', nic: { source: { kind: 'network', network: 'prod' }, mac: '52:54:00:aa:bb:cc' } } as const

interface Bench {
  readonly peer: Peer
  readonly editor: HardwareEditor
  readonly ref: string
  readonly view: () => ReturnType<HardwareEditor['view']>
  readonly preview: (edit: HardwareEditInput) => ReturnType<HardwareEditor['preview']>
  /** On top of what is there now. */
  readonly apply: (edit: HardwareEditInput, when: EditTime) => Promise<void>
}

/** A persistent machine in that state, whose guest listens. */
async function bench(state: 'running' | 'stopped' = 'running', peer = createPeer(SITE)): Promise<Bench> {
  const connection = await peer.connect()
  const ref = peer.controls.machines().find(({ facts }) => facts.state === state && facts.persistent && facts.template === null)?.ref ?? ''
  const editor = connection.hardware
  if (!editor) throw new Error('no editor')
  const view = () => editor.view(ref, {})
  return {
    peer,
    editor,
    ref,
    view,
    preview: (edit) => editor.preview(ref, hardwareEditSchema.parse(edit), {}),
    apply: async (edit, when) => editor.apply(ref, hardwareEditSchema.parse(edit), when, (await view()).revision, {}),
  }
}

test('a definition that nobody has edited reads as it is written, and nothing waits', async () => {
  const { view } = await bench()
  const { running, kept, runningXml, keptXml, pending } = await view()
  expect(kept?.disks[0]).toMatchObject({
    key: 'disk:vda',
    bus: 'virtio',
    place: { pool: expect.any(String) },
    capacityBytes: expect.any(Number),
  })
  expect(running).toEqual(kept)
  expect(pending).toEqual([])
  expect(runningXml).toContain("id='")
  expect(keptXml).not.toContain("id='")
})

test('an edit of which some fields can count now is split by them', async () => {
  const { view, preview, apply } = await bench()
  const nic = (await view()).running?.nics[0]
  const model = nic?.model === 'e1000e' ? 'virtio' : 'e1000e'
  const edit: HardwareEditInput = { edit: 'changeNic', device: nic?.key ?? '', linkUp: !nic?.linkUp, model }
  expect(await preview(edit)).toMatchObject({
    now: { ok: false },
    split: { now: ['nic.linkUp'], rest: [{ field: 'nic.model', reason: { code: 'hardware.next-start-only' } }] },
  })
  await apply(edit, 'split')
  const { running, kept, pending } = await view()
  expect(running?.nics[0]).toMatchObject({ linkUp: !nic?.linkUp, model: nic?.model })
  expect(kept?.nics[0]).toMatchObject({ linkUp: !nic?.linkUp, model })
  expect(pending.map(({ field }) => field)).toEqual(['nic.model'])
  await expect(apply({ edit: 'changeNic', device: nic?.key ?? '', model: 'rtl8139' }, 'split')).rejects.toMatchObject({
    code: 'hardware.next-start-only',
  })
})

test('more than the maximum of vCPUs waits for the next start, which then has them', async () => {
  const { peer, ref, view, preview, apply } = await bench()
  const { running } = await view()
  const max = (running?.maxVcpus ?? 0) + 2
  const edit: HardwareEditInput = { edit: 'setVcpus', vcpus: max, maxVcpus: max }
  expect(await preview(edit)).toMatchObject({ now: { ok: false, reason: { code: 'hardware.next-start-only' } }, nextStart: { ok: true } })
  await expect(apply(edit, 'both')).rejects.toMatchObject({ kind: 'precondition', code: 'hardware.next-start-only' })
  await apply(edit, 'next-start')
  const { pending } = await view()
  expect(pending.map(({ field, kept }) => [field, kept])).toEqual([
    ['vcpus', String(max)],
    ['maxVcpus', String(max)],
  ])
  expect(peer.controls.machines().find((each) => each.ref === ref)?.facts.vcpus).toBe(running?.vcpus)
  await peer.controls.externalAct(ref, { action: 'powerOff' })
  await peer.controls.externalAct(ref, { action: 'start' })
  expect(await view()).toMatchObject({ pending: [], running: { vcpus: max } })
  expect(peer.controls.machines().find((each) => each.ref === ref)?.facts.vcpus).toBe(max)
})

test('a restart by the guest itself runs on with the hardware it had', async () => {
  const { peer, ref, view, apply } = await bench()
  await apply({ edit: 'setBoot', order: ['disk:vda'], menu: true }, 'next-start')
  await peer.controls.externalAct(ref, { action: 'reset' })
  expect((await view()).pending.map(({ field }) => field)).toContain('boot.menu')
})

test('memory is ballooned at once up to the maximum; less than the guest uses is warned about', async () => {
  const { view, preview, apply } = await bench()
  const max = (await view()).running?.maxMemoryKiB ?? 0
  expect((await preview({ edit: 'setMemory', memoryKiB: 1_024 })).warnings.map(({ code }) => code)).toEqual(['hardware.memory-below-used'])
  expect((await preview({ edit: 'setMemory', memoryKiB: max + GIB_KIB })).now).toMatchObject({
    reason: { code: 'hardware.memory-over-maximum' },
  })
  await apply({ edit: 'setMemory', memoryKiB: max - 1_024 }, 'now')
  const { running, kept, pending } = await view()
  expect(running?.memoryKiB).toBe(max - 1_024)
  expect(pending).toEqual([{ device: null, field: 'memoryKiB', running: String(max - 1_024), kept: String(kept?.memoryKiB) }])
})

test('a card comes and goes while it runs; a drive and a SATA disk wait', async () => {
  const { view, preview, apply } = await bench()
  await apply(CARD, 'now')
  expect((await view()).pending).toEqual([{ device: 'nic:52:54:00:aa:bb:cc', field: 'device', running: 'prod', kept: null }])
  await expect(apply(CARD, 'now')).rejects.toMatchObject({ code: 'hardware.mac-taken' })
  await apply({ edit: 'removeDevice', device: 'nic:52:54:00:aa:bb:cc' }, 'now')
  expect((await view()).pending).toEqual([])
  expect((await preview({ edit: 'addDrive', bus: 'sata', media: null })).now).toMatchObject({
    reason: { code: 'hardware.drive-not-hot-pluggable' },
  })
  const disk: HardwareEditInput = { edit: 'changeDisk', device: 'disk:vda', cache: 'writeback' }
  expect((await preview(disk)).now).toMatchObject({ reason: { code: 'hardware.next-start-only' } })
  expect(await preview({ ...disk, cache: undefined, limits: { totalIops: 500 } })).toMatchObject({
    now: { ok: true },
    nextStart: { ok: true },
  })
})

test('a disk that is added is in use from then on, and its file stays when it is removed', async () => {
  const { peer, ref, view, preview, apply } = await bench('stopped')
  const connection = await peer.connect()
  const { hostRef } = peer.controls.machines().find((each) => each.ref === ref)?.facts ?? { hostRef: '' }
  const place = { pool: 'default', volume: 'more.qcow2' }
  await connection.volumes?.create(hostRef, place, { kind: 'empty', format: 'qcow2', capacityBytes: 2 ** 30 }, {})
  const edit: HardwareEditInput = { edit: 'addDisk', disk: { source: { kind: 'existing', ...place } } }
  expect((await preview(edit)).now).toMatchObject({ reason: { code: 'hardware.machine-off' } })
  await apply(edit, 'next-start')
  const disk = (await view()).kept?.disks.find((each) => each.place?.volume === 'more.qcow2')
  expect(disk).toMatchObject({ format: 'qcow2', capacityBytes: 2 ** 30 })
  const users = async () => (await connection.volumes?.find(hostRef, place, {}))?.usedBy.length
  expect(await users()).toBe(1)
  await expect(apply({ edit: 'resizeDisk', device: disk?.key ?? '', capacityBytes: 2 ** 29 }, 'next-start')).rejects.toMatchObject({
    code: 'hardware.cannot-shrink',
  })
  await apply({ edit: 'resizeDisk', device: disk?.key ?? '', capacityBytes: 2 ** 31 }, 'next-start')
  expect((await view()).kept?.disks.find(({ key }) => key === disk?.key)?.capacityBytes).toBe(2 ** 31)
  const gone: HardwareEditInput = { edit: 'removeDevice', device: disk?.key ?? '' }
  expect((await preview(gone)).warnings.map(({ code }) => code)).toEqual(['hardware.disk-stays'])
  await apply(gone, 'next-start')
  expect(await users()).toBe(0)
})

test('a disk of the fleet that is taken from its machine stays in its pool', async () => {
  const { peer, ref, view, apply } = await bench('stopped')
  const connection = await peer.connect()
  const { hostRef } = peer.controls.machines().find((each) => each.ref === ref)?.facts ?? { hostRef: '' }
  const [disk] = (await view()).kept?.disks ?? []
  if (!disk?.place) throw new Error('no disk')
  await apply({ edit: 'removeDevice', device: disk.key }, 'next-start')
  expect(await connection.volumes?.find(hostRef, disk.place, {})).toMatchObject({ usedBy: [], capacityBytes: disk.capacityBytes })
})

test('a drive takes a file and gives it back, at once and for good', async () => {
  const { peer, ref, view, apply } = await bench('stopped')
  await apply({ edit: 'addDrive', bus: 'sata', media: null }, 'next-start')
  await peer.controls.externalAct(ref, { action: 'start' })
  const drives = (await view()).running?.disks.filter(({ device, source }) => device === 'cdrom' && source === null)
  const device = drives?.[0]?.key ?? ''
  await apply({ edit: 'setMedia', device, media: { path: '/srv/iso/rescue.iso' } }, 'both')
  const { running, kept } = await view()
  for (const each of [running, kept]) expect(each?.disks.find(({ key }) => key === device)?.source).toBe('/srv/iso/rescue.iso')
  await apply({ edit: 'setMedia', device, media: null }, 'now')
  expect((await view()).pending).toEqual([{ device, field: 'disk.source', running: null, kept: '/srv/iso/rescue.iso' }])
})

test('an edit of an older revision changes nothing and brings both definitions along', async () => {
  const { peer, editor, ref, view } = await bench()
  const { revision, keptXml } = await view()
  await peer.controls.externalEdit(ref, { edit: 'setTune', ioWeight: 300 }, 'next-start')
  const edit = hardwareEditSchema.parse({ edit: 'setTune', cpuShares: 2_048 })
  await expect(editor.apply(ref, edit, 'both', revision, {})).rejects.toMatchObject({
    kind: 'conflict',
    code: 'hardware.changed-meanwhile',
    details: { kept: expect.stringContaining('<weight>300</weight>') },
  })
  expect((await view()).kept?.tune).toMatchObject({ ioWeight: 300, cpuShares: null })
  expect(keptXml).not.toContain('<weight>')
})

test('another console can be made to be quicker each time', async () => {
  const { view, apply } = await bench('running', createPeer({ ...SITE, faults: { otherConsole: 1 } }))
  const { kept } = await view()
  await expect(apply({ edit: 'setTune', ioWeight: 300 }, 'next-start')).rejects.toMatchObject({ code: 'hardware.changed-meanwhile' })
  expect((await view()).kept?.boot.menu).toBe(!kept?.boot.menu)
})

test.each([
  ['carried-out', 'done'],
  ['not-carried-out', 'not-done'],
] as const)('an edit whose reply is lost and that was %s is probed as %s', async (how, answer) => {
  const { peer, editor, ref, view } = await bench()
  const { revision } = await view()
  const edit = hardwareEditSchema.parse(CARD)
  peer.controls.dropReplies(1, how)
  await expect(editor.apply(ref, edit, 'both', revision, {})).rejects.toMatchObject({ kind: 'indeterminate' })
  expect(await editor.probe(ref, edit, 'both', revision, {})).toBe(answer)
})

test('a guest that hears nothing does not let go of a device', async () => {
  const { view, apply } = await bench('running', createPeer({ ...SITE, stubbornShare: 1 }))
  const device = (await view()).running?.nics[0]?.key ?? ''
  await expect(apply({ edit: 'removeDevice', device }, 'both')).rejects.toMatchObject({ kind: 'timeout', code: 'hardware.guest-holds' })
  expect((await view()).running?.nics.map(({ key }) => key)).toContain(device)
  await apply({ edit: 'removeDevice', device }, 'next-start')
  expect((await view()).pending).toContainEqual({ device, field: 'device', running: expect.any(String), kept: null })
})

test('a device of the host takes its group along, and is refused to a second machine', async () => {
  const peer = createPeer({ ...SITE, hosts: 1, seed: 3 })
  const { editor, ref, preview, apply } = await bench('stopped', peer)
  const named = async (machine: string) => (await editor.options(machine, {})).hostDevices.find(({ name }) => name === 'pci_0000_17_00_0')
  expect(await named(ref)).toMatchObject({ iommuGroup: 22, groupMates: [{ name: 'pci_0000_17_00_1' }], reason: null })
  const edit: HardwareEditInput = { edit: 'addHostDevice', hostDevice: 'pci_0000_17_00_0' }
  expect((await preview(edit)).warnings.map(({ code }) => code)).toEqual(['hardware.host-device-group', 'hardware.host-device-driver'])
  await apply(edit, 'next-start')
  expect((await named(ref))?.reason?.code).toBe('hardware.host-device-own')
  const other = peer.controls.machines().find((each) => each.ref !== ref)?.ref ?? ''
  expect((await named(other))?.reason?.code).toBe('hardware.host-device-used')
})

test('a definition by its XML keeps what it is called; a device by its XML stays of its kind', async () => {
  const { view, preview, apply } = await bench()
  const xml = (await view()).keptXml ?? ''
  const codeOf = async (edit: HardwareEditInput) => {
    const { nextStart } = await preview(edit)
    return nextStart.ok ? null : nextStart.reason.code
  }
  expect(await codeOf({ edit: 'setDefinition', xml: xml.replace(/<name>.*<\/name>/, '<name>another</name>') })).toBe(
    'hardware.identity-fixed',
  )
  expect(await codeOf({ edit: 'setDefinition', xml: '<domain' })).toBe('hardware.xml-invalid')
  expect(await codeOf({ edit: 'changeDevice', device: 'disk:vda', xml: '<rng model="virtio"/>' })).toBe('hardware.xml-other-device')
  await apply(
    { edit: 'setDefinition', xml: xml.replace('</devices>', "<vsock model='virtio'><cid auto='yes'/></vsock></devices>") },
    'next-start',
  )
  const { pending, keptXml } = await view()
  expect(pending).toMatchObject([{ field: 'device', running: null }])
  await apply({ edit: 'setDefinition', xml }, 'next-start')
  expect((await view()).keptXml).toBe(xml)
  expect(keptXml).not.toBe(xml)
})

const EDITS: readonly HardwareEditInput[] = [
  { edit: 'setVcpus', vcpus: 1, maxVcpus: 6 },
  { edit: 'setCpu', cpu: { vcpus: 4, mode: 'custom', model: 'Haswell', topology: { sockets: 2, cores: 2, threads: 1 } } },
  { edit: 'setMemory', memoryKiB: GIB_KIB, maxMemoryKiB: 2 * GIB_KIB },
  { edit: 'setPinning', vcpus: [{ vcpu: 0, cpus: '0-3,^2' }], emulator: '4' },
  { edit: 'setNuma', mode: 'strict', nodes: '0' },
  { edit: 'setTune', cpuShares: 512, cpuQuotaPercent: 50, memoryHardLimitKiB: 4 * GIB_KIB },
  { edit: 'changeDisk', device: 'disk:vda', bus: 'scsi', readOnly: true, limits: { readIops: 100 } },
  { ...CARD, filter: 'clean-traffic', limits: { inbound: { averageKiBPerS: 1_000, peakKiBPerS: 2_000, burstKiB: null } } },
  { edit: 'addDevice', xml: "<input type='tablet' bus='usb'/>" },
]

test.each(EDITS.map((edit) => [edit.edit, edit] as const))('%s: what is shown before is what is there after', async (_name, edit) => {
  const { view, preview, apply } = await bench('stopped')
  const { kept, nextStart } = await preview(edit)
  expect(nextStart).toEqual({ ok: true })
  expect(kept?.before).toBe((await view()).keptXml)
  await apply(edit, 'next-start')
  expect((await view()).keptXml).toBe(kept?.after)
})
