import { expect, test } from 'vitest'
import { settle } from '../../../engine/testing/fake-clock.ts'
import { perform } from '../actions.ts'
import { guestInfoOf } from '../guest.ts'
import { createSeat, Reader, type Seat } from './testing/seat.ts'

const [UP, DOWN, LEFT] = ['\u001b[A', '\u001b[B', '\u001b[D']

async function loggedIn(input: Parameters<typeof createSeat>[0] = {}): Promise<Seat & { readonly reader: Reader }> {
  const seat = createSeat(input)
  const reader = new Reader(seat.open('serial').channel)
  await reader.logIn()
  return { ...seat, reader }
}

test('the port greets with name, system and address, and lets anybody in', async () => {
  const { machine, reader } = await loggedIn()
  const { name, os, addresses } = machine.facts
  for (const part of [name, os ?? '', addresses[0] ?? '', 'any password', `${name} login: root`]) expect(reader.text).toContain(part)
  expect(reader.text).not.toContain('secret')
  expect(reader.rows.at(-1)).toBe(`root@${name}:~#`)
})

test('its figures are those of the machine, and those that its agent tells', async () => {
  const { machine, reader, world } = await loggedIn()
  const { name, memoryKiB, addresses, os } = machine.facts
  expect(await reader.run('hostname')).toBe(name)
  expect(await reader.run('uname -a')).toContain(`Linux ${name} `)
  expect((await reader.run('free -m')).split('\n')[1]?.split(/ +/)[1]).toBe(String(memoryKiB / 1_024))
  expect(await reader.run('ip addr')).toContain(`inet ${addresses[0]}/24`)
  expect(await reader.run('cat /etc/os-release')).toContain(`PRETTY_NAME="${os}"`)
  const { kernel } = guestInfoOf(world, machine).os ?? {}
  expect(await reader.run('uname -a')).toContain(` ${kernel} `)
  const filled = guestInfoOf(world, machine).filesystems?.map(({ totalBytes, usedBytes }) => ((usedBytes ?? 0) / (totalBytes ?? 1)) * 100)
  expect((await reader.run('df -h')).match(/\d+(?=%)/g)).toEqual(filled?.map((each) => String(Math.round(each))))
  expect(await reader.run('ps')).toContain(machine.role.name)
  expect(await reader.run('uptime')).toMatch(/^ 12:00:00 up \d+ days?, \d+:\d\d, 1 user, load average: \d+\.\d\d, /)
  expect(await reader.run('date')).toBe('Mon Nov 23 12:00:00 UTC 2026')
  expect(await reader.run('dmesg')).toContain('Hypervisor detected: KVM')
  expect(await reader.run('echo "two  spaces" \'and\' more')).toBe('two  spaces and more')
  expect(await reader.run('toString now')).toBe('sh: toString: command not found')
  expect(await reader.run('')).toBe('')
})

test('help names every command there is', async () => {
  const { reader } = await loggedIn()
  const named = (await reader.run('help')).split('\n').map((line) => line.split(' ')[0])
  const wanted = 'help uname hostname uptime free df ip ps load dmesg cat echo date clear reboot poweroff exit'.split(' ')
  expect(named).toEqual(expect.arrayContaining(wanted))
})

test('a line is edited as fingers expect', async () => {
  const { machine, reader } = await loggedIn()
  const prompt = `root@${machine.facts.name}:~#`
  const line = () => reader.rows.at(-1)
  await reader.type(`ecko\u007f\u007fho hallo${LEFT.repeat(3)}X`)
  expect(line()).toBe(`${prompt} echo haXllo`)
  await reader.type('\u007f\u0001\u001b[C\u001b[3~\u0005!\u001bO')
  await reader.type('D?')
  expect(line()).toBe(`${prompt} eho hallo?!`)
  await reader.type('\u0003')
  expect(reader.rows.slice(-2)).toEqual([`${prompt} eho hallo?!^C`, prompt])
  await reader.type('echo one\recho two\rdraft')
  await reader.type(UP)
  expect(line()).toBe(`${prompt} echo two`)
  await reader.type(UP + UP)
  expect(line()).toBe(`${prompt} echo one`)
  await reader.type(DOWN + DOWN + DOWN)
  expect(line()).toBe(`${prompt} draft`)
  await reader.type('\u000c')
  expect(reader.rows).toEqual([`${prompt} draft`])
  await reader.type('\u0015\u0004')
  expect(line()).toBe(`${machine.facts.name} login:`)
})

test('a reboot is the world’s own: the port stays, and the machine boots and greets anew', async () => {
  const { clock, machine, reader } = await loggedIn()
  const { boots } = machine
  await reader.run('reboot')
  await clock.advance(9_500)
  expect(machine.boots).toBe(boots + 1)
  expect(reader.text).toContain('SeaBIOS')
  expect(reader.end).toBeUndefined()
  await clock.advance(4_000)
  expect(reader.text).toContain(`Welcome to \u001b[1m${machine.facts.os}`)
  expect(reader.rows.at(-1)).toBe(`${machine.facts.name} login:`)
  await reader.type('root\r\r')
  expect(await reader.run('uptime')).toMatch(/up 0:00,/)
})

test('poweroff turns the machine off, which ends the port and leaves no timer', async () => {
  const { clock, machine, reader } = await loggedIn()
  await reader.run('poweroff')
  expect(reader.text).toContain('Reached target System Power Off')
  await clock.advance(20_000)
  expect([machine.facts.state, reader.end, clock.pending]).toEqual(['stopped', null, 0])
})

test('what the world refuses is said', async () => {
  const { clock, machine, reader } = await loggedIn({ stubbornShare: 1 })
  await reader.run('reboot')
  await clock.advance(121_000)
  expect(reader.text).toContain('did not restart within 120 s')
  expect([machine.facts.state, reader.end]).toEqual(['running', undefined])
})

test('a paused machine hears what was typed when it goes on', async () => {
  const { machine, reader, world } = await loggedIn()
  await perform(world, machine.ref, { action: 'suspend' })
  await reader.type('echo still there\r')
  expect(reader.text).not.toContain('still')
  await perform(world, machine.ref, { action: 'resume' })
  await settle()
  expect(reader.rows.at(-2)).toBe('still there')
})

test('the load is shown each second until q, and for nobody when nobody looks', async () => {
  const { clock, machine, open, reader } = await loggedIn()
  await reader.type('load\r')
  reader.text = ''
  await clock.advance(3_000)
  expect(reader.text.match(/load - /g)).toHaveLength(3)
  expect(reader.rows[1]).toMatch(/^CPU \[#*\.*\] \d+\.\d % of \d+$/)
  await reader.type('q')
  expect(reader.rows.at(-1)).toBe(`root@${machine.facts.name}:~#`)
  await reader.type('load\r')
  expect(clock.pending).toBe(1)
  open('serial', machine, true).channel.close()
  await settle()
  expect([reader.end, clock.pending]).toEqual([null, 0])
})

test('a machine that starts is seen booting; one that boots already, where it is', async () => {
  const { clock, machine, open, stopped, world } = createSeat()
  const starting = perform(world, stopped.ref, { action: 'start' })
  const reader = new Reader(open('serial', stopped).channel)
  await settle()
  expect([stopped.facts.state, reader.text]).toEqual(['starting', ''])
  await clock.advance(5_000)
  await starting
  expect(reader.text).toContain('Booting from Hard Disk')
  await perform(world, machine.ref, { action: 'reset' })
  await clock.advance(1_000)
  const late = new Reader(open('serial').channel)
  await settle()
  expect(late.text).toBe('')
  await clock.advance(3_000)
  expect(late.text).not.toContain('Linux version')
  expect(late.rows.at(-1)).toBe(`${machine.facts.name} login:`)
})

test.each(['powerOff', 'crash', 'remove'] as const)('%s ends the port at once', async (how) => {
  const { clock, machine, reader, world } = await loggedIn()
  if (how === 'powerOff') await perform(world, machine.ref, { action: 'powerOff' })
  else if (how === 'crash') world.enter(machine, 'crashed')
  else world.remove(machine)
  await settle()
  expect([reader.end, clock.pending]).toEqual([null, 0])
})
