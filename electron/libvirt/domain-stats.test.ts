import { expect, test } from 'vitest'
import { getAllDomainStats } from './domain-stats.ts'
import { connectFake, fakeDomain, rejection } from './testing/fake-client.ts'
import { type FakeDaemon, FakeFailure } from './testing/fake-daemon.ts'
import { toTypedParams } from './typed-params.ts'

const running = toTypedParams({
  'state.state': 1,
  'state.reason': 5,
  'cpu.time': 123_456_789_012_345n,
  'balloon.current': 1_048_576n,
  'vcpu.current': 2,
  'vcpu.maximum': 4,
  'vcpu.0.state': 1,
  'vcpu.0.time': 10n,
  'vcpu.3.state': 1,
  'net.count': 1,
  'net.0.name': 'vnet3',
  'net.0.rx.bytes': 7n,
  'block.count': 2,
  'block.0.name': 'vda',
  'block.0.rd.bytes': 4096n,
  'block.1.name': 'vdb',
  'block.1.capacity': 1_073_741_824n,
})

async function statsOf(params: typeof running) {
  const { client, daemon } = await connectFake()
  daemon.on('connectGetAllDomainStats', () => ({ retStats: [{ dom: fakeDomain(), params }] }))
  const [stats] = await getAllDomainStats(client, { groups: ['state', 'cpu', 'vm'] })
  return { stats, args: daemon.callsOf('connectGetAllDomainStats')[0]?.args }
}

test('groups are asked for by name', async () => {
  const { args } = await statsOf(running)
  expect(args).toEqual({ doms: [], stats: 1 | 2 | 1024, flags: 0 })
})

test('the usual values are read by group, 64 bits kept', async () => {
  const { stats } = await statsOf(running)
  expect(stats).toMatchObject({
    dom: fakeDomain(),
    state: { state: 1, reason: 5 },
    cpu: { time: 123_456_789_012_345n, user: undefined },
    balloon: { current: 1_048_576n },
    vcpuCount: { current: 2, maximum: 4 },
    vcpus: [
      { index: 0, state: 1, time: 10n },
      { index: 3, state: 1, time: undefined },
    ],
    interfaces: [{ index: 0, name: 'vnet3', rxBytes: 7n }],
    blocks: [
      { index: 0, name: 'vda', readBytes: 4096n },
      { index: 1, name: 'vdb', capacity: 1_073_741_824n },
    ],
  })
  expect(stats?.values['net.0.name']).toBe('vnet3')
})

test('what was not sent is undefined, and an absurd count costs nothing', async () => {
  const { stats } = await statsOf(toTypedParams({ 'block.count': 2_000_000_000 }))
  expect(stats).toMatchObject({ state: undefined, vcpus: [], interfaces: [], blocks: [] })
})

test('all flag bits survive', async () => {
  const { client, daemon } = await connectFake()
  daemon.on('connectGetAllDomainStats', () => ({ retStats: [] }))
  await getAllDomainStats(client, { flags: 0x8000_0000 | 0x4000_0000 | 1, domains: [fakeDomain()] })
  expect(daemon.callsOf('connectGetAllDomainStats')[0]?.args).toEqual({ doms: [fakeDomain()], stats: 0, flags: 0xc000_0001 })
})

const TRANSIENT = 8
const HALF_FLAGS = TRANSIENT | 1024 | 256 | 4096 | 16_384
const tooMany = () => new FakeFailure(1, 'Number of domain stats records is 20, which exceeds max limit: 8', 7)

/** A daemon whose domains are all alike but for the flag, and which carries so many at once. */
function holdAlike(daemon: FakeDaemon, count: number, limit: number, isOther: (id: number) => boolean): Array<readonly number[]> {
  const asked: Array<readonly number[]> = []
  const all = Array.from({ length: count }, (_, index) => fakeDomain(index + 1))
  daemon.on('connectListAllDomains', ({ flags = 0 }) => {
    const found = all.filter(({ id }) => (flags & HALF_FLAGS) === 0 || ((flags & TRANSIENT) !== 0 && isOther(id)))
    const rest = (flags & 4) === 0 ? found : found.filter(({ id }) => !isOther(id))
    if (rest.length > limit) throw tooMany()
    return { domains: rest, ret: rest.length }
  })
  daemon.on('connectGetAllDomainStats', ({ doms }) => {
    asked.push(doms.map(({ id }) => id))
    if (doms.length === 0 || doms.length > limit / 2) throw tooMany()
    return { retStats: doms.map((dom) => ({ dom, params: [] })) }
  })
  return asked
}

test('statistics too long for one message are asked for by name, in parts that are halved until they fit', async () => {
  const { client, daemon } = await connectFake()
  const asked = holdAlike(daemon, 12, 8, (id) => id > 6)
  const stats = await getAllDomainStats(client)
  expect(stats.map(({ dom }) => dom.id).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, index) => index + 1))
  expect(asked.map((ids) => ids.length)).toEqual([0, 12, 6, 3, 3, 6, 3, 3])
})

test('named domains are asked for in parts of 4,096', async () => {
  const { client, daemon } = await connectFake()
  const sizes: number[] = []
  daemon.on('connectGetAllDomainStats', ({ doms }) => {
    sizes.push(doms.length)
    return { retStats: [] }
  })
  await getAllDomainStats(client, { domains: Array.from({ length: 17_000 }, (_, index) => fakeDomain(index)) })
  expect(sizes).toEqual([4096, 4096, 4096, 4096, 616])
})

test('where the list cannot be had either, that is the error', async () => {
  const { client, daemon } = await connectFake()
  holdAlike(daemon, 12, 8, () => false)
  expect(await rejection(getAllDomainStats(client))).toMatchObject({ kind: 'unsupported', code: 'libvirt.list-too-long' })
})
