import type { NetworkEdit, NetworkSpec } from '../../../../shared/model/index.ts'
import * as problems from '../../../../shared/networks/index.ts'
import type { SimulatedHost } from '../fleet.ts'
import type { World } from '../world.ts'
import { cidrsOf, hasOwnBridge, type NetworkDefinition } from './definition.ts'
import { revisionOf, type StoredNetwork } from './network-store.ts'
import { readNetworkXml } from './network-xml.ts'
import { wiresOf } from './wires.ts'

/** Throws as `NetworkKeeper.create` says. */
export function createNetwork(world: World, host: SimulatedHost, ref: string, spec: NetworkSpec): void {
  needSoundSpec(spec)
  const known = world.networks.find(ref)
  if (known) {
    known.running ??= known.kept
    known.autostart = spec.autostart
    world.networks.changed(known)
    return
  }
  needPlace(world, host, spec)
  const { name, mode, device, domain, mtu, subnets, portGroups, autostart } = spec
  const bridge = spec.bridge ?? freeBridge(world, host)
  const definition: NetworkDefinition = { name, mode, bridge, device, domain, mtu, subnets, hosts: [], dnsHosts: [], portGroups }
  world.networks.put(host, { ref, hostRef: host.ref, uuid: ref, kept: definition, running: definition, autostart })
}

function needSoundSpec({ mode, subnets, mtu, device }: NetworkSpec): void {
  for (const subnet of subnets) problems.needSoundSubnet(subnet)
  if (mtu !== null && !hasOwnBridge(mode)) throw problems.noMtuHere()
  if (device !== null && mode !== 'nat' && mode !== 'route') throw problems.noDeviceHere(mode)
}

function needPlace(world: World, host: SimulatedHost, { name, mode, bridge, device, subnets }: NetworkSpec): void {
  const others = [...world.networks.of(host).values()]
  if (others.some(({ kept }) => kept.name === name)) throw problems.networkNameTaken(name, host.ref)
  const wires = wiresOf(host, world.fleet.site)
  if (bridge !== null)
    needBridge(
      bridge,
      mode,
      others,
      wires.filter(({ kind }) => kind === 'bridge'),
    )
  if (device !== null && !wires.some((wire) => wire.name === device)) throw problems.deviceMissing(device)
  const taken: readonly problems.TakenSubnet[] = [
    ...others.flatMap(({ kept }) => cidrsOf(kept).map((cidr) => ({ cidr, by: kept.name }))),
    ...wires.flatMap((wire) => wire.addresses.map((cidr) => ({ cidr, by: wire.name }))),
  ]
  problems.needFreeSubnets(subnets, taken, name)
}

function needBridge(
  bridge: string,
  mode: NetworkSpec['mode'],
  others: readonly StoredNetwork[],
  bridges: ReadonlyArray<{ readonly name: string; readonly detail: string | null }>,
): void {
  const onHost = bridges.find(({ name }) => name === bridge)
  if (!hasOwnBridge(mode)) {
    if (!onHost || (onHost.detail === 'openvswitch') !== (mode === 'openvswitch')) throw problems.bridgeMissing(bridge)
    return
  }
  const other = others.find(({ kept }) => kept.bridge === bridge)
  if (other) throw problems.bridgeTaken(bridge, other.kept.name)
  if (onHost) throw problems.bridgeTaken(bridge, 'a device of the host')
}

/** As libvirt names them: the first number that is free. */
function freeBridge(world: World, host: SimulatedHost): string {
  const taken = new Set([...world.networks.of(host).values()].map(({ kept }) => kept.bridge))
  let number = 0
  while (taken.has(`virbr${number}`)) number += 1
  return `virbr${number}`
}

/** Throws as `NetworkKeeper.edit` says. */
export function editNetwork(world: World, network: StoredNetwork, edit: NetworkEdit, revision: string): void {
  if (revisionOf(network) !== revision) throw problems.changedMeanwhile(network.kept.name)
  if (edit.edit === 'setAutostart') network.autostart = edit.autostart
  else if (edit.edit === 'setDefinition') network.kept = definitionFrom(network, edit.xml)
  else {
    if (edit.edit !== 'addDnsHost' && edit.edit !== 'removeDnsHost') needSameSubnets(network)
    const change = changeOf(network.kept, edit)
    network.kept = { ...network.kept, ...change }
    if (network.running) network.running = { ...network.running, ...change }
  }
  world.networks.changed(network)
}

type LiveEdit = Exclude<NetworkEdit, { edit: 'setAutostart' | 'setDefinition' }>

/** What of a definition is another afterwards. */
function changeOf(kept: NetworkDefinition, edit: LiveEdit): Partial<NetworkDefinition> {
  const { hosts, dnsHosts, subnets } = kept
  switch (edit.edit) {
    case 'addHost': {
      const host = { ...edit.host, mac: edit.host.mac?.toLowerCase() ?? null }
      problems.subnetIndexFor(host.address, subnets)
      if (hosts.some(({ address }) => address === host.address)) throw problems.entryTaken(host.address)
      if (host.mac !== null && hosts.some(({ mac }) => mac?.toLowerCase() === host.mac)) throw problems.entryTaken(host.mac)
      if (host.name !== null && hosts.some(({ name }) => name === host.name)) throw problems.entryTaken(host.name)
      return { hosts: [...hosts, host] }
    }
    case 'removeHost':
      if (!hosts.some(({ address }) => address === edit.address)) throw problems.entryMissing(edit.address)
      return { hosts: hosts.filter(({ address }) => address !== edit.address) }
    case 'addDnsHost':
      if (dnsHosts.some(({ address }) => address === edit.host.address)) throw problems.entryTaken(edit.host.address)
      return { dnsHosts: [...dnsHosts, edit.host] }
    case 'removeDnsHost':
      if (!dnsHosts.some(({ address }) => address === edit.address)) throw problems.entryMissing(edit.address)
      return { dnsHosts: dnsHosts.filter(({ address }) => address !== edit.address) }
    case 'setRange': {
      const subnet = subnets.find(({ address }) => address === edit.subnet)
      if (!subnet) throw problems.noSuchSubnet(edit.subnet)
      if (edit.dhcp) problems.needSoundRange(subnet, edit.dhcp)
      return { subnets: subnets.map((each) => (each === subnet ? { ...each, dhcp: edit.dhcp } : each)) }
    }
    default:
      return edit satisfies never
  }
}

function needSameSubnets({ kept, running }: StoredNetwork): void {
  if (running && cidrsOf(running).join() !== cidrsOf(kept).join()) throw problems.needsRestart(kept.name)
}

/** Only what is kept changes: of a network that runs it counts after a restart. */
function definitionFrom({ kept, uuid }: StoredNetwork, xml: string): NetworkDefinition {
  let read: ReturnType<typeof readNetworkXml>
  try {
    read = readNetworkXml(xml)
  } catch (error) {
    throw problems.notANetwork(error instanceof Error ? error.message : 'it is no XML.')
  }
  const { uuid: given, ...definition } = read
  if (definition.name !== kept.name || (given !== null && given.toLowerCase() !== uuid.toLowerCase()))
    throw problems.otherNetwork(kept.name)
  for (const subnet of definition.subnets) problems.needSoundSubnet(subnet)
  return { ...definition, bridge: definition.bridge ?? kept.bridge }
}
