import { link, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { type ControlServer, type Endpoint, findEndpoint, startControl } from './control.ts'
import { resetDuringUpgrade } from './testing/reset-upgrade.ts'
import { uncaughtDuring } from './testing/uncaught.ts'

let dataDirectory = ''
let open: ControlServer[] = []
beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'novacron-control-'))
})
afterEach(async () => {
  for (const control of open) await control.close()
  open = []
  await rm(dataDirectory, { recursive: true, force: true })
})

async function start(face = 'local'): Promise<ControlServer> {
  const control = await startControl({ dataDirectory, face, onSocket: () => {}, onRequest: async () => null })
  open.push(control)
  return control
}

test('of several that start at once exactly one gets the folder, and it is reached', async () => {
  const outcomes = await Promise.allSettled(Array.from({ length: 8 }, (_, index) => start(`face-${index}`)))
  const won = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  const codes = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [(outcome.reason as { code: string }).code] : []))
  expect(won).toHaveLength(1)
  expect(new Set(codes)).toEqual(new Set(['instance.running']))
  expect(await findEndpoint(dataDirectory)).toEqual(won[0]?.endpoint)
})

/** What an engine leaves behind that had no time to close. */
async function crash(): Promise<void> {
  const control = await startControl({ dataDirectory, face: 'local', onSocket: () => {}, onRequest: async () => null })
  const file = join(dataDirectory, 'endpoint.json')
  const text = await readFile(file, 'utf8')
  const { socket } = control.endpoint
  await link(socket, `${socket}.kept`)
  await control.close()
  await rename(`${socket}.kept`, socket)
  await writeFile(file, text)
}

test('what a crashed engine left behind is taken over, by one alone', async () => {
  await crash()
  expect(await findEndpoint(dataDirectory)).toBeNull()
  const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => start()))
  const won = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [(outcome.reason as { code: string }).code] : []))
  expect([won.length, ...new Set(refused)]).toEqual([1, 'instance.running'])
  expect(await findEndpoint(dataDirectory)).toEqual(won[0]?.endpoint)
  await won[0]?.close()
  expect(await readdir(dataDirectory)).toEqual([])
})

test('closing leaves nothing, and nothing of a successor goes with it', async () => {
  const former = await start()
  const [, next] = await Promise.all([former.close(), retried(() => start('next'))])
  expect(await findEndpoint(dataDirectory)).toEqual(next.endpoint)
  await former.close()
  expect(await findEndpoint(dataDirectory)).toEqual(next.endpoint)
  await next.close()
  expect(await readdir(dataDirectory)).toEqual([])
})

test('where its address cannot be written down it lets go of everything, and another try finds nobody', async () => {
  const obstacle = join(dataDirectory, 'endpoint.json.new')
  await mkdir(obstacle)
  await expect(start()).rejects.toMatchObject({ kind: 'precondition', code: 'folder.unusable', remote: { code: 'EISDIR' } })
  expect(await readdir(dataDirectory)).toEqual(['endpoint.json.new'])
  await rm(obstacle, { recursive: true })
  expect(await findEndpoint(dataDirectory)).toBeNull()
  expect((await start()).endpoint.socket).toBe(join(dataDirectory, 'control.sock'))
})

/** Until the former one lets go. */
async function retried(work: () => Promise<ControlServer>): Promise<ControlServer> {
  const deadlineMs = Date.now() + 120_000
  for (;;) {
    const outcome = await work().catch((thrown: unknown) => thrown)
    if (!(outcome instanceof Error)) return outcome as ControlServer
    if (Date.now() > deadlineMs) throw outcome
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

function socketTo({ socket, token }: Endpoint): WebSocket {
  return new WebSocket(`ws+unix:${socket}:/ws`, { headers: { authorization: `Bearer ${token}` } })
}

/** The server has heard all that came before when it answers this. */
async function isServed(endpoint: Endpoint): Promise<boolean> {
  const socket = socketTo(endpoint)
  await new Promise((resolve) => socket.once('open', resolve))
  socket.terminate()
  return true
}

test('a stranger who breaks off while being refused does not end the process', async () => {
  const { endpoint } = await start()
  const uncaught = await uncaughtDuring(async () => {
    await resetDuringUpgrade({ path: endpoint.socket }, 'before the refusal')
    expect(await isServed(endpoint)).toBe(true)
  })
  expect(uncaught).toEqual([])
})

test('a client that breaks the protocol before the engine listens to it does not end the process', async () => {
  const { endpoint } = await start()
  const uncaught = await uncaughtDuring(async () => {
    const socket = socketTo(endpoint)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    // a server only takes masked frames
    socket.once('open', () => Reflect.get(socket, '_socket').write(Buffer.from([0x81, 0x01, 0x41])))
    await closed
    expect(await isServed(endpoint)).toBe(true)
  })
  expect(uncaught).toEqual([])
})
