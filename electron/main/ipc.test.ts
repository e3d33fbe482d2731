import { EventEmitter } from 'node:events'
import type { IpcMain, WebContents } from 'electron'
import { expect, test } from 'vitest'
import type { RpcPort } from '../api/serve.ts'
import { createPageLinks, refusalOf, TO_ENGINE, TO_PAGE } from './ipc.ts'

interface Frame {
  url: string
  parent: Frame | null
  detached: boolean
}

class FakeContents extends EventEmitter {
  readonly id: number
  readonly sent: unknown[] = []
  mainFrame: Frame = { url: 'app://novacron/fleet', parent: null, detached: false }
  destroyed = false
  loading = false

  constructor(id: number) {
    super()
    this.id = id
  }

  isDestroyed = () => this.destroyed
  isLoadingMainFrame = () => this.loading
  send(channel: string, message: unknown) {
    this.sent.push([channel, message])
  }
}

function setUp() {
  const ipcMain = new EventEmitter()
  const refused: string[] = []
  const ports: { port: RpcPort; gone: AbortSignal; got: unknown[] }[] = []
  const links = createPageLinks(ipcMain as unknown as IpcMain, (reason) => refused.push(reason))
  const connect = () =>
    links.connect((port, gone) => {
      const got: unknown[] = []
      port.onMessage.addListener((data) => got.push(data))
      ports.push({ port, gone, got })
    })
  const contents = new FakeContents(1)
  const adopt = (one: FakeContents) => links.adopt(one as unknown as WebContents)
  const post = (data: unknown, sender = contents, senderFrame: Frame | null = sender.mainFrame) =>
    ipcMain.emit(TO_ENGINE, { sender, senderFrame }, data)
  const tell = (path: string) => links.send(contents as unknown as WebContents, { type: 'navigate', path })
  adopt(contents)
  return { adopt, connect, contents, ports, post, refused, tell }
}

/** A port, not a window: it has no origin to name. */
const answer = (port: RpcPort | undefined, data: unknown): void => {
  const send = port?.postMessage.bind(port)
  send?.(data)
}

const own: Frame = { url: 'app://novacron/', parent: null, detached: false }
const refusal = (frame: Frame | null, sender: Record<string, unknown> = {}) =>
  refusalOf({ sender: { id: 1, isDestroyed: () => false, mainFrame: frame, ...sender }, senderFrame: frame } as never, new Set([1]))

test('our own page in the main frame of our own window is heard', () => {
  expect(refusal(own)).toBeNull()
})

test.each([
  ['another origin', refusal({ ...own, url: 'https://evil.example/' }), 'foreign origin https://evil.example'],
  ['another host of the scheme', refusal({ ...own, url: 'app://evil/' }), 'foreign origin app://evil'],
  ['about:blank', refusal({ ...own, url: 'about:blank' }), 'foreign origin about://'],
  ['a page of our address inside data:', refusal({ ...own, url: 'data:text/html,app://novacron/' }), 'foreign origin data://'],
  ['no address', refusal({ ...own, url: '' }), 'no address'],
  ['a frame that is gone', refusal(null), 'the frame is gone'],
  ['a frame that went away', refusal({ ...own, detached: true }), 'the frame is gone'],
  ['a subframe', refusal({ ...own, parent: own }), 'not the main frame'],
  ['another frame than the main one', refusal(own, { mainFrame: { ...own } }), 'not the main frame'],
  ['a window of nobody', refusal(own, { id: 2 }), 'not one of our windows'],
  ['a window that is gone', refusal(own, { isDestroyed: () => true }), 'the window is gone'],
])('%s is refused', (_name, said, reason) => {
  expect(said).toBe(reason)
})

test('what is refused reaches no port, and is told', () => {
  const { connect, contents, ports, post, refused } = setUp()
  connect()
  post('x', contents, { ...own, url: 'about:blank' })
  post('x', new FakeContents(9))
  expect(ports).toEqual([])
  expect(refused).toEqual(['not the main frame', 'not one of our windows'])
})

test('what a page asks before the engine is open is answered then, in order', () => {
  const { connect, ports, post } = setUp()
  post('first')
  post('second')
  connect()
  post('third')
  expect(ports.map(({ got }) => got)).toEqual([['first', 'second', 'third']])
})

test('a page that floods before the engine is open is cut off', () => {
  const { connect, ports, post, refused } = setUp()
  for (let n = 0; n < 1_005; n++) post(`message ${n}`)
  connect()
  expect(ports[0]?.got).toHaveLength(1_000)
  expect(refused).toHaveLength(5)
})

test('each window has its own port, and answers go to its page only', () => {
  const { adopt, connect, contents, ports, post } = setUp()
  const other = new FakeContents(2)
  adopt(other)
  connect()
  post('a')
  post('b', other)
  answer(ports[1]?.port, 'answer')
  expect(contents.sent).toEqual([])
  expect(other.sent).toEqual([[TO_PAGE, { kind: 'rpc', data: 'answer' }]])
})

test.each(['did-navigate', 'render-process-gone', 'destroyed'])('%s ends the port: nothing of the old page is answered', (event) => {
  const { connect, contents, ports, post } = setUp()
  connect()
  post('a')
  let disconnected = 0
  ports[0]?.port.onDisconnect.addListener(() => disconnected++)
  contents.emit(event)
  expect(ports[0]?.gone.aborted).toBe(true)
  expect(disconnected).toBe(1)
  answer(ports[0]?.port, 'late')
  expect(contents.sent).toEqual([])
})

test('after a reload the page gets a new port; a navigation that was only tried changes nothing', () => {
  const { connect, contents, ports, post } = setUp()
  connect()
  post('a')
  contents.emit('did-start-navigation', { isMainFrame: true, isSameDocument: false })
  post('b')
  contents.emit('did-navigate')
  post('c')
  expect(ports.map(({ got }) => got)).toEqual([['a', 'b'], ['c']])
})

test('a destroyed window is no longer ours', () => {
  const { connect, contents, post, refused } = setUp()
  connect()
  contents.emit('destroyed')
  post('a')
  expect(refused).toEqual(['not one of our windows'])
})

test('what a menu asks waits for a document that is loading, and is lost with a window', () => {
  const { contents, tell } = setUp()
  contents.loading = true
  tell('/tasks')
  expect(contents.sent).toEqual([])
  contents.emit('dom-ready')
  expect(contents.sent).toEqual([[TO_PAGE, { kind: 'shell', event: { type: 'navigate', path: '/tasks' } }]])
  contents.destroyed = true
  tell('/events')
  expect(contents.sent).toHaveLength(1)
})

test('a page that does not read holds its streams up; its receipt, or its end, lets them go on', async () => {
  const { connect, contents, ports, post } = setUp()
  connect()
  post('hello')
  const port = ports[0]?.port
  for (let n = 0; n < 64; n += 1) answer(port, n)
  let went = 0
  const wait = () => port?.drained().then(() => (went += 1))
  const first = wait()
  await Promise.resolve()
  expect(went).toBe(0)
  post(1_000_000) // more than were sent: no receipt of ours
  await Promise.resolve()
  expect(went).toBe(0)
  post(16)
  await first
  expect(went).toBe(1)
  for (let n = 0; n < 16; n += 1) answer(port, n)
  const second = wait()
  await Promise.resolve()
  expect(went).toBe(1)
  contents.emit('did-navigate')
  await second
  expect(went).toBe(2)
})
