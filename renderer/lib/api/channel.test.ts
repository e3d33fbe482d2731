import { expect, test } from 'vitest'
import { CONSOLE_WINDOW_BYTES, type ConsoleToEngine, type ConsoleToPage } from '../../../shared/model/index.ts'
import type { DesktopBridge } from './link.ts'
import { createDesktopLink } from './link.ts'

function setUp() {
  const posted: ConsoleToEngine[] = []
  const hands: ((message: unknown) => void)[] = []
  const bridge: DesktopBridge = {
    post: (message) => posted.push(message as ConsoleToEngine),
    subscribe: (hand) => {
      hands.push(hand)
      return () => {}
    },
    onShell: () => () => {},
    platform: 'linux',
  }
  const channel = createDesktopLink(bridge).channel('t')
  const happened: unknown[] = []
  // as noVNC listens
  Object.assign(channel, {
    onopen: () => happened.push('open'),
    onmessage: ({ data }: MessageEvent<ArrayBuffer>) => happened.push([...new Uint8Array(data)]),
    onclose: ({ code, reason }: CloseEvent) => happened.push([code, reason]),
  })
  const hear = (message: ConsoleToPage) => {
    for (const hand of hands) hand(message)
  }
  const bytesPosted = () => posted.flatMap((message) => (message.type === 'bytes' ? [message.bytes] : []))
  return { bytesPosted, channel, happened, hear, posted }
}

test('opens, carries bytes both ways and tells the end, as a WebSocket would', () => {
  const { channel, happened, hear, posted } = setUp()
  expect(posted).toEqual([{ console: 't', type: 'open' }])
  channel.send(Uint8Array.of(9)) // not open yet: lost, as with a data channel
  hear({ console: 't', type: 'opened' })
  hear({ console: 't', type: 'bytes', bytes: Uint8Array.of(1, 255) })
  hear({ console: 'another', type: 'bytes', bytes: Uint8Array.of(2) })
  const reused = Uint8Array.of(7)
  channel.send(reused)
  reused[0] = 8
  hear({ console: 't', type: 'closed', code: 4_001, reason: 'link.closed' })
  hear({ console: 't', type: 'bytes', bytes: Uint8Array.of(3) })
  expect(posted.slice(1)).toEqual([{ console: 't', type: 'bytes', bytes: Uint8Array.of(7) }])
  expect(happened).toEqual(['open', [1, 255], [4_001, 'link.closed']])
  expect(channel.readyState).toBe(3)
})

test('no more than a window is under way; the rest follows what was taken, in order', () => {
  const { bytesPosted, channel, hear } = setUp()
  hear({ console: 't', type: 'opened' })
  const all = Uint8Array.from({ length: CONSOLE_WINDOW_BYTES * 3 }, (_, at) => at % 251)
  channel.send(all)
  const first = bytesPosted()
  expect(first.reduce((sum, { length }) => sum + length, 0)).toBe(CONSOLE_WINDOW_BYTES)
  for (let round = 0; bytesPosted().length > round; round += 1)
    hear({ console: 't', type: 'taken', count: bytesPosted()[round]?.length ?? 0 })
  const joined = bytesPosted().flatMap((bytes) => [...bytes])
  expect(joined).toEqual([...all])
})

test('the page may close it: the engine is told, and nothing is heard any more', () => {
  const { channel, happened, hear, posted } = setUp()
  hear({ console: 't', type: 'opened' })
  channel.close()
  channel.close()
  hear({ console: 't', type: 'bytes', bytes: Uint8Array.of(1) })
  expect(posted.at(-1)).toEqual({ console: 't', type: 'close' })
  expect(posted.filter(({ type }) => type === 'close')).toHaveLength(1)
  expect(happened).toEqual(['open', [1_000, '']])
})

test('a text is no byte of the machine’s: it goes beside them', () => {
  const { channel, hear, posted } = setUp()
  channel.send('{"resize":[80,24]}') // not open yet
  hear({ console: 't', type: 'opened' })
  channel.send('{"resize":[120,40]}')
  expect(posted.slice(1)).toEqual([{ console: 't', type: 'control', text: '{"resize":[120,40]}' }])
})
