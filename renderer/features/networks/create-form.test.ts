import { expect, test } from 'vitest'
import { networkSpecSchema } from '../../../shared/model/index.ts'
import { type Draft, newDraft, problemsOf, specOf, withSubnet } from './create-form.ts'
import { addressProblem, cidrOf, familyOf, freeSubnet, networkAddress, overlapping, rangeSize, usualRange } from './subnets.ts'

const NOTHING = { names: [], cidrs: [] }

test.each([
  ['192.168.1.1', 4],
  ['255.255.255.255', 4],
  ['256.1.1.1', null],
  ['1.2.3', null],
  ['fd00::1', 6],
  ['::', 6],
  ['1:2:3:4:5:6:7:8', 6],
  ['1:2:3:4:5:6:7', null],
  ['1::2::3', null],
  ['g::1', null],
  ['', null],
])('%s is an address of family %s', (text, family) => {
  expect(familyOf(text)).toBe(family)
})

test('a subnet is an address and a prefix', () => {
  expect(cidrOf(' 10.0.0.1/24 ')).toEqual({ address: '10.0.0.1', prefix: 24 })
  for (const odd of ['10.0.0.1', '10.0.0.1/', '10.0.0.1/33', '10.0.0.1/0', 'fd00::1/129', '10.0.0.1/24/2', 'x/24'])
    expect(cidrOf(odd)).toBe(null)
  expect(networkAddress({ address: '10.1.2.3', prefix: 16 })).toBe('10.1.0.0/16')
})

test('the suggested subnet overlaps nothing that the host has', () => {
  expect(freeSubnet([])).toEqual({ address: '192.168.100.1', prefix: 24 })
  expect(freeSubnet(['192.168.100.1/24', '192.168.101.7/30'])).toEqual({ address: '192.168.102.1', prefix: 24 })
  expect(freeSubnet(['192.168.0.0/16'])).toEqual({ address: '10.100.0.1', prefix: 24 })
  expect(freeSubnet(['192.168.0.0/16', '10.0.0.0/8'])).toBe(null)
  const suggested = freeSubnet(['192.168.96.0/20', 'fd00::1/64', 'rubbish'])
  expect(suggested && overlapping(suggested, ['192.168.96.0/20'])).toBe(null)
})

test('the suggested range lies in the subnet, apart from its ends and the host', () => {
  expect(usualRange({ address: '192.168.100.1', prefix: 24 })).toEqual({ start: '192.168.100.128', end: '192.168.100.254' })
  expect(usualRange({ address: '10.0.0.1', prefix: 30 })).toBe(null)
  for (const cidr of [
    { address: '10.0.0.1', prefix: 29 },
    { address: '10.0.0.1', prefix: 8 },
    { address: 'fd00::1', prefix: 64 },
  ]) {
    const range = usualRange(cidr)
    expect(range && [addressProblem(range.start, cidr), addressProblem(range.end, cidr)]).toEqual([null, null])
    expect(rangeSize(range?.start ?? '', range?.end ?? '')).toBeGreaterThan(2)
  }
  expect(rangeSize('10.0.0.9', '10.0.0.8')).toBe(0)
})

test('the draft that is suggested can be sent as it is', () => {
  const surroundings = { names: ['net1'], cidrs: ['192.168.100.0/24'] }
  const draft = newDraft(surroundings)
  expect(draft).toMatchObject({ name: 'net2', subnet: '192.168.101.1/24' })
  expect(problemsOf(draft, surroundings)).toEqual([])
  expect(networkSpecSchema.parse(specOf(draft)).subnets).toEqual([
    { address: '192.168.101.1', prefix: 24, dhcp: { start: '192.168.101.128', end: '192.168.101.254' } },
  ])
})

test.each<[string, Partial<Draft>, string]>([
  ['no name', { name: ' ' }, 'name-missing'],
  ['a name that is taken', { name: 'default' }, 'name-taken'],
  ['a slash in the name', { name: 'a/b' }, 'name-odd'],
  ['no subnet for NAT', { subnet: '' }, 'subnet-missing'],
  ['no subnet at all', { subnet: '10.0.0' }, 'subnet-odd'],
  ['the subnet’s own address', { subnet: '10.0.0.0/24', dhcp: false }, 'subnet-own'],
  ['a subnet in use', { subnet: '192.168.122.9/25', dhcp: false }, 'subnet-taken'],
  ['a range outside', { start: '10.9.9.9' }, 'address-outside'],
  ['a range that is none', { end: 'x' }, 'address-not-an-address'],
  ['the broadcast', { end: '192.168.100.255' }, 'address-reserved'],
  ['a range backwards', { start: '192.168.100.200', end: '192.168.100.100' }, 'range-backwards'],
  ['IPv4 where IPv6 goes', { subnet6: '10.0.0.1/24' }, 'subnet6-odd'],
  ['a bridge’s name that is too long', { bridge: 'a-name-of-sixteen' }, 'bridge-odd'],
  ['no bridge', { mode: 'bridge' }, 'bridge-missing'],
  ['a domain with spaces', { domain: 'my lab' }, 'domain-odd'],
  ['an MTU that is none', { mtu: '12' }, 'mtu-odd'],
  [
    'a VLAN that is none',
    { mode: 'openvswitch', bridge: 'ovs', portGroups: [{ name: 'a', vlan: '4095', isDefault: false }] },
    'port-group-odd',
  ],
])('is told of %s', (_what, change, code) => {
  const surroundings = { names: ['default'], cidrs: ['192.168.122.1/24'] }
  expect(problemsOf({ ...newDraft(surroundings), ...change }, surroundings).map((one) => one.code)).toContain(code)
})

test('what another mode does not take is left out of the order', () => {
  const draft = { ...withSubnet(newDraft(NOTHING), '10.5.0.1/24'), device: 'eno1', mtu: '9000', domain: 'lab' }
  expect(specOf(draft)).toMatchObject({ device: 'eno1', mtu: 9_000, domain: 'lab' })
  expect(specOf({ ...draft, mode: 'isolated' })).toMatchObject({ device: null })
  expect(specOf({ ...draft, mode: 'bridge', bridge: 'br0' })).toMatchObject({
    device: null,
    mtu: null,
    domain: null,
    subnets: [],
    bridge: 'br0',
  })
  const groups = [{ name: 'office', vlan: '210', isDefault: true }]
  expect(specOf({ ...draft, mode: 'openvswitch', bridge: 'ovs', portGroups: groups }).portGroups).toEqual([
    { name: 'office', vlan: 210, isDefault: true },
  ])
  expect(specOf({ ...draft, portGroups: groups }).portGroups).toEqual([])
})
