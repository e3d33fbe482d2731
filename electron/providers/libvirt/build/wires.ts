import { type CallOptions, constants as c, type InterfaceRef, type LibvirtHost, type NetworkRef } from '../../../libvirt/index.ts'
import { at, attributeOf, childrenOf, parseXml, type XmlElement } from '../../../xml/index.ts'
import { isUnsupported } from '../problems.ts'
import { networkFactsOf } from '../surroundings.ts'

/** What a machine's cards can be plugged into. */
export interface Wires {
  readonly networks: ReadonlyArray<{
    readonly name: string
    readonly active: boolean
    readonly forward: string
    readonly cidrs: readonly string[]
    /** Open vSwitch, or a device that tags by itself. */
    readonly tags: boolean
  }>
  readonly bridges: ReadonlyArray<{ readonly name: string; readonly openVSwitch: boolean }>
  readonly devices: readonly string[]
  /** Devices that a bridge has, by name: nothing else can sit on them. */
  readonly ports: ReadonlyMap<string, string>
  /** The host lists its interfaces, so what is not there does not exist. Few builds of libvirt do. */
  readonly knowsAll: boolean
}

/** Made by libvirt or by other programs for their guests, and gone with them. */
const PASSING = /^(lo|vnet\d+|macvtap\d+|macvlan\d+|tap\d+|veth.*|virbr\d+-nic|vif.*|ovs-system)$/
/** More are asked for by name only. */
const MOST_DEVICES = 256

/**
 * Networks, bridges and devices of a host. Bridges come from the host's interfaces, where libvirt can list them, and from networks that
 * lead onto one; that a bridge is one of Open vSwitch is known only where a network says so.
 */
export async function readWires(host: LibvirtHost, options: CallOptions): Promise<Wires> {
  const [networks, interfaces, nodeDevices] = await Promise.all([
    readNetworkXmls(host, options),
    readInterfaces(host, options),
    readNodeDevices(host, options),
  ])
  const own = new Set(networks.filter(({ xml }) => !isBridged(xml)).map(({ xml }) => attributeOf(at(xml, 'bridge'), 'name')))
  const bridges = new Map<string, boolean>()
  for (const { name, type } of interfaces ?? []) if (type === 'bridge' && !own.has(name)) bridges.set(name, false)
  for (const { xml } of networks) {
    const name = isBridged(xml) ? attributeOf(at(xml, 'bridge'), 'name') : null
    if (name !== null) bridges.set(name, isOpenVSwitch(xml))
  }
  const ports = new Map((interfaces ?? []).flatMap((each) => each.ports.map((port) => [port, each.name] as const)))
  const others = (interfaces ?? []).filter(({ type }) => type !== 'bridge').map(({ name }) => name)
  const isFree = (name: string) => !PASSING.test(name) && !bridges.has(name) && !own.has(name) && !ports.has(name)
  const devices = [...new Set([...others, ...nodeDevices])].filter(isFree)
  return {
    networks: networks.map(({ name, active, xml }) => {
      const { forward, cidrs } = networkFactsOf(xml)
      return { name, active, forward, cidrs, tags: isOpenVSwitch(xml) || forward === 'hostdev' }
    }),
    bridges: [...bridges].map(([name, openVSwitch]) => ({ name, openVSwitch })).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    devices: devices.toSorted(),
    ports,
    knowsAll: interfaces !== null,
  }
}

function isBridged(network: XmlElement): boolean {
  return attributeOf(at(network, 'forward'), 'mode') === 'bridge'
}

function isOpenVSwitch(network: XmlElement): boolean {
  return attributeOf(at(network, 'virtualport'), 'type') === 'openvswitch'
}

interface NetworkRead {
  readonly name: string
  readonly active: boolean
  readonly xml: XmlElement
}

async function readNetworkXmls(host: LibvirtHost, options: CallOptions): Promise<readonly NetworkRead[]> {
  const nets = await host.call('connectListAllNetworks', { needResults: 1, flags: 0 }, options).then(
    (listed) => listed.nets,
    (error: unknown) => {
      if (isUnsupported(error)) return []
      throw error
    },
  )
  const read = async (net: NetworkRef): Promise<NetworkRead | null> => {
    try {
      const [{ xml }, { active }] = await Promise.all([
        host.call('networkGetXmlDesc', { net, flags: 0 }, options),
        host.call('networkIsActive', { net }, options),
      ])
      return { name: net.name, active: active !== 0, xml: parseXml(xml) }
    } catch {
      // Taken away since it was listed.
      options.signal?.throwIfAborted()
      return null
    }
  }
  return (await Promise.all(nets.map(read))).filter((network) => network !== null)
}

interface InterfaceRead {
  readonly name: string
  readonly type: string
  /** Of a bridge. */
  readonly ports: readonly string[]
}

/** Null: this libvirt has no list of them. */
async function readInterfaces(host: LibvirtHost, options: CallOptions): Promise<readonly InterfaceRead[] | null> {
  try {
    const { ifaces } = await host.call('connectListAllInterfaces', { needResults: 1, flags: 0 }, options)
    return await Promise.all(ifaces.slice(0, MOST_DEVICES).map((iface) => readInterface(host, iface, options)))
  } catch {
    options.signal?.throwIfAborted()
    return null
  }
}

async function readInterface(host: LibvirtHost, iface: InterfaceRef, options: CallOptions): Promise<InterfaceRead> {
  const { name } = iface
  try {
    const root = parseXml((await host.call('interfaceGetXmlDesc', { iface, flags: 0 }, options)).xml)
    const ports = childrenOf(at(root, 'bridge'), 'interface').flatMap(({ attributes }) => attributes.name ?? [])
    return { name, type: attributeOf(root, 'type') ?? 'ethernet', ports }
  } catch {
    // Gone since it was listed, or of a kind that libvirt has no words for.
    options.signal?.throwIfAborted()
    return { name, type: 'ethernet', ports: [] }
  }
}

async function readNodeDevices(host: LibvirtHost, options: CallOptions): Promise<readonly string[]> {
  try {
    const flags = c.VIR_CONNECT_LIST_NODE_DEVICES_CAP_NET
    const { devices } = await host.call('connectListAllNodeDevices', { needResults: 1, flags }, options)
    const wanted = devices.filter(({ name }) => !/^net_(lo|vnet\d+|tap\d+|macvtap\d+)_/.test(name)).slice(0, MOST_DEVICES)
    const names = await Promise.all(
      wanted.map(async ({ name }) => {
        const { xml } = await host.call('nodeDeviceGetXmlDesc', { name, flags: 0 }, options)
        return at(parseXml(xml), 'capability', 'interface')?.text.trim() ?? null
      }),
    )
    return names.filter((name) => name !== null)
  } catch {
    options.signal?.throwIfAborted()
    return []
  }
}
