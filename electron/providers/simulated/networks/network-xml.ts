import type { NetworkSpec } from '../../../../shared/model/index.ts'
import { at, attributeOf, childrenOf, escapeXml, parseXml, type XmlElement } from '../../../xml/index.ts'
import { hasOwnBridge, type NetworkDefinition } from './definition.ts'

/** A definition as libvirt would write it. */
export function networkXml(definition: NetworkDefinition, uuid: string): string {
  const { name, mode, bridge, device, domain, mtu, subnets, dnsHosts, portGroups } = definition
  const text = (value: string) => escapeXml(value)
  const forward = mode === 'openvswitch' ? 'bridge' : mode
  return [
    '<network>',
    `  <name>${text(name)}</name>`,
    `  <uuid>${text(uuid)}</uuid>`,
    ...(mode === 'isolated' ? [] : [`  <forward mode='${forward}'${device === null ? '' : ` dev='${text(device)}'`}/>`]),
    ...(bridge === null ? [] : [`  <bridge name='${text(bridge)}'${hasOwnBridge(mode) ? ` stp='on' delay='0'` : ''}/>`]),
    ...(mode === 'openvswitch' ? [`  <virtualport type='openvswitch'/>`] : []),
    ...(mtu === null ? [] : [`  <mtu size='${mtu}'/>`]),
    ...(domain === null ? [] : [`  <domain name='${text(domain)}' localOnly='yes'/>`]),
    ...(dnsHosts.length === 0 ? [] : ['  <dns>', ...dnsHosts.flatMap(dnsHostXml), '  </dns>']),
    ...subnets.flatMap((subnet) => subnetXml(definition, subnet)),
    ...portGroups.flatMap(portGroupXml),
    '</network>',
    '',
  ].join('\n')
}

function dnsHostXml({ address, names }: NetworkDefinition['dnsHosts'][number]): string[] {
  return [`    <host ip='${escapeXml(address)}'>`, ...names.map((name) => `      <hostname>${escapeXml(name)}</hostname>`), '    </host>']
}

function subnetXml({ hosts, subnets }: NetworkDefinition, subnet: NetworkDefinition['subnets'][number]): string[] {
  const { address, prefix, dhcp } = subnet
  const isV6 = address.includes(':')
  const opening = `  <ip${isV6 ? ` family='ipv6'` : ''} address='${escapeXml(address)}' prefix='${prefix}'`
  // all of its kind go to the first of that kind: the made-up networks have one of each
  const isFirst = subnets.find((each) => each.address.includes(':') === isV6) === subnet
  const own = isFirst ? hosts.filter((host) => host.address.includes(':') === isV6) : []
  if (dhcp === null && own.length === 0) return [`${opening}/>`]
  return [
    `${opening}>`,
    '    <dhcp>',
    ...(dhcp === null ? [] : [`      <range start='${escapeXml(dhcp.start)}' end='${escapeXml(dhcp.end)}'/>`]),
    ...own.map(({ mac, name, address: ip }) => {
      const attributes = [
        mac === null ? '' : ` mac='${escapeXml(mac)}'`,
        name === null ? '' : ` name='${escapeXml(name)}'`,
        ` ip='${escapeXml(ip)}'`,
      ]
      return `      <host${attributes.join('')}/>`
    }),
    '    </dhcp>',
    '  </ip>',
  ]
}

function portGroupXml({ name, vlan, isDefault }: NetworkDefinition['portGroups'][number]): string[] {
  const opening = `  <portgroup name='${escapeXml(name)}'${isDefault ? ` default='yes'` : ''}`
  if (vlan === null) return [`${opening}/>`]
  return [`${opening}>`, '    <vlan>', `      <tag id='${vlan}'/>`, '    </vlan>', '  </portgroup>']
}

/** Throws an Error for what is no XML of a network. */
export function readNetworkXml(xml: string): NetworkDefinition & { readonly uuid: string | null } {
  const network = parseXml(xml)
  if (network.name !== 'network') throw new SyntaxError('it is no <network>.')
  const name = at(network, 'name')?.text.trim() ?? ''
  if (name === '') throw new SyntaxError('it has no name.')
  const ips = childrenOf(network, 'ip')
  const mtu = attributeOf(at(network, 'mtu'), 'size')
  return {
    name,
    uuid: at(network, 'uuid')?.text.trim() ?? null,
    mode: modeOf(network),
    bridge: attributeOf(at(network, 'bridge'), 'name'),
    device: attributeOf(at(network, 'forward'), 'dev'),
    domain: attributeOf(at(network, 'domain'), 'name'),
    mtu: mtu === null ? null : Number(mtu),
    subnets: ips.flatMap(subnetsOf),
    hosts: ips.flatMap((ip) =>
      childrenOf(at(ip, 'dhcp'), 'host').map((host) => ({
        mac: attributeOf(host, 'mac'),
        name: attributeOf(host, 'name'),
        address: attributeOf(host, 'ip') ?? '',
      })),
    ),
    dnsHosts: childrenOf(at(network, 'dns'), 'host').map((host) => ({
      address: attributeOf(host, 'ip') ?? '',
      names: childrenOf(host, 'hostname').map(({ text }) => text.trim()),
    })),
    portGroups: childrenOf(network, 'portgroup').map((group) => {
      const tag = attributeOf(at(group, 'vlan', 'tag'), 'id')
      return {
        name: attributeOf(group, 'name') ?? '',
        vlan: tag === null ? null : Number(tag),
        isDefault: attributeOf(group, 'default') === 'yes',
      }
    }),
  }
}

const FORWARDS: ReadonlyMap<string, NetworkSpec['mode']> = new Map([
  ['nat', 'nat'],
  ['route', 'route'],
  ['open', 'open'],
  ['bridge', 'bridge'],
])

function modeOf(network: XmlElement): NetworkSpec['mode'] {
  const forward = at(network, 'forward')
  if (!forward) return 'isolated'
  const named = attributeOf(forward, 'mode') ?? 'nat'
  const mode = FORWARDS.get(named)
  if (!mode) throw new SyntaxError(`the mode ${named} is not known here.`)
  return mode === 'bridge' && attributeOf(at(network, 'virtualport'), 'type') === 'openvswitch' ? 'openvswitch' : mode
}

function subnetsOf(ip: XmlElement): NetworkDefinition['subnets'] {
  const { address, prefix, family } = ip.attributes
  if (address === undefined) return []
  const range = at(ip, 'dhcp', 'range')?.attributes
  const dhcp = range?.start === undefined || range.end === undefined ? null : { start: range.start, end: range.end }
  return [{ address, prefix: Number(prefix ?? (family === 'ipv6' ? 64 : 24)), dhcp }]
}
