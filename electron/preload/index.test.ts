import { readFileSync } from 'node:fs'
import { beforeEach, expect, test, vi } from 'vitest'
import { TO_ENGINE, TO_PAGE } from '../main/ipc.ts'

type Listener = (event: unknown, message: unknown) => void
interface Api {
  platform: string
  post(data: unknown): void
  subscribe(hand: (data: unknown) => void): () => void
  onShell(hand: (event: unknown) => void): () => void
}

const electron = vi.hoisted(() => ({
  exposed: {} as Record<string, unknown>,
  listeners: {} as Record<string, unknown>,
  sent: [] as unknown[][],
}))
vi.mock('electron', () => ({
  contextBridge: { exposeInMainWorld: (name: string, api: unknown) => Object.assign(electron.exposed, { [name]: api }) },
  ipcRenderer: {
    on: (channel: string, listener: unknown) => Object.assign(electron.listeners, { [channel]: listener }),
    send: (...given: unknown[]) => electron.sent.push(given),
  },
}))

let api: Api
const receive = (message: unknown): void => (electron.listeners[TO_PAGE] as Listener)({ sender: 'secret' }, message)

beforeEach(async () => {
  vi.resetModules()
  electron.sent.length = 0
  await import('./index.ts')
  api = electron.exposed['novacron'] as Api
})

test('the page gets four things under one name', () => {
  expect(Object.keys(electron.exposed)).toEqual(['novacron'])
  expect(Object.keys(api).toSorted()).toEqual(['onShell', 'platform', 'post', 'subscribe'])
  expect(Object.keys(electron.listeners)).toEqual([TO_PAGE])
})

test('what the page posts goes down the one channel, whatever it says', () => {
  api.post('x')
  expect(electron.sent).toEqual([[TO_ENGINE, 'x']])
})

test('each listener hears its kind, without the event of the channel, until it unsubscribes', () => {
  const engine = vi.fn<(...given: unknown[]) => void>()
  const shell = vi.fn<(...given: unknown[]) => void>()
  const stop = api.subscribe(engine)
  api.onShell(shell)
  receive({ kind: 'rpc', data: 'answer' })
  receive({ kind: 'shell', event: { type: 'command', id: 'palette' } })
  stop()
  receive({ kind: 'rpc', data: 'late' })
  expect(engine.mock.calls).toEqual([['answer']])
  expect(shell.mock.calls).toEqual([[{ type: 'command', id: 'palette' }]])
})

test('what was asked before the page listened is told once', () => {
  receive({ kind: 'shell', event: 1 })
  receive({ kind: 'shell', event: 2 })
  const [first, second] = [vi.fn<(...given: unknown[]) => void>(), vi.fn<(...given: unknown[]) => void>()]
  api.onShell(first)
  api.onShell(second)
  expect(first.mock.calls).toEqual([[1], [2]])
  expect(second).not.toHaveBeenCalled()
})

test('stays small enough to be read at once', () => {
  const source = readFileSync(new URL('./index.ts', import.meta.url), 'utf8')
  expect(source.split('\n').length).toBeLessThan(80)
  expect(source).not.toMatch(/require\(|ipcRenderer\.(invoke|sendSync|postMessage|sendToHost)/)
})

test('bytes of a console go the same two ways, and count', () => {
  const engine = vi.fn<(...given: unknown[]) => void>()
  api.subscribe(engine)
  const bytes = Uint8Array.of(0, 255)
  api.post({ console: 'token', type: 'bytes', bytes })
  for (let n = 0; n < 16; n += 1) receive({ kind: 'rpc', data: { console: 'token', type: 'bytes', bytes } })
  expect(engine.mock.calls.at(-1)).toEqual([{ console: 'token', type: 'bytes', bytes }])
  expect(electron.sent).toEqual([
    [TO_ENGINE, { console: 'token', type: 'bytes', bytes }],
    [TO_ENGINE, 16],
  ])
})

test('the engine is told how much was handed on, every 16 messages', () => {
  for (let n = 0; n < 40; n += 1) receive({ kind: 'rpc', data: n })
  expect(electron.sent).toEqual([
    [TO_ENGINE, 16],
    [TO_ENGINE, 32],
  ])
})
