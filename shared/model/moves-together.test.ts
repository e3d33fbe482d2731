import { expect, test } from 'vitest'
import type { HostId } from './ids.ts'
import type { MoveTake } from './migration.ts'
import { besideThoseOnTheWay, type JudgedMove, MovesTogether } from './moves-together.ts'

const GIB = 1_073_741_824

const memory = (nowGiB: number, mostGiB: number, freeGiB: number | null): MoveTake => ({
  what: 'memory',
  name: null,
  now: nowGiB * GIB,
  most: mostGiB * GIB,
  free: freeGiB === null ? null : freeGiB * GIB,
})
const pool = (nowGiB: number, mostGiB: number, freeGiB: number, name = 'images'): MoveTake => ({
  ...memory(nowGiB, mostGiB, freeGiB),
  what: 'pool',
  name,
})
const move = (takes: MoveTake[], to = 'kvm-2', findings: JudgedMove['findings'] = []): JudgedMove => ({
  takes,
  findings,
  target: { hostId: `c.h.${to}` as HostId, name: to },
})

/** Each in turn: what was said, or that nothing was. */
function said(moves: readonly JudgedMove[]): string[] {
  const together = new MovesTogether()
  return moves.map((one, index) => {
    const findings = together.add(`vm-${index + 1}`, one)
    return findings.length === 0 ? '–' : findings.map(({ severity, id }) => `${severity} ${id}`).join(', ')
  })
}

test('ten of 100 GiB do not fit into 500: the first five do, and it is said which', () => {
  const together = new MovesTogether()
  const all = Array.from({ length: 10 }, (_, index) => together.add(`vm-${index + 1}`, move([pool(100, 100, 500)])))
  expect(all.map((findings) => findings.length)).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
  expect(all.at(-1)).toEqual([
    {
      id: 'space-short-together:images',
      check: 'space',
      severity: 'blocks',
      reason: {
        code: 'migration.finding.space-short-together',
        text: 'With vm-1, vm-2, vm-3, vm-4, vm-5, which go first, 600 GiB would go into the pool images of kvm-2, which has 500 GiB free: this one is too much. Choose another pool or target for it, or free some there.',
        params: { others: 'vm-1, vm-2, vm-3, vm-4, vm-5', target: 'kvm-2', needed: '600 GiB', free: '500 GiB', name: 'images' },
      },
      facts: null,
      mends: [],
    },
  ])
})

test('one that is too large leaves the room to a smaller one after it', () => {
  expect(said([pool(60, 60, 100), pool(60, 60, 100), pool(40, 40, 100)].map((take) => move([take])))).toEqual([
    '–',
    'blocks space-short-together:images',
    '–',
  ])
})

test('what they may grow to is a warning, and each takes its share all the same', () => {
  expect(said([memory(1, 6, 10), memory(1, 6, 10), memory(9, 9, 10)].map((take) => move([take])))).toEqual([
    '–',
    'warns memory-tight-together',
    'blocks memory-short-together',
  ])
})

test('other hosts and other pools are others; a sum that nobody knows is not judged', () => {
  const take = pool(60, 60, 100)
  expect(said([move([take]), move([take], 'kvm-3'), move([pool(60, 60, 100, 'nvme')])])).toEqual(['–', '–', '–'])
  expect(said([move([memory(60, 60, null)]), move([memory(60, 60, null)])])).toEqual(['–', '–'])
})

test('who cannot go by itself takes nothing, and one that is too large alone is told by its own check', () => {
  const blocked: JudgedMove['findings'] = [
    { id: 'x', check: 'cpu', severity: 'blocks', reason: { code: 'x', text: 'x' }, facts: null, mends: [] },
  ]
  expect(said([move([memory(60, 60, 100)], 'kvm-2', blocked), move([memory(60, 60, 100)])])).toEqual(['–', '–'])
  expect(said([move([memory(60, 60, 50)])])).toEqual(['–'])
})

test('a machine that is off takes no memory at once', () => {
  expect(said([memory(90, 90, 100), memory(0, 60, 100)].map((take) => move([take])))).toEqual(['–', 'warns memory-tight-together'])
})

test('huge pages are counted by their size, and never grow', () => {
  const pages = (gib: number, name: string): MoveTake => ({ ...memory(gib, gib, 8), what: 'huge-pages', name })
  expect(said([move([pages(4, '1 GiB')]), move([pages(8, '2 MiB')]), move([pages(6, '1 GiB')])])).toEqual([
    '–',
    '–',
    'blocks huge-pages-short-together:1 GiB',
  ])
})

test('of many only the first are named', () => {
  const together = new MovesTogether()
  const all = Array.from({ length: 9 }, (_, index) => together.add(`vm-${index + 1}`, move([memory(1, 1, 8)])))
  expect(all.at(-1)?.[0]?.reason.params?.['others']).toBe('vm-1, vm-2, vm-3, vm-4, vm-5, vm-6 (+2)')
})

test('one whose warning is not accepted does not go, and takes nothing', () => {
  const together = new MovesTogether()
  const add = (name: string, take: MoveTake) => together.add(name, move([take]), false).map(({ severity }) => severity)
  expect(add('vm-1', memory(1, 6, 10))).toEqual([])
  expect(add('vm-2', memory(8, 8, 10))).toEqual(['warns'])
  expect(add('vm-3', memory(4, 4, 10))).toEqual([])
})

test('those on the way count, by themselves and with the others of an order; what is told of is not told again', () => {
  const beside = (take: MoveTake, now: number, most: number): MoveTake => ({
    ...take,
    onTheWay: { now: now * GIB, most: most * GIB, names: ['db'] },
  })
  const words = (take: MoveTake) => besideThoseOnTheWay(move([take])).map(({ severity, id }) => `${severity} ${id}`)
  expect(words(memory(4, 4, 10))).toEqual([])
  expect(words(beside(memory(4, 4, 10), 6, 6))).toEqual([])
  expect(words(beside(memory(4, 4, 10), 7, 7))).toEqual(['blocks memory-short-together'])
  expect(words(beside(memory(4, 4, 10), 2, 7))).toEqual(['warns memory-tight-together'])
  expect(words(beside(memory(11, 11, 10), 2, 7))).toEqual([])
  expect(words(beside(memory(4, 4, null), 7, 7))).toEqual([])
  const three = [memory(4, 4, 10), memory(4, 4, 10), memory(1, 2, 10)]
  expect(said(three.map((take) => move([beside(take, 3, 3)])))).toEqual(['–', 'blocks memory-short-together', '–'])
  const together = new MovesTogether()
  together.add('web', move([beside(memory(4, 4, 10), 3, 3)]))
  expect(together.add('app', move([beside(memory(4, 4, 10), 3, 3)]))[0]?.reason.params).toMatchObject({
    others: 'db, web',
    needed: '11 GiB',
  })
  expect(said([move([beside(memory(1, 4, 10), 1, 7)]), move([beside(memory(1, 4, 10), 1, 7)])])).toEqual(['–', '–'])
})
