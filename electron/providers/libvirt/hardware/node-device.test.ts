import { expect, test } from 'vitest'
import { offeredDevices, readNodeDevice } from './node-device.ts'

const pci = (slot: number, product: string, more = '') => `<device>
  <name>pci_0000_3b_0${slot}_0</name>
  <driver><name>nouveau</name></driver>
  <capability type='pci'>
    <class>0x030000</class>
    <domain>0</domain><bus>59</bus><slot>${slot}</slot><function>0</function>
    <product id='0x1db4'>${product}</product><vendor id='0x10de'>NVIDIA</vendor>
    ${more}
  </capability>
</device>`
const GROUP = `<iommuGroup number='7'><address domain='0x0000' bus='0x3b' slot='0x00' function='0x0'/><address domain='0x0000' bus='0x3b' slot='0x01' function='0x0'/></iommuGroup>`
const USB = `<device><name>usb_1_4</name><capability type='usb_device'><bus>1</bus><device>4</device><product id='0x5583'>Stick</product><vendor id='0x0781'>SanDisk</vendor></capability></device>`
const HUB = `<device><name>usb_usb1</name><capability type='usb_device'><bus>1</bus><device>1</device><product id='0x0002'>hub</product><vendor id='0x1d6b'>Linux</vendor></capability></device>`
const MDEV = `<device><name>mdev_4b20d080_1b54_4048_85b3_a6a62d165c01</name><capability type='mdev'><type id='nvidia-11'/><uuid>4b20d080-1b54-4048-85b3-a6a62d165c01</uuid><iommuGroup number='12'/></capability></device>`

function read(...xmls: readonly string[]) {
  return xmls.flatMap((xml) => readNodeDevice(xml) ?? [])
}

test('a PCI device with its group, driver and address', () => {
  expect(read(pci(0, 'Tesla', GROUP))).toMatchObject([
    {
      kind: 'pci',
      address: '0000:3b:00.0',
      vendor: 'NVIDIA',
      product: 'Tesla',
      driver: 'nouveau',
      iommuGroup: 7,
      group: ['0000:3b:00.0', '0000:3b:01.0'],
    },
  ])
  expect(readNodeDevice('<device><name>net_eth0</name><capability type="net"/></device>')).toBeNull()
})

test('what is given away with it is named; wiring of the host is not offered', () => {
  const bridge = pci(1, 'Bridge', GROUP).replace('0x030000', '0x060400')
  const [gpu, audio] = offeredDevices(read(pci(0, 'Tesla', GROUP), pci(1, 'Audio', GROUP)), new Map(), 'web')
  expect(gpu?.groupMates).toEqual([{ name: 'pci_0000_3b_01_0', product: 'Audio', driver: 'nouveau' }])
  expect([gpu?.reason, audio?.reason]).toEqual([null, null])
  expect(offeredDevices(read(pci(0, 'Tesla', GROUP), bridge, HUB), new Map(), 'web').map(({ groupMates }) => groupMates)).toEqual([[]])
})

test('who has it, or why it cannot be given', () => {
  const users = new Map([
    ['pci:0000:3b:00.0', 'db'],
    ['usb:0781:5583', 'web'],
  ])
  const offered = offeredDevices(read(pci(0, 'Tesla', GROUP), pci(1, 'Audio'), USB, MDEV), users, 'web')
  expect(offered.map(({ address, usedBy, reason }) => [address, usedBy, reason?.code ?? null])).toEqual([
    ['0000:3b:00.0', 'db', 'hardware.host-device-used'],
    ['0000:3b:01.0', null, 'hardware.no-iommu'],
    ['1.4', 'web', 'hardware.host-device-own'],
    ['4b20d080-1b54-4048-85b3-a6a62d165c01', null, null],
  ])
})
