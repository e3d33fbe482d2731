import { type HostDevice, hardwareReason, type Reason } from '../../../../shared/model/index.ts'
import { at, attributeOf, childrenOf, parseXml, textOf, type XmlElement } from '../../../xml/index.ts'

/** A device of the host as libvirt describes it (formatnode.html). */
export interface NodeDevice {
  readonly name: string
  readonly kind: HostDevice['kind']
  /** 0000:00:1f.2, 1.4 (bus and device), a UUID. */
  readonly address: string
  readonly vendor: string | null
  readonly product: string | null
  readonly driver: string | null
  readonly iommuGroup: number | null
  /** PCI addresses of its group, itself included. */
  readonly group: readonly string[]
  /** PCI class: 0x060400. */
  readonly pciClass: string | null
  /** Ids by which a USB device is found wherever it is plugged in. */
  readonly usb: { readonly vendorId: string; readonly productId: string; readonly bus: string; readonly device: string } | null
}

/** Null: no device that could be given away. Throws SyntaxError for what is no XML. */
export function readNodeDevice(xml: string): NodeDevice | null {
  const root = parseXml(xml)
  const capability = childrenOf(root, 'capability').find(({ attributes }) => KINDS[attributes.type ?? ''] !== undefined)
  const kind = KINDS[attributeOf(capability, 'type') ?? '']
  if (!capability || kind === undefined) return null
  const group = at(capability, 'iommuGroup')
  const own = {
    name: textOf(root, 'name') ?? '',
    kind,
    vendor: textOf(capability, 'vendor')?.trim() || null,
    product: textOf(capability, 'product')?.trim() || (attributeOf(at(capability, 'type'), 'id') ?? null),
    driver: textOf(root, 'driver', 'name')?.trim() || null,
    iommuGroup: group ? Number(attributeOf(group, 'number')) : null,
    group: childrenOf(group, 'address').map(pciAddress),
    pciClass: textOf(capability, 'class')?.trim() || null,
    usb: null,
  }
  if (kind === 'pci') return { ...own, address: pciAddress(addressOf(capability)) }
  if (kind === 'mdev') {
    const uuid = textOf(capability, 'uuid')?.trim()
    return { ...own, address: (uuid ?? /^mdev_([0-9a-f_]{36})/.exec(own.name)?.[1]?.replaceAll('_', '-') ?? own.name).toLowerCase() }
  }
  const bus = textOf(capability, 'bus')?.trim() ?? ''
  const device = textOf(capability, 'device')?.trim() ?? ''
  const id = (name: string) => attributeOf(at(capability, name), 'id') ?? ''
  return { ...own, address: `${bus}.${device}`, usb: { vendorId: id('vendor'), productId: id('product'), bus, device } }
}

const KINDS: Readonly<Record<string, HostDevice['kind']>> = { pci: 'pci', usb_device: 'usb', mdev: 'mdev' }

/** A device tells its address in elements, members of a group in attributes. */
function addressOf(capability: XmlElement): XmlElement {
  const part = (name: string) => textOf(capability, name)?.trim() ?? '0'
  const attributes = { domain: part('domain'), bus: part('bus'), slot: part('slot'), function: part('function') }
  return { name: 'address', attributes, children: [], text: '' }
}

function pciAddress({ attributes: { domain = '0', bus = '0', slot = '0', function: fn = '0' } }: XmlElement): string {
  const hex = (value: string, digits: number) => Number(value).toString(16).padStart(digits, '0')
  return `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${hex(fn, 1)}`
}

/** The host's own wiring: never given away (PCI class 06, and hubs of USB). */
function isWiring({ pciClass, usb, kind }: NodeDevice): boolean {
  return kind === 'pci' ? (pciClass?.startsWith('0x06') ?? false) : usb?.vendorId === '0x1d6b'
}

/** As `hostDevicePlace` names it in a definition. */
export function addressesOf(device: NodeDevice): readonly string[] {
  const { kind, address, usb } = device
  if (kind !== 'usb' || !usb) return [`${kind}:${address}`]
  return [`usb:${Number(usb.bus)}.${Number(usb.device)}`, `usb:${usb.vendorId.replace('0x', '')}:${usb.productId.replace('0x', '')}`]
}

/** `users`: name of the machine whose definition holds a device, by its address there; `isSelf` of the machine it is offered to. */
export function offeredDevices(devices: readonly NodeDevice[], users: ReadonlyMap<string, string>, self: string): HostDevice[] {
  const byAddress = new Map(devices.map((device) => [device.address, device]))
  return devices
    .filter((device) => !isWiring(device))
    .map((device) => {
      const usedBy = addressesOf(device).flatMap((address) => users.get(address) ?? [])[0] ?? null
      const mates = device.group.filter((address) => address !== device.address)
      return {
        name: device.name,
        kind: device.kind,
        address: device.address,
        vendor: device.vendor,
        product: device.product,
        driver: device.driver,
        iommuGroup: device.iommuGroup,
        groupMates: mates.flatMap((address) => {
          const mate = byAddress.get(address)
          return mate && !isWiring(mate) ? [{ name: mate.name, product: mate.product, driver: mate.driver }] : []
        }),
        usedBy,
        reason: reasonOf(device, usedBy, self),
      }
    })
}

function reasonOf(device: NodeDevice, usedBy: string | null, self: string): Reason | null {
  const name = device.product ?? device.name
  if (usedBy === self) return hardwareReason('hardware.host-device-own', { device: name })
  if (usedBy !== null) return hardwareReason('hardware.host-device-used', { device: name, machine: usedBy })
  return device.kind === 'pci' && device.iommuGroup === null ? hardwareReason('hardware.no-iommu') : null
}
