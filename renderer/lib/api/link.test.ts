import { expect, test } from 'vitest'
import { createSocketLink, retryDelayMs } from './link.ts'

class FakeSocket extends EventTarget {
  readyState = 0

  open(): void {
    this.readyState = 1
    this.dispatchEvent(new Event('open'))
  }

  close(): void {
    this.readyState = 3
    this.dispatchEvent(new Event('close'))
  }

  send(): void {}
}

function setUp(locked = false) {
  const sockets: FakeSocket[] = []
  const timers: { readonly run: () => void; readonly delayMs: number }[] = []
  const link = createSocketLink({
    open: () => {
      const socket = new FakeSocket()
      sockets.push(socket)
      return socket as unknown as WebSocket
    },
    channel: () => expect.fail('no console is opened here'),
    nowMs: () => 1_000,
    random: () => 0.5,
    setTimer: (run, delayMs) => {
      const timer = { run, delayMs }
      timers.push(timer)
      return () => timers.splice(timers.indexOf(timer), 1)
    },
    isLocked: () => Promise.resolve(locked),
  })
  return { link, sockets, timers }
}

test('comes back by itself, waiting longer each time, and says since when it is lost', () => {
  const { link, sockets, timers } = setUp()
  sockets[0]?.open()
  expect(link.state().state).toBe('open')
  sockets[0]?.close()
  expect(link.state()).toMatchObject({ state: 'lost', lostAtMs: 1_000 })
  timers.shift()?.run()
  sockets[1]?.close()
  timers.shift()?.run()
  sockets[2]?.close()
  const third = timers.shift()
  expect(third?.delayMs).toBeGreaterThan(500)
  third?.run()
  sockets[3]?.open()
  expect(link.state()).toEqual({ state: 'open', lostAtMs: null, nextAttemptAtMs: null, locked: false })
})

test('a call while it is down fails at once and says why', async () => {
  const { link, sockets } = setUp()
  sockets[0]?.close()
  await expect(link.call(['views', 'list'], {}, { context: {} })).rejects.toMatchObject({
    kind: 'unreachable',
    code: 'console.engine-unreachable',
  })
})

test('an engine that answers but refuses the page is locked, not gone', async () => {
  const { link, sockets } = setUp(true)
  sockets[0]?.close()
  await Promise.resolve()
  expect(link.state().locked).toBe(true)
})

test('try now does not wait for the timer', () => {
  const { link, sockets, timers } = setUp()
  sockets[0]?.close()
  link.retryNow()
  expect(sockets).toHaveLength(2)
  expect(timers).toHaveLength(0)
})

test('the wait is bounded whatever the attempt', () => {
  expect(retryDelayMs(0, 0)).toBe(150)
  expect(retryDelayMs(50, 1)).toBe(8_000)
})
