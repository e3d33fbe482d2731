import { expect, test } from 'vitest'
import type { AppError } from '../../../shared/errors/index.ts'
import { type HostId, type HostTopology, type NetworkId, networkSpecSchema, type TaskId } from '../../../shared/model/index.ts'
import type { ProvidedTopology, ProviderConnection } from '../../providers/provider.ts'
import type { InventoryReader } from '../ports.ts'
import type { TaskRequest } from '../tasks/task-kind.ts'
import { FakeClock } from '../testing/fake-clock.ts'
import { NetworkService } from './network-service.ts'
import { FakeNetworks } from './testing/fake-networks.ts'

const AUTHOR = { actor: 'maja', origin: 'page', reason: null }
const HOST = 'c1.h.host' as HostId
const NET = 'c1.n.n1' as NetworkId

/** A host with a network, a cloud, and a host that is not there; tasks are only kept. */
function fleet() {
  const networks = new FakeNetworks()
  networks.put('n1', { name: 'lab' })
  const objects = new Map<string, unknown>([
    ['connection c1', { id: 'c1', name: 'kvm-01' }],
    [`host ${HOST}`, { id: HOST, connectionId: 'c1', nativeRef: 'host', name: 'kvm-01' }],
    ['host c2.h.host', { id: 'c2.h.host', connectionId: 'c2', nativeRef: 'host', name: 'away' }],
    ['host c3.h.eu', { id: 'c3.h.eu', connectionId: 'c3', nativeRef: 'eu', name: 'cloud' }],
    [`network ${NET}`, { id: NET, connectionId: 'c1', hostId: HOST, nativeRef: 'n1', name: 'lab', cidrs: ['10.0.0.1/24'] }],
    ['machine c1.m.web', { id: 'c1.m.web', name: 'web' }],
  ])
  const links = new Map<string, ProviderConnection>([
    ['c1', { networking: networks } as unknown as ProviderConnection],
    ['c3', { networking: null } as unknown as ProviderConnection],
  ])
  const inventory = {
    get: (entity: string, id: string) => objects.get(`${entity} ${id}`),
    all: (entity: string) => [...objects].filter(([key]) => key.startsWith(`${entity} `)).map(([, object]) => object),
  } as unknown as InventoryReader
  const requests: TaskRequest[] = []
  const service = new NetworkService({
    inventory,
    links: { current: (id: string) => links.get(id), onChange: () => () => {} },
    clock: new FakeClock(),
    tasks: {
      submit: (request) => {
        requests.push(request)
        return Promise.resolve({ id: `t${requests.length}` as TaskId })
      },
    },
  })
  return { networks, objects, links, service, requests }
}

const signal = new AbortController().signal

async function failureOf(call: Promise<unknown>): Promise<AppError> {
  return await call.then(
    () => Promise.reject(new Error('it should have failed')),
    (thrown: AppError) => thrown,
  )
}

test('ports name machines that are known, and others by their name alone', async () => {
  const { networks, service } = fleet()
  networks.put('n1', { users: ['web', 'stranger'] })
  expect((await service.detail(NET, signal)).ports).toMatchObject([
    { machineId: 'c1.m.web', machine: 'web' },
    { machineId: null, machine: 'stranger' },
  ])
})

test('what can be refused is refused before there is a task', async () => {
  const { networks, service, requests } = fleet()
  const spec = networkSpecSchema.parse({ name: 'lab', mode: 'isolated' })
  expect(await failureOf(service.create(HOST, spec, AUTHOR))).toMatchObject({ kind: 'conflict', code: 'network.name-taken' })
  const beside = networkSpecSchema.parse({ name: 'new', mode: 'nat', subnets: [{ address: '10.0.0.129', prefix: 25 }] })
  expect(await failureOf(service.create(HOST, beside, AUTHOR))).toMatchObject({ code: 'network.subnet-taken', details: { by: 'lab' } })
  expect(await failureOf(service.create('c2.h.host' as HostId, spec, AUTHOR))).toMatchObject({ code: 'link.not-live' })
  expect(await failureOf(service.create('c3.h.eu' as HostId, spec, AUTHOR))).toMatchObject({ code: 'network.unsupported' })
  expect(await failureOf(service.create('c9.h.x' as HostId, spec, AUTHOR))).toMatchObject({ code: 'host.not-found' })
  expect(await failureOf(service.start('c1.n.x' as NetworkId, null, AUTHOR))).toMatchObject({ code: 'network.not-found' })
  networks.put('n1', { users: ['web'] })
  expect(await failureOf(service.stop(NET, false, AUTHOR, signal))).toMatchObject({ kind: 'precondition', code: 'network.in-use' })
  expect(await failureOf(service.restart(NET, false, AUTHOR, signal))).toMatchObject({ code: 'network.in-use' })
  expect(await failureOf(service.plugIn(NET, null, AUTHOR, signal))).toMatchObject({ code: 'network.nothing-loose' })
  expect(await failureOf(service.remove(NET, AUTHOR, signal))).toMatchObject({ kind: 'precondition', code: 'network.named' })
  networks.put('n1', { users: ['web'], isActive: false })
  expect(await failureOf(service.restart(NET, true, AUTHOR, signal))).toMatchObject({ code: 'network.off' })
  expect(await failureOf(service.plugIn(NET, null, AUTHOR, signal))).toMatchObject({ code: 'network.off' })
  const edit = { edit: 'setAutostart', autostart: true } as const
  expect(await failureOf(service.edit(NET, edit, 'older', AUTHOR, signal))).toMatchObject({ code: 'network.changed-meanwhile' })
  expect(await failureOf(service.putFilter(HOST, '<network/>', null, AUTHOR, signal))).toMatchObject({ code: 'network.not-a-filter' })
  expect(await failureOf(service.removeFilter(HOST, 'f', AUTHOR, signal))).toMatchObject({ code: 'network.filter-not-found' })
  networks.known.set('f', { name: 'f', uuid: 'f', xml: '<filter name="f"/>', usedBy: ['web'], includedBy: [] })
  expect(await failureOf(service.putFilter(HOST, '<filter name="f"/>', null, AUTHOR, signal))).toMatchObject({
    code: 'network.filter-changed',
  })
  expect(await failureOf(service.removeFilter(HOST, 'f', AUTHOR, signal))).toMatchObject({ code: 'network.filter-in-use' })
  expect(requests).toEqual([])
})

test('tasks hold their network, or the name of their filter', async () => {
  const { service, requests } = fleet()
  await service.create(HOST, networkSpecSchema.parse({ name: 'new', mode: 'isolated' }), AUTHOR)
  await service.create(HOST, networkSpecSchema.parse({ name: 'newer', mode: 'isolated' }), AUTHOR)
  await service.start(NET, null, AUTHOR)
  await service.stop(NET, true, AUTHOR, signal)
  await service.putFilter(HOST, '<filter name="f"/>', null, AUTHOR, signal)
  expect(requests.map(({ kind }) => kind)).toEqual([
    'network.create',
    'network.create',
    'network.start',
    'network.stop',
    'network.putFilter',
  ])
  const [one, other, start, stop, filter] = requests.map(({ target }) => target?.id)
  expect(one).not.toBe(other)
  expect([start, stop]).toEqual([NET, NET])
  expect(filter).toBe(`${HOST}/filter/f`)
})

const picture: ProvidedTopology = {
  nodes: [
    {
      id: 'nic:52:54:00:00:00:01',
      kind: 'nic',
      name: 'vnet0',
      isUp: true,
      speedMbps: null,
      mac: '52:54:00:00:00:01',
      addresses: [],
      detail: null,
      machineRef: 'web',
      machine: 'web',
    },
  ],
  edges: [],
  unseen: [],
  observedAtMs: 7,
}

test('each host has its picture; of one that is away the last one stays, with its age and why', async () => {
  const { networks, links, objects, service } = fleet()
  networks.topologyAnswer = () => Promise.resolve(picture)
  const ask = async (): Promise<HostTopology[]> => [
    ...(await service.topology([HOST, 'c2.h.host' as HostId, 'c3.h.eu' as HostId, 'c9.h.x' as HostId, HOST], signal)),
  ]
  const [here, away, cloud, ...more] = await ask()
  expect(more).toEqual([])
  expect(here).toMatchObject({ hostId: HOST, nodes: [{ machineId: 'c1.m.web', machine: 'web' }], unseen: [], observedAtMs: 7 })
  expect(away).toMatchObject({ hostId: 'c2.h.host', nodes: [], unseen: [{ code: 'topology.not-live' }], observedAtMs: 0 })
  expect(cloud).toMatchObject({ hostId: 'c3.h.eu', nodes: [], unseen: [{ code: 'topology.unsupported' }] })

  networks.topologyAnswer = () => Promise.reject(new Error('no answer'))
  expect((await ask())[0]).toMatchObject({
    nodes: [{ id: picture.nodes[0]?.id }],
    unseen: [{ code: 'topology.not-read' }],
    observedAtMs: 7,
  })
  links.delete('c1')
  expect((await ask())[0]).toMatchObject({
    nodes: [{ id: picture.nodes[0]?.id }],
    unseen: [{ code: 'topology.not-live' }],
    observedAtMs: 7,
  })
  objects.delete(`host ${HOST}`)
  expect((await ask()).map(({ hostId }) => hostId)).toEqual(['c2.h.host', 'c3.h.eu'])
})

test('hosts are asked side by side, but not all at once; whoever leaves is not answered', async () => {
  const { networks, links, objects, service } = fleet()
  const link = links.get('c1')
  const ids = Array.from({ length: 40 }, (_, index) => `c1.h.${index}` as HostId)
  for (const [index, id] of ids.entries()) objects.set(`host ${id}`, { id, connectionId: 'c1', nativeRef: `${index}`, name: `h${index}` })
  const open: Array<() => void> = []
  let most = 0
  networks.topologyAnswer = () =>
    new Promise((resolve) => {
      open.push(() => resolve(picture))
      most = Math.max(most, open.length)
    })
  expect(link?.networking).toBe(networks)
  const leaving = new AbortController()
  const all = service.topology(ids, leaving.signal)
  while (open.length < 16) await Promise.resolve()
  for (let each = 0; each < 100; each += 1) await Promise.resolve()
  expect(open.length).toBe(16)
  leaving.abort(new Error('left'))
  for (const answer of open) answer()
  await expect(all).rejects.toThrow('left')
  expect(most).toBe(16)
})

test('a restart says whose cards it cuts off, and keeps what ran', async () => {
  const { networks, service, requests } = fleet()
  networks.put('n1', { users: ['web', 'db'], xml: '<network>ran</network>' })
  await service.restart(NET, true, AUTHOR, signal)
  networks.put('n1', { users: ['web', 'db'], loose: new Set(['db']) })
  await service.plugIn(NET, ['52:54:00:00:00:02'], AUTHOR, signal)
  expect(requests).toMatchObject([
    { kind: 'network.restart', plan: { definition: null }, params: { machines: ['web', 'db'], before: '<network>ran</network>' } },
    { kind: 'network.plugIn', plan: { macs: ['52:54:00:00:00:02'] }, params: { machines: ['db'] } },
  ])
})
