import { expect, test } from 'vitest'
import type { ErrorKind } from '../../../shared/errors/index.ts'
import type { ConnectionId } from '../../../shared/model/index.ts'
import { Inventory } from '../inventory/inventory.ts'
import { MetricsHistory } from '../metrics/metrics-history.ts'
import type { NewEvent } from '../ports.ts'
import { aConnection, aWorkspace } from '../testing/entities.ts'
import { putHost, putMachine } from '../testing/facts.ts'
import { FakeClock, settle } from '../testing/fake-clock.ts'
import { anError, FakeProvider } from '../testing/fake-provider.ts'
import { Supervisor } from './supervisor.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

function setup(names: readonly string[] = ['a'], local: readonly string[] = []) {
  const clock = new FakeClock(1_000_000)
  const inventory = new Inventory(clock)
  const provider = new FakeProvider()
  const events: NewEvent[] = []
  const ports = { clock, log: silent, dataDirectory: '/nowhere', homeDirectory: '/nowhere' }
  const supervisor = new Supervisor({
    clock,
    log: silent,
    inventory,
    metrics: new MetricsHistory(),
    events: { append: (event) => events.push(event) },
    open: (connection, options) => provider.definition.connect(connection.config, {}, ports, options),
    isLocal: (connection) => local.includes(connection.id),
  })
  inventory.publish('workspace', aWorkspace('w1'))
  for (const name of names) inventory.publish('connection', aConnection(name, { config: { host: name, local: false } }))
  const connection = (name = 'a') => inventory.get('connection', name)
  return {
    clock,
    inventory,
    provider,
    events,
    supervisor,
    connection,
    far: (name = 'a') => provider.far(name),
    startAll: async () => {
      for (const name of names) supervisor.start(name as ConnectionId)
      await settle()
    },
    codes: () => events.map(({ code }) => code),
    attempts: () => names.reduce((sum, name) => sum + provider.far(name).attempts, 0),
  }
}

const many = (count: number) => Array.from({ length: count }, (_, index) => `n${index}`)

test('a connection comes online: live, with its hosts, and is told of', async () => {
  const { startAll, connection, inventory, clock, events, supervisor } = setup()
  await startAll()
  expect(connection()).toMatchObject({ status: 'online', freshness: { state: 'live' }, error: null, lastOnlineAtMs: 1_000_000 })
  expect(inventory.get('host', 'a.h.a')).toMatchObject({ freshness: { state: 'live' }, observedAtMs: 1_000_000 })
  expect(supervisor.current('a' as ConnectionId)).toBeDefined()
  await clock.advance(2_000)
  expect(events).toMatchObject([{ code: 'connection.online', severity: 'info', connectionId: 'a', objectName: 'a' }])
})

test('while the first state is coming it is not online yet', async () => {
  const { startAll, connection, far, supervisor } = setup()
  far().silent = true
  await startAll()
  expect(connection()).toMatchObject({ status: 'connecting', freshness: { state: 'never' } })
  expect(supervisor.current('a' as ConnectionId)).toBeUndefined()
})

test('a lost link makes everything stale since then, removes nothing, and is tried again', async () => {
  const { startAll, connection, far, inventory, clock } = setup()
  far().first = [putHost('a'), putMachine('m', 'a')]
  await startAll()
  await clock.advance(60_000)
  far().answer = anError('unreachable')
  far().link?.lose(anError('unreachable', 'ssh.connection-lost'))
  await settle()
  const stale = { state: 'stale', sinceMs: 1_060_000, reason: 'ssh.connection-lost' }
  expect(connection()).toMatchObject({
    status: 'offline',
    freshness: stale,
    error: { code: 'ssh.connection-lost' },
    nextAttemptAtMs: 1_060_500,
  })
  expect(inventory.get('host', 'a.h.a')).toMatchObject({ freshness: stale })
  expect(inventory.count('machine')).toBe(1)
  await clock.advance(500)
  expect(far().attempts).toBe(2)
  far().answer = 'ok'
  await clock.advance(60_000)
  expect(connection()).toMatchObject({ status: 'online', freshness: { state: 'live' }, error: null })
  expect(inventory.get('host', 'a.h.a')?.freshness).toEqual({ state: 'live' })
})

test('what a former link still says is not heard', async () => {
  const { startAll, far, inventory } = setup()
  await startAll()
  const link = far().link
  link?.lose(anError('unreachable'))
  await settle()
  link?.sink?.changes([putMachine('ghost', 'a'), { op: 'complete', entity: 'host', hostRef: null, refs: [] }])
  expect([inventory.count('machine'), inventory.count('host')]).toEqual([0, 1])
})

test('cached stays cached until somebody answers', async () => {
  const { startAll, inventory, far, clock, connection } = setup()
  inventory.update('connection', 'a', { freshness: { state: 'cached', sinceMs: 5 } })
  far().answer = anError('timeout')
  await startAll()
  await clock.advance(30_000)
  expect(connection()?.freshness).toEqual({ state: 'cached', sinceMs: 5 })
  far().answer = 'ok'
  await clock.advance(60_000)
  expect(connection()?.freshness).toEqual({ state: 'live' })
})

test.each<ErrorKind>(['unreachable', 'timeout', 'rate-limited', 'remote-failure', 'exhausted'])(
  '%s: doubling waits, drawn at random, up to a minute',
  async (kind) => {
    const { startAll, far, clock, connection } = setup()
    far().answer = anError(kind)
    clock.randomValue = 1
    await startAll()
    const waits: number[] = []
    for (let index = 0; index < 9; index++) {
      const next = connection()?.nextAttemptAtMs ?? 0
      waits.push(next - clock.nowMs())
      expect(connection()?.status).toBe('offline')
      await clock.advance(next - clock.nowMs())
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000])
    expect(far().attempts).toBe(10)
  },
)

test('the far side may ask for a longer wait', async () => {
  const { startAll, far, connection } = setup()
  far().answer = anError('rate-limited', 'fake.slow-down', 90_000)
  await startAll()
  expect(connection()?.nextAttemptAtMs).toBe(1_090_000)
})

test.each<ErrorKind>(['unauthenticated', 'forbidden', 'unsupported', 'precondition', 'invalid-input', 'not-found'])(
  '%s: asks a person and is not tried again by itself',
  async (kind) => {
    const { startAll, far, clock, connection, codes, supervisor } = setup()
    far().answer = anError(kind)
    await startAll()
    expect(connection()).toMatchObject({ status: 'needs-attention', nextAttemptAtMs: null, error: { kind } })
    await clock.advance(24 * 3_600_000)
    expect(far().attempts).toBe(1)
    expect(codes()).toEqual(['connection.needs-attention'])
    far().answer = 'ok'
    supervisor.tryNow('a' as ConnectionId)
    await settle()
    expect(connection()).toMatchObject({ status: 'online', error: null })
  },
)

test.each<ErrorKind>(['protocol', 'bug'])('%s: a few times, then a person', async (kind) => {
  const { startAll, far, clock, connection } = setup()
  far().answer = anError(kind)
  await startAll()
  await clock.advance(3_600_000)
  expect(far().attempts).toBe(4)
  expect(connection()?.status).toBe('needs-attention')
})

test('a link that flaps waits longer and longer; one that held starts anew', async () => {
  const { startAll, far, clock, connection } = setup()
  clock.randomValue = 1
  await startAll()
  const waits: number[] = []
  const lose = async () => {
    far().link?.lose(anError('unreachable'))
    await settle()
    const wait = (connection()?.nextAttemptAtMs ?? 0) - clock.nowMs()
    waits.push(wait)
    await clock.advance(wait)
  }
  for (let index = 0; index < 4; index++) await lose()
  await clock.advance(10_000)
  await lose()
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 1_000])
})

test('an attempt that never ends is given up, and what opens late is closed', async () => {
  const { startAll, far, clock, connection, supervisor } = setup()
  far().answer = 'hang'
  await startAll()
  expect(connection()?.status).toBe('connecting')
  await clock.advance(35_000)
  expect(connection()).toMatchObject({ status: 'offline', error: { kind: 'timeout', code: 'connection.timeout' } })
  await supervisor.stopAll()
})

test('a first state that never completes is given up, and a place is free again', async () => {
  const { startAll, provider, clock, connection, inventory } = setup(many(12))
  for (const name of many(8)) provider.far(name).silent = true
  await startAll()
  expect([...inventory.all('connection')].filter(({ status }) => status === 'online')).toHaveLength(0)
  await clock.advance(125_000)
  expect(connection('n0')).toMatchObject({ status: 'offline', error: { code: 'connection.first-state-timeout' } })
  expect([...inventory.all('connection')].filter(({ status }) => status === 'online')).toHaveLength(4)
  expect(provider.far('n0').link).toBeUndefined()
})

test('a laptop that wakes tries at once whoever waits', async () => {
  const { startAll, far, clock, connection } = setup(['a', 'b'])
  far('a').answer = anError('unreachable')
  await startAll()
  await clock.advance(300_000)
  const attempts = far('a').attempts
  clock.randomValue = 1
  await clock.advance((connection('a')?.nextAttemptAtMs ?? 0) - clock.nowMs())
  far('a').answer = 'ok'
  expect((connection('a')?.nextAttemptAtMs ?? 0) - clock.nowMs()).toBe(60_000)
  clock.sleep(3_600_000)
  await clock.advance(10_000)
  expect([far('a').attempts, connection('a')?.status]).toEqual([attempts + 2, 'online'])
})

test('a laptop that wakes without a network looks for it at once', async () => {
  const { startAll, provider, clock, codes, attempts, inventory } = setup(many(4))
  for (const name of many(4)) provider.far(name).answer = anError('unreachable')
  await startAll()
  clock.randomValue = 1
  await clock.advance(300_000)
  const before = attempts()
  while ([...inventory.all('connection')].every(({ nextAttemptAtMs }) => (nextAttemptAtMs ?? 0) - clock.nowMs() < 14_000))
    await clock.advance(500)
  clock.sleep(3_600_000)
  for (const name of many(4)) provider.far(name).answer = 'ok'
  await clock.advance(10_000)
  expect(attempts() - before).toBeLessThanOrEqual(6)
  expect(codes()).toContain('network.up')
})

test('at most eight attempts at once', async () => {
  const { startAll, provider, attempts, clock } = setup(many(50))
  for (const name of many(50)) provider.far(name).answer = 'hang'
  await startAll()
  expect([attempts(), provider.connecting]).toEqual([8, 8])
  await clock.advance(35_000)
  expect(provider.mostConnecting).toBe(8)
})

test('200 hosts come online: one line in the log', async () => {
  const { startAll, inventory, codes, clock, provider } = setup(many(200))
  await startAll()
  await clock.advance(10_000)
  expect([...inventory.all('connection')].filter(({ status }) => status === 'online')).toHaveLength(200)
  expect(codes()).toEqual(['connections.online'])
  expect(provider.mostConnecting).toBeLessThanOrEqual(8)
})

test('200 hosts all down: bounded attempts, one notice, and all again when one answers', async () => {
  const { startAll, provider, attempts, clock, codes, inventory, events } = setup(many(200))
  for (const name of many(200)) provider.far(name).answer = anError('unreachable')
  await startAll()
  await clock.advance(1_000)
  expect(attempts()).toBeLessThan(40)
  const before = attempts()
  await clock.advance(600_000)
  // one at a time, 15 s apart at most
  expect(attempts() - before).toBeLessThan(90)
  expect(provider.mostConnecting).toBeLessThanOrEqual(8)
  expect(codes()).toEqual(['network.down'])
  expect([...inventory.all('connection')].every(({ status }) => status === 'offline')).toBe(true)
  expect([...inventory.all('connection')].filter(({ nextAttemptAtMs }) => nextAttemptAtMs !== null)).toHaveLength(1)

  let seed = 1
  clock.randomValue = () => {
    seed = (seed * 16_807) % 2_147_483_647
    return seed / 2_147_483_647
  }
  for (const name of many(200)) provider.far(name).answer = 'ok'
  await clock.advance(30_000)
  expect([...inventory.all('connection')].every(({ status }) => status === 'online')).toBe(true)
  expect(codes()).toEqual(['network.down', 'network.up', 'connections.online'])
  expect(events[2]?.params).toMatchObject({ count: 200 })
  expect(provider.mostConnecting).toBeLessThanOrEqual(8)
})

test('what is still down after the network has come back gets its own line', async () => {
  const { startAll, provider, clock, codes } = setup(many(6))
  for (const name of many(6)) provider.far(name).answer = anError('unreachable')
  await startAll()
  await clock.advance(60_000)
  for (const name of many(5)) provider.far(name).answer = 'ok'
  await clock.advance(120_000)
  expect(codes().sort()).toEqual(['connection.unreachable', 'connections.online', 'network.down', 'network.up'])
})

test('all links lost at once is our own network: one notice instead of many', async () => {
  const { startAll, provider, clock, codes, events } = setup(many(30))
  await startAll()
  await clock.advance(60_000)
  events.length = 0
  for (const name of many(30)) {
    provider.far(name).answer = anError('timeout')
    provider.far(name).link?.lose(anError('unreachable'))
    await clock.advance(500)
  }
  await clock.advance(60_000)
  expect(codes()).toEqual(['network.down'])
  expect(events[0]).toMatchObject({ severity: 'error', params: { connections: 30 } })
  provider.far('n7').answer = 'ok'
  await clock.advance(30 * 16_000)
  expect(codes()).toContain('network.up')
})

test('one of two lost is that host; both at once is the network; both days apart is not', async () => {
  const { startAll, provider, clock, codes, supervisor } = setup(['a', 'b'])
  await startAll()
  await clock.advance(60_000)
  provider.far('a').answer = anError('unreachable')
  provider.far('a').link?.lose(anError('unreachable'))
  await clock.advance(3 * 3_600_000)
  expect(codes()).toEqual(['connection.online', 'connection.online', 'connection.lost'])
  provider.far('b').answer = anError('unreachable')
  provider.far('b').link?.lose(anError('unreachable'))
  await clock.advance(60_000)
  expect(codes()).not.toContain('network.down')
  await supervisor.stopAll()
})

test('wrong passwords on all hosts are no lost network', async () => {
  const { startAll, provider, clock, codes } = setup(many(20))
  for (const name of many(20)) provider.far(name).answer = anError('unauthenticated')
  await startAll()
  await clock.advance(60_000)
  expect(codes()).toEqual(['connections.needs-attention'])
})

test('a link on this computer neither proves nor disproves the network', async () => {
  const { startAll, provider, clock, codes } = setup(['local', 'a', 'b'], ['local'])
  provider.far('a').answer = anError('unreachable')
  provider.far('b').answer = anError('unreachable')
  await startAll()
  await clock.advance(5_000)
  expect(codes()).toContain('network.down')
})

test('a host that fails is told of once, however often it is tried', async () => {
  const { startAll, far, clock, codes } = setup()
  far().answer = anError('unreachable')
  await startAll()
  await clock.advance(3_600_000)
  expect(codes()).toEqual(['connection.unreachable'])
})

test('removing the connections that fail ends the search for the network', async () => {
  const { startAll, provider, clock, codes, supervisor } = setup(['a', 'b'])
  provider.far('a').answer = anError('unreachable')
  provider.far('b').answer = anError('unreachable')
  await startAll()
  await clock.advance(5_000)
  expect(codes()).toEqual(['network.down'])
  await supervisor.stop('a' as ConnectionId, 'connection.removed')
  await supervisor.stop('b' as ConnectionId, 'connection.removed')
  await clock.advance(60_000)
  expect(codes()).toEqual(['network.down'])
  await supervisor.stopAll()
  expect(clock.pending).toBe(0)
})

test('a connection added while the network is down is tried, and then waits its turn', async () => {
  const { startAll, provider, clock, inventory, supervisor, connection } = setup(['a', 'b'])
  provider.far('a').answer = anError('unreachable')
  provider.far('b').answer = anError('unreachable')
  await startAll()
  await clock.advance(5_000)
  // the two that failed now need a person, which is no proof of a network
  provider.far('a').answer = anError('precondition')
  provider.far('b').answer = anError('precondition')
  await clock.advance(60_000)
  expect([connection('a')?.status, connection('b')?.status]).toEqual(['needs-attention', 'needs-attention'])
  provider.far('c').answer = anError('unreachable')
  inventory.publish('connection', aConnection('c', { config: { host: 'c', local: false } }))
  supervisor.start('c' as ConnectionId)
  await clock.advance(30_000)
  expect(provider.far('c').attempts).toBeGreaterThan(1)
  provider.far('c').answer = 'ok'
  await clock.advance(30_000)
  expect(connection('c')?.status).toBe('online')
})

test('stopping closes the link, abandons attempts and leaves no timer', async () => {
  const { startAll, provider, supervisor, clock, connection } = setup(['a', 'b', 'c'])
  provider.far('b').answer = 'hang'
  provider.far('c').answer = anError('unreachable')
  await startAll()
  const link = provider.far('a').link
  await supervisor.stopAll()
  await settle()
  expect(link?.over).toBe(true)
  expect(clock.pending).toBe(0)
  expect(connection('a')?.freshness).toMatchObject({ state: 'stale', reason: 'console.closed' })
})

test('links are announced as they open and end', async () => {
  const { startAll, supervisor, far } = setup()
  const heard: string[] = []
  supervisor.onChange((id) => heard.push(`${id} ${supervisor.current(id) ? 'open' : 'ended'}`))
  await startAll()
  far().link?.lose(null)
  await settle()
  expect(heard).toEqual(['a open', 'a ended'])
})

test('what clients look at is merged and handed to the links, also to those that open later', async () => {
  const { startAll, supervisor, far } = setup()
  far().first = [putHost('a'), ...['m1', 'm2', 'm3'].map((ref) => putMachine(ref, 'a'))]
  await startAll()
  const look = (client: string, visible: string[], focused: string | null) =>
    supervisor.interest.set(client, {
      visible: visible.map((ref) => `a.m.${ref}`) as never,
      focused: focused === null ? null : (`a.m.${focused}` as never),
      hostId: null,
    })
  look('one', ['m1'], 'm2')
  look('two', ['m3'], null)
  expect(far().link?.interest).toEqual({ visibleRefs: new Set(['m1', 'm2', 'm3']), focusedRef: 'm2' })
  supervisor.interest.forget('one')
  expect(far().link?.interest).toEqual({ visibleRefs: new Set(['m3']), focusedRef: null })
  await supervisor.restart('a' as ConnectionId)
  await settle()
  expect(far().links.at(-1)?.interest).toEqual({ visibleRefs: new Set(['m3']), focusedRef: null })
  supervisor.interest.forget('two')
  expect(far().links.at(-1)?.interest).toEqual({ visibleRefs: new Set(), focusedRef: null })
})

test('a storm of the same trouble is told ten times and then counted', async () => {
  const { startAll, far, clock, codes, events } = setup()
  far().first = [putHost('a'), putMachine('m', 'a')]
  await startAll()
  const say = (code: string, severity: 'info' | 'error') =>
    far().link?.sink?.event({ atMs: 1, severity, code, params: {}, text: code, machineRef: 'm', hostRef: null })
  for (let index = 0; index < 500; index++) say('disk.error', 'error')
  for (let index = 0; index < 30; index++) say('machine.started', 'info')
  await clock.advance(11_000)
  const count = (code: string) => codes().filter((each) => each === code).length
  expect([count('disk.error'), count('machine.started'), count('events.repeated')]).toEqual([10, 30, 1])
  expect(events.find(({ code }) => code === 'events.repeated')).toMatchObject({
    params: { code: 'disk.error', count: 490 },
    machineId: 'a.m.m',
    hostId: 'a.h.a',
  })
})

test('a part that cannot be read is stale by itself, stays so when the link comes online, and is live when it is seen again', async () => {
  const { startAll, connection, far, inventory, events, clock } = setup()
  far().first = [putHost('north'), putHost('south'), putMachine('m', 'south')]
  far().silent = true
  await startAll()
  const sink = far().link?.sink
  sink?.unseen('south', 900_000, anError('forbidden', 'cloud.place-not-enabled'))
  far().speak()
  await settle()
  expect(connection()).toMatchObject({ status: 'online', freshness: { state: 'live' } })
  expect(inventory.get('host', 'a.h.north')?.freshness).toEqual({ state: 'live' })
  expect(inventory.get('host', 'a.h.south')?.freshness).toEqual({ state: 'stale', sinceMs: 900_000, reason: 'cloud.place-not-enabled' })
  expect(inventory.get('machine', 'a.m.m')).toBeDefined()
  sink?.unseen('south', 900_000, anError('forbidden', 'cloud.place-not-enabled'))
  expect(events.filter(({ code }) => code === 'host.unseen')).toMatchObject([{ hostId: 'a.h.south', severity: 'warning' }])
  await clock.advance(1_000)
  sink?.confirmed('south', clock.nowMs())
  expect(inventory.get('host', 'a.h.south')?.freshness).toEqual({ state: 'live' })
})

test('an account that was added twice is told, with the other’s name', async () => {
  const { startAll, far, events } = setup(['a', 'b', 'c'])
  for (const [name, account] of [
    ['a', '1111'],
    ['b', '1111'],
    ['c', '2222'],
  ] as const)
    far(name).first = [putHost('eu-central-1', { account })]
  await startAll()
  expect(
    events.filter(({ code }) => code === 'connection.added-twice').map(({ connectionId, params }) => [connectionId, params?.others]),
  ).toEqual([['b', 'a']])
})
