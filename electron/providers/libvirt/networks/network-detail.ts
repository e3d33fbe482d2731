import type { Reason } from '../../../../shared/model/index.ts'
import type { NetworkRef } from '../../../libvirt/index.ts'
import type { ProvidedNetworkDetail } from '../../provider.ts'
import { isUnsupported } from '../problems.ts'
import { findNetwork, type NetworkContext, within } from './network-context.ts'

type Port = ProvidedNetworkDetail['ports'][number]
type Lease = ProvidedNetworkDetail['leases'][number]

/** How many machines are named in a sentence. */
const NAMED = 5

export async function networkDetail(context: NetworkContext, networkRef: string): Promise<ProvidedNetworkDetail> {
  const { net, isActive, xml, keptXml, revision, hasPending, running } = await findNetwork(context, networkRef)
  const leases = isActive ? await readLeases(context, net) : []
  const ports = portsOf(context, net.name, leases)
  const { mode, bridge, domain, mtu, subnets, hosts, dnsHosts, portGroups } = running
  return {
    revision,
    xml,
    keptXml,
    hasPending,
    mode,
    bridge,
    domain,
    mtu,
    subnets,
    hosts,
    dnsHosts,
    portGroups,
    leases,
    ports,
    noStop: isActive ? whyNotStopped(ports) : networkOff(net.name),
    noRemove: whyNotRemoved(ports),
    observedAtMs: context.clock.nowMs(),
  }
}

async function readLeases(context: NetworkContext, net: NetworkRef): Promise<Lease[]> {
  try {
    const { leases } = await context.host.call('networkGetDhcpLeases', { net, mac: null, needResults: 1, flags: 0 }, within(context))
    return leases.map(({ mac, ipaddr, hostname, expirytime }) => ({
      mac: mac?.toLowerCase() ?? null,
      address: ipaddr,
      hostname: hostname || null,
      expiresAtMs: expirytime > 0n ? Number(expirytime) * 1_000 : null,
    }))
  } catch (error) {
    if (isUnsupported(error)) return []
    throw error
  }
}

/** Cards whose definition names the network, from what the watch holds. */
export function portsOf({ watch }: Pick<NetworkContext, 'watch'>, network: string, leases: readonly Lease[] = []): Port[] {
  return (watch()?.machineCards() ?? []).flatMap(({ ref, name, isRunning, cards, addressesOf }) =>
    cards
      .filter((card) => card.network === network)
      .map((card) => ({
        machineRef: ref,
        machine: name,
        mac: card.mac,
        target: isRunning ? card.target : null,
        portGroup: card.portGroup,
        addresses: isRunning
          ? [...new Set([...addressesOf(card.mac), ...leases.filter(({ mac }) => mac === card.mac).map(({ address }) => address)])]
          : [],
        isRunning,
      })),
  )
}

/** libvirt plugs no card in again when a network is started anew (only when libvirtd is): running machines stay cut off. */
export function whyNotStopped(ports: readonly Port[]): Reason | null {
  const machines = namesOf(ports.filter(({ isRunning }) => isRunning))
  if (machines === null) return null
  const text = `Running machines are attached: ${machines}. They lose it, and their cards stay unplugged when it is started again, until the machines are restarted.`
  return { code: 'network.in-use', text, params: { machines } }
}

export function whyNotRemoved(ports: ReadonlyArray<Pick<Port, 'machine'>>): Reason | null {
  const machines = namesOf(ports)
  if (machines === null) return null
  return { code: 'network.named', text: `Machines name it (${machines}).`, params: { machines } }
}

export function networkOff(name: string): Reason {
  return { code: 'network.off', text: `${name} is off.`, params: { name } }
}

function namesOf(ports: ReadonlyArray<Pick<Port, 'machine'>>): string | null {
  const names = [...new Set(ports.map(({ machine }) => machine))]
  if (names.length === 0) return null
  const more = names.length - NAMED
  return names.slice(0, NAMED).join(', ') + (more > 0 ? ` +${more}` : '')
}
