import { describe, expect, test } from 'vitest'
import type { AuditRecord } from '../../../shared/model/index.ts'
import { FakeClock, settle } from '../testing/fake-clock.ts'
import { MemoryAuditStore } from '../testing/memory-log-stores.ts'
import { AuditChain, GENESIS, sealOf } from './audit-chain.ts'
import { canonicalJson } from './canonical-json.ts'

const QUIET = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const ENTRY = { actor: 'ada', origin: 'cli', method: 'tasks.cancel', outcome: 'ok' as const, errorCode: null }

async function chainOf(count: number) {
  const store = new MemoryAuditStore()
  const clock = new FakeClock()
  const chain = new AuditChain({ store, clock, log: QUIET })
  await chain.start()
  for (let index = 1; index <= count; index += 1) await chain.record({ ...ENTRY, input: { taskId: `t${index}` } })
  return { store, clock, chain }
}

test('each record seals the one before', async () => {
  const { store, chain } = await chainOf(3)
  expect(store.records.map((record) => record.seq)).toEqual([1, 2, 3])
  expect(store.records.map((record) => record.prevHash)).toEqual([GENESIS, store.records[0]?.hash, store.records[1]?.hash])
  expect(store.records[1]?.input).toEqual({ taskId: 't2' })
  expect(await chain.verify()).toEqual({ ok: true, records: 3, brokenAtSeq: null, reason: null })
})

test('an empty chain is whole', async () => {
  const { chain } = await chainOf(0)
  expect(await chain.verify()).toEqual({ ok: true, records: 0, brokenAtSeq: null, reason: null })
})

test('a chain of thousands is verified page by page', async () => {
  const { chain } = await chainOf(1_200)
  expect(await chain.verify()).toMatchObject({ ok: true, records: 1_200 })
})

test.each([0, 3, 500])('what is done while %d records are verified is no tampering', async (count) => {
  const { store, chain } = await chainOf(count)
  let meanwhile = 2
  const head = store.head.bind(store)
  store.head = async () => {
    if (meanwhile-- > 0) await chain.record({ ...ENTRY, input: { taskId: 'meanwhile' } })
    return head()
  }
  expect(await chain.verify()).toEqual({ ok: true, records: count + 2, brokenAtSeq: null, reason: null })
})

describe('tampering', () => {
  const tampered = async (tamper: (records: AuditRecord[]) => AuditRecord[]) => {
    const { store, chain } = await chainOf(5)
    store.records = tamper(store.records)
    return await chain.verify()
  }
  const change = (seq: number, patch: Partial<AuditRecord>) => (records: AuditRecord[]) =>
    records.map((record) => (record.seq === seq ? { ...record, ...patch } : record))
  const fields: Array<Partial<AuditRecord>> = [
    { actor: 'mallory' },
    { origin: 'page' },
    { method: 'machines.act' },
    { input: { taskId: 't9' } },
    { outcome: 'denied' },
    { errorCode: 'x' },
    { atMs: 1 },
    { hash: '0'.repeat(64) },
  ]

  test.each(fields)('a changed field is found: %o', async (patch) => {
    expect(await tampered(change(3, patch))).toMatchObject({ ok: false, brokenAtSeq: 3, records: 2 })
  })

  test('a record sealed anew after the change breaks the next one', async () => {
    const verdict = await tampered((records) =>
      records.map((record) => {
        if (record.seq !== 3) return record
        const forged = { ...record, actor: 'mallory' }
        return { ...forged, hash: sealOf(forged) }
      }),
    )
    expect(verdict).toMatchObject({ ok: false, brokenAtSeq: 4, reason: 'Record 4 does not seal the one before it.' })
  })

  test('a missing record is found in the middle, at the beginning and at the end', async () => {
    const without = (seq: number) => (records: AuditRecord[]) => records.filter((record) => record.seq !== seq)
    expect(await tampered(without(3))).toMatchObject({ ok: false, brokenAtSeq: 4 })
    expect(await tampered(without(1))).toMatchObject({ ok: false, brokenAtSeq: 2 })
    expect(await tampered(without(5))).toMatchObject({ ok: false, brokenAtSeq: 5, records: 4 })
    expect(await tampered(() => [])).toMatchObject({ ok: false, brokenAtSeq: 1, records: 0 })
  })

  test('two records in each other’s place are found', async () => {
    const swapped = (records: AuditRecord[]) =>
      records.map((record) => ({ ...record, seq: record.seq === 2 ? 3 : record.seq === 3 ? 2 : record.seq }))
    expect(await tampered((records) => swapped(records).sort((a, b) => a.seq - b.seq))).toMatchObject({ ok: false, brokenAtSeq: 2 })
  })
})

test('records that the disk does not take wait in their place and are written later', async () => {
  const { store, chain, clock } = await chainOf(1)
  store.full = true
  await chain.record({ ...ENTRY, input: { taskId: 'a' } })
  await chain.record({ ...ENTRY, input: { taskId: 'b' } })
  expect(store.records).toHaveLength(1)
  expect((await chain.list({ limit: 10 })).items.map((record) => record.seq)).toEqual([3, 2, 1])
  store.full = false
  await clock.advance(6_000)
  expect(store.records.map((record) => record.seq)).toEqual([1, 2, 3])
  expect(await chain.verify()).toMatchObject({ ok: true, records: 3 })
})

test('a chain goes on after a restart; many at once keep their order', async () => {
  const { store } = await chainOf(2)
  const chain = new AuditChain({ store, clock: new FakeClock(), log: QUIET })
  await chain.start()
  await Promise.all(Array.from({ length: 50 }, (_, index) => chain.record({ ...ENTRY, input: { taskId: `p${index}` } })))
  await settle()
  expect(store.records).toHaveLength(52)
  expect(await chain.verify()).toMatchObject({ ok: true, records: 52 })
})

test('a record is on the disk when it resolves, also when others come meanwhile', async () => {
  const { store, chain } = await chainOf(0)
  const seen: boolean[] = []
  const record = async (taskId: string) => {
    const { seq } = await chain.record({ ...ENTRY, input: { taskId } })
    seen.push(store.records.some((one) => one.seq === seq))
  }
  await Promise.all(['a', 'b', 'c', 'd'].map(record))
  expect(seen).toEqual([true, true, true, true])
})

test('canonical JSON has one text for one value', () => {
  expect(canonicalJson({ b: [1, { y: null, x: 'ü"' }], a: -0.5, '€': true, Z: 1e21 })).toBe(
    '{"Z":1e+21,"a":-0.5,"b":[1,{"x":"ü\\"","y":null}],"€":true}',
  )
})
