import { describe, expect, test } from 'vitest'
import { overlaps, subnetOf } from '../model/index.ts'
import { needFreeSubnets, needOneDhcp, needSoundRange, needSoundSubnet, subnetIndexFor } from './subnets.ts'

const subnet = (cidr: string, dhcp: { start: string; end: string } | null = null) => {
  const [address = '', prefix] = cidr.split('/')
  return { address, prefix: Number(prefix), dhcp }
}
const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    return (error as { code: string }).code
  }
  return 'fine'
}

test.each([
  ['10.0.0.1/24', '10.0.0.129/25', true],
  ['10.0.0.1/24', '10.0.1.1/24', false],
  ['10.0.0.1/8', '10.200.0.1/16', true],
  ['fd00::1/64', 'fd00::ffff:1/112', true],
  ['fd00::1/64', 'fd00:0:0:1::1/64', false],
  ['0.0.0.1/1', '::1/1', false],
])('%s and %s overlap: %s, whichever comes first', (a, b, answer) => {
  expect(overlaps(subnetOf(a), subnetOf(b))).toBe(answer)
  expect(overlaps(subnetOf(b), subnetOf(a))).toBe(answer)
})

test('what is taken is named, one of the network’s own as well', () => {
  const taken = [{ cidr: '192.168.122.1/24', by: 'default' }]
  expect(codeOf(() => needFreeSubnets([subnet('192.168.123.1/24')], taken, 'new'))).toBe('fine')
  expect(() => needFreeSubnets([subnet('192.168.0.1/16')], taken, 'new')).toThrow(/192.168.122.1\/24 of default/)
  expect(() => needFreeSubnets([subnet('10.0.0.1/24'), subnet('10.0.0.2/24')], taken, 'new')).toThrow(/of new/)
})

describe('subnets that make sense', () => {
  test.each([
    ['10.0.0.1/24', 'fine'],
    ['10.0.0.0/24', 'network.outside-subnet'],
    ['10.0.0.255/24', 'network.outside-subnet'],
    ['10.0.0.0/31', 'fine'],
    ['10.0.0.1/40', 'network.outside-subnet'],
    ['fd00::1/64', 'fine'],
  ])('%s: %s', (cidr, answer) => {
    expect(codeOf(() => needSoundSubnet(subnet(cidr)))).toBe(answer)
  })
  test.each([
    ['10.0.0.10', '10.0.0.20', 'fine'],
    ['10.0.0.20', '10.0.0.10', 'network.range-backwards'],
    ['10.0.0.10', '10.0.1.20', 'network.outside-subnet'],
    ['10.0.0.0', '10.0.0.20', 'network.outside-subnet'],
    ['fd00::1', 'fd00::2', 'network.outside-subnet'],
  ])('a range from %s to %s: %s', (start, end, answer) => {
    expect(codeOf(() => needSoundRange(subnet('10.0.0.1/24'), { start, end }))).toBe(answer)
  })
})

test('one subnet of each family gives out addresses', () => {
  const dhcp = { start: '10.0.0.10', end: '10.0.0.20' }
  const has = (each: { dhcp: unknown }) => each.dhcp !== null
  expect(codeOf(() => needOneDhcp([subnet('10.0.0.1/24', dhcp), subnet('10.0.1.1/24'), subnet('fd00::1/64', dhcp)], has))).toBe('fine')
  expect(codeOf(() => needOneDhcp([subnet('10.0.0.1/24', dhcp), subnet('10.0.1.1/24', dhcp)], has))).toBe('network.one-dhcp')
})

test.each([
  ['10.0.1.7', 1],
  ['fd00::7', 2],
  ['10.0.2.7', 'network.no-such-subnet'],
  ['10.0.1.1', 'network.outside-subnet'],
  ['10.0.1.255', 'network.outside-subnet'],
])('%s belongs to subnet %s', (address, answer) => {
  const subnets = [subnet('10.0.0.1/24'), subnet('10.0.1.1/24'), subnet('fd00::1/64')]
  const found = typeof answer === 'number' ? subnetIndexFor(address, subnets) : codeOf(() => subnetIndexFor(address, subnets))
  expect(found).toBe(answer)
})
