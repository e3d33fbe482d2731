import type { Hardware } from '../../../shared/model/index.ts'
import { at, attributeOf, childrenOf, parseXml, textOf, type XmlElement } from '../../xml/index.ts'
import { diskKeyOf, memoryKiB } from './domain-facts.ts'

type Device = Hardware['devices'][number]

/** What stands in `<devices>` and is no device. */
const NO_DEVICES: ReadonlySet<string> = new Set(['emulator'])
/** Properties that say where a device is, not what it is. */
const DULL: ReadonlySet<string> = new Set(['alias', 'address', 'backingStore', 'privateData', 'auth', 'encryption'])

/** Virtual hardware from a definition. Devices that we do not know are listed like the others, by their element's name. */
export function readHardware(xml: string): Hardware {
  const domain = parseXml(xml)
  const os = at(domain, 'os')
  const type = at(os, 'type')
  const devices = (at(domain, 'devices')?.children ?? []).filter((each) => !NO_DEVICES.has(each.name))
  const memory = memoryKiB(at(domain, 'memory')) ?? 0
  return {
    machineType: attributeOf(type, 'machine'),
    arch: attributeOf(type, 'arch'),
    firmware: firmwareOf(os),
    secureBoot: isSecureBoot(os),
    cpu: cpuOf(domain),
    memoryKiB: memoryKiB(at(domain, 'currentMemory')) ?? memory,
    maxMemoryKiB: memory,
    bootOrder: bootOrderOf(os, devices),
    devices: devices.map(deviceOf),
  }
}

function firmwareOf(os: XmlElement | undefined): string | null {
  const firmware = attributeOf(os, 'firmware')
  if (firmware !== null) return firmware
  const loader = at(os, 'loader')
  if (loader === undefined) return at(os, 'kernel') ? 'kernel' : at(os, 'type') ? 'bios' : null
  return attributeOf(loader, 'type') === 'pflash' ? 'efi' : (loader.text.split('/').at(-1) ?? null)
}

function isSecureBoot(os: XmlElement | undefined): boolean {
  if (attributeOf(at(os, 'loader'), 'secure') === 'yes') return true
  return childrenOf(at(os, 'firmware'), 'feature').some(
    ({ attributes }) => attributes.name === 'secure-boot' && attributes.enabled === 'yes',
  )
}

function cpuOf(domain: XmlElement): Hardware['cpu'] {
  const cpu = at(domain, 'cpu')
  const vcpu = at(domain, 'vcpu')
  const topology = at(cpu, 'topology')
  const maxVcpus = Number(vcpu?.text.trim() ?? 1)
  const count = (name: string) => (topology?.attributes[name] === undefined ? null : Number(topology.attributes[name]))
  return {
    model: textOf(cpu, 'model')?.trim() || attributeOf(cpu, 'mode') || 'default',
    vcpus: Number(attributeOf(vcpu, 'current') ?? maxVcpus),
    maxVcpus,
    sockets: count('sockets'),
    cores: count('cores'),
    threads: count('threads'),
  }
}

/** Devices by their own order where they have one, else the classes named in `<os>`. */
function bootOrderOf(os: XmlElement | undefined, devices: readonly XmlElement[]): string[] {
  const numbered = devices.flatMap((device) => {
    const order = attributeOf(at(device, 'boot'), 'order')
    return order === null ? [] : [{ order: Number(order), name: nameOf(device) }]
  })
  if (numbered.length > 0) return numbered.toSorted((a, b) => a.order - b.order).map(({ name }) => name)
  return childrenOf(os, 'boot').flatMap((boot) => boot.attributes.dev ?? [])
}

/** A disk is called by what it stands for: disk, cdrom, floppy, lun. */
function kindOf(device: XmlElement): string {
  return device.name === 'disk' ? (device.attributes.device ?? 'disk') : device.name
}

function nameOf(device: XmlElement): string {
  const target = at(device, 'target')
  const { dev, name, port } = target?.attributes ?? {}
  return dev ?? name ?? attributeOf(at(device, 'alias'), 'name') ?? (port === undefined ? kindOf(device) : `${device.name}${port}`)
}

function deviceOf(device: XmlElement): Device {
  return { kind: kindOf(device), name: nameOf(device), summary: summaryOf(device), properties: propertiesOf(device) }
}

const SUMMARIES: Readonly<Record<string, (device: XmlElement) => readonly (string | null | undefined)[]>> = {
  disk: (device) => {
    const source = at(device, 'source')
    const hosts = childrenOf(source, 'host').map((host) => host.attributes.name)
    return [
      diskKeyOf(source) ?? 'empty',
      ...hosts,
      attributeOf(at(device, 'driver'), 'type'),
      attributeOf(at(device, 'target'), 'bus'),
      at(device, 'readonly') && 'read-only',
    ]
  },
  interface: (device) => {
    const { network, bridge, dev, path } = at(device, 'source')?.attributes ?? {}
    return [
      attributeOf(at(device, 'mac'), 'address'),
      network ?? bridge ?? dev ?? path ?? device.attributes.type,
      attributeOf(at(device, 'model'), 'type'),
    ]
  },
  graphics: ({ attributes }) => [
    attributes.type?.toUpperCase(),
    attributes.listen,
    attributes.port === '-1' ? 'automatic port' : attributes.port,
  ],
  video: (device) => {
    const { type, heads, vram } = at(device, 'model')?.attributes ?? {}
    return [type, heads && `${heads} head${heads === '1' ? '' : 's'}`, vram && `${vram} KiB`]
  },
  channel: (device) => [attributeOf(at(device, 'target'), 'name'), attributeOf(at(device, 'target'), 'state') ?? device.attributes.type],
  hostdev: (device) => {
    const address = at(device, 'source', 'address')?.attributes ?? {}
    return [device.attributes.type ?? device.attributes.mode, Object.values(address).join(':')]
  },
  filesystem: (device) => {
    const { dir, file, pool, name } = at(device, 'source')?.attributes ?? {}
    return [dir ?? file ?? pool ?? name, '→', attributeOf(at(device, 'target'), 'dir')]
  },
  tpm: (device) => [
    attributeOf(device, 'model'),
    attributeOf(at(device, 'backend'), 'type'),
    attributeOf(at(device, 'backend'), 'version'),
  ],
  rng: (device) => [attributeOf(device, 'model'), textOf(device, 'backend')],
  watchdog: ({ attributes }) => [attributes.model, attributes.action],
  input: ({ attributes }) => [attributes.type, attributes.bus],
  redirdev: ({ attributes }) => [attributes.bus, attributes.type],
}

export function summaryOf(device: XmlElement): string {
  const own = SUMMARIES[device.name]
  const { type, model, index, bus } = device.attributes
  const parts = own
    ? own(device)
    : [type, model ?? attributeOf(at(device, 'model'), 'name') ?? attributeOf(at(device, 'model'), 'type'), bus, index && `#${index}`]
  const words = parts.filter((part) => part !== null && part !== undefined && part !== '')
  return words.length > 0 ? words.join(', ').replaceAll(', →, ', ' → ') : kindOf(device)
}

/** Every attribute and text of a device, flat: `source.file`, `driver.type`, `target.bus`. */
function propertiesOf(device: XmlElement): Device['properties'] {
  const properties: Array<{ key: string; value: string }> = []
  const visit = (element: XmlElement, prefix: string, depth: number) => {
    for (const [key, value] of Object.entries(element.attributes)) properties.push({ key: prefix + key, value })
    for (const child of element.children) {
      if (DULL.has(child.name) || depth > 4) continue
      const path = `${prefix}${child.name}`
      const text = child.text.trim()
      if (text !== '') properties.push({ key: path, value: text })
      else if (child.children.length === 0 && Object.keys(child.attributes).length === 0) properties.push({ key: path, value: 'yes' })
      visit(child, `${path}.`, depth + 1)
    }
  }
  visit(device, '', 0)
  return properties
}
