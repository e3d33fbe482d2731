import { expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import type { HostId, HostTopology, NodeRate } from '../../../shared/model/index.ts'
import { topology } from './testing/fixture.ts'
import { TopologyReader } from './topology-reader.ts'

const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => `h${from + at}` as HostId)

/** Lets what waits for an answer go on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 6; turn += 1) await Promise.resolve()
}

/** Answers when it is told to. */
class FakeApi {
  readonly asked: Array<readonly string[]> = []
  readonly #waiting: Array<{ readonly hostIds: readonly string[]; readonly end: (error: Error | null) => void }> = []

  readonly topology = ({ hostIds }: { hostIds: HostId[] }): Promise<HostTopology[]> => {
    this.asked.push(hostIds)
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        hostIds,
        end: (error) => (error ? reject(error) : resolve(hostIds.map((id) => topology(id)))),
      })
    })
  }

  rates = ({ hostId }: { hostId: HostId }): Promise<{ atMs: number; rates: NodeRate[] }> =>
    Promise.resolve({ atMs: 1, rates: [{ id: `nic:${hostId}`, rxBytesPerS: 1, txBytesPerS: 2 }] })

  async answer(error: Error | null = null): Promise<void> {
    this.#waiting.shift()?.end(error)
    await settle()
  }
}

function reader(): { readonly api: FakeApi; readonly reader: TopologyReader; readonly clock: { nowMs: number } } {
  const api = new FakeApi()
  const clock = { nowMs: 1_000_000 }
  return { api, clock, reader: new TopologyReader(api, () => clock.nowMs) }
}

test('what is on screen is read first, in small pieces, and nothing is asked twice', async () => {
  const { api, reader: own } = reader()
  own.want(ids(90, 95), ids(0, 100))
  expect(api.asked).toHaveLength(2)
  expect(api.asked[0]?.slice(0, 5)).toEqual(ids(90, 95))
  own.want(ids(90, 95), ids(0, 100))
  for (let turn = 0; turn < 20; turn += 1) await api.answer()
  expect(own.count).toBe(100)
  const all = api.asked.flat()
  expect(new Set(all).size).toBe(all.length)
})

test('only what is looked at is read again, once it is old', async () => {
  const { api, clock, reader: own } = reader()
  own.want([], ids(0, 10))
  await api.answer()
  own.want(ids(0, 2), ids(0, 10))
  expect(api.asked).toHaveLength(1)
  clock.nowMs += 60_000
  own.want(ids(0, 2), ids(0, 10))
  expect(api.asked[1]).toEqual(ids(0, 2))
})

test('a failed read keeps what is there and says why, until one succeeds', async () => {
  const { api, clock, reader: own } = reader()
  own.want([], ids(0, 2))
  await api.answer()
  clock.nowMs += 60_000
  own.want(ids(0, 2), [])
  await api.answer(new AppError({ kind: 'unreachable', code: 'link.lost', message: 'gone' }))
  expect(own.error?.code).toBe('link.lost')
  expect(own.get('h0')).not.toBe(null)
  own.again(ids(0, 2))
  await api.answer()
  expect(own.error).toBe(null)
})

test('rates are those of the hosts that are looked at, and none when they cannot be read', async () => {
  const { api, reader: own } = reader()
  await own.rate(ids(0, 9))
  expect([...own.rates().keys()]).toEqual(ids(0, 3))
  await own.rate(ids(5, 6))
  expect([...own.rates().keys()]).toEqual(ids(5, 6))
  api.rates = () => Promise.reject(new Error('gone'))
  await own.rate(ids(5, 6))
  expect(own.rates().size).toBe(0)
})
