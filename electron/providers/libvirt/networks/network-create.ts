import type { NetworkSpec } from '../../../../shared/model/index.ts'
import {
  bridgeMissing,
  bridgeTaken,
  definitionRefused,
  deviceMissing,
  needFreeSubnets,
  needOneDhcp,
  needSoundSubnet,
  networkNameTaken,
  noDeviceHere,
  noMtuHere,
  startFailed,
} from '../../../../shared/networks/index.ts'
import { constants as c, type NetworkRef } from '../../../libvirt/index.ts'
import { libvirtNumber } from '../problems.ts'
import { type HostInterfaces, readHostInterfaces } from './host-interfaces.ts'
import { change, findIfThere, type NetworkContext, within } from './network-context.ts'
import { isAnswer, isRefusal, saidByHost } from './network-problems.ts'
import { type NetworkDefinition, newNetworkXml } from './network-xml.ts'
import { readOthers, takenSubnets } from './taken-subnets.ts'

/** Defines, starts and autostarts a network; of one that is there already under that UUID the rest is done. */
export async function createNetwork(context: NetworkContext, networkRef: string, spec: NetworkSpec): Promise<void> {
  needSoundSpec(spec)
  const before = await findIfThere(context, networkRef)
  if (!before) await needPlace(context, spec)
  const net = before?.net ?? (await define(context, networkRef, spec))
  try {
    if (!before?.isActive) await startIt(context, net, () => change(context, 'networkCreate', { net }))
    if ((before?.autostart ?? false) !== spec.autostart) await setAutostart(context, net, spec.autostart)
  } catch (error) {
    // Of a lost answer nobody knows what is there, and the one before may have been somebody's for a while.
    if (isAnswer(error) && !before) await takeBack(context, net)
    throw error
  }
}

async function define(context: NetworkContext, networkRef: string, spec: NetworkSpec): Promise<NetworkRef> {
  try {
    return (await change(context, 'networkDefineXml', { xml: newNetworkXml(networkRef, spec) })).net
  } catch (error) {
    throw isRefusal(error) ? saidByHost(definitionRefused, spec.name, error) : error
  }
}

/** Throws `remote-failure` network.start-failed with what the host said. */
export async function startIt(context: NetworkContext, net: NetworkRef, start: () => Promise<unknown>): Promise<void> {
  try {
    await start()
  } catch (error) {
    if (!isAnswer(error)) throw error
    // Somebody else was quicker, be it this console before it was ended: libvirt takes starts one after the other.
    if (!(await isActiveNow(context, net))) throw isRefusal(error) ? saidByHost(startFailed, net.name, error) : error
  }
}

/** One that is not kept is gone while it is off. */
async function isActiveNow(context: NetworkContext, net: NetworkRef): Promise<boolean> {
  try {
    return (await context.host.call('networkIsActive', { net }, within(context))).active !== 0
  } catch (error) {
    if (libvirtNumber(error) === c.VIR_ERR_NO_NETWORK) return false
    throw error
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
  needOneDhcp(subnets, ({ dhcp }) => dhcp !== null)
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
  if (spec.device !== null && host?.names?.has(spec.device) === false) throw deviceMissing(spec.device)
  needFreeSubnets(spec.subnets, takenSubnets(others, host), spec.name)
}

function needBridge({ mode, bridge }: NetworkSpec, others: readonly NetworkDefinition[], host: HostInterfaces | null): void {
  if (bridge === null) return
  const names = host?.names ?? null
  if (mode === 'bridge' || mode === 'openvswitch') {
    if (names?.has(bridge) === false) throw bridgeMissing(bridge)
    // A bridge of Open vSwitch may look like any device.
    const known = host?.interfaces.find(({ name }) => name === bridge)
    if (mode === 'bridge' && names && known?.kind !== 'bridge') throw bridgeMissing(bridge)
    return
  }
  const other = others.find((each) => each.bridge === bridge)
  if (other) throw bridgeTaken(bridge, other.name)
  if (names?.has(bridge)) throw bridgeTaken(bridge, 'a device of the host')
}
