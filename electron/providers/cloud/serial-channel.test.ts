import { expect, test } from 'vitest'
import { FakeClock } from '../../engine/testing/fake-clock.ts'
import { newEnd, SerialChannel } from './serial-channel.ts'

const LONG = Array.from({ length: 60 }, (_, line) => `line ${line}\n`).join('')

test.each([
  ['', 'boot', 'boot'],
  ['boot', 'boot', ''],
  ['boot', 'boot\nlogin:', '\nlogin:'],
  // the cloud keeps the last part alone
  [LONG, `${LONG.slice(40)}login:`, 'login:'],
  // restarted: nothing of it is known
  ['old text', 'new text', 'new text'],
])('of %j, then %j, the news is %j', (before, after, news) => {
  expect(newEnd(before, after)).toBe(news)
})

test('it tells what is new, ends with the machine, and takes nothing', async () => {
  const clock = new FakeClock()
  let text = 'boot\n'
  let isOn = true
  const channel = new SerialChannel({ look: () => Promise.resolve(text), isOn: () => isOn, clock, everyMs: 1_000 })
  const read = async () => new TextDecoder().decode((await channel.read()) ?? undefined)
  expect(await read()).toBe('boot\r\n')
  const next = read()
  text = 'boot\nlogin: '
  await clock.advance(1_000)
  expect(await next).toBe('login: ')
  await expect(channel.write()).rejects.toMatchObject({ kind: 'unsupported', code: 'console.read-only' })
  isOn = false
  expect(await channel.read()).toBeNull()
})

test('closed while it waits, it ends in peace', async () => {
  const clock = new FakeClock()
  const channel = new SerialChannel({ look: () => Promise.resolve(''), isOn: () => true, clock, everyMs: 1_000 })
  const read = channel.read()
  await Promise.resolve()
  channel.close()
  channel.close()
  expect(await read).toBeNull()
  expect(clock.pending).toBe(0)
})
