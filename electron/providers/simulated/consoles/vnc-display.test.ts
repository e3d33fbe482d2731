import { expect, test } from 'vitest'
import { openRfb } from '../../../engine/consoles/rfb-handshake.ts'
import { settle } from '../../../engine/testing/fake-clock.ts'
import { canResize, displayOf, displaysOf } from './displays.ts'
import { ENCODING } from './encodings.ts'
import { type ClientFormat, RfbClient, TRUE_COLOUR } from './testing/rfb-client.ts'
import { createSeat, Reader, type Seat } from './testing/seat.ts'

const [ENTER, CONTROL, ALT, DELETE] = [0xff0d, 0xffe3, 0xffe9, 0xffff]
const HEADER = 0x3c64c8

async function watching(...encodings: readonly number[]): Promise<Seat & { readonly client: RfbClient }> {
  const seat = createSeat()
  const client = new RfbClient(seat.open('vnc').channel)
  await client.greet()
  await client.setEncodings(...encodings)
  return { ...seat, client }
}

async function logIn(client: RfbClient): Promise<void> {
  await client.type('root\rx\r')
  await client.look(false)
}

test('the display shows the name, the boot and the login; keys reach the shell', async () => {
  const { client, machine } = await watching(ENCODING.raw)
  const { name } = machine.facts
  expect([client.name, client.width, client.height]).toEqual([name, 640, 416])
  await client.look(false)
  expect(client.textAt(0)).toBe(` ${name}`)
  expect(client.pixels[0]).toBe(HEADER)
  expect(client.text).toContain('Reached target Multi-User System')
  expect(client.text).toContain(`${name} login:`)
  await logIn(client)
  await client.type('echo Aa7~')
  await client.press(ENTER)
  await client.look()
  expect(client.text).toContain('\nAa7~\n')
})

const FORMATS: ReadonlyArray<readonly [string, ClientFormat, number]> = [
  ['32 bits, red first', { ...TRUE_COLOUR, shift: [0, 8, 16] }, HEADER],
  ['32 bits, big end first', { ...TRUE_COLOUR, bigEndian: true }, HEADER],
  ['16 bits', { bits: 16, max: [31, 63, 31], shift: [11, 5, 0] }, 0x3965c5],
  ['16 bits, big end first', { bits: 16, bigEndian: true, max: [31, 63, 31], shift: [11, 5, 0] }, 0x3965c5],
  ['8 bits', { bits: 8, max: [7, 7, 3], shift: [0, 3, 6] }, 0x496daa],
  ['8 bits of a colour map', { bits: 8, trueColour: false, max: [0, 0, 0], shift: [0, 0, 0] }, HEADER],
]

test.each(FORMATS)('pixels of %s', async (_name, format, header) => {
  const { client, machine } = await watching(ENCODING.tight, ENCODING.raw)
  await client.setFormat(format)
  await client.look(false)
  const near = [16, 8, 0].map((shift) => Math.abs((((client.pixels[0] ?? 0) >> shift) & 255) - ((header >> shift) & 255)))
  expect(Math.max(...near)).toBeLessThan(8)
  expect(client.text).toContain(`${machine.facts.name} login:`)
  expect(client.last[0]?.encoding).toBe(format.bits === 8 ? ENCODING.raw : ENCODING.tight)
})

test('every encoding gives the same picture, and only what changed is sent', async () => {
  const { client, open } = await watching(ENCODING.tight, ENCODING.copyRect)
  const plain = new RfbClient(open('vnc').channel)
  await plain.greet()
  await logIn(client)
  await plain.look(false)
  expect(client.pixels).toEqual(plain.pixels)
  await client.type('e')
  await client.look()
  expect(client.last.map(({ width, height }) => [width, height])).toEqual([[16, 16]])
  await client.type('cho 1\rdmesg\r')
  await client.look()
  await plain.look()
  expect(client.last[0]).toMatchObject({ encoding: ENCODING.copyRect, y: 16, width: 640 })
  expect(plain.last.every(({ encoding }) => encoding === ENCODING.raw)).toBe(true)
  expect(client.pixels).toEqual(plain.pixels)
})

test('a part that was asked for is all that is sent; the rest is owed', async () => {
  const { client, machine } = await watching(ENCODING.raw)
  await client.request(false, 0, 0, 640, 16)
  await client.receive()
  expect(client.last).toEqual([{ encoding: ENCODING.raw, x: 0, y: 0, width: 640, height: 16 }])
  expect(client.text).not.toContain('login:')
  await client.look()
  expect(client.text).toContain(`${machine.facts.name} login:`)
})

test('one update is on the way at a time, and none unasked', async () => {
  const { clock, open, machine } = createSeat()
  const { channel } = open('vnc')
  const client = new RfbClient(channel)
  await client.greet()
  await client.look(false)
  const serial = new Reader(open('serial', machine).channel)
  await serial.logIn()
  await serial.run('dmesg')
  const unasked = channel.read()
  expect(await Promise.race([unasked, settle(3).then(() => 'nothing')])).toBe('nothing')
  for (let n = 0; n < 50; n += 1) await client.request(false)
  const first = await unasked
  expect(first?.length).toBeGreaterThan(640 * 416 * 4)
  await serial.run('dmesg')
  expect((await channel.read())?.length).toBeGreaterThan(640 * 416 * 4)
  // fifty requests, two updates: those that came meanwhile were one
  const third = channel.read()
  expect(await Promise.race([third, settle(3).then(() => 'nothing')])).toBe('nothing')
  channel.close()
  expect(clock.pending).toBe(0)
})

test('the cursor blinks while somebody waits for it', async () => {
  const { client, clock } = await watching(ENCODING.raw)
  await client.look(false)
  expect(clock.pending).toBe(0)
  await client.request(true)
  const blink = client.receive()
  expect(clock.pending).toBe(1)
  await clock.advance(500)
  await blink
  expect(client.last).toEqual([expect.objectContaining({ width: 8, height: 16 })])
  expect(clock.pending).toBe(0)
})

test('a viewer asks for a size and gets the nearest of whole letters; who cannot follow keeps the size there is', async () => {
  const { client, machine } = await watching(ENCODING.tight, ENCODING.desktopSize, ENCODING.extendedDesktopSize)
  await client.look(false)
  expect(client.last).toEqual([expect.objectContaining({ encoding: ENCODING.extendedDesktopSize, x: 0, y: 0, width: 640, height: 416 })])
  await client.askForSize(1_003, 620)
  await client.look()
  expect(client.last).toEqual([expect.objectContaining({ encoding: ENCODING.extendedDesktopSize, x: 1, y: 0, width: 1_000, height: 608 })])
  await client.look()
  expect(client.text).toContain(`${machine.facts.name} login:`)
  await client.askForSize(1, 65_535)
  await client.look()
  expect([client.width, client.height]).toEqual([160, 2_400])
})

test('a display that takes no sizes says so, and stays as it is', async () => {
  const { world, open } = createSeat()
  const machine = [...world.fleet.machines.values()].find(
    (each) => each.facts.state === 'running' && !canResize(each) && displayOf(each)?.type === 'vnc',
  )
  const client = new RfbClient(await openRfb(open('vnc', machine)))
  await client.greet()
  await client.setEncodings(ENCODING.tight, ENCODING.extendedDesktopSize)
  await client.look(false)
  await client.askForSize(1_000, 600)
  await client.look()
  expect(client.last).toEqual([expect.objectContaining({ encoding: ENCODING.extendedDesktopSize, x: 1, y: 3, width: 640, height: 416 })])
})

test('Ctrl-C and Ctrl-Alt-Del', async () => {
  const { client, clock, machine } = await watching(ENCODING.raw)
  const { boots } = machine
  await logIn(client)
  await client.type('abc')
  await client.press(CONTROL, 'c'.charCodeAt(0))
  await client.look()
  expect(client.text).toContain('abc^C')
  await client.press(CONTROL, ALT, DELETE)
  await clock.advance(10_000)
  expect(machine.boots).toBe(boots + 1)
})

test('display and serial port show the one terminal of the machine', async () => {
  const { client, machine, open } = await watching(ENCODING.raw)
  const serial = new Reader(open('serial', machine).channel)
  await serial.logIn()
  await serial.type('echo from the port\r')
  await client.type('echo from the screen\r')
  await client.look(false)
  expect(client.text).toContain('\nfrom the port\n')
  expect(serial.text).toContain('\r\nfrom the screen\r\n')
})

test('the engine proves the password, and its page sees the picture', async () => {
  const { guarded, open } = createSeat()
  const opened = open('vnc', guarded)
  expect(opened.password).toMatch(/^[a-z0-9]{8}$/)
  const client = new RfbClient(await openRfb(opened))
  await client.greet()
  await client.setEncodings(ENCODING.tight)
  await client.look(false)
  expect(client.text).toContain(`${guarded.facts.name} login:`)
})

test('a wrong password is refused with a reason', async () => {
  const { guarded, open } = createSeat()
  const { channel } = open('vnc', guarded)
  await expect(openRfb({ channel, password: 'wrong' })).rejects.toMatchObject({
    code: 'console.vnc-refused',
    details: { reason: 'Authentication failed' },
  })
})

test.each<readonly [string, readonly number[]]>([
  ['a message that no client sends', [200]],
  ['pixels of 24 bits', [0, 0, 0, 0, 24, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0]],
  ['a clipboard of gigabytes', [6, 0, 0, 0, 255, 255, 255, 255]],
])('%s ends the session', async (_what, message) => {
  const { client, clock } = await watching(ENCODING.raw)
  await client.send(message)
  await expect(client.exactly(1)).rejects.toThrow('the server ended it')
  expect(clock.pending).toBe(0)
})

test('pointer and clipboard are taken and lead to nothing', async () => {
  const { client } = await watching(ENCODING.raw)
  await client.send([5, 1, 0, 10, 0, 10, 6, 0, 0, 0, 0, 0, 0, 2, 104, 105])
  await client.look(false)
  expect(client.text).toContain('login:')
})

test('another version of the protocol is refused with words', async () => {
  const { open } = createSeat()
  const { channel } = open('vnc')
  const client = new RfbClient(channel)
  await client.exactly(12)
  await channel.write(Buffer.from('RFB 003.003\n'))
  expect((await client.exactly(5))[0]).toBe(0)
  expect((await client.exactly(31)).toString()).toBe('Only version 3.8 is spoken here')
})

test('a few displays are SPICE, some of the others ask for a password, and some machines have two', () => {
  const { world } = createSeat({ machines: 3_000 })
  const displays = [...world.fleet.machines.values()].map(displayOf)
  const spice = displays.filter((display) => display?.type === 'spice').length / 3_000
  const guarded = displays.filter((display) => display?.type === 'vnc' && display.password !== null).length / 3_000
  expect([Math.round(spice * 100), Math.round(guarded * 10)]).toEqual([3, 2])
  const two = [...world.fleet.machines.values()].filter((each) => displaysOf(each).length === 2).length / 3_000
  expect(Math.round(two * 100)).toBe(5)
})
