import { networkOff, whyNotRemoved, whyNotStopped } from '../../../../shared/networks/index.ts'
import type { NetworkRef } from '../../../libvirt/index.ts'
import type { ProvidedNetworkDetail } from '../../provider.ts'
import { isUnsupported } from '../problems.ts'
import { type Card, isOn } from './cards.ts'
import { type FoundNetwork, findNetwork, type NetworkContext, within } from './network-context.ts'
import { OWN_BRIDGE } from './network-xml.ts'
import { lookAtPlugs } from './plug-state.ts'

type Port = ProvidedNetworkDetail['ports'][number]
type Lease = ProvidedNetworkDetail['leases'][number]

/** What is known of a network besides its definition. */
interface Seen {
  readonly leases: readonly Lease[]
  readonly isPlugged: (card: Card) => boolean | null
}

const NOTHING: Seen = { leases: [], isPlugged: () => null }

export async function networkDetail(context: NetworkContext, networkRef: string): Promise<ProvidedNetworkDetail> {
  const found = await findNetwork(context, networkRef)
  const { net, isActive, xml, keptXml, revision, hasPending, running } = found
  const leases = isActive ? await readLeases(context, net) : []
  const isUsed = isActive && portsOf(context, found).some(({ isRunning }) => isRunning)
  const isPlugged = isUsed ? await lookAtPlugs(context, found) : () => null
  const ports = portsOf(context, found, { leases, isPlugged })
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

/** Cards whose definition names the network or the bridge that is its own, from what the watch holds. */
export function portsOf(
  { watch }: Pick<NetworkContext, 'watch'>,
  { net, running }: Pick<FoundNetwork, 'net' | 'running'>,
  seen: Seen = NOTHING,
): Port[] {
  const own = OWN_BRIDGE.has(running.mode) ? running.bridge : null
  return (watch()?.machineCards() ?? []).flatMap(({ ref, name, isRunning, cards, addressesOf }) =>
    cards
      .filter((card) => isOn(card, net.name, own))
      .map((card) => ({
        machineRef: ref,
        machine: name,
        mac: card.mac,
        target: isRunning ? card.target : null,
        portGroup: card.portGroup,
        addresses: isRunning
          ? [...new Set([...addressesOf(card.mac), ...seen.leases.filter(({ mac }) => mac === card.mac).map(({ address }) => address)])]
          : [],
        isRunning,
        isPlugged: isRunning ? seen.isPlugged(card) : null,
      })),
  )
}
