import type { NetworkDetail, NetworkSpec } from '../../../../shared/model/index.ts'
import { at, attributeOf, childrenOf, escapeXml, parseXml, type XmlElement } from '../../../xml/index.ts'

/** What the console shows and needs of a network's definition. */
export interface NetworkDefinition
  extends Pick<NetworkDetail, 'mode' | 'bridge' | 'domain' | 'mtu' | 'subnets' | 'hosts' | 'dnsHosts' | 'portGroups'> {
  readonly name: string
  readonly uuid: string | null
  /** The host's devices that it goes out by, if it names any. */
  readonly devices: readonly string[]
}

/** Modes in which the bridge is the network's own, and is there only while it runs. */
export const OWN_BRIDGE: ReadonlySet<string> = new Set(['nat', 'route', 'open', 'isolated'])

/** Throws SyntaxError for what is no XML. */
export function readNetworkXml(xml: string): NetworkDefinition {
  return readNetworkElement(parseXml(xml))
}

export function readNetworkElement(network: XmlElement): NetworkDefinition {
  const forward = at(network, 'forward')
  const ips = childrenOf(network, 'ip')
  const isSwitch = attributeOf(at(network, 'virtualport'), 'type') === 'openvswitch'
  const mode = forward ? (attributeOf(forward, 'mode') ?? 'nat') : 'isolated'
  const mtu = attributeOf(at(network, 'mtu'), 'size')
  return {
    name: at(network, 'name')?.text.trim() ?? '',
    uuid: at(network, 'uuid')?.text.trim() ?? null,
    mode: mode === 'bridge' && isSwitch ? 'openvswitch' : mode,
    bridge: attributeOf(at(network, 'bridge'), 'name'),
    devices: devicesOf(forward),
    domain: attributeOf(at(network, 'domain'), 'name'),
    mtu: mtu === null ? null : Number(mtu),
    subnets: ips.flatMap((ip) => subnetOf(ip) ?? []),
    hosts: ips.flatMap((ip) => childrenOf(at(ip, 'dhcp'), 'host').map(staticHostOf)),
    dnsHosts: childrenOf(at(network, 'dns'), 'host').map((host) => ({
      address: attributeOf(host, 'ip') ?? '',
      names: childrenOf(host, 'hostname').map(({ text }) => text.trim()),
    })),
    portGroups: childrenOf(network, 'portgroup').map((group) => {
      const tag = attributeOf(at(group, 'vlan', 'tag'), 'id')
      const isDefault = attributeOf(group, 'default') === 'yes'
      return { name: attributeOf(group, 'name') ?? '', vlan: tag === null ? null : Number(tag), isDefault }
    }),
  }
}

function devicesOf(forward: XmlElement | undefined): readonly string[] {
  const named = [attributeOf(forward, 'dev'), ...childrenOf(forward, 'interface').map((each) => attributeOf(each, 'dev'))]
  const functions = childrenOf(forward, 'pf').map((each) => attributeOf(each, 'dev'))
  return [...new Set([...named, ...functions].filter((dev) => dev !== null))]
}

function subnetOf(ip: XmlElement): NetworkDefinition['subnets'][number] | null {
  const { address, prefix, netmask, family } = ip.attributes
  if (address === undefined) return null
  const range = at(ip, 'dhcp', 'range')?.attributes
  return {
    address,
    prefix: prefix === undefined ? (netmask === undefined ? (family === 'ipv6' ? 64 : 24) : maskBits(netmask)) : Number(prefix),
    dhcp: range?.start === undefined || range.end === undefined ? null : { start: range.start, end: range.end },
  }
}

function maskBits(netmask: string): number {
  return netmask.split('.').reduce((sum, part) => sum + Number(part).toString(2).replaceAll('0', '').length, 0)
}

function staticHostOf(host: XmlElement): NetworkDefinition['hosts'][number] {
  return { mac: attributeOf(host, 'mac'), name: attributeOf(host, 'name'), address: attributeOf(host, 'ip') ?? '' }
}

/** The definition of a new network. */
export function newNetworkXml(uuid: string, spec: NetworkSpec): string {
  const { name, mode, bridge, device, subnets, domain, mtu, portGroups } = spec
  const isHostBridge = mode === 'bridge' || mode === 'openvswitch'
  const forwardMode = mode === 'openvswitch' ? 'bridge' : mode
  const own = bridge === null ? `<bridge stp='on' delay='0'/>` : `<bridge name='${escapeXml(bridge)}' stp='on' delay='0'/>`
  return [
    '<network>',
    `<name>${escapeXml(name)}</name>`,
    `<uuid>${escapeXml(uuid)}</uuid>`,
    mode === 'isolated' ? '' : `<forward mode='${forwardMode}'${device === null ? '' : ` dev='${escapeXml(device)}'`}/>`,
    isHostBridge ? `<bridge name='${escapeXml(bridge ?? '')}'/>` : own,
    mode === 'openvswitch' ? `<virtualport type='openvswitch'/>` : '',
    mtu === null ? '' : `<mtu size='${mtu}'/>`,
    domain === null ? '' : `<domain name='${escapeXml(domain)}' localOnly='yes'/>`,
    ...subnets.map(subnetXml),
    ...portGroups.map((group) => {
      const vlan = group.vlan === null ? '' : `<vlan><tag id='${group.vlan}'/></vlan>`
      return `<portgroup name='${escapeXml(group.name)}'${group.isDefault ? ` default='yes'` : ''}>${vlan}</portgroup>`
    }),
    '</network>',
  ]
    .filter((line) => line !== '')
    .join('\n')
}

function subnetXml({ address, prefix, dhcp }: NetworkSpec['subnets'][number]): string {
  const family = address.includes(':') ? ` family='ipv6'` : ''
  const range = dhcp === null ? '' : `<dhcp><range start='${escapeXml(dhcp.start)}' end='${escapeXml(dhcp.end)}'/></dhcp>`
  return `<ip${family} address='${escapeXml(address)}' prefix='${prefix}'>${range}</ip>`
}

/**
 * A definition without what comes and goes by itself: how many machines are connected, the ports of NAT that libvirt fills in, and the
 * interface that it makes of `forward dev` when the network runs. Two that are the same by this mean the same.
 */
export function canonicalNetwork(xml: string): string {
  return write(parseXml(xml))
}

function write(element: XmlElement, parent?: XmlElement): string {
  const attributes = Object.entries(element.attributes)
    .filter(([key]) => key !== 'connections')
    .map(([key, value]) => ` ${key}='${escapeXml(value)}'`)
    .sort()
    .join('')
  const children = element.children.filter((child) => !isFilledIn(child, element, parent)).map((child) => write(child, element))
  return `<${element.name}${attributes}>${element.text.trim()}${children.join('')}</${element.name}>`
}

function isFilledIn(child: XmlElement, element: XmlElement, parent: XmlElement | undefined): boolean {
  if (element.name !== 'forward' || parent?.name !== 'network') return false
  if (child.name === 'interface') return child.attributes.dev !== undefined && child.attributes.dev === element.attributes.dev
  if (child.name !== 'nat' || Object.keys(child.attributes).length > 0) return false
  return child.children.every((each) => each.name === 'port' && each.attributes.start === '1024' && each.attributes.end === '65535')
}
