import { child, type Tree } from './definition-tree.ts'

export interface KeyedDevice {
  readonly key: string
  readonly tree: Tree
}

/** The devices of a definition with keys that both definitions share: of two that nothing tells apart the second is `…#2`. */
export function keyedDevices(domain: Tree): readonly KeyedDevice[] {
  const counts = new Map<string, number>()
  return (child(domain, 'devices')?.children ?? []).flatMap((tree) => {
    if (tree.name === 'emulator') return []
    const base = `${tree.name === 'interface' ? 'nic' : tree.name}:${identityOf(tree)}`
    const count = (counts.get(base) ?? 0) + 1
    counts.set(base, count)
    return [{ key: count === 1 ? base : `${base}#${count}`, tree }]
  })
}

export function deviceOf(domain: Tree, key: string): Tree | undefined {
  return keyedDevices(domain).find((each) => each.key === key)?.tree
}

function identityOf(device: Tree): string {
  const target = child(device, 'target')?.attributes ?? {}
  switch (device.name) {
    case 'disk':
      return target.dev ?? ''
    case 'interface':
      return child(device, 'mac')?.attributes.address?.toLowerCase() ?? ''
    case 'hostdev':
      return hostAddress(device) ?? ''
    default:
      return [device.attributes.type, device.attributes.index, target.name, target.port].filter((part) => part !== undefined).join(':')
  }
}

/** As the options name it: `0000:41:00.0`, `1-4`, a UUID. */
export function hostAddress(device: Tree): string | null {
  const address = child(device, 'source', 'address')?.attributes ?? {}
  if (device.attributes.type === 'mdev') return address.uuid ?? null
  if (device.attributes.type === 'usb') return address.bus === undefined ? null : `${address.bus}-${address.device}`
  const { domain = '0x0000', bus = '0x00', slot = '0x00', function: fn = '0x0' } = address
  const digits = (text: string, count: number) => text.replace(/^0x/, '').padStart(count, '0')
  return device.attributes.type === 'pci' ? `${digits(domain, 4)}:${digits(bus, 2)}:${digits(slot, 2)}.${digits(fn, 1)}` : null
}
