import { expect, test } from 'vitest'
import { AppError } from '../../shared/errors/index.ts'
import { CONSOLE_ENDED, CONSOLE_FAILED, CONSOLE_WINDOW_BYTES } from '../../shared/model/index.ts'
import type { RpcPort } from '../api/serve.ts'
import { channelPair, type MemoryChannel } from '../engine/testing/channel-pair.ts'
import { withConsoles } from './console-channels.ts'

interface Sent {
  readonly type: string
  readonly bytes?: Uint8Array
  readonly code?: number
  readonly reason?: string
}

function setUp() {
  const sent: Sent[] = []
  const rest: unknown[] = []
  const guests = new Map<string, MemoryChannel>()
  const gone = new AbortController()
  let say: (data: unknown) => void = () => {}
  let slow: Promise<void> = Promise.resolve()
  const port: RpcPort = {
    postMessage: (message) => void sent.push(message as Sent),
    drained: () => slow,
    onMessage: {
      addListener: (callback) => {
        say = callback
      },
    },
    onDisconnect: { addListener: () => {} },
  }
  const rpc = withConsoles(port, gone.signal, (token) => {
    if (token === 'unknown') throw new AppError({ kind: 'not-found', code: 'console.token-unknown', message: '' })
    const [channel, guest] = channelPair()
    guests.set(token, guest)
    return channel
  })
  rpc.onMessage.addListener((data) => rest.push(data))
  const open = (token = 't') => {
    say({ console: token, type: 'open' })
    return guests.get(token) as MemoryChannel
  }
  const holdUp = () => {
    let release: () => void = () => {}
    slow = new Promise((resolve) => {
      release = resolve
    })
    return release
  }
  return { gone, holdUp, open, rest, say: (data: unknown) => say(data), sent }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))
const textOf = (sent: readonly Sent[]) => sent.flatMap(({ bytes }) => (bytes ? [Buffer.from(bytes).toString()] : []))

test('bytes go both ways, the contract’s messages go on, and what was taken is told', async () => {
  const { open, rest, say, sent } = setUp()
  const guest = open()
  say('a message of the contract')
  await guest.write(Buffer.from('login: '))
  say({ console: 't', type: 'bytes', bytes: Buffer.from('root\n') })
  expect((await guest.exactly(5)).toString()).toBe('root\n')
  await settled()
  expect(sent.map(({ type }) => type)).toEqual(['opened', 'bytes', 'taken'])
  expect(textOf(sent)).toEqual(['login: '])
  expect(rest).toEqual(['a message of the contract'])
})

test('of a piece of a larger buffer only the piece is sent', async () => {
  const { open, sent } = setUp()
  const guest = open()
  guest.peer?.take(new Uint8Array(Buffer.from('secret visible').buffer).subarray(0, 3))
  await settled()
  expect(sent[1]?.bytes?.buffer.byteLength).toBe(3)
})

test('a page that does not read holds the machine up', async () => {
  const { holdUp, open, sent } = setUp()
  const guest = open()
  const release = holdUp()
  await guest.write(Buffer.from('1'))
  await guest.write(Buffer.from('2'))
  await settled()
  expect(textOf(sent)).toEqual(['1'])
  release()
  await settled()
  expect(textOf(sent)).toEqual(['1', '2'])
})

test('the end and a failure are told with their code', async () => {
  const { open, say, sent } = setUp()
  open('a').close()
  await settled()
  expect(sent.at(-1)).toEqual({ console: 'a', type: 'closed', code: CONSOLE_ENDED, reason: 'console.ended' })
  open('b').peer?.fail(new AppError({ kind: 'unreachable', code: 'link.closed', message: '' }))
  await settled()
  expect(sent.at(-1)).toEqual({ console: 'b', type: 'closed', code: CONSOLE_FAILED, reason: 'unreachable link.closed' })
  open('unknown')
  expect(sent.at(-1)).toEqual({ console: 'unknown', type: 'closed', code: CONSOLE_FAILED, reason: 'not-found console.token-unknown' })
  const before = sent.length
  say({ console: 'a', type: 'bytes', bytes: Buffer.from('late') })
  await settled()
  expect(sent).toHaveLength(before)
})

test('a console that the page closes, and all of a page that is gone, end', async () => {
  const { gone, open, say } = setUp()
  const [first, second] = [open('a'), open('b')]
  say({ console: 'a', type: 'close' })
  expect(await first.read()).toBeNull()
  expect(second.closed).toBe(false)
  gone.abort()
  expect(await second.read()).toBeNull()
})

test('a page that keeps to no window is cut off', async () => {
  const { open, say, sent } = setUp()
  const guest = open()
  if (guest.peer) guest.peer.write = () => new Promise(() => {})
  for (let n = 0; n < 3; n += 1) say({ console: 't', type: 'bytes', bytes: new Uint8Array(CONSOLE_WINDOW_BYTES) })
  expect(sent.at(-1)).toMatchObject({ type: 'closed', reason: 'protocol console.protocol' })
  expect(await guest.read()).toBeNull()
})

test('a window’s size reaches the console, and what is no message of ours ends it', async () => {
  const { open, say, sent } = setUp()
  const guest = open()
  const sizes: unknown[] = []
  if (guest.peer) Object.assign(guest.peer, { resize: (size: unknown) => sizes.push(size) })
  say({ console: 't', type: 'control', text: '{"resize":[120,40]}' })
  expect(sizes).toEqual([{ columns: 120, rows: 40 }])
  say({ console: 't', type: 'control', text: '{"resize":[120,-1]}' })
  expect(sent.at(-1)).toMatchObject({ type: 'closed', reason: 'protocol console.protocol' })
  expect(await guest.read()).toBeNull()
})
