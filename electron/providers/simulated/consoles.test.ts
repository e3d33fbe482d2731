import { expect, test } from 'vitest'
import type { MachineAction } from '../../../shared/model/index.ts'
import { openRfb } from '../../engine/consoles/rfb-handshake.ts'
import { settle } from '../../engine/testing/fake-clock.ts'
import type { ConsoleRequest } from '../provider.ts'
import { perform } from './actions.ts'
import { displayOf, displaysOf } from './consoles/displays.ts'
import { ENCODING } from './consoles/encodings.ts'
import { RfbClient } from './consoles/testing/rfb-client.ts'
import { createSeat, Reader } from './consoles/testing/seat.ts'
import { listConsoles } from './consoles.ts'
import { detailOf } from './detail.ts'
import { createPeer, type Peer } from './testing/peer.ts'

const SITE = { hosts: 3, machines: 90 }
const SERIAL: ConsoleRequest = { kind: 'serial', index: 0, takeOver: false }
const runningIn = (peer: Peer) => peer.controls.machines().find(({ facts }) => facts.state === 'running')?.ref ?? ''

test('a machine that is off says so; a display of SPICE says what to do', () => {
  const { machine, stopped, world } = createSeat()
  expect(listConsoles(machine).map(({ kind, label, reason }) => [kind, label, reason])).toEqual([
    ['vnc', 'VNC', null],
    ['serial', 'isa-serial 0', null],
    ['ssh', 'SSH', null],
  ])
  expect(listConsoles(stopped).map(({ reason }) => reason?.code)).toEqual(Array.from({ length: 3 }, () => 'console.not-running'))
  const spice = [...world.fleet.machines.values()].find((each) => displayOf(each)?.type === 'spice')
  expect(spice && listConsoles(spice)[0]).toMatchObject({ label: 'SPICE', reason: { code: 'console.not-vnc' } })
})

test('two displays are two consoles, and each is named on its screen', async () => {
  const { consoles, world } = createSeat({ machines: 500 })
  const machine = [...world.fleet.machines.values()].find((each) => each.facts.state === 'running' && displaysOf(each).length === 2)
  if (!machine) throw new Error('The seed gives none with two')
  expect(listConsoles(machine).map(({ kind, index }) => [kind, index])).toEqual([
    ['vnc', 0],
    ['vnc', 1],
    ['serial', 0],
    ['ssh', 0],
  ])
  const second = consoles.open(machine, { kind: 'vnc', index: 1, takeOver: false }, () => undefined)
  const client = new RfbClient(await openRfb(second))
  await client.greet()
  await client.look(false)
  expect(client.textAt(0)).toBe(` ${machine.facts.name}, display 2`)
  second.channel.close()
})

test('a VNC display is added to what the next start reads: a reset and a saved state keep the hardware they have', async () => {
  const { clock, world } = createSeat({ machines: 1_000 })
  const [machine] = [...world.fleet.machines.values()].filter(
    (each) => displayOf(each)?.type === 'spice' && each.facts.persistent && each.facts.state === 'running',
  )
  if (!machine) throw new Error('The seed gives none with SPICE')
  const act = async (action: MachineAction) => {
    const done = perform(world, machine.ref, action)
    await clock.advance(60_000)
    await done
  }
  const second = () => listConsoles(machine)[1]
  await act({ action: 'addDisplay' })
  await act({ action: 'addDisplay' })
  expect(second()).toMatchObject({ kind: 'vnc', index: 1, label: 'VNC', reason: { code: 'console.after-start' } })
  expect(detailOf(world, machine)).toMatchObject({
    xml: expect.not.stringContaining("graphics type='vnc'"),
    inactiveXml: expect.stringContaining("graphics type='vnc'"),
  })
  await act({ action: 'reset' })
  expect(second()?.reason?.code).toBe('console.after-start')
  await act({ action: 'managedSave' })
  await act({ action: 'restore' })
  expect(second()?.reason?.code).toBe('console.after-start')
  await act({ action: 'powerOff' })
  expect(second()?.reason?.code).toBe('console.not-running')
  await act({ action: 'start' })
  expect(listConsoles(machine).map(({ label, reason }) => [label, reason?.code])).toEqual([
    ['SPICE', 'console.not-vnc'],
    ['VNC', undefined],
    ['isa-serial 0', undefined],
    ['SSH', undefined],
  ])
})

test('what cannot be opened is refused with the reason that the list gives', () => {
  const { consoles, machine, stopped } = createSeat()
  const open = (of: typeof machine, request: Partial<ConsoleRequest>) => () => consoles.open(of, { ...SERIAL, ...request }, () => undefined)
  expect(open(stopped, {})).toThrow(expect.objectContaining({ kind: 'precondition', code: 'console.not-running' }))
  expect(open(machine, { index: 1 })).toThrow(expect.objectContaining({ kind: 'not-found', code: 'console.not-found' }))
})

test('a port has room for one; who takes it over ends the other and finds the session as it was', async () => {
  const { machine, open } = createSeat()
  const first = new Reader(open('serial').channel)
  await first.logIn()
  expect(() => open('serial')).toThrow(expect.objectContaining({ kind: 'conflict', code: 'console.busy' }))
  const second = new Reader(open('serial', machine, true).channel)
  await settle()
  expect(first.end).toBeNull()
  expect(second.rows).toEqual([`root@${machine.facts.name}:~#`])
})

test('a console ends with its link, and one that nobody waits for is not left open', async () => {
  const peer = createPeer(SITE)
  const ref = runningIn(peer)
  const link = await peer.connect()
  const given = new AbortController()
  peer.controls.delayReplies(1_000)
  peer.clock.after(500, () => given.abort())
  await expect(link.openConsole(ref, SERIAL, { signal: given.signal })).rejects.toMatchObject({ code: 'cancelled' })
  peer.controls.delayReplies(0)
  const { channel } = await link.openConsole(ref, SERIAL, {})
  const reader = new Reader(channel)
  peer.controls.cutLink('cable pulled')
  await settle()
  expect(reader.end).toMatchObject({ kind: 'unreachable', code: 'link.lost' })
  peer.controls.restore()
  const again = await peer.connect()
  const calm = new Reader((await again.openConsole(ref, SERIAL, {})).channel)
  await again.close()
  await settle()
  expect(calm.end).toBeNull()
})

test('five hundred machines looked at in both ways cost no timer, and nothing is left of them', async () => {
  const { clock, open, world } = createSeat({ machines: 1_000 })
  const machines = [...world.fleet.machines.values()].filter((each) => each.facts.state === 'running' && displayOf(each)?.type === 'vnc')
  const channels = await Promise.all(
    machines.slice(0, 500).map(async (machine) => {
      const [serial, display] = [open('serial', machine), open('vnc', machine)]
      const reader = new Reader(serial.channel)
      await reader.logIn()
      expect(await reader.run('hostname')).toBe(machine.facts.name)
      await openRfb(display)
      return [serial.channel, display.channel]
    }),
  )
  expect([channels.length, clock.pending]).toEqual([500, 0])
  for (const channel of channels.flat()) channel.close()
  expect(() => open('serial', machines[0])).not.toThrow()
})

const faulty = (faults: NonNullable<NonNullable<Parameters<typeof createSeat>[0]>['faults']>['consoles']) =>
  createSeat({ faults: { consoles: faults } })

test('busy: the port is held until it is taken over', () => {
  const { machine, open } = faulty({ busy: true })
  expect(() => open('serial')).toThrow(expect.objectContaining({ code: 'console.busy' }))
  expect(open('serial', machine, true).password).toBeNull()
  expect(open('vnc').password).toBeNull()
})

test('dropped after so many bytes: the reader gets those, then the error', async () => {
  const { clock, open } = faulty({ dropAfterBytes: 20 })
  const { channel } = open('serial')
  const reader = new Reader(channel)
  await settle()
  expect(reader.text).toHaveLength(20)
  expect(reader.end).toMatchObject({ kind: 'unreachable', code: 'console.lost' })
  await expect(channel.write(Buffer.from('x'))).rejects.toMatchObject({ code: 'console.lost' })
  expect(clock.pending).toBe(0)
})

test('slow: so many bytes a second, and closing does not wait for them', async () => {
  const { clock, open } = faulty({ bytesPerS: 100 })
  const { channel } = open('serial')
  const reader = new Reader(channel)
  await clock.advance(1_000)
  expect(reader.text.length).toBe(100)
  channel.close()
  await settle()
  expect([reader.end, clock.pending]).toEqual([null, 0])
})

test.each([
  ['rubbish', 'console.protocol'],
  ['huge', 'console.vnc-too-large'],
] as const)('a VNC server that is %s is refused by the engine', async (vnc, code) => {
  const { open } = faulty({ vnc })
  const opened = open('vnc')
  await expect(openRfb(opened)).rejects.toMatchObject({ kind: 'protocol', code })
})

test('a restless guest resizes 50 times a second, for a client that can follow', async () => {
  const { clock, open } = faulty({ vnc: 'restless' })
  const { channel } = open('vnc')
  const client = new RfbClient(await openRfb({ channel, password: null }))
  await client.greet()
  await client.setEncodings(ENCODING.tight, ENCODING.desktopSize)
  const sizes: number[] = []
  for (let n = 0; n < 50; n += 1) {
    await client.request(true)
    const update = client.receive()
    await clock.advance(20)
    await update
    if (client.last[0]?.encoding === ENCODING.desktopSize) sizes.push(client.width)
  }
  expect(sizes.length).toBeGreaterThanOrEqual(25)
  expect(new Set(sizes)).toEqual(new Set([640, 800, 512]))
  channel.close()
  expect(clock.pending).toBe(0)
})

test('a restless guest stays as it is for a client that cannot follow', async () => {
  const { clock, machine, open } = faulty({ vnc: 'restless' })
  const client = new RfbClient(open('vnc').channel)
  await client.greet()
  await clock.advance(100)
  await client.look(false)
  expect([client.width, client.text.includes(`${machine.facts.name} login:`)]).toEqual([640, true])
})
