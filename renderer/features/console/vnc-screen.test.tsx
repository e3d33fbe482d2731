import { beforeAll, expect, test, vi } from 'vitest'
import { LocalChannel } from '../../lib/api/index.ts'
import { VncScreen } from './vnc-screen.ts'

const SIZE = 8
/** RFC 6143, 7.3.2: size, pixel format, a name of no length. */
const SERVER_INIT = [0, SIZE, 0, SIZE, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0, 0, 0, 0, 0]

beforeAll(() => {
  // jsdom draws nothing: every drawing call can be called or read again, and the picture is never transparent
  const nothing: unknown = new Proxy(() => nothing, {
    get: (_target, key) => {
      if (key === 'getImageData') return () => ({ width: SIZE, height: SIZE, data: new Uint8ClampedArray(SIZE * SIZE * 4).fill(255) })
      return key === Symbol.toPrimitive ? () => 0 : nothing
    },
    set: () => true,
  })
  HTMLCanvasElement.prototype.getContext = (() => nothing) as unknown as typeof HTMLCanvasElement.prototype.getContext
})

/** How many listeners stand on what lives as long as the page. */
function countListeners(): () => number {
  const lasting: ReadonlySet<unknown> = new Set([window, document, document.body])
  const [added, removed] = [vi.spyOn(EventTarget.prototype, 'addEventListener'), vi.spyOn(EventTarget.prototype, 'removeEventListener')]
  const count = (spy: typeof added | typeof removed) => spy.mock.contexts.filter((target) => lasting.has(target)).length
  return () => count(added) - count(removed)
}

test('a display that breaks off eighty times leaves neither listeners nor elements behind', () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const frames: FrameRequestCallback[] = []
  vi.stubGlobal('requestAnimationFrame', (frame: FrameRequestCallback) => frames.push(frame))
  const listeners = countListeners()
  const box = document.createElement('div')
  document.body.append(box)
  let painted = 0
  const screen = new VncScreen(box, { onSize: () => {}, onGuestSizing: () => {}, onPainted: () => (painted += 1), onClipboard: () => {} })
  const counts: string[] = []
  for (let n = 0; n < 80; n += 1) {
    const channel = new LocalChannel({ send: () => {}, control: () => {}, close: () => {} })
    screen.attach(channel)
    channel.opened()
    for (const bytes of [Array.from('RFB 003.008\n', (one) => one.charCodeAt(0)), [1, 1], [0, 0, 0, 0], SERVER_INIT, [0, 0, 0, 0]]) {
      channel.received(Uint8Array.from(bytes))
    }
    for (const frame of frames.splice(0)) frame(0)
    channel.ended(4_000, 'console.ended')
    if (n % 20 === 19) counts.push(`${listeners()} ${document.querySelectorAll('*').length}`)
  }
  expect(painted).toBe(80)
  expect(new Set(counts).size).toBe(1)
  expect(box.children).toHaveLength(1) // the last picture
  screen.dispose()
  expect(box.children).toHaveLength(0)
  box.remove()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})
