import { at, attributeOf, childrenOf, parseXml, textOf, type XmlElement } from '../../../xml/index.ts'
import { type HostInterface, isUpState, positive } from './host-interface.ts'

const KINDS: Readonly<Record<string, HostInterface['kind']>> = { bridge: 'bridge', bond: 'bond', vlan: 'vlan' }

/** A device as libvirt's interface driver describes it, with those that it is made of. */
export function readInterfaceXml(xml: string): readonly HostInterface[] {
  const found: HostInterface[] = []
  collect(parseXml(xml), found)
  return found
}

function collect(element: XmlElement, found: HostInterface[]): void {
  const name = attributeOf(element, 'name')
  if (name === null || name === 'lo') return
  const kind = KINDS[attributeOf(element, 'type') ?? ''] ?? 'physical'
  const inside = at(element, kind)
  const parts = childrenOf(inside, 'interface')
  const link = at(element, 'link')
  found.push({
    name,
    kind,
    isUp: isUpState(attributeOf(link, 'state')),
    speedMbps: positive(attributeOf(link, 'speed')),
    mac: attributeOf(at(element, 'mac'), 'address')?.toLowerCase() ?? null,
    addresses: childrenOf(element, 'protocol').flatMap((protocol) => childrenOf(protocol, 'ip').map(addressOf)),
    detail: kind === 'bond' ? attributeOf(inside, 'mode') : kind === 'vlan' ? attributeOf(inside, 'tag') : null,
    lower: parts.flatMap((part) => attributeOf(part, 'name') ?? []),
  })
  for (const part of parts) collect(part, found)
}

function addressOf(ip: XmlElement): string {
  const { address = '', prefix } = ip.attributes
  return prefix === undefined ? address : `${address}/${prefix}`
}

/** A node device that is a network device; null for one that is none, or of no use here. What it is plugged into is not told. */
export function readNodeDeviceXml(xml: string): HostInterface | null {
  const device = parseXml(xml)
  const net = childrenOf(device, 'capability').find((each) => attributeOf(each, 'type') === 'net')
  const name = textOf(net, 'interface')
  // Those that the kernel makes up are below no device of the computer.
  if (!net || !name || textOf(device, 'path')?.startsWith('/sys/devices/virtual/')) return null
  const link = at(net, 'link')
  return {
    name,
    kind: 'physical',
    isUp: isUpState(attributeOf(link, 'state')),
    speedMbps: positive(attributeOf(link, 'speed')),
    mac: textOf(net, 'address')?.toLowerCase() ?? null,
    addresses: [],
    detail: null,
    lower: [],
  }
}
