import { expect, test } from 'vitest'
import type { VolumeListMessage, VolumeRow } from '../../../../shared/model/index.ts'
import { VolumeList } from './volume-list.ts'

function row(name: string, size: number | null = null): VolumeRow {
  const known = size === null ? null : { format: 'qcow2', capacityBytes: size, allocationBytes: size, backingPath: null }
  return { name, path: `/p/${name}`, owners: [], facts: known }
}

function rows(list: readonly VolumeRow[], offset = 0, total = list.length): VolumeListMessage {
  return { type: 'rows', rows: [...list], offset, total, observedAtMs: 7 }
}

function facts(entries: Readonly<Record<string, number | null>>): VolumeListMessage {
  return {
    type: 'facts',
    facts: Object.entries(entries).map(([name, size]) => ({ name, facts: size === null ? null : row(name, size).facts })),
  }
}

async function* stream(messages: readonly VolumeListMessage[]): AsyncGenerator<VolumeListMessage> {
  yield* messages
}

function listOf(...readings: readonly (readonly VolumeListMessage[])[]) {
  const asked: (readonly string[])[] = []
  const list = new VolumeList({
    open: (first) => {
      asked.push(first)
      return Promise.resolve(stream(readings[asked.length - 1] ?? []))
    },
    schedule: (tell) => tell(),
  })
  return { list, asked }
}

test('names come in pieces, what each is after them; what could not be read is counted', async () => {
  const { list } = listOf([
    rows([row('a'), row('b')], 0, 3),
    rows([row('c')], 2, 3),
    facts({ a: 5, b: null }),
    { type: 'complete', unread: 1 },
  ])
  const seen: string[] = []
  list.subscribe(() => seen.push(`${list.state.phase} ${list.state.rows.size} ${list.state.waiting}`))
  await list.read()
  expect(seen).toEqual(['listing 2 2', 'reading 3 3', 'reading 3 1', 'complete 3 0'])
  expect(list.state.rows.get('a')?.facts?.capacityBytes).toBe(5)
  expect([...list.state.gone]).toEqual(['b'])
  expect(list.state.unread).toBe(1)
})

test('read again nothing is blanked: what was known stays, what has gone leaves with the whole list', async () => {
  const { list, asked } = listOf(
    [rows([row('a'), row('b')]), facts({ a: 5, b: 6 }), { type: 'complete', unread: 0 }],
    [rows([row('b')], 0, 2), rows([row('c')], 1, 2), facts({ c: 8 }), { type: 'complete', unread: 0 }],
  )
  await list.read()
  const { shaped } = list.state
  expect(shaped.get('a')?.facts?.capacityBytes).toBe(5)
  const seen: string[] = []
  list.subscribe(() =>
    seen.push([...list.state.rows.values()].map(({ name, facts: one }) => `${name}:${one?.capacityBytes ?? '-'}`).join(' ')),
  )
  await list.read(['c'])
  expect(seen).toEqual(['b:6 c:-', 'b:6 c:8', 'b:6 c:8'])
  expect([...list.state.shaped.keys()]).toEqual(['b', 'c'])
  expect(asked).toEqual([[], ['c']])
})

test('while facts come in the order they were put in stays, until somebody asks', async () => {
  let release: (() => void) | undefined
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  async function* halfway(): AsyncGenerator<VolumeListMessage> {
    yield rows([row('a'), row('b')])
    yield facts({ a: 5 })
    await gate
    yield { type: 'complete', unread: 1 }
  }
  const list = new VolumeList({ open: () => Promise.resolve(halfway()), schedule: (tell) => tell() })
  const reading = list.read()
  await expect.poll(() => list.state.waiting).toBe(1)
  expect(list.state.shaped.get('a')?.facts).toBeNull()
  list.reshape()
  expect(list.state.shaped.get('a')?.facts?.capacityBytes).toBe(5)
  release?.()
  await reading
  expect(list.state.phase).toBe('complete')
})

test('a reading that fails says why and keeps what was known; one that is replaced is heard no more', async () => {
  const failing = new VolumeList({
    open: () => Promise.reject(new Error('cut')),
    schedule: (tell) => tell(),
  })
  await failing.read()
  expect(failing.state).toMatchObject({ phase: 'failed', error: { kind: expect.any(String) } })
  let release: (() => void) | undefined
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  async function* slow(): AsyncGenerator<VolumeListMessage> {
    await gate
    yield rows([row('late')])
  }
  let opened = 0
  const list = new VolumeList({
    open: () => Promise.resolve(opened++ === 0 ? slow() : stream([rows([row('new')]), { type: 'complete', unread: 0 }])),
    schedule: (tell) => tell(),
  })
  const first = list.read()
  await list.read()
  release?.()
  await first
  expect([...list.state.rows.keys()]).toEqual(['new'])
})
