import { describe, expect, test } from 'vitest'
import type { CheckMessage, ConnectionId, WorkspaceId } from '../../../shared/model/index.ts'
import { InventoryService } from '../inventory/inventory-service.ts'
import type { NewEvent } from '../ports.ts'
import { aConnection, aTask, aWorkspace } from '../testing/entities.ts'
import { putHost, putMachine } from '../testing/facts.ts'
import { FakeClock, settle } from '../testing/fake-clock.ts'
import { anError, FakeProvider } from '../testing/fake-provider.ts'
import { FakeSecrets } from '../testing/fake-secrets.ts'
import { MemoryEntityStore } from '../testing/memory-entity-store.ts'
import { ConnectionService } from './connection-service.ts'
import type { CheckRequest } from './connection-setup.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

async function run(store = new MemoryEntityStore(), secrets = new FakeSecrets()) {
  const clock = new FakeClock(1_000_000)
  const { inventory, persister, metrics, ...rest } = new InventoryService({ store, clock, log: silent })
  await persister.load()
  const provider = new FakeProvider()
  const other = new FakeProvider('other')
  const events: NewEvent[] = []
  const service = new ConnectionService({
    inventory,
    persister,
    metrics,
    secrets,
    clock,
    log: silent,
    events: { append: (event) => events.push(event) },
    providers: [provider.definition, other.definition],
    dataDirectory: '/nowhere',
    homeDirectory: '/nowhere',
  })
  service.start()
  const [workspace] = inventory.all('workspace')
  const workspaceId = workspace?.id ?? ('missing' as WorkspaceId)
  const add = async (host: string, more: Partial<Parameters<ConnectionService['add']>[0]> = {}) => {
    const input = { workspaceId, providerId: 'fake', name: host, config: { host }, secrets: {}, remember: true, ...more }
    const connection = await service.add(input)
    await settle()
    return connection
  }
  const connection = (id: string) => inventory.get('connection', id)
  return { clock, inventory, persister, provider, other, events, service, store, secrets, add, connection, workspaceId, ...rest }
}

test('the first start makes one workspace; the next finds it', async () => {
  const { store, inventory, persister } = await run()
  await persister.flush()
  expect([...inventory.all('workspace')]).toMatchObject([{ name: 'My machines', demo: false }])
  const again = await run(store)
  expect([...again.inventory.all('workspace')]).toEqual([...inventory.all('workspace')])
})

test('adding parses the configuration, keeps it at once, connects, and is found again', async () => {
  const { add, connection, store, provider } = await run()
  const added = await add('a', { secrets: { password: 'none-guesses-it' } })
  expect(added).toMatchObject({ status: 'connecting', config: { host: 'a', local: false }, address: 'a', freshness: { state: 'never' } })
  expect(connection(added.id)?.status).toBe('online')
  expect(provider.far('a').secrets).toEqual({ password: 'none-guesses-it' })
  expect(JSON.stringify([...(store.rows.get('connection') ?? [])])).not.toContain('none-guesses-it')
  const again = await run(store)
  expect(again.connection(added.id)).toMatchObject({ status: 'connecting', name: 'a' })
  await settle()
  expect(again.connection(added.id)).toMatchObject({ status: 'online' })
})

test.each([
  [{ providerId: 'nobody' }, { kind: 'not-found', code: 'provider.unknown' }],
  [{ workspaceId: 'w' as WorkspaceId }, { kind: 'not-found', code: 'workspace.unknown' }],
  [{ config: { host: '' } }, { kind: 'invalid-input', code: 'connection.bad-config' }],
  [{ config: { host: 'known' } }, { kind: 'conflict', code: 'connection.duplicate' }],
])('adding %j is refused and leaves nothing behind', async (more, error) => {
  const { add, inventory, secrets } = await run()
  await add('known')
  await expect(add('new', { secrets: { password: 'x' }, ...more })).rejects.toMatchObject(error)
  expect(inventory.count('connection')).toBe(1)
  expect(secrets.names()).toEqual([])
})

test('secrets that are not to be remembered serve this run only', async () => {
  const { add, store, secrets, provider } = await run()
  await add('a', { secrets: { password: 'x' }, remember: false })
  expect(provider.far('a').secrets).toEqual({ password: 'x' })
  expect(secrets.names()).toEqual([])
  const again = await run(store, secrets)
  await settle()
  expect(again.provider.far('a').secrets).toEqual({})
})

test('sealed secrets: a person is asked; opening them connects', async () => {
  const { add, store, secrets } = await run()
  const { id } = await add('a', { secrets: { password: 'x' } })
  await add('b')
  secrets.locked = true
  const again = await run(store, secrets)
  await settle()
  expect(again.connection(id)).toMatchObject({ status: 'needs-attention', error: { code: 'secrets.locked' } })
  expect([...again.inventory.all('connection')].find(({ name }) => name === 'b')?.status).toBe('online')
  await expect(again.add('c', { secrets: { password: 'y' } })).rejects.toMatchObject({ code: 'secrets.locked' })
  expect(again.inventory.count('connection')).toBe(2)
  await secrets.unlock()
  await settle()
  expect(again.connection(id)?.status).toBe('online')
})

test('a new name changes the name alone; a new configuration or password reconnects', async () => {
  const { add, service, connection, provider, store } = await run()
  const { id } = await add('a')
  await service.update({ connectionId: id, name: 'rack 3', remember: true })
  expect(provider.far('a').attempts).toBe(1)
  expect(connection(id)?.name).toBe('rack 3')
  await service.update({ connectionId: id, secrets: { password: 'new' }, remember: true })
  await settle()
  expect([provider.far('a').attempts, provider.far('a').secrets]).toEqual([2, { password: 'new' }])
  await service.update({ connectionId: id, config: { host: 'b' }, remember: true })
  await settle()
  expect(connection(id)).toMatchObject({ address: 'b', status: 'online' })
  expect(provider.far('a').link).toBeUndefined()
  expect(store.rows.get('connection')?.get(id)).toMatchObject({ address: 'b', name: 'rack 3' })
  await add('c')
  await expect(service.update({ connectionId: id, config: { host: 'c' }, remember: true })).rejects.toMatchObject({
    code: 'connection.duplicate',
  })
  await expect(service.update({ connectionId: 'x' as ConnectionId, name: 'y', remember: true })).rejects.toMatchObject({
    code: 'connection.unknown',
  })
})

test('forgetting a connection takes its objects, its samples and its secrets, unless tasks run on it', async () => {
  const { add, service, inventory, provider, store, secrets } = await run()
  provider.far('a').first = [putHost('a'), putMachine('m', 'a')]
  const { id } = await add('a', { secrets: { password: 'x' } })
  inventory.putTask(aTask('t', { connectionId: id }))
  await expect(service.remove(id)).rejects.toMatchObject({ kind: 'precondition', code: 'connection.busy', details: { tasks: 1 } })
  inventory.putTask(aTask('t', { connectionId: id, state: 'succeeded', revision: 2 }))
  await service.remove(id)
  expect(['connection', 'host', 'machine'].map((entity) => inventory.count(entity as 'host'))).toEqual([0, 0, 0])
  expect(provider.far('a').link).toBeUndefined()
  expect([store.rows.get('connection')?.size, store.rows.get('machine')?.size]).toEqual([0, 0])
  expect(secrets.names()).toEqual([])
})

test('switched off stays off, over restarts too, and keeps what was known', async () => {
  const { add, service, connection, provider, inventory, store, clock } = await run()
  provider.far('a').first = [putHost('a'), putMachine('m', 'a')]
  const { id } = await add('a')
  await service.setEnabled(id, false)
  expect(connection(id)).toMatchObject({ status: 'disabled', freshness: { state: 'stale', reason: 'connection.disabled' } })
  expect(inventory.count('machine')).toBe(1)
  await service.reconnect()
  await clock.advance(600_000)
  expect(provider.far('a').attempts).toBe(1)
  await expect(service.reconnect(id)).rejects.toMatchObject({ code: 'connection.disabled' })
  const again = await run(store)
  await settle()
  expect(again.connection(id)?.status).toBe('disabled')
  await again.service.setEnabled(id, true)
  await settle()
  expect(again.connection(id)?.status).toBe('online')
})

test('reconnect: at once when it is not online, a refresh when it is', async () => {
  const { add, service, provider, connection } = await run()
  provider.far('a').answer = anError('unreachable')
  const { id } = await add('a')
  provider.far('a').answer = 'ok'
  await service.reconnect()
  await settle()
  expect(connection(id)?.status).toBe('online')
  await service.reconnect(id)
  expect([provider.far('a').attempts, provider.far('a').link?.refreshes]).toEqual([2, 1])
})

test('a confirmed host key is handed on and the connection tried again', async () => {
  const { add, service, provider, connection } = await run()
  provider.far('a').answer = anError('precondition', 'ssh.host-key-changed')
  const { id } = await add('a')
  expect(connection(id)?.status).toBe('needs-attention')
  provider.far('a').answer = 'ok'
  await service.acceptHostKey(id, { host: 'a', port: 22, keyType: 'ssh-ed25519', fingerprint: 'SHA256:x' }, true)
  await settle()
  expect(provider.accepted).toEqual([{ fingerprint: 'SHA256:x', replace: true }])
  expect(connection(id)?.status).toBe('online')
})

test('a check trusts the confirmed key and no other, and may use kept secrets', async () => {
  const { add, service, provider } = await run()
  const { id } = await add('a', { secrets: { password: 'kept' } })
  const key = { host: 'a', port: 22, keyType: 'ssh-ed25519', fingerprint: 'SHA256:x' }
  provider.hostKey = { ...key, status: 'unknown', previous: [] }
  const check = async (acceptHostKey?: typeof key) => {
    const messages = []
    const request = { providerId: 'fake', config: { host: 'a' }, secrets: {}, connectionId: id, acceptHostKey }
    for await (const message of service.setup.check(request, new AbortController().signal)) messages.push(message)
    return messages
  }
  expect(await check()).toMatchObject([{ type: 'host-key' }, { type: 'done', ok: false }])
  expect(await check({ ...key, fingerprint: 'SHA256:y' })).toMatchObject([{ type: 'host-key' }, { type: 'done', ok: false }])
  expect(await check(key)).toMatchObject([{ type: 'done', ok: true }])
  expect(provider.far('a').secrets).toEqual({ password: 'kept' })
})

describe('secrets that are kept for one target', () => {
  const checked = async (
    { service }: Awaited<ReturnType<typeof run>>,
    request: Partial<CheckRequest> & { readonly connectionId: ConnectionId },
  ) => {
    const messages: CheckMessage[] = []
    const asked = { providerId: 'fake', config: { host: 'elsewhere' }, secrets: {}, ...request }
    for await (const message of service.setup.check(asked, new AbortController().signal)) messages.push(message)
    return messages
  }

  test('are not shown to another one in a check, which says so when the login is refused', async () => {
    const bench = await run()
    const { id } = await bench.add('a', { secrets: { password: 'kept', passphrase: 'kept too' } })
    bench.provider.loginFails = anError('unauthenticated', 'ssh.auth-failed')
    const [refused] = await checked(bench, { connectionId: id })
    expect(bench.provider.far('elsewhere').secrets).toEqual({})
    expect(refused).toMatchObject({
      step: {
        error: { code: 'ssh.auth-failed', details: { remedy: 'type-secrets-again' }, message: expect.stringContaining('Type it again') },
      },
    })
    await checked(bench, { connectionId: id, secrets: { password: 'typed' } })
    expect(bench.provider.far('elsewhere').secrets).toEqual({ password: 'typed' })
    const [own] = await checked(bench, { connectionId: id, config: { host: 'a', local: true } })
    expect(bench.provider.far('a').secrets).toEqual({ password: 'kept', passphrase: 'kept too' })
    expect(own).not.toMatchObject({ step: { error: { details: { remedy: 'type-secrets-again' } } } })
  })

  test('are not shown to another kind of connection, nor while they are sealed', async () => {
    const bench = await run()
    const { id } = await bench.add('a', { secrets: { password: 'kept' } })
    await checked(bench, { connectionId: id, providerId: 'other', config: { host: 'a' } })
    expect(bench.other.far('a').secrets).toEqual({})
    bench.secrets.locked = true
    bench.provider.loginFails = anError('unauthenticated')
    const [refused] = await checked(bench, { connectionId: id })
    expect(refused).toMatchObject({ step: { error: { details: { remedy: 'type-secrets-again' } } } })
  })

  test('are forgotten when the connection gets another one, but for those that are given anew', async () => {
    const bench = await run()
    const { id } = await bench.add('a', { secrets: { password: 'kept', passphrase: 'kept too' } })
    await bench.service.update({ connectionId: id, config: { host: 'a', local: true }, remember: true })
    await settle()
    expect(bench.provider.far('a').secrets).toEqual({ password: 'kept', passphrase: 'kept too' })
    await bench.service.update({ connectionId: id, config: { host: 'b' }, secrets: { passphrase: 'new' }, remember: true })
    await settle()
    expect(bench.provider.far('b').secrets).toEqual({ passphrase: 'new' })
    expect(bench.secrets.names()).toEqual([`${id}/passphrase`])
    await bench.service.update({ connectionId: id, config: { host: 'c' }, remember: true })
    await settle()
    expect(bench.provider.far('c').secrets).toEqual({})
    expect(bench.secrets.names()).toEqual([])
  })

  test('stay when what is given anew cannot be kept', async () => {
    const bench = await run()
    const { id } = await bench.add('a', { secrets: { password: 'kept' } })
    bench.secrets.locked = true
    const update = bench.service.update({ connectionId: id, config: { host: 'b' }, secrets: { passphrase: 'new' }, remember: true })
    await expect(update).rejects.toMatchObject({ code: 'secrets.locked' })
    expect(bench.secrets.names()).toEqual([`${id}/password`])
    expect(bench.connection(id)?.address).toBe('a')
  })
})

test('the kinds of connections come with forms made from their schemas', async () => {
  const { service } = await run()
  expect(service.setup.providers()[0]).toMatchObject({
    id: 'fake',
    label: 'Fake',
    discovers: true,
    secrets: [{ name: 'password' }, { name: 'passphrase' }],
    secretTargets: ['host'],
    configSchema: { type: 'object', properties: { host: { type: 'string', title: 'Host' } }, required: ['host'] },
  })
})

test('discovery knows what was added already, and one failing source does not hide the others', async () => {
  const { add, service, other } = await run()
  const { id } = await add('a')
  other.discoverFails = anError('forbidden', 'ssh-config.unreadable')
  await expect(service.setup.discover()).resolves.toMatchObject({
    candidates: [{ providerId: 'fake', name: 'known', connectionId: id }],
    problems: [{ source: 'other', error: { code: 'ssh-config.unreadable' } }],
  })
})

test('the demo opens once, in a workspace of its own, and goes with it', async () => {
  const { service, inventory } = await run()
  const demo = await service.addDemo({ hosts: 5, machines: 50, seed: 1, clouds: false })
  await settle()
  await expect(service.addDemo({ hosts: 5, machines: 50, seed: 1, clouds: false })).resolves.toBe(demo)
  expect(inventory.get('workspace', demo)).toMatchObject({ demo: true })
  expect([...inventory.all('connection')].map(({ name, workspaceId }) => [name, workspaceId])).toEqual([
    ['North', demo],
    ['South', demo],
  ])
  await service.removeWorkspace(demo)
  const withClouds = await service.addDemo({ hosts: 5, machines: 50, seed: 1, clouds: true })
  expect([...inventory.all('connection')].map(({ name, providerId }) => [name, providerId])).toContainEqual(['Cloud', 'other'])
  await service.removeWorkspace(withClouds)
  expect([inventory.count('connection'), inventory.count('host'), inventory.count('workspace')]).toEqual([0, 0, 1])
})

test('workspaces: names are unique, the last one stays, one with running tasks too', async () => {
  const { service, inventory, workspaceId, add } = await run()
  const created = await service.workspaces.create('Kestrel')
  await expect(service.workspaces.create('KESTREL')).rejects.toMatchObject({ code: 'workspace.name-taken' })
  await expect(service.workspaces.rename(workspaceId, 'kestrel')).rejects.toMatchObject({ code: 'workspace.name-taken' })
  await expect(service.workspaces.rename(created.id, 'KESTREL')).resolves.toMatchObject({ name: 'KESTREL' })
  const { id } = await add('a')
  inventory.putTask(aTask('t', { connectionId: id }))
  await expect(service.removeWorkspace(workspaceId)).rejects.toMatchObject({ code: 'connection.busy' })
  expect(inventory.count('connection')).toBe(1)
  inventory.putTask(aTask('t', { connectionId: id, revision: 2, state: 'cancelled' }))
  await service.removeWorkspace(workspaceId)
  await expect(service.removeWorkspace(created.id)).rejects.toMatchObject({ code: 'workspace.last' })
})

test('a connection of a kind that this release does not know is told of, not lost', async () => {
  const store = new MemoryEntityStore()
  await store.save([
    { op: 'put', entity: 'workspace', value: aWorkspace('w1') },
    { op: 'put', entity: 'connection', value: aConnection('c1', { providerId: 'gone' }) },
  ])
  const { connection } = await run(store)
  await settle()
  expect(connection('c1')).toMatchObject({ status: 'needs-attention', error: { code: 'provider.unknown' } })
})

test('a store that cannot be written does not hinder adding', async () => {
  const { add, store, connection } = await run()
  store.failWith = new Error('read-only')
  const { id } = await add('a')
  expect(connection(id)?.status).toBe('online')
})

test('a client that has gone no longer steers sampling', async () => {
  const { add, service, provider, inventory } = await run()
  provider.far('a').first = [putHost('a'), putMachine('m', 'a')]
  const { id } = await add('a')
  service.supervisor.interest.set('client', { visible: [`${id}.m.m` as never], focused: null, hostId: null })
  expect(provider.far('a').link?.interest?.visibleRefs.size).toBe(1)
  inventory.removeConnection('nobody' as ConnectionId)
  service.supervisor.interest.forget('client')
  expect(provider.far('a').link?.interest?.visibleRefs.size).toBe(0)
})

/** The far side takes its time to say goodbye; answers how to let it end. */
function slowGoodbye(provider: FakeProvider, host: string): () => void {
  const { link } = provider.far(host)
  let resolve = () => {}
  const goodbye = new Promise<void>((settled) => {
    resolve = settled
  })
  const close = link?.close.bind(link)
  if (link && close) link.close = () => goodbye.then(close)
  return () => resolve()
}

test('switched off while it starts anew, it stays off', async () => {
  const { add, service, connection, provider } = await run()
  const { id } = await add('a')
  const goodbye = slowGoodbye(provider, 'a')
  const update = service.update({ connectionId: id, secrets: { password: 'new' }, remember: true })
  await settle()
  const off = service.setEnabled(id, false)
  goodbye()
  await Promise.all([update, off])
  await settle()
  expect(connection(id)?.status).toBe('disabled')
  expect(provider.far('a').attempts).toBe(1)
})

test('switched on again before its link has ended, it is on', async () => {
  const { add, service, connection, provider } = await run()
  const { id } = await add('a')
  const goodbye = slowGoodbye(provider, 'a')
  const off = service.setEnabled(id, false)
  await settle()
  const on = service.setEnabled(id, true)
  goodbye()
  await Promise.all([off, on])
  await settle()
  expect(connection(id)?.status).toBe('online')
})

test('what was about to start when the console stops does not start', async () => {
  const { add, service, provider } = await run()
  const { id } = await add('a')
  const goodbye = slowGoodbye(provider, 'a')
  const update = service.update({ connectionId: id, secrets: { password: 'new' }, remember: true })
  await settle()
  await service.stop()
  goodbye()
  await update
  await settle()
  expect(provider.far('a').attempts).toBe(1)
})

test('a link that never ends does not keep the console from ending', async () => {
  const { add, service, provider, clock } = await run()
  await add('a')
  slowGoodbye(provider, 'a')
  let stopped = false
  const stop = service.stop().then(() => {
    stopped = true
  })
  await clock.advance(10_000)
  expect(stopped).toBe(true)
  await stop
})

test('of two last workspaces that are removed at once, one stays', async () => {
  const { add, service, provider, inventory, workspaceId } = await run()
  const second = await service.workspaces.create('Second')
  await add('a')
  await add('b', { workspaceId: second.id })
  const goodbyes = [slowGoodbye(provider, 'a'), slowGoodbye(provider, 'b')]
  const removals = Promise.allSettled([service.removeWorkspace(workspaceId), service.removeWorkspace(second.id)])
  await settle()
  for (const goodbye of goodbyes) goodbye()
  expect((await removals).map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  expect([inventory.count('workspace'), inventory.count('connection')]).toEqual([1, 1])
})

test('nothing is added to a workspace that is being removed', async () => {
  const { add, service, provider, inventory } = await run()
  const second = await service.workspaces.create('Second')
  await add('a', { workspaceId: second.id })
  const goodbye = slowGoodbye(provider, 'a')
  const removal = service.removeWorkspace(second.id)
  await settle()
  await expect(add('b', { workspaceId: second.id, secrets: { password: 'x' } })).rejects.toMatchObject({ code: 'workspace.unknown' })
  goodbye()
  await removal
  expect([...inventory.all('connection')]).toEqual([])
})
