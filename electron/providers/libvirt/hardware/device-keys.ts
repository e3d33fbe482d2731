import { at, attributeOf, type XmlElement } from '../../../xml/index.ts'

/** What stands in `<devices>` and is no device. */
const NO_DEVICES: ReadonlySet<string> = new Set(['emulator'])

export interface KeyedDevice {
  readonly key: string
  readonly element: XmlElement
  /** Among the elements inside `<devices>`, the first is 0. */
  readonly index: number
}

/**
 * The devices of a definition, each with a key that it has in the running and in the kept definition alike: made of what tells it from its
 * like, never of what libvirt gives a running one (aliases, ports, names on the host). Of two that nothing tells apart the second is `…#2`.
 */
export function keyedDevices(devices: XmlElement | undefined): readonly KeyedDevice[] {
  const counts = new Map<string, number>()
  return (devices?.children ?? []).flatMap((element, index) => {
    if (NO_DEVICES.has(element.name)) return []
    const base = `${element.name}:${identityOf(element)}`.replace(/^interface:/, 'nic:')
    const count = (counts.get(base) ?? 0) + 1
    counts.set(base, count)
    return [{ key: count === 1 ? base : `${base}#${count}`, element, index }]
  })
}

function identityOf(device: XmlElement): string {
  const own = attributeOf(at(device, 'alias'), 'name')
  switch (device.name) {
    case 'disk':
      return attributeOf(at(device, 'target'), 'dev') ?? ''
    case 'interface':
      return (attributeOf(at(device, 'mac'), 'address') ?? '').toLowerCase()
    case 'hostdev':
      return hostDeviceAddress(device) ?? ''
    default:
      return own?.startsWith('ua-') ? own : wordsOf(device)
  }
}

/** Kind and place of a device among its like: enough to find it again, whatever else of it changes. */
function wordsOf(device: XmlElement): string {
  const target = at(device, 'target')
  const { name, dir, port, dev } = target?.attributes ?? {}
  const { type, index, bus } = device.attributes
  switch (device.name) {
    case 'controller':
      return [type, index].join(':')
    case 'channel':
      return name ?? type ?? ''
    case 'serial':
    case 'console':
    case 'parallel':
      return [attributeOf(target, 'type'), port].filter((part) => part !== null && part !== undefined).join(':')
    case 'filesystem':
      return dir ?? dev ?? ''
    case 'input':
      return [type, bus].join(':')
    case 'graphics':
      return type ?? ''
    case 'memory':
      return attributeOf(device, 'model') ?? ''
    default:
      return ''
  }
}

/** As the host names it: `pci:0000:00:1f.2`, `usb:1d6b:0002`, `usb:1.4`, `mdev:UUID`. Null: another kind. */
export function hostDeviceAddress(device: XmlElement): string | null {
  const type = attributeOf(device, 'type')
  const source = at(device, 'source')
  const address = at(source, 'address')?.attributes ?? {}
  if (type === 'pci') {
    const { domain = '0', bus = '0', slot = '0', function: fn = '0' } = address
    return `pci:${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${hex(fn, 1)}`
  }
  if (type === 'usb') {
    const vendor = attributeOf(at(source, 'vendor'), 'id')
    const product = attributeOf(at(source, 'product'), 'id')
    if (vendor !== null && product !== null) return `usb:${hex(vendor, 4)}:${hex(product, 4)}`
    return address.bus === undefined ? null : `usb:${Number(address.bus)}.${Number(address.device)}`
  }
  return type === 'mdev' && address.uuid !== undefined ? `mdev:${address.uuid.toLowerCase()}` : null
}

/** Where on the host it is: of a USB device that is named by its place as well as by its ids, the place. */
export function hostDevicePlace(device: XmlElement): string | null {
  const { bus, device: number } = at(device, 'source', 'address')?.attributes ?? {}
  const isPlaced = attributeOf(device, 'type') === 'usb' && bus !== undefined && number !== undefined
  return isPlaced ? `usb:${Number(bus)}.${Number(number)}` : hostDeviceAddress(device)
}

function hex(value: string, digits: number): string {
  const number = value.startsWith('0x') ? Number.parseInt(value, 16) : Number(value)
  return (Number.isFinite(number) ? number : 0).toString(16).padStart(digits, '0')
}
