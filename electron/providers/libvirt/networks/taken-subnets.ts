import { cidrOf, type TakenSubnet } from '../../../../shared/networks/index.ts'
import { constants as c } from '../../../libvirt/index.ts'
import { libvirtNumber } from '../problems.ts'
import { type HostInterfaces, readHostInterfaces } from './host-interfaces.ts'
import { type NetworkContext, within } from './network-context.ts'
import { type NetworkDefinition, OWN_BRIDGE, readNetworkXml } from './network-xml.ts'

/** All networks of the host, as they run or, those that are off, as they are kept. */
export async function readOthers(context: NetworkContext): Promise<readonly NetworkDefinition[]> {
  const { nets } = await context.host.call('connectListAllNetworks', { needResults: 1, flags: 0 }, within(context))
  const read = nets.map(async (net) => {
    try {
      return readNetworkXml((await context.host.call('networkGetXmlDesc', { net, flags: 0 }, within(context))).xml)
    } catch (error) {
      // It has gone since it was listed.
      if (libvirtNumber(error) === c.VIR_ERR_NO_NETWORK) return null
      throw error
    }
  })
  return (await Promise.all(read)).filter((each) => each !== null)
}

/** Subnets of these networks, and the host's own on devices that are none of theirs. */
export function takenSubnets(others: readonly NetworkDefinition[], host: HostInterfaces | null): readonly TakenSubnet[] {
  const bridges = new Set(others.filter(({ mode }) => OWN_BRIDGE.has(mode)).map(({ bridge }) => bridge))
  const ofHost = (host?.interfaces ?? []).filter(({ name }) => !bridges.has(name))
  return [
    ...others.flatMap(({ name, subnets }) => subnets.map((subnet) => ({ cidr: cidrOf(subnet), by: name }))),
    ...ofHost.flatMap(({ name, addresses }) => addresses.map((cidr) => ({ cidr, by: name }))),
  ]
}

/** What a network may not overlap. */
export async function takenBeside(context: NetworkContext, name: string): Promise<readonly TakenSubnet[]> {
  const [all, host] = await Promise.all([readOthers(context), readHostInterfaces(context)])
  return takenSubnets(all, host).filter(({ by }) => by !== name)
}
