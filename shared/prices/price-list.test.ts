import { describe, expect, test } from 'vitest'
import listPrices from '../../resources/list-prices.json' with { type: 'json' }
import {
  HOURS_PER_MONTH,
  knownType,
  originOf,
  PRICED_PROVIDERS,
  type PricedProvider,
  parsePriceList,
  priceOf,
  regionsOf,
  typesOf,
} from './index.ts'

const GIB = 1024 * 1024
const list = parsePriceList(listPrices)
const REGIONS = {
  aws: ['us-east-1', 'us-west-2', 'eu-west-1', 'eu-west-2', 'eu-central-1', 'eu-north-1'],
  azure: ['eastus', 'westus2', 'northeurope', 'westeurope', 'germanywestcentral'],
  gcp: ['us-central1', 'us-east1', 'europe-west1', 'europe-west3', 'europe-west4'],
} as const

const linux = (provider: PricedProvider, region: string, type: string) => priceOf(list, { provider, region, type, platform: 'linux' })

describe.each(PRICED_PROVIDERS)('the list of %s', (provider) => {
  test('has these regions and no other, each with most of its types', () => {
    expect(regionsOf(list, provider)).toEqual(REGIONS[provider])
    const all = listPrices.providers[provider].types.length
    expect(all).toBeGreaterThanOrEqual(60)
    for (const region of REGIONS[provider]) expect(typesOf(list, provider, region).length).toBeGreaterThan(all / 2)
  })

  test('has a price somewhere for every type, and vCPUs and memory', () => {
    const priced = new Set(REGIONS[provider].flatMap((region) => typesOf(list, provider, region).map(({ type }) => type)))
    expect(listPrices.providers[provider].types.map(([name]) => name).filter((name) => !priced.has(String(name)))).toEqual([])
    // from t3.nano with half a GiB for two, to m3-ultramem-32
    const odd = [...priced].filter((type) => {
      const { vcpus, memoryKiB } = knownType(list, provider, type) ?? { vcpus: 0, memoryKiB: 0 }
      const gibPerVcpu = memoryKiB / GIB / vcpus
      return !(vcpus <= 192 && gibPerVcpu >= 0.25 && gibPerVcpu <= 31)
    })
    expect(odd).toEqual([])
  })

  test('gives types of a family the same memory a vCPU', () => {
    const first = new Map<string, number>()
    const odd = listPrices.providers[provider].types.flatMap(([name]) => {
      const type = knownType(list, provider, String(name))
      if (type === null) return ['?']
      if (type.purpose === 'gpu' || type.purpose === 'burstable') return []
      // n2-highmem-4 is of another make than n2-standard-4
      const make = provider === 'gcp' ? type.type.slice(0, type.type.lastIndexOf('-')) : type.family
      const perVcpu = type.memoryKiB / type.vcpus
      const before = first.get(make) ?? perVcpu
      first.set(make, before)
      return Math.abs(perVcpu / before - 1) < 0.1 ? [] : [type.type]
    })
    // Azure's largest of Arm has 208 GiB, not 256
    expect(odd).toEqual(provider === 'azure' ? ['Standard_E32ps_v5'] : [])
  })

  test('has sane prices: at most 20 USD an hour, and without a GPU between 0.2 and 25 cents a vCPU', () => {
    for (const region of REGIONS[provider])
      for (const { type, purpose, vcpus, price } of typesOf(list, provider, region)) {
        expect(price.usdPerHour, `${region} ${type}`).toBeLessThanOrEqual(20)
        if (purpose === 'gpu') continue
        expect(price.usdPerHour / vcpus, `${region} ${type}`).toBeGreaterThan(0.002)
        expect(price.usdPerHour / vcpus, `${region} ${type}`).toBeLessThan(0.25)
      }
  })

  test('costs in each region about what it costs in the first: 10 % less to 50 % more', () => {
    const [first, ...others] = REGIONS[provider]
    for (const region of others)
      for (const { type, price } of typesOf(list, provider, region)) {
        const there = linux(provider, first, type)
        if (there === null) continue
        expect(price.usdPerHour / there.usdPerHour, `${region} ${type}`).toBeGreaterThan(0.9)
        expect(price.usdPerHour / there.usdPerHour, `${region} ${type}`).toBeLessThan(1.5)
      }
  })

  test('costs twice as much for twice the size: types of a family with the same memory a vCPU', () => {
    for (const region of REGIONS[provider]) {
      const perVcpu = new Map<string, number>()
      for (const { type, family, purpose, vcpus, memoryKiB, price } of typesOf(list, provider, region)) {
        if (purpose === 'gpu' || purpose === 'burstable') continue
        const key = `${family} ${(memoryKiB / vcpus).toFixed(0)}`
        const before = perVcpu.get(key) ?? price.usdPerHour / vcpus
        perVcpu.set(key, before)
        // the clouds round to a tenth of a cent
        expect(Math.abs(price.usdPerHour / vcpus / before - 1), `${region} ${type}`).toBeLessThan(0.011)
      }
    }
  })

  test('says of when it is and where from, and names no source that nothing is from', () => {
    const { asOf, sources } = originOf(list, provider)
    expect(sources.map((source) => source.asOf).toSorted()[0]).toBe(asOf)
    const used = new Set(REGIONS[provider].flatMap((region) => typesOf(list, provider, region).map(({ price }) => price.source)))
    expect([...used].toSorted()).toEqual(sources.map(({ name }) => name).toSorted())
  })
})

test.each([
  ['aws', 't3.micro', 2, 1],
  ['aws', 'm7i.large', 2, 8],
  ['aws', 'm6i.4xlarge', 16, 64],
  ['aws', 'c7i.2xlarge', 8, 16],
  ['aws', 'r7i.48xlarge', 192, 1536],
  ['azure', 'Standard_B1s', 1, 1],
  ['azure', 'Standard_B2ms', 2, 8],
  ['azure', 'Standard_D4s_v5', 4, 16],
  ['azure', 'Standard_E8s_v5', 8, 64],
  ['azure', 'Standard_F72s_v2', 72, 144],
  ['gcp', 'e2-medium', 2, 4],
  ['gcp', 'n1-standard-1', 1, 3.75],
  ['gcp', 'n2-standard-8', 8, 32],
  ['gcp', 'c2-standard-60', 60, 240],
  ['gcp', 'c4-standard-4', 4, 15],
] as const)('%s: %s has %d vCPUs and %d GiB', (provider, type, vcpus, memoryGiB) => {
  expect(knownType(list, provider, type)).toMatchObject({ type, vcpus, memoryKiB: memoryGiB * GIB, arch: 'x86_64' })
})

test.each([
  ['aws', 't4g.small'],
  ['aws', 'm7g.medium'],
  ['azure', 'Standard_D4ps_v5'],
  ['gcp', 'c4a-standard-8'],
] as const)('%s: %s is of Arm', (provider, type) => {
  expect(knownType(list, provider, type)?.arch).toBe('aarch64')
})

test('a price comes with its date and its source, also where a figure has another source than its region', () => {
  expect(linux('aws', 'us-east-1', 'm7i.large')).toEqual({
    usdPerHour: 0.1008,
    kind: 'list',
    asOf: '2026-02-09',
    dateIs: 'stated',
    source: 'Karpenter provider for AWS, initial on-demand prices',
  })
  expect(linux('aws', 'us-east-1', 'm7g.large')).toMatchObject({ usdPerHour: 0.0816, dateIs: 'notEarlierThan' })
  expect(linux('azure', 'westeurope', 'Standard_D2s_v5')).toMatchObject({ usdPerHour: 0.115, asOf: '2023-12-18', dateIs: 'stated' })
  expect(linux('gcp', 'europe-west3', 'n2-standard-4')?.usdPerHour).toBe(0.250248)
})

test('a month is 730 hours', () => {
  expect((linux('aws', 'eu-central-1', 't3.medium')?.usdPerHour ?? 0) * HOURS_PER_MONTH).toBeCloseTo(35.04, 5)
})

test('what the list does not have is null, never a guess', () => {
  expect(linux('aws', 'eu-central-1', 'm99.large')).toBeNull()
  expect(linux('aws', 'eu-central-1', 'toString')).toBeNull()
  expect(linux('aws', 'mars-north-1', 'm7i.large')).toBeNull()
  expect(linux('aws', 'constructor', 'm7i.large')).toBeNull()
  expect(linux('azure', 'eu-central-1', 'm7i.large')).toBeNull()
  // known in us-west-2 only
  expect(linux('aws', 'eu-central-1', 'm8a.large')).toBeNull()
  expect(knownType(list, 'aws', 'm8a.large')).not.toBeNull()
  expect(knownType(list, 'gcp', 'm8a.large')).toBeNull()
  expect(typesOf(list, 'aws', 'mars-north-1')).toEqual([])
  expect(typesOf(list, 'aws', 'eu-central-1').map(({ type }) => type)).not.toContain('m8a.large')
})

test('no platform is priced as Linux is; Windows is not known for any cloud yet', () => {
  const question = { provider: 'aws', region: 'eu-central-1', type: 'm7i.large' } as const
  expect(priceOf(list, { ...question, platform: null })).toEqual(priceOf(list, { ...question, platform: 'linux' }))
  for (const provider of PRICED_PROVIDERS)
    for (const region of REGIONS[provider]) expect(typesOf(list, provider, region, 'windows')).toEqual([])
})
