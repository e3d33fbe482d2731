import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import { CONSOLE_ENDED, CONSOLE_FAILED } from '../../../shared/model/index.ts'
import { LocalChannel } from '../../lib/api/index.ts'
import { ConsoleSession, consoleWaitMs } from './console-session.ts'

function setUp(options: { readonly reopensEnded?: boolean } = {}) {
  const channels: LocalChannel[] = []
  const asked: boolean[] = []
  const timers: { readonly run: () => void; readonly delayMs: number }[] = []
  const script: { fail: AppError | null; seen: boolean; nowMs: number } = { fail: null, seen: true, nowMs: 1_000 }
  const session = new ConsoleSession({
    open: (takeOver) => {
      asked.push(takeOver)
      if (script.fail) return Promise.reject(script.fail)
      const channel = new LocalChannel({ send: () => {}, control: () => {}, close: () => {} })
      channels.push(channel)
      return Promise.resolve(channel)
    },
    nowMs: () => script.nowMs,
    random: () => 0.5,
    setTimer: (run, delayMs) => {
      const timer = { run, delayMs }
      timers.push(timer)
      return () => {
        if (timers.includes(timer)) timers.splice(timers.indexOf(timer), 1)
      }
    },
    isSeen: () => script.seen,
    ...options,
  })
  /** Waits until the answer of the engine has come, then opens the channel. */
  const opened = async () => {
    await settled()
    channels.at(-1)?.opened()
  }
  const next = () => timers.shift()?.run()
  return { asked, channels, next, opened, script, session, timers }
}

/** Node's own, without a flag of the command line. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 0))
const failure = (kind: AppError['kind'], code: string) => new AppError({ kind, code, message: code })

test('opens once it may, and not before', async () => {
  const { asked, opened, session } = setUp()
  session.retry()
  expect(asked).toEqual([])
  session.setAllowed(true)
  expect(session.get().phase).toBe('opening')
  await opened()
  expect(session.get()).toMatchObject({ phase: 'open', lostAtMs: null })
})

test('what breaks off is opened again: at once, then with longer and longer waits, and is old meanwhile', async () => {
  const { channels, next, opened, script, session, timers } = setUp()
  session.setAllowed(true)
  await opened()
  script.nowMs = 60_000
  channels[0]?.ended(CONSOLE_FAILED, 'unreachable link.closed')
  expect(session.get()).toMatchObject({ phase: 'waiting', lostAtMs: 60_000, trouble: { code: 'link.closed' } })
  expect(timers.map(({ delayMs }) => delayMs)).toEqual([0])
  script.fail = failure('unreachable', 'link.not-live')
  const waits: number[] = []
  for (let n = 0; n < 6; n += 1) {
    next()
    await settled()
    waits.push(timers[0]?.delayMs ?? -1)
  }
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 4_000, 4_000])
  expect(session.get().lostAtMs).toBe(60_000)
  script.fail = null
  next()
  await opened()
  expect(session.get()).toMatchObject({ phase: 'open', lostAtMs: null, trouble: null })
})

test('a console that ends as soon as it opens is not asked for without a pause', async () => {
  const { channels, next, opened, session, timers } = setUp()
  session.setAllowed(true)
  const waits: number[] = []
  for (let n = 0; n < 4; n += 1) {
    await opened()
    channels.at(-1)?.ended(CONSOLE_ENDED, 'console.ended')
    waits.push(timers[0]?.delayMs ?? -1)
    next()
  }
  expect(waits).toEqual([0, 500, 1_000, 2_000])
})

test('what would fail again waits for a person; taking over is said once', async () => {
  const { asked, channels, opened, script, session, timers } = setUp()
  script.fail = failure('conflict', 'console.busy')
  session.setAllowed(true)
  await settled()
  expect(session.get()).toMatchObject({ phase: 'failed', trouble: { code: 'console.busy' } })
  expect(timers).toEqual([])
  script.fail = null
  session.takeOver()
  await opened()
  channels.at(-1)?.ended(CONSOLE_ENDED, 'console.ended')
  timers[0]?.run()
  expect(asked).toEqual([false, true, false])
})

test.each([
  'forbidden console.ssh-forwarding',
  'unauthenticated console.ssh-login-refused',
  'invalid-input console.no-login',
  'unsupported console.vnc-security',
  'not-found machine.not-found',
  'precondition console.not-vnc',
])('what breaks off with %s waits for a person', async (reason) => {
  const { asked, channels, opened, session, timers } = setUp()
  session.setAllowed(true)
  await opened()
  channels[0]?.ended(CONSOLE_FAILED, reason)
  const [kind, code] = reason.split(' ')
  expect(session.get()).toMatchObject({ phase: 'failed', lostAtMs: 1_000, trouble: { kind, code } })
  expect(timers).toEqual([])
  session.retry()
  await opened()
  expect(session.get()).toMatchObject({ phase: 'open', trouble: null })
  expect(asked).toHaveLength(2)
})

test.each(['remote-failure libvirt.rpc', 'exhausted console.too-slow', 'bug bug.unexpected', 'a word of somebody else’s'])(
  'what breaks off with %s did open before, and is opened again',
  async (reason) => {
    const { channels, opened, session, timers } = setUp()
    session.setAllowed(true)
    await opened()
    channels[0]?.ended(CONSOLE_FAILED, reason)
    expect(session.get().phase).toBe('waiting')
    expect(timers).toHaveLength(1)
  },
)

test('a shell that somebody has left is not opened again by itself; one that broke off is', async () => {
  const { channels, next, opened, session, timers } = setUp({ reopensEnded: false })
  session.setAllowed(true)
  await opened()
  channels[0]?.ended(CONSOLE_FAILED, 'unreachable ssh.connection-lost')
  next()
  await opened()
  channels[1]?.ended(CONSOLE_ENDED, 'console.ended')
  expect(session.get()).toMatchObject({ phase: 'failed', trouble: null })
  expect(timers).toEqual([])
})

test('a machine that is not known to run yet is asked again', async () => {
  const { script, session, timers } = setUp()
  script.fail = failure('precondition', 'console.not-running')
  session.setAllowed(true)
  await settled()
  expect(session.get().phase).toBe('waiting')
  expect(timers).toHaveLength(1)
})

test('a page that nobody sees waits until somebody does', async () => {
  const { asked, channels, next, opened, script, session } = setUp()
  session.setAllowed(true)
  await opened()
  channels[0]?.ended(CONSOLE_FAILED, 'unreachable link.closed')
  script.seen = false
  next()
  expect(session.get()).toMatchObject({ phase: 'waiting', nextAtMs: null })
  expect(asked).toHaveLength(1)
  script.seen = true
  session.seen()
  await opened()
  expect(session.get().phase).toBe('open')
})

test('without the link nothing is tried; with it, at once', async () => {
  const { asked, channels, opened, session, timers } = setUp()
  session.setAllowed(true)
  await opened()
  session.setAllowed(false)
  expect(session.get().phase).toBe('open') // for as long as its bytes come
  channels[0]?.ended(CONSOLE_FAILED, 'unreachable link.closed')
  expect(session.get()).toMatchObject({ phase: 'idle', lostAtMs: 1_000 })
  expect(timers).toEqual([])
  session.setAllowed(true)
  expect(asked).toHaveLength(2)
})

test('a socket that went without a word was the engine’s', async () => {
  const { channels, opened, session } = setUp()
  session.setAllowed(true)
  await opened()
  channels[0]?.ended(1_006, '')
  expect(session.get().trouble?.code).toBe('console.engine-unreachable')
})

test('what comes after the page has left is closed', async () => {
  const { channels, session } = setUp()
  session.setAllowed(true)
  session.stop()
  await settled()
  expect(channels[0]?.readyState).toBe(3)
  expect(session.get().phase).toBe('idle')
})

test('the waits have full jitter', () => {
  expect([0, 1, 2, 9].map((attempt) => consoleWaitMs(attempt, 1))).toEqual([0, 1_000, 2_000, 8_000])
  expect(consoleWaitMs(3, 0)).toBe(0)
})

/** A day at a console: what is left of each opening once it is over. */
test('a thousand reconnects and a hundred thousand messages leave nothing behind but the one that is open', async () => {
  const { channels, next, opened, script, session, timers } = setUp()
  const collect = garbageCollector()
  const gone: WeakRef<LocalChannel>[] = []
  let told = 0
  const leave = session.subscribe(() => {
    told += 1
  })
  const message = new Uint8Array(64)
  session.setAllowed(true)
  for (let n = 0; n < 1_000; n += 1) {
    await opened()
    const [channel] = channels.splice(0)
    if (!channel) throw new Error('nothing was opened')
    let heard = 0
    channel.addEventListener('message', () => {
      heard += 1
    })
    for (let read = 0; read < 100; read += 1) channel.received(message)
    expect(heard).toBe(100)
    script.nowMs += 86_400
    gone.push(new WeakRef(channel))
    channel.ended(CONSOLE_FAILED, 'link.closed')
    expect(timers).toHaveLength(1)
    next()
  }
  await opened()
  expect(session.get().phase).toBe('open')
  expect(told).toBe(1_000 * 3 + 2)
  await settled()
  collect()
  // the last one may still be in a register
  expect(gone.filter((each) => each.deref() !== undefined).length).toBeLessThanOrEqual(2)
  leave()
  session.stop()
  expect(timers).toEqual([])
})
