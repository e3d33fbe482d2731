import { expect, test } from 'vitest'
import { readInterfaceXml, readNodeDeviceXml } from './interface-xml.ts'

const BRIDGE = `<interface type='bridge' name='br40'>
  <protocol family='ipv4'><ip address='192.0.2.10' prefix='24'/></protocol>
  <bridge stp='off' delay='0'>
    <interface type='vlan' name='bond0.40'>
      <link speed='20000' state='up'/>
      <mac address='3C:EC:EF:00:00:01'/>
      <vlan tag='40'><interface name='bond0'/></vlan>
    </interface>
    <interface type='ethernet' name='eno3'><link state='down'/></interface>
  </bridge>
</interface>`

const BOND = `<interface type='bond' name='bond0'>
  <bond mode='802.3ad'><miimon freq='100'/>
    <interface type='ethernet' name='eno1'><link speed='10000' state='up'/><mac address='3c:ec:ef:00:00:01'/></interface>
    <interface type='ethernet' name='eno2'><link state='lowerlayerdown'/></interface>
  </bond>
</interface>`

test('a bridge with what it is made of', () => {
  const [bridge, vlan, bond, port, ...more] = readInterfaceXml(BRIDGE)
  expect(more).toEqual([])
  expect(bridge).toMatchObject({ name: 'br40', kind: 'bridge', isUp: null, lower: ['bond0.40', 'eno3'], addresses: ['192.0.2.10/24'] })
  expect(vlan).toMatchObject({ name: 'bond0.40', kind: 'vlan', detail: '40', isUp: true, mac: '3c:ec:ef:00:00:01', lower: ['bond0'] })
  expect(bond).toMatchObject({ name: 'bond0', kind: 'physical' })
  expect(port).toMatchObject({ name: 'eno3', isUp: false, speedMbps: null })
})

test('a bond with its mode and slaves; the loopback is none', () => {
  expect(readInterfaceXml(BOND)).toMatchObject([
    { name: 'bond0', kind: 'bond', detail: '802.3ad', lower: ['eno1', 'eno2'] },
    { name: 'eno1', kind: 'physical', speedMbps: 10_000, isUp: true },
    { name: 'eno2', isUp: false },
  ])
  expect(readInterfaceXml(`<interface type='ethernet' name='lo'><link state='unknown'/></interface>`)).toEqual([])
})

test('a node device is a port of the computer, or nothing', () => {
  const device = (path: string, net: string) =>
    `<device><name>net_x</name><path>${path}</path><capability type='net'>${net}</capability></device>`
  const real = device(
    '/sys/devices/pci0000:00/net/eno1',
    `<interface>eno1</interface><address>3C:ec:ef:00:00:01</address><link speed='1000' state='up'/>`,
  )
  expect(readNodeDeviceXml(real)).toMatchObject({ name: 'eno1', kind: 'physical', isUp: true, speedMbps: 1000, mac: '3c:ec:ef:00:00:01' })
  expect(readNodeDeviceXml(device('/sys/devices/virtual/net/vnet0', '<interface>vnet0</interface>'))).toBeNull()
  expect(readNodeDeviceXml(`<device><name>pci</name><capability type='pci'/></device>`)).toBeNull()
})
