import { describe, expect, test } from 'vitest'
import type { Json } from '../../../shared/errors/index.ts'
import { type Host, type NetworkEdit, networkSpecSchema, type TaskId } from '../../../shared/model/index.ts'
import type { ProviderConnection } from '../../providers/provider.ts'
import type { Step, TaskRequest } from '../tasks/task-kind.ts'
import { networkRequest } from './network-plan.ts'
import { filterRequest, isThere, networkKinds } from './network-tasks.ts'
import { FakeNetworks } from './testing/fake-networks.ts'

const HOST = { id: 'c1.h.host', connectionId: 'c1', nativeRef: 'host' } as unknown as Host
const NET = { ref: 'n1', name: 'lab' }
const SPEC = networkSpecSchema.parse({ name: 'lab', mode: 'isolated' })
const DESIRED = { mac: '52:54:00:00:00:01', name: 'one', address: '10.0.0.5' }

/** The one step of a task, as another process would build it from the journal. */
function stepOf({ kind, plan }: TaskRequest): Step {
  const [step, ...more] =
    networkKinds()
      .find((each) => each.kind === kind)
      ?.steps(JSON.parse(JSON.stringify(plan))) ?? []
  if (!step || more.length > 0) throw new Error(`not one step: ${kind}`)
  return step
}

function contextOf(networking: FakeNetworks, memo: Json = null) {
  return {
    link: { networking } as unknown as ProviderConnection,
    signal: new AbortController().signal,
    memo,
    task: { id: 't1' as TaskId, actor: 'ada', origin: 'page' },
    progress: () => {},
    remember: () => Promise.resolve(),
    memos: new Map(),
  }
}

const REQUESTS: ReadonlyArray<readonly [string, TaskRequest, (networks: FakeNetworks) => void]> = [
  ['create', networkRequest('create', HOST, NET, { spec: SPEC }, {}), () => {}],
  ['start', networkRequest('start', HOST, NET, {}, {}), (networks) => networks.put('n1', { isActive: false })],
  ['stop', networkRequest('stop', HOST, NET, { evenIfUsed: false }, {}), (networks) => networks.put('n1')],
  ['remove', networkRequest('remove', HOST, NET, {}, {}), (networks) => networks.put('n1')],
  [
    'a host',
    networkRequest('edit', HOST, NET, { edit: { edit: 'addHost', host: DESIRED }, revision: 'r0' }, {}),
    (networks) => networks.put('n1'),
  ],
  [
    'autostart',
    networkRequest('edit', HOST, NET, { edit: { edit: 'setAutostart', autostart: false }, revision: 'r0' }, {}),
    (networks) => networks.put('n1'),
  ],
  ['a new filter', filterRequest('putFilter', HOST, 'f', { xml: '<filter name="f"/>', expected: null }), () => {}],
  ['no filter', filterRequest('removeFilter', HOST, 'f', {}), (networks) => void networks.putFilter('', '<filter name="f"/>')],
]

describe('after a lost reply a look tells what happened', () => {
  test.each(REQUESTS)('%s', async (_name, request, prepare) => {
    for (const loses of ['request', 'reply'] as const) {
      const networks = new FakeNetworks()
      prepare(networks)
      const step = stepOf(request)
      const memo = (await step.prepare?.(contextOf(networks))) ?? null
      networks.loses = loses
      await expect(step.run(contextOf(networks, memo))).rejects.toMatchObject({ kind: 'indeterminate' })
      expect(await step.probe(contextOf(networks, memo))).toBe(loses === 'reply' ? 'done' : 'not-done')
    }
  })
})

test.each([
  ['a definition', networkRequest('edit', HOST, NET, { edit: { edit: 'setDefinition', xml: '<network/>' }, revision: 'r0' }, {})],
  [
    'another version of a filter',
    filterRequest('putFilter', HOST, 'f', { xml: '<filter name="f"><x/></filter>', expected: '<filter name="f"/>' }),
  ],
])('%s that has changed meanwhile may be of somebody else: nobody guesses', async (_name, request) => {
  const networks = new FakeNetworks()
  networks.put('n1')
  await networks.putFilter('', '<filter name="f"/>')
  const step = stepOf(request)
  const memo = (await step.prepare?.(contextOf(networks))) ?? null
  networks.loses = 'reply'
  await step.run(contextOf(networks, memo)).catch(() => undefined)
  expect(await step.probe(contextOf(networks, memo))).toBe('unknown')
})

test('a network that was half made is not done; off and gone are as good as stopped', async () => {
  const networks = new FakeNetworks()
  networks.put('n1', { isActive: false })
  expect(await stepOf(networkRequest('create', HOST, NET, { spec: SPEC }, {})).probe(contextOf(networks))).toBe('not-done')
  networks.put('n1', { autostart: false })
  expect(await stepOf(networkRequest('create', HOST, NET, { spec: SPEC }, {})).probe(contextOf(networks))).toBe('not-done')
  networks.networks.clear()
  expect(await stepOf(networkRequest('stop', HOST, NET, { evenIfUsed: true }, {})).probe(contextOf(networks))).toBe('done')
})

test('what takes a task back is its opposite', () => {
  const undo = (request: TaskRequest) => stepOf(request).undo?.(null)
  const create = networkRequest('create', HOST, NET, { spec: SPEC }, {})
  expect(undo(create)).toMatchObject({ kind: 'network.remove', target: create.target })
  expect(undo(networkRequest('start', HOST, NET, {}, {}))).toMatchObject({ kind: 'network.stop', plan: { evenIfUsed: false } })
  expect(undo(networkRequest('stop', HOST, NET, { evenIfUsed: true }, {}))).toMatchObject({ kind: 'network.start' })
  for (const request of [undo(create), undo(networkRequest('start', HOST, NET, {}, {}))]) expect(request && stepOf(request).id).toBeTruthy()
})

describe('whether a network is as an edit would have it', () => {
  const detail = {
    hosts: [{ ...DESIRED, mac: '52:54:00:00:00:01' }],
    dnsHosts: [{ address: '10.0.0.9', names: ['printer', 'printer.lab'] }],
    subnets: [{ address: '10.0.0.1', prefix: 24, dhcp: { start: '10.0.0.50', end: '10.0.0.60' } }],
  }
  const cases: ReadonlyArray<readonly [NetworkEdit, string]> = [
    [{ edit: 'addHost', host: { ...DESIRED, mac: '52:54:00:00:00:01'.toUpperCase() } }, 'done'],
    [{ edit: 'addHost', host: { ...DESIRED, mac: null } }, 'not-done'],
    [{ edit: 'addHost', host: { ...DESIRED, address: '10.0.0.6' } }, 'not-done'],
    [{ edit: 'removeHost', address: '10.0.0.5' }, 'not-done'],
    [{ edit: 'removeHost', address: '10.0.0.6' }, 'done'],
    [{ edit: 'addDnsHost', host: { address: '10.0.0.9', names: ['printer'] } }, 'done'],
    [{ edit: 'addDnsHost', host: { address: '10.0.0.9', names: ['other'] } }, 'not-done'],
    [{ edit: 'removeDnsHost', address: '10.0.0.9' }, 'not-done'],
    [{ edit: 'removeDnsHost', address: '10.0.0.8' }, 'done'],
    [{ edit: 'setRange', subnet: '10.0.0.1', dhcp: { start: '10.0.0.50', end: '10.0.0.60' } }, 'done'],
    [{ edit: 'setRange', subnet: '10.0.0.1', dhcp: { start: '10.0.0.50', end: '10.0.0.61' } }, 'not-done'],
    [{ edit: 'setRange', subnet: '10.0.0.1', dhcp: null }, 'not-done'],
    [{ edit: 'setRange', subnet: '10.9.0.1', dhcp: null }, 'done'],
    [{ edit: 'setDefinition', xml: '<network/>' }, 'unknown'],
  ]
  test.each(cases)('%j: %s', (edit, answer) => {
    expect(isThere(edit, detail)).toBe(answer)
  })
})
