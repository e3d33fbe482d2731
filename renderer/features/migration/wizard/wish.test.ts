import { describe, expect, test } from 'vitest'
import { migrationSpecSchema, type PlannedMove } from '../../../../shared/model/index.ts'
import { aPlan } from '../plans/testing/a-plan.ts'
import { NOW } from '../plans/when.ts'
import { readWish, specOf, USUAL, type Wish, wishOf, withSet, writeWish } from './wish.ts'

const WISH: Wish = {
  ids: ['c1.m.1', 'c1.m.2'],
  to: 'c2.h.1',
  step: 'places',
  how: { ...USUAL, mode: 'paused', bandwidthBytesPerS: 2_097_152 },
  own: { 'c1.m.1': { disks: [{ target: 'vda', how: 'copy', pool: 'nvme', volume: 'a.qcow2' }], rename: 'other' } },
  atOnce: 3,
  when: { kind: 'window', date: '2026-03-28', time: '02:30', until: '04:00' },
  plan: { id: 'plan-1', revision: 3 },
}

test('everything that is chosen goes through the address and back', () => {
  expect(readWish(writeWish(WISH))).toEqual(WISH)
})

test('what was not chosen is not in the address', () => {
  const plain = readWish(new URLSearchParams('m=c1.m.1'))
  expect(writeWish(plain).toString()).toBe('m=c1.m.1')
  expect(plain).toEqual({ ids: ['c1.m.1'], to: null, step: 'target', how: USUAL, own: {}, atOnce: 1, when: NOW, plan: null })
})

test.each([
  'how={"mode":"warp"}',
  'how=%7B',
  'how={"bandwidthBytesPerS":0}',
  'own=[1]',
  'own={"a":{"disks":[{}]}}',
  'at=99',
  'step=nowhere',
  'when=soon',
  'plan=plan-1',
  'plan=plan-1+x',
  'plan=+3',
])('an address that somebody typed: %s is as if it were not there', (typed) => {
  expect(readWish(new URLSearchParams(typed))).toEqual({
    ids: [],
    to: null,
    step: 'target',
    how: USUAL,
    own: {},
    atOnce: 1,
    when: NOW,
    plan: null,
  })
})

test('the engine is asked for the choices of that machine alone', () => {
  expect(specOf(WISH, 'c1.m.1', 'c2.h.1')).toMatchObject({ machineId: 'c1.m.1', rename: 'other', mode: 'paused' })
  expect(specOf(WISH, 'c1.m.2', 'c2.h.1')).toMatchObject({ machineId: 'c1.m.2', rename: null, disks: [], nics: [] })
})

test('a mend sets options for all, and places and a name for its machine; nonsense changes nothing', () => {
  const mended = withSet(WISH, 'c1.m.2', { autoConverge: true, rename: 'web-b', targetHostId: 'c3.h.1' })
  expect(mended.how.autoConverge).toBe(true)
  expect(mended.to).toBe('c3.h.1')
  expect(mended.own['c1.m.2']).toEqual({ disks: [], nics: [], rename: 'web-b' })
  expect(mended.own['c1.m.1']).toEqual(WISH.own['c1.m.1'])
  expect(withSet(WISH, 'c1.m.2', { mode: 'warp', disks: 'all' })).toMatchObject({ how: WISH.how, own: WISH.own })
})

describe('a saved plan', () => {
  const move = (machineId: string, change: object = {}) => {
    const spec = migrationSpecSchema.parse({ machineId, targetHostId: 'c2.h.1', mode: 'live', autoConverge: true, ...change })
    return { spec, name: machineId, to: 'kvm-02', accepted: [] }
  }
  const own = { disks: [{ target: 'vda', how: 'copy', pool: 'nvme', volume: null }], rename: 'other' }

  test('is the wish that it was saved from', () => {
    const saved = aPlan({ revision: 4, atOnce: 2, moves: [move('c1.m.1', own), move('c1.m.2')] })
    const wish = wishOf(saved)
    expect(wish).toEqual({
      ids: ['c1.m.1', 'c1.m.2'],
      to: 'c2.h.1',
      step: 'review',
      how: { ...USUAL, autoConverge: true },
      own: { 'c1.m.1': own },
      atOnce: 2,
      when: { kind: 'window', date: '2037-06-02', time: '02:30', until: '04:00' },
      plan: { id: 'plan-1', revision: 4 },
    })
    expect(wish && saved.moves.map(({ spec }) => specOf(wish, spec.machineId, 'c2.h.1'))).toEqual(saved.moves.map(({ spec }) => spec))
    expect(wish && readWish(writeWish(wish))).toEqual(wish)
  })

  const from = new Date(2037, 5, 2, 2, 30).getTime()
  test.each([
    ['several hosts', { moves: [move('c1.m.1'), move('c1.m.2', { targetHostId: 'c3.h.1' })] }],
    ['several ways', { moves: [move('c1.m.1'), move('c1.m.2', { mode: 'paused' })] }],
    ['a window of two days', { when: { kind: 'window', fromMs: from, untilMs: from + 48 * 3_600_000, zone: 'Europe/Warsaw' } }],
  ] as const)('of %s is not one of this wizard', (_, change) => {
    expect(wishOf(aPlan(change as Partial<PlannedMove>))).toBeNull()
  })
})
