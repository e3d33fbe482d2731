import { expect, test } from 'vitest'
import { parsePriceList, priceOf } from './index.ts'

const source = { name: 'A list', url: 'https://example.com/list', licence: 'MIT', asOf: '2026-01-02', dateIs: 'stated', note: '' }
const region = { source: 'a', exceptions: {}, linux: [0.1, null], windows: null }
const cloud = {
  asOf: '2026-01-02',
  sources: { a: source },
  types: [
    ['small', 'x1', 'general', 1, 1, 2048, 'x86_64'],
    ['large', 'x1', 'general', 1, 4, 8192, 'aarch64'],
  ],
  regions: { here: region },
}
const withCloud = (aws: unknown) => ({ version: 1, currency: 'USD', providers: { aws, azure: cloud, gcp: cloud } })
const withRegion = (change: object) => withCloud({ ...cloud, regions: { here: { ...region, ...change } } })

test('Windows prices stand beside those of Linux', () => {
  const list = parsePriceList(withRegion({ windows: [0.15, null] }))
  const question = { provider: 'aws', region: 'here', type: 'small' } as const
  expect(priceOf(list, { ...question, platform: 'windows' })?.usdPerHour).toBe(0.15)
  expect(priceOf(list, { ...question, platform: 'linux' })?.usdPerHour).toBe(0.1)
  expect(priceOf(list, { ...question, type: 'large', platform: 'windows' })).toBeNull()
})

test.each([
  ['1 prices for 2 types', withRegion({ linux: [0.1] })],
  ['3 prices for 2 types', withRegion({ windows: [0.1, 0.2, 0.3] })],
  ['there is no source b', withRegion({ source: 'b' })],
  ['there is no source toString', withRegion({ source: 'toString' })],
  ['there is no source b', withRegion({ exceptions: { small: 'b' } })],
  ['there is no type tiny', withRegion({ exceptions: { tiny: 'a' } })],
  ['a type is listed twice', withCloud({ ...cloud, types: [cloud.types[0], cloud.types[0]] })],
  ['asOf is not the oldest', withCloud({ ...cloud, asOf: '2026-03-04' })],
  ['expected number to be >0', withRegion({ linux: [0, null] })],
  ['Invalid option', withCloud({ ...cloud, types: [['small', 'x1', 'general', 1, 1, 2048, 'z80'], cloud.types[1]] })],
])('a list that contradicts itself is refused: %s', (message, json) => {
  expect(() => parsePriceList(json)).toThrow(message)
})
