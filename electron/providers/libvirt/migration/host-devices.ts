import { at, attributeOf, childrenOf, type XmlElement } from '../../../xml/index.ts'

/** What of its host a machine is given as it is, in words: a move would take it away. */
export function hostDevicesOf(devices: XmlElement | undefined): readonly string[] {
  const passed = childrenOf(devices, 'hostdev').map(nameOf)
  const cards = childrenOf(devices, 'interface')
    .filter((card) => ['hostdev', 'vdpa'].includes(attributeOf(card, 'type') ?? ''))
    .map((card) => `network card ${attributeOf(at(card, 'mac'), 'address') ?? ''}`)
  const folders = childrenOf(devices, 'filesystem').map(
    (folder) => `folder ${attributeOf(at(folder, 'source'), 'dir') ?? attributeOf(at(folder, 'target'), 'dir') ?? ''}`,
  )
  return [...passed, ...cards, ...folders]
}

function nameOf(device: XmlElement): string {
  const source = at(device, 'source')
  const address = at(source, 'address')?.attributes ?? {}
  const hex = (value: string | undefined, digits: number) => (value ?? '0').replace(/^0x/, '').padStart(digits, '0')
  switch (attributeOf(device, 'type')) {
    case 'pci':
      return `PCI ${hex(address.domain, 4)}:${hex(address.bus, 2)}:${hex(address.slot, 2)}.${hex(address.function, 1)}`
    case 'usb':
      return `USB ${hex(attributeOf(at(source, 'vendor'), 'id') ?? undefined, 4)}:${hex(attributeOf(at(source, 'product'), 'id') ?? undefined, 4)}`
    case 'mdev':
      return `mediated device ${address.uuid ?? ''}`
    default:
      return attributeOf(device, 'type') ?? 'host device'
  }
}
