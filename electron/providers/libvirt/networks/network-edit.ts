import type { NetworkEdit, NetworkSpec } from '../../../../shared/model/index.ts'
import {
  changedMeanwhile,
  definitionRefused,
  entryMissing,
  entryTaken,
  hostUnnamed,
  needFreeSubnets,
  needOneDhcp,
  needSoundRange,
  needsRestart,
  networkTransient,
  noMacInV6,
  noSuchSubnet,
  notANetwork,
  otherNetwork,
  subnetIndexFor,
} from '../../../../shared/networks/index.ts'
import { constants as c } from '../../../libvirt/index.ts'
import { escapeXml } from '../../../xml/index.ts'
import { insertIntoRoot } from '../xml-insert.ts'
import { change, type FoundNetwork, findNetwork, type NetworkContext } from './network-context.ts'
import { setAutostart } from './network-create.ts'
import { isAnswer, isRefusal, saidByHost } from './network-problems.ts'
import { type NetworkDefinition, readNetworkXml } from './network-xml.ts'
import { takenBeside } from './taken-subnets.ts'

type StaticHost = Extract<NetworkEdit, { edit: 'addHost' }>['host']
type DnsHost = Extract<NetworkEdit, { edit: 'addDnsHost' }>['host']
type Range = NonNullable<NetworkSpec['subnets'][number]['dhcp']>

const ADD = c.VIR_NETWORK_UPDATE_COMMAND_ADD_LAST
const DELETE = c.VIR_NETWORK_UPDATE_COMMAND_DELETE

/** Throws `conflict` network.changed-meanwhile when it is not that of `revision` any more. */
export async function editNetwork(context: NetworkContext, networkRef: string, edit: NetworkEdit, revision: string): Promise<void> {
  const found = await findNetwork(context, networkRef)
  if (found.revision !== revision) throw changedMeanwhile(found.net.name)
  switch (edit.edit) {
    case 'addHost':
      return addHost(context, found, edit.host)
    case 'removeHost':
      return removeHost(context, found, edit.address)
    case 'addDnsHost':
      return addDnsHost(context, found, edit.host)
    case 'removeDnsHost':
      return removeDnsHost(context, found, edit.address)
    case 'setRange':
      return setRange(context, found, edit.subnet, edit.dhcp)
    case 'setAutostart':
      if (!found.isPersistent) throw networkTransient(found.net.name)
      return setAutostart(context, found.net, edit.autostart)
    case 'setDefinition':
      return setDefinition(context, found, edit.xml)
    default:
      return edit satisfies never
  }
}

async function addHost(context: NetworkContext, found: FoundNetwork, host: StaticHost): Promise<void> {
  const index = indexIn(found, host.address)
  const { hosts } = found.kept
  const mac = host.mac?.toLowerCase() ?? null
  if (host.address.includes(':') && mac !== null) throw noMacInV6(host.address)
  if (mac === null && host.name === null) throw hostUnnamed(host.address)
  if (hosts.some(({ address }) => address === host.address)) throw entryTaken(host.address)
  if (mac !== null && hosts.some((other) => other.mac?.toLowerCase() === mac)) throw entryTaken(mac)
  if (host.name !== null && hosts.some(({ name }) => name === host.name)) throw entryTaken(host.name)
  needDhcpHere(found, index)
  await update(context, found, ADD, c.VIR_NETWORK_SECTION_IP_DHCP_HOST, index, hostXml({ ...host, mac }))
}

async function removeHost(context: NetworkContext, found: FoundNetwork, address: string): Promise<void> {
  const host = found.kept.hosts.find((each) => each.address === address)
  if (!host) throw entryMissing(address)
  await update(context, found, DELETE, c.VIR_NETWORK_SECTION_IP_DHCP_HOST, indexIn(found, address), hostXml(host))
}

async function addDnsHost(context: NetworkContext, found: FoundNetwork, host: DnsHost): Promise<void> {
  if (found.kept.dnsHosts.some(({ address }) => address === host.address)) throw entryTaken(host.address)
  await update(context, found, ADD, c.VIR_NETWORK_SECTION_DNS_HOST, -1, dnsHostXml(host))
}

async function removeDnsHost(context: NetworkContext, found: FoundNetwork, address: string): Promise<void> {
  const host = found.kept.dnsHosts.find((each) => each.address === address)
  if (!host) throw entryMissing(address)
  await update(context, found, DELETE, c.VIR_NETWORK_SECTION_DNS_HOST, -1, dnsHostXml(host))
}

/** libvirt changes no range: the old one is taken away and the new one added, and if that fails the old one comes back. */
async function setRange(context: NetworkContext, found: FoundNetwork, address: string, dhcp: Range | null): Promise<void> {
  const index = found.kept.subnets.findIndex((each) => each.address === address)
  const subnet = found.kept.subnets[index]
  if (!subnet) throw noSuchSubnet(address)
  needSameSubnets(found)
  if (dhcp) needSoundRange(subnet, dhcp)
  if (dhcp) needDhcpHere(found, index)
  const section = c.VIR_NETWORK_SECTION_IP_DHCP_RANGE
  const before = subnet.dhcp
  if (before && dhcp && before.start === dhcp.start && before.end === dhcp.end) return
  if (before) await update(context, found, DELETE, section, index, rangeXml(before))
  if (!dhcp) return
  try {
    await update(context, found, ADD, section, index, rangeXml(dhcp))
  } catch (error) {
    if (before && isAnswer(error)) await update(context, found, ADD, section, index, rangeXml(before))
    throw error
  }
}

/** Only what is kept changes: of a network that runs it counts after a restart. */
async function setDefinition(context: NetworkContext, { net, isPersistent, kept }: FoundNetwork, xml: string): Promise<void> {
  if (!isPersistent) throw networkTransient(net.name)
  const { name, uuid, subnets } = needNetwork(xml)
  if (name !== net.name || (uuid !== null && uuid.toLowerCase() !== net.uuid.toLowerCase())) throw otherNetwork(net.name)
  // Those that it has it keeps, whoever else has them.
  const added = subnets.filter(({ address, prefix }) => !kept.subnets.some((each) => each.address === address && each.prefix === prefix))
  if (added.length > 0) needFreeSubnets(added, await takenBeside(context, net.name), net.name)
  const whole = uuid === null ? insertIntoRoot(xml, 'network', `<uuid>${net.uuid}</uuid>`) : xml
  try {
    await change(context, 'networkDefineXml', { xml: whole })
  } catch (error) {
    throw isRefusal(error) ? saidByHost(definitionRefused, net.name, error) : error
  }
}

export function needNetwork(xml: string): NetworkDefinition {
  let root: NetworkDefinition
  try {
    root = readNetworkXml(xml)
  } catch (error) {
    throw notANetwork(error instanceof Error ? error.message : 'it is no XML.', error)
  }
  if (root.name === '') throw notANetwork('it has no name.')
  return root
}

/** The place of the subnet among those of the definition: it has to be the same in what runs and in what is kept. */
function indexIn(found: FoundNetwork, address: string): number {
  needSameSubnets(found)
  return subnetIndexFor(address, found.kept.subnets)
}

/** As if the subnet at that place had DHCP: one with hosts has it, too. */
function needDhcpHere({ kept: { subnets, hosts } }: FoundNetwork, index: number): void {
  const withHosts = new Set(hosts.map(({ address }) => subnetIndexFor(address, subnets)))
  needOneDhcp(subnets, (each) => each.dhcp !== null || subnets[index] === each || withHosts.has(subnets.indexOf(each)))
}

function needSameSubnets({ net, running, kept }: FoundNetwork): void {
  const texts = [running, kept].map(({ subnets }) => subnets.map(({ address, prefix }) => `${address}/${prefix}`).join())
  if (texts[0] !== texts[1]) throw needsRestart(net.name)
}

/** Changes what runs and what is kept, whichever there is. */
async function update(
  context: NetworkContext,
  { net, isActive, isPersistent, hasPending }: FoundNetwork,
  command: number,
  section: number,
  parentIndex: number,
  xml: string,
): Promise<void> {
  const flags = (isActive ? c.VIR_NETWORK_UPDATE_AFFECT_LIVE : 0) | (isPersistent ? c.VIR_NETWORK_UPDATE_AFFECT_CONFIG : 0)
  const { facts } = await context.host.client('network', { signal: context.work.signal })
  // libvirt had the two in each other's place until 7.2, and daemons say whether they have them right.
  const order = facts.features.has('network-update-order') ? { command, section } : { command: section, section: command }
  try {
    await change(context, 'networkUpdate', { net, ...order, parentIndex, xml, flags })
  } catch (error) {
    // libvirt changes both or neither.
    if (!isRefusal(error)) throw error
    throw hasPending ? needsRestart(net.name, error) : saidByHost(definitionRefused, net.name, error)
  }
}

function hostXml({ mac, name, address }: StaticHost): string {
  const attributes = [
    mac === null ? '' : ` mac='${escapeXml(mac)}'`,
    name === null ? '' : ` name='${escapeXml(name)}'`,
    ` ip='${escapeXml(address)}'`,
  ]
  return `<host${attributes.join('')}/>`
}

function dnsHostXml({ address, names }: DnsHost): string {
  const hostnames = names.map((name) => `<hostname>${escapeXml(name)}</hostname>`).join('')
  return `<host ip='${escapeXml(address)}'>${hostnames}</host>`
}

function rangeXml({ start, end }: Range): string {
  return `<range start='${escapeXml(start)}' end='${escapeXml(end)}'/>`
}
