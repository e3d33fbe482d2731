import { expect, test } from 'vitest'
import { type PricedMachineType, sortTypes, typesMatching } from './type-list.ts'

function type(name: string, vcpus: number, gib: number, change: Partial<PricedMachineType> = {}): PricedMachineType {
  return { name, vcpus, memoryKiB: gib * 1_048_576, arch: 'x86_64', family: null, gpus: 0, reason: null, price: null, ...change }
}

const TYPES = [
  type('m7i.large', 2, 8),
  type('c8g.xlarge', 4, 8, { arch: 'arm64' }),
  type('m7i.xlarge', 4, 16),
  type('t3.nano', 2, 0.5),
  type('u8.large', 8, 64, { reason: 'Not offered in this zone.' }),
]
const found = (search: string, withUnfit = false, chosen: string | null = null) =>
  typesMatching(TYPES, search, withUnfit, chosen).map(({ name }) => name)

test.each([
  ['', ['m7i.large', 'c8g.xlarge', 'm7i.xlarge', 't3.nano']],
  ['8 GiB', ['m7i.large', 'c8g.xlarge']],
  ['8gb', ['m7i.large', 'c8g.xlarge']],
  ['4 vCPU 16 GiB', ['m7i.xlarge']],
  ['4 vcpus arm64', ['c8g.xlarge']],
  ['0,5 g', ['t3.nano']],
  ['c8g', ['c8g.xlarge']],
  ['LARGE m7i', ['m7i.large', 'm7i.xlarge']],
  ['7 GiB', []],
])('“%s” finds %j', (search, names) => {
  expect(found(search)).toEqual(names)
})

test('what does not fit is found when it is asked for, or chosen', () => {
  expect(found('u8')).toEqual([])
  expect(found('u8', true)).toEqual(['u8.large'])
  expect(found('u8', false, 'u8.large')).toEqual(['u8.large'])
})

test('what has no price is last in both directions', () => {
  const price = (usdPerHour: number) => ({
    price: { usdPerHour, kind: 'list', asOf: '2026-02-09', dateIs: 'stated', source: 'a list' } as const,
  })
  const priced = [type('none', 1, 1), type('dear', 2, 2, price(2)), type('cheap', 2, 4, price(1))]
  const order = (descending: boolean) => sortTypes(priced, { by: 'price', descending }).map(({ name }) => name)
  expect(order(false)).toEqual(['cheap', 'dear', 'none'])
  expect(order(true)).toEqual(['dear', 'cheap', 'none'])
})
