import { expect, test } from 'vitest'
import file from '../../../resources/list-prices.json' with { type: 'json' }
import { parsePriceList } from '../../../shared/prices/index.ts'
import { cloudFacts } from '../testing/fleet-fixture.ts'
import { costOfMachine, listPriceOf } from './index.ts'

const list = parsePriceList(file)
const M7I = { type: 'm7i.large', region: 'us-east-1' } as const

test('a running machine costs 730 hours of its type', () => {
  const cost = costOfMachine(list, { cloud: cloudFacts(M7I) }, 'aws')
  expect(cost.usdPerMonth).toBeCloseTo(0.1008 * 730, 5)
  expect(cost).toMatchObject({ remark: null, listPrice: { kind: 'list', asOf: '2026-02-09' } })
})

test('a machine that is off and costs storage alone has no figure, and says why', () => {
  expect(costOfMachine(list, { cloud: cloudFacts({ ...M7I, billing: 'storage' }) }, 'aws')).toEqual({
    listPrice: null,
    usdPerMonth: null,
    remark: 'storage-only',
  })
})

test('one that is off and still costs has the figure of one that runs', () => {
  const azure = cloudFacts({ type: 'Standard_D2s_v5', region: 'westeurope', billing: 'compute', stopBills: true })
  expect(costOfMachine(list, { cloud: azure }, 'azure').usdPerMonth).toBeCloseTo(0.115 * 730, 5)
})

test.each(['spot', 'reserved'] as const)('of a %s machine the figure is not what is paid', (purchase) => {
  expect(costOfMachine(list, { cloud: cloudFacts({ ...M7I, purchase }) }, 'aws').remark).toBe(purchase)
})

test('what is not in the list is never 0', () => {
  expect(costOfMachine(list, { cloud: cloudFacts({ ...M7I, type: 'm99.large' }) }, 'aws')).toMatchObject({
    usdPerMonth: null,
    remark: 'unpriced',
  })
  expect(costOfMachine(list, { cloud: cloudFacts({ ...M7I, platform: 'windows' }) }, 'aws').usdPerMonth).toBeNull()
  expect(costOfMachine(list, { cloud: null }, 'libvirt')).toMatchObject({ usdPerMonth: null, remark: null })
  expect(costOfMachine(null, { cloud: cloudFacts(M7I) }, 'aws')).toMatchObject({ usdPerMonth: null, remark: null })
  expect(listPriceOf(list, { providerId: 'libvirt', region: 'us-east-1', type: 'm7i.large', platform: null })).toBeNull()
})
