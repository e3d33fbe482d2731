import { expect, onTestFinished, test } from 'vitest'
import type { CheckMessage, LoginMessage, LoginPrompt, WorkspaceId } from '../../../shared/model/index.ts'
import { InventoryService } from '../inventory/inventory-service.ts'
import type { NewEvent } from '../ports.ts'
import { FakeClock, settle } from '../testing/fake-clock.ts'
import { anError, aQuestion, FakeProvider } from '../testing/fake-provider.ts'
import { FakeSecrets } from '../testing/fake-secrets.ts'
import { MemoryEntityStore } from '../testing/memory-entity-store.ts'
import { ConnectionService } from './connection-service.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** A connection to a host that asks for a password, then for a code. */
async function run() {
  const clock = new FakeClock(1_000_000)
  const store = new MemoryEntityStore()
  const { inventory, persister, metrics } = new InventoryService({ store, clock, log: silent })
  await persister.load()
  const provider = new FakeProvider()
  const secrets = new FakeSecrets()
  const events: NewEvent[] = []
  const folders = { dataDirectory: '/nowhere', homeDirectory: '/nowhere' }
  const base = { inventory, persister, metrics, secrets, clock, log: silent, ...folders }
  const service = new ConnectionService({
    ...base,
    events: { append: (event) => events.push(event) },
    providers: [provider.definition],
  })
  service.start()
  const far = provider.far('a')
  far.asks = [aQuestion('Password: ', { secret: 'password' }), aQuestion('Code: ')]
  const workspaceId = [...inventory.all('workspace')][0]?.id as WorkspaceId
  const input = { workspaceId, providerId: 'fake', name: 'a', config: { host: 'a' }, secrets: {}, remember: true }
  const { id } = await service.add(input)
  await settle()
  return { clock, store, inventory, provider, secrets, events, service, far, id, connection: () => inventory.get('connection', id) }
}

/** Reads a stream of an attempt as a page does, and remembers it. */
function follow<T extends CheckMessage | LoginMessage>(open: (signal: AbortSignal) => AsyncIterable<T>) {
  const left = new AbortController()
  onTestFinished(() => left.abort())
  const messages: T[] = []
  const read = async () => {
    for await (const message of open(left.signal)) messages.push(message)
  }
  const ended = read()
  const prompt = (): LoginPrompt => {
    const last = messages.at(-1)
    if (!last || !('prompt' in last) || !last.prompt) throw new Error(`nothing is asked: ${JSON.stringify(last)}`)
    return last.prompt
  }
  return { messages, ended, prompt, leave: () => left.abort() }
}

test('an attempt by itself asks nobody: it ends with one notice, and is not repeated', async () => {
  const { far, connection, clock, events } = await run()
  expect(connection()).toMatchObject({ status: 'needs-attention', error: { code: 'ssh.prompt-needed' }, nextAttemptAtMs: null })
  await clock.advance(24 * 3_600_000)
  expect(far.attempts).toBe(1)
  expect(events.map(({ code }) => code)).toEqual(['connection.needs-attention'])
})

test('a link that is lost later asks nobody either', async () => {
  const { far, connection, clock, service, id } = await run()
  far.asks = []
  await service.reconnect(id)
  await settle()
  far.asks = [aQuestion('Code: ')]
  far.link?.lose(anError('unreachable'))
  await clock.advance(60_000)
  expect(connection()).toMatchObject({ status: 'needs-attention', error: { code: 'ssh.prompt-needed' } })
  expect(far.answers).toEqual([])
})

test('logging in with a person there: what is asked is answered once, and kept nowhere', async () => {
  const { service, id, connection, far, secrets, store, events, clock } = await run()
  const { messages, ended, prompt } = follow((signal) => service.logIn(id, signal))
  await settle()
  expect(prompt()).toMatchObject({ host: 'a', user: 'root', prompts: [{ text: 'Password: ', echo: false }], secret: 'password' })
  expect(prompt().expiresAtMs).toBe(clock.nowMs() + 110_000)
  service.prompts.answer(prompt().id, ['hunter2'], false)
  await settle()
  service.prompts.answer(prompt().id, ['271828'], true)
  await ended
  expect(messages.map((message) => (message.type === 'prompt' ? message.prompt?.prompts[0]?.text : message))).toEqual([
    'Password: ',
    undefined,
    'Code: ',
    undefined,
    { type: 'done', ok: true, error: null },
  ])
  expect(connection()?.status).toBe('online')
  expect(far.answers).toEqual(['hunter2', '271828'])
  expect(secrets.names()).toEqual([])
  const written = JSON.stringify([[...(store.rows.get('connection') ?? [])], events, messages])
  expect(written).not.toMatch(/hunter2|271828/)
})

test('a password is kept when that is wished, and only after it has served', async () => {
  const { service, id, far, secrets } = await run()
  const failing = follow((signal) => service.logIn(id, signal))
  await settle()
  service.prompts.answer(failing.prompt().id, ['typo'], true)
  await settle()
  service.prompts.answer(failing.prompt().id, null, false)
  await failing.ended
  expect(failing.messages.at(-1)).toMatchObject({ type: 'done', ok: false, error: { code: 'ssh.prompt-needed' } })
  expect(secrets.names()).toEqual([])
  far.asks = [aQuestion('Password: ', { secret: 'password' }), aQuestion('Password: ', { secret: 'password', refusedBefore: true })]
  const typo = follow((signal) => service.logIn(id, signal))
  await settle()
  service.prompts.answer(typo.prompt().id, ['typo'], true)
  await settle()
  service.prompts.answer(typo.prompt().id, ['hunter2'], false)
  await typo.ended
  expect(secrets.names()).toEqual([])
  far.asks = [aQuestion('Password: ', { secret: 'password' })]
  far.link?.lose(anError('unauthenticated'))
  await settle()
  const good = follow((signal) => service.logIn(id, signal))
  await settle()
  service.prompts.answer(good.prompt().id, ['hunter2'], true)
  await good.ended
  expect(await secrets.get(id, 'password')).toBe('hunter2')
})

test('who leaves, or takes too long, refuses to answer', async () => {
  const { service, id, connection, clock } = await run()
  const left = follow((signal) => service.logIn(id, signal))
  await settle()
  const { id: promptId } = left.prompt()
  left.leave()
  await settle()
  expect(connection()?.status).toBe('needs-attention')
  expect(() => service.prompts.answer(promptId, ['x'], false)).toThrow(expect.objectContaining({ code: 'prompt.over' }))
  const slow = follow((signal) => service.logIn(id, signal))
  await settle()
  expect(connection()?.status).toBe('connecting')
  await clock.advance(110_000)
  await slow.ended
  expect(slow.messages.slice(-2)).toMatchObject([
    { type: 'prompt', prompt: null },
    { type: 'done', ok: false },
  ])
  expect(connection()?.status).toBe('needs-attention')
})

test('an answer needs one text for each question, and a question', async () => {
  const { service, id } = await run()
  const { prompt } = follow((signal) => service.logIn(id, signal))
  await settle()
  const wrongCount = expect.objectContaining({ kind: 'invalid-input', code: 'prompt.wrong-count' })
  expect(() => service.prompts.answer(prompt().id, ['a', 'b'], false)).toThrow(wrongCount)
  expect(() => service.prompts.answer('p', ['a'], false)).toThrow(expect.objectContaining({ kind: 'not-found', code: 'prompt.over' }))
})

test('an attempt that hangs gives way to the person', async () => {
  const { service, id, far, connection } = await run()
  far.asks = []
  far.answer = 'hang'
  await service.reconnect(id)
  await settle()
  far.answer = 'ok'
  far.asks = [aQuestion('Code: ')]
  const { ended, prompt } = follow((signal) => service.logIn(id, signal))
  await settle()
  service.prompts.answer(prompt().id, ['271828'], false)
  await ended
  expect(connection()?.status).toBe('online')
  expect(far.attempts).toBe(3)
})

test('a connection that is switched off is not logged in to', async () => {
  const { service, id } = await run()
  await service.setEnabled(id, false)
  const { ended } = follow((signal) => service.logIn(id, signal))
  await expect(ended).rejects.toMatchObject({ code: 'connection.disabled' })
})

test('the check list asks whoever reads it, if that was wished, at the step that waits', async () => {
  const { service, far } = await run()
  const request = { providerId: 'fake', config: { host: 'a' }, secrets: {} }
  const { messages, ended, prompt } = follow((signal) => service.setup.check({ ...request, prompts: true }, signal))
  await settle()
  service.prompts.answer(prompt().id, ['hunter2'], false)
  await settle()
  expect(messages.at(-1)).toMatchObject({ type: 'step', step: { state: 'running' }, prompt: { prompts: [{ text: 'Code: ' }] } })
  service.prompts.answer(prompt().id, ['271828'], false)
  await ended
  expect(messages.at(-1)).toMatchObject({ type: 'done', ok: true })
  expect(far.answers).toEqual(['hunter2', '271828'])
  const unasked = follow((signal) => service.setup.check(request, signal))
  await expect(unasked.ended).rejects.toMatchObject({ code: 'ssh.prompt-needed' })
  expect(unasked.messages).toEqual([])
})
