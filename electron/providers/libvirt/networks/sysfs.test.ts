import { expect, test } from 'vitest'
import { parseSysfs } from './sysfs.ts'

/** A host with two bonded ports, two VLANs on the bond, a bridge on one of them, and a container's devices. */
const OUTPUT = `if bond0|bond||3c:ec:ef:00:00:01|up|20000|802.3ad 4|,eno1,eno2|1000|2000
if bond0.40|vlan||3c:ec:ef:00:00:01|up|20000||,bond0|10|20
if bond0.50|vlan||3c:ec:ef:00:00:01|lowerlayerdown|20000||,bond0|1|2
if br40|bridge||3c:ec:ef:00:00:01|up|20000||,bond0.40,vnet0,vnet1|3|4
if docker0|bridge||02:42:00:00:00:01|down|-1|||5|6
if eno1||1|3c:ec:ef:00:00:01|up|10000|||500|1000
if eno2||1|3c:ec:ef:00:00:02|down|-1|||500|1000
if eno3||1|3c:ec:ef:00:00:03|notpresent||||0|0
if lo|||00:00:00:00:00:00|unknown||||9|9
if mv0|macvtap||52:54:00:00:00:09|up|10000||,eno3|7|7
if ovsbr0|||3c:ec:ef:00:00:03|unknown||||0|0
if veth1a|||02:42:00:00:00:02|up|10000|||8|8
if virbr0|bridge||52:54:00:00:00:00|up|10000||,vnet2|1|1
if wg0||||unknown||||4|4
tap vnet0 br40
tap vnet1 
tap vnet2 virbr0
vlan VLAN Dev name    | VLAN ID|
vlan Name-Type: VLAN_NAME_TYPE_RAW_PLUS_VID_NO_PAD||
vlan bond0.40      | 40  | bond0
vlan bond0.50      | 50  | bond0
route 100 br40
route 700 docker0
ovs ovsbr0
ovs ovsbr0 eno3
ovs ovsbr0 vnet1
addr br40 192.0.2.10/24
addr br40 2001:db8::10/64
addr wg0 10.200.0.1/24
`

test('devices, what they are made of, and which way the host goes', () => {
  const { interfaces, names, taps, defaultDevices, counters } = parseSysfs(OUTPUT)
  const bare = { addresses: [], detail: null, lower: [] }
  const at = (name: string) => interfaces.find((each) => each.name === name)
  expect(at('bond0')).toEqual({
    ...bare,
    name: 'bond0',
    kind: 'bond',
    isUp: true,
    speedMbps: 20_000,
    mac: '3c:ec:ef:00:00:01',
    detail: '802.3ad',
    lower: ['eno1', 'eno2'],
  })
  expect(at('bond0.40')).toMatchObject({ kind: 'vlan', detail: '40', lower: ['bond0'], isUp: true })
  expect(at('bond0.50')).toMatchObject({ kind: 'vlan', detail: '50', isUp: false })
  // The other ends of cards are no part of the host.
  expect(at('br40')).toMatchObject({ kind: 'bridge', lower: ['bond0.40'], addresses: ['192.0.2.10/24', '2001:db8::10/64'] })
  expect(at('eno2')).toMatchObject({ kind: 'physical', isUp: false, speedMbps: null })
  expect(at('wg0')).toMatchObject({ isUp: null, mac: null, addresses: ['10.200.0.1/24'] })
  expect(interfaces.map(({ name }) => name)).toEqual([
    'bond0',
    'bond0.40',
    'bond0.50',
    'br40',
    'docker0',
    'eno1',
    'eno2',
    'eno3',
    'ovsbr0',
    'virbr0',
    'wg0',
  ])
  // Names are taken by whatever there is.
  for (const name of ['vnet0', 'veth1a', 'mv0', 'lo', 'br40']) expect(names?.has(name)).toBe(true)
  expect(names?.has('eno9')).toBe(false)
  expect(at('ovsbr0')).toMatchObject({ kind: 'bridge', lower: ['eno3'] })
  expect([...taps]).toEqual([
    ['vnet0', 'br40'],
    ['vnet1', null],
    ['vnet2', 'virbr0'],
  ])
  expect(defaultDevices).toEqual(['br40'])
  expect(counters.get('bond0')).toEqual({ rxBytes: 1000n, txBytes: 2000n })
})

test('a host that tells next to nothing', () => {
  expect(parseSysfs('')).toEqual({ interfaces: [], names: new Set(), taps: new Map(), defaultDevices: [], counters: new Map() })
  expect(parseSysfs('if eth0||1|||||||\nsomething else\nroute\n').interfaces).toEqual([
    { name: 'eth0', kind: 'physical', isUp: null, speedMbps: null, mac: null, addresses: [], detail: null, lower: [] },
  ])
})
