import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PERMISSIONS } from '../../../shared/contract/index.ts'
import { createEngine, type Engine } from '../../engine/engine.ts'
import { systemClock } from '../../engine/system-clock.ts'
import { ClientMirror } from '../../engine/testing/client-mirror.ts'
import { providers } from '../../providers/registry.ts'
import { MemorySecretStore } from '../../secrets/memory-secret-store.ts'
import { openSqliteStore } from '../../store/sqlite/index.ts'
import type { CallContext } from '../handlers.ts'
import { createHandlers } from './index.ts'

const log = { debug() {}, info() {}, warn() {}, error() {} }

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'novacron-inventory-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function withEngine<T>(work: (engine: Engine) => Promise<T>, kinds = providers): Promise<T> {
  const store = await openSqliteStore({ file: join(folder, 'novacron.db'), log })
  const secrets = new MemorySecretStore('a test')
  const engine = createEngine({
    store,
    secrets,
    providers: kinds,
    clock: systemClock,
    log,
    dataDirectory: folder,
    homeDirectory: folder,
    face: 'local',
    version: '0.0.0',
    user: 'tester',
  })
  await engine.start()
  try {
    return await work(engine)
  } finally {
    await engine.stop()
    await store.close()
  }
}

function contextOf(signal: AbortSignal): CallContext {
  return { actor: 'tester', origin: 'test', clientId: 'client', permissions: new Set(PERMISSIONS), signal }
}

/** Reads the stream until the condition holds; the test's own deadline is the limit. */
async function follow(engine: Engine, enough: (mirror: ClientMirror) => boolean): Promise<ClientMirror> {
  const mirror = new ClientMirror()
  const abort = new AbortController()
  for await (const message of createHandlers(engine).inventory.watch({ packed: false }, contextOf(abort.signal))) {
    mirror.take(message)
    if (enough(mirror)) break
  }
  abort.abort()
  return mirror
}

const isOnline = (mirror: ClientMirror): boolean => {
  const connections = mirror.of('connection')
  return connections.length > 0 && connections.every(({ status }) => status === 'online')
}

test('a fleet is streamed once connected, and is all there, as cached, at the next start', async () => {
  const seen = await withEngine(async (engine) => {
    const handlers = createHandlers(engine)
    const context = contextOf(new AbortController().signal)
    await handlers.connections.addDemo({ hosts: 20, machines: 1_000, seed: 7, clouds: false }, context)
    const mirror = await follow(engine, (state) => isOnline(state) && state.of('machine').length === 1_000)
    const page = await handlers.inventory.machines({ query: 'state:running', sort: 'name', descending: false, limit: 10 }, context)
    expect(page.items).toHaveLength(10)
    expect(page.items.every(({ freshness }) => freshness === 'live')).toBe(true)
    expect(page.total).toBe(mirror.of('machine').filter(({ state }) => state === 'running').length)
    return mirror
  })

  // without the provider nobody can answer
  await withEngine(async (engine) => {
    const cached = await follow(engine, ({ ready }) => ready)
    expect(new Set(cached.of('machine').map(({ id }) => id))).toEqual(new Set(seen.of('machine').map(({ id }) => id)))
    expect(cached.of('host').every(({ freshness }) => (freshness as { state: string }).state === 'cached')).toBe(true)
  }, [])

  await withEngine(async (engine) => {
    const live = await follow(engine, (state) => state.ready && isOnline(state))
    expect(live.of('host').every(({ freshness }) => (freshness as { state: string }).state === 'live')).toBe(true)
    expect(live.of('machine')).toHaveLength(1_000)
  })
})

test('removing the demo workspace removes everything of it, for good', async () => {
  await withEngine(async (engine) => {
    const handlers = createHandlers(engine)
    const context = contextOf(new AbortController().signal)
    const { workspaceId } = await handlers.connections.addDemo({ hosts: 5, machines: 50, seed: 7, clouds: false }, context)
    await follow(engine, isOnline)
    await handlers.workspaces.remove({ workspaceId }, context)
  })
  await withEngine(async (engine) => {
    const mirror = await follow(engine, ({ ready }) => ready)
    expect([...mirror.objects.keys()].map((key) => key.split(' ')[0])).toEqual(['workspace'])
  })
})
