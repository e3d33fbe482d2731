import type { NetworkSpec } from '../../../../shared/model/index.ts'
import type { NetworkRef } from '../../../libvirt/index.ts'
import { type HostInterfaces, readHostInterfaces } from './host-interfaces.ts'
import { change, findIfThere, type NetworkContext, within } from './network-context.ts'
import {
  bridgeMissing,
  bridgeTaken,
  definitionRefused,
  deviceMissing,
  isRefusal,
  networkNameTaken,
  noDeviceHere,
  noMtuHere,
  startFailed,
} from './network-problems.ts'
import { cidrOf, needFreeSubnets, needSoundSubnet, type TakenSubnet } from './network-subnets.ts'
import { type NetworkDefinition, newNetworkXml, readNetworkXml } from './network-xml.ts'

/** Defines, starts and autostarts a network; of one that is there already under that UUID the rest is done. */
export async function createNetwork(context: NetworkContext, networkRef: string, spec: NetworkSpec): Promise<void> {
  needSoundSpec(spec)
  const before = await findIfThere(context, networkRef)
  if (!before) await needPlace(context, spec)
  const net = before?.net ?? (await define(context, networkRef, spec))
  try {
    if (!before?.isActive) await startIt(context, net)
    if ((before?.autostart ?? false) !== spec.autostart) await setAutostart(context, net, spec.autostart)
  } catch (error) {
    // Of a lost answer nobody knows what is there, and the one before may have been somebody's for a while.
    if (isRefusal(error) && !before) await takeBack(context, net)
    throw error
  }
}

async function define(context: NetworkContext, networkRef: string, spec: NetworkSpec): Promise<NetworkRef> {
  try {
    return (await change(context, 'networkDefineXml', { xml: newNetworkXml(networkRef, spec) })).net
  } catch (error) {
    throw isRefusal(error) ? definitionRefused(spec.name, error) : error
  }
}

/** Throws `remote-failure` network.start-failed with what the host said. */
export async function startIt(context: NetworkContext, net: NetworkRef): Promise<void> {
  try {
    await change(context, 'networkCreate', { net })
  } catch (error) {
    throw isRefusal(error) ? startFailed(net.name, error) : error
  }
}

export async function setAutostart(context: NetworkContext, net: NetworkRef, autostart: boolean): Promise<void> {
  await change(context, 'networkSetAutostart', { net, autostart: autostart ? 1 : 0 })
}

async function takeBack(context: NetworkContext, net: NetworkRef): Promise<void> {
  const { host, log } = context
  await host.call('networkDestroy', { net }).catch(() => undefined)
  await host
    .call('networkUndefine', { net })
    .catch((error: unknown) => log.warn('a network was left', { network: net.name, error: String(error) }))
}

/** What is wrong with it on any host. */
function needSoundSpec({ mode, subnets, mtu, device }: NetworkSpec): void {
  for (const subnet of subnets) needSoundSubnet(subnet)
  if (mtu !== null && (mode === 'bridge' || mode === 'openvswitch')) throw noMtuHere()
  if (device !== null && mode !== 'nat' && mode !== 'route') throw noDeviceHere(mode)
}

/** Name, bridge, device and subnets against what the host has now. */
async function needPlace(context: NetworkContext, spec: NetworkSpec): Promise<void> {
  const [others, host, { hostname }] = await Promise.all([
    readOthers(context),
    readHostInterfaces(context),
    context.host.call('connectGetHostname', {}, within(context)),
  ])
  if (others.some(({ name }) => name === spec.name)) throw networkNameTaken(spec.name, hostname)
  needBridge(spec, others, host)
  if (spec.device !== null && host && !host.interfaces.some(({ name }) => name === spec.device)) throw deviceMissing(spec.device)
  needFreeSubnets(spec.subnets, takenSubnets(others, host), spec.name)
}

function needBridge({ mode, bridge }: NetworkSpec, others: readonly NetworkDefinition[], host: HostInterfaces | null): void {
  if (bridge === null) return
  const onHost = host?.interfaces.find(({ name }) => name === bridge)
  if (mode === 'bridge') {
    if (host && onHost?.kind !== 'bridge') throw bridgeMissing(bridge)
    return
  }
  // The bridges of Open vSwitch look like any device.
  if (mode === 'openvswitch') {
    if (host && !onHost) throw bridgeMissing(bridge)
    return
  }
  const other = others.find((each) => each.bridge === bridge)
  if (other) throw bridgeTaken(bridge, other.name)
  if (onHost || host?.taps.has(bridge)) throw bridgeTaken(bridge, 'a device of the host')
}

async function readOthers(context: NetworkContext): Promise<readonly NetworkDefinition[]> {
  const { nets } = await context.host.call('connectListAllNetworks', { needResults: 1, flags: 0 }, within(context))
  const read = await Promise.all(
    nets.map(async (net) =>
      context.host.call('networkGetXmlDesc', { net, flags: 0 }, within(context)).then(
        ({ xml }) => readNetworkXml(xml),
        // It has gone since it was listed.
        () => null,
      ),
    ),
  )
  return read.filter((each) => each !== null)
}

function takenSubnets(others: readonly NetworkDefinition[], host: HostInterfaces | null): readonly TakenSubnet[] {
  const bridges = new Set(others.map(({ bridge }) => bridge))
  const ofHost = (host?.interfaces ?? []).filter(({ name }) => !bridges.has(name))
  return [
    ...others.flatMap(({ name, subnets }) => subnets.map((subnet) => ({ cidr: cidrOf(subnet), by: name }))),
    ...ofHost.flatMap(({ name, addresses }) => addresses.map((cidr) => ({ cidr, by: name }))),
  ]
}
