import { expect, test } from 'vitest'
import { Recorder } from '../../conformance/index.ts'
import { build, definitionOf, IMAGE } from '../testing/builds.ts'
import { createPeer } from '../testing/peer.ts'

const HOST = 'kvm-gdn-001'

test('a machine from a cloud image boots, gets an address and answers by its agent', async () => {
  const peer = createPeer({ hosts: 2, machines: 20 })
  const connection = await peer.connect()
  const seen = new Recorder()
  await connection.watch(seen, {})
  const definition = definitionOf('web-01', 1, { tags: ['web'] })
  await build(connection, HOST, definition)
  expect(seen.machine(definition.uuid)).toMatchObject({
    name: 'web-01',
    hostRef: HOST,
    state: 'stopped',
    vcpus: 2,
    memoryKiB: 524_288,
    os: 'Debian 12',
    tags: ['web'],
    agent: 'disconnected',
    addresses: [],
    networkRefs: [`${HOST}/prod`],
  })
  await connection.act(definition.uuid, { action: 'start' }, {})
  await new Promise<void>((resolve) => void peer.clock.after(60_000, resolve))
  expect(seen.machine(definition.uuid)).toMatchObject({ state: 'running', agent: 'connected' })
  expect(seen.machine(definition.uuid)?.addresses[0]).toMatch(/^10\.40\.24\d\./)
  expect((await connection.guestInfo(definition.uuid, {})).interfaces?.[0]?.mac).toBe('52:54:00:ab:cd:ef')
  expect(seen.problems).toEqual([])
})

test('an empty disk boots to nothing: no address, no agent', async () => {
  const peer = createPeer({ hosts: 2, machines: 20 })
  const connection = await peer.connect()
  const definition = definitionOf('blank', 1)
  const place = { pool: 'default', volume: 'blank.qcow2' }
  await connection.volumes?.create(HOST, place, { kind: 'empty', format: 'qcow2', capacityBytes: 2 ** 30 }, {})
  await connection.builder?.define(HOST, definition, {})
  await connection.act(definition.uuid, { action: 'start' }, {})
  await new Promise<void>((resolve) => void peer.clock.after(60_000, resolve))
  const machine = peer.controls.machines().find(({ ref }) => ref === definition.uuid)
  expect(machine?.facts).toMatchObject({ state: 'running', agent: 'disconnected', addresses: [] })
})

test('a machine goes with the disks that were chosen, and the room comes back', async () => {
  const peer = createPeer({ hosts: 2, machines: 20 })
  const connection = await peer.connect()
  const seen = new Recorder()
  await connection.watch(seen, {})
  const free = () => seen.known.pool.get(`${HOST}/default`)?.availableBytes ?? 0
  const before = free()
  const definition = definitionOf('web-01', 1)
  await build(connection, HOST, definition)
  expect(before - free()).toBe(346e6)
  const plan = await connection.deletionPlan(definition.uuid, {})
  expect(plan.disks).toMatchObject([{ key: '/var/lib/libvirt/images/web-01.qcow2', deletable: true, allocationBytes: 346e6 }])
  const rest = { withSnapshots: false, withNvram: true, withTpm: false, withManagedSave: false }
  await connection.act(definition.uuid, { action: 'delete', diskKeys: plan.disks.map(({ key }) => key), ...rest }, {})
  expect(seen.known.machine.has(definition.uuid)).toBe(false)
  expect(free()).toBe(before)
  expect(await connection.volumes?.find(HOST, { pool: 'default', volume: 'web-01.qcow2' }, {})).toBeNull()
})

test('a disk that others are built on stays', async () => {
  const peer = createPeer({ hosts: 2, machines: 20 })
  const connection = await peer.connect()
  const base = definitionOf('base', 1)
  await build(connection, HOST, base)
  const from = { pool: 'default', volume: 'base.qcow2' }
  await connection.volumes?.create(HOST, { pool: 'default', volume: 'over.qcow2' }, { kind: 'linked', from, capacityBytes: null }, {})
  const plan = await connection.deletionPlan(base.uuid, {})
  expect(plan.disks).toMatchObject([{ deletable: false, reason: 'Other images are built on it: over.qcow2.' }])
  await expect(connection.volumes?.remove(HOST, from, {})).rejects.toMatchObject({ code: 'volume.in-use', details: { by: ['base'] } })
})

test('a build that the host fails leaves the host’s own words, and nothing else', async () => {
  const peer = createPeer({ hosts: 2, machines: 20, failureRate: 1 })
  const connection = await peer.connect()
  const place = { pool: 'default', volume: 'web-01.qcow2' }
  await expect(
    connection.volumes?.create(HOST, place, { kind: 'copy', format: 'qcow2', from: IMAGE, capacityBytes: null }, {}),
  ).rejects.toMatchObject({
    kind: 'remote-failure',
    code: 'volume.failed',
    remote: { procedure: 'storageVolCreateXMLFrom', message: expect.stringContaining('Input/output error') },
  })
  expect(await connection.volumes?.find(HOST, place, {})).toBeNull()
  await expect(connection.builder?.define(HOST, definitionOf('web-01', 1), {})).rejects.toMatchObject({ code: 'build.define-failed' })
})

test('its console shows its own name, and a machine without a display has none to open', async () => {
  const peer = createPeer({ hosts: 2, machines: 20 })
  const connection = await peer.connect()
  const definition = definitionOf('web-01', 1, { graphics: 'none' })
  await build(connection, HOST, definition)
  await connection.act(definition.uuid, { action: 'start' }, {})
  const kinds = (await connection.consoles(definition.uuid, {})).map(({ kind }) => kind)
  expect(kinds).toContain('serial')
  expect(kinds).not.toContain('vnc')
  const { channel } = await connection.openConsole(definition.uuid, { kind: 'serial', index: 0, takeOver: false }, {})
  let shown = ''
  while (!shown.includes('login:')) shown += Buffer.from((await channel.read()) ?? []).toString()
  channel.close()
  expect(shown).toContain('web-01 login:')
})

test('what somebody has built and what is a template is left alone by the life of the fleet', async () => {
  const peer = createPeer({ hosts: 2, machines: 20, templates: 3, changesPerMinute: 600 })
  const connection = await peer.connect()
  await connection.watch(new Recorder(), {})
  const definition = definitionOf('web-01', 1)
  await build(connection, HOST, definition)
  await connection.act(definition.uuid, { action: 'start' }, {})
  const states = () =>
    peer.controls.machines().map(({ ref, boots, facts }) => ({ ref, boots, state: facts.state, template: facts.template }))
  const before = states()
  await new Promise<void>((resolve) => void peer.clock.after(1_800_000, resolve))
  const isLeft = ({ ref, template }: (typeof before)[number]) => ref === definition.uuid || template !== null
  expect(states().filter(isLeft)).toEqual(before.filter(isLeft))
  expect(states()).not.toEqual(before)
})
