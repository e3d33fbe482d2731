import { expect, test } from 'vitest'
import { NOW } from '../plans/when.ts'
import { readWish, specOf, USUAL, type Wish, withSet, writeWish } from './wish.ts'

const WISH: Wish = {
  ids: ['c1.m.1', 'c1.m.2'],
  to: 'c2.h.1',
  step: 'places',
  how: { ...USUAL, mode: 'paused', bandwidthBytesPerS: 2_097_152 },
  own: { 'c1.m.1': { disks: [{ target: 'vda', how: 'copy', pool: 'nvme', volume: 'a.qcow2' }], rename: 'other' } },
  atOnce: 3,
  when: { kind: 'window', date: '2026-03-28', time: '02:30', until: '04:00' },
}

test('everything that is chosen goes through the address and back', () => {
  expect(readWish(writeWish(WISH))).toEqual(WISH)
})

test('what was not chosen is not in the address', () => {
  const plain = readWish(new URLSearchParams('m=c1.m.1'))
  expect(writeWish(plain).toString()).toBe('m=c1.m.1')
  expect(plain).toEqual({ ids: ['c1.m.1'], to: null, step: 'target', how: USUAL, own: {}, atOnce: 1, when: NOW })
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
])('an address that somebody typed: %s is as if it were not there', (typed) => {
  expect(readWish(new URLSearchParams(typed))).toEqual({ ids: [], to: null, step: 'target', how: USUAL, own: {}, atOnce: 1, when: NOW })
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
