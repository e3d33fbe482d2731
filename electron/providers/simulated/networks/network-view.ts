import { addressNumber, addressText } from '../../../../shared/model/index.ts'
import { contains, networkOff, whyNotRemoved, whyNotStopped } from '../../../../shared/networks/index.ts'
import type { ProvidedNetworkDetail } from '../../provider.ts'
import { hashText } from '../random.ts'
import type { World } from '../world.ts'
import { type Card, isRunning } from './cards.ts'
import type { NetworkDefinition } from './definition.ts'
import { revisionOf, type StoredNetwork } from './network-store.ts'
import { networkXml } from './network-xml.ts'

type Port = ProvidedNetworkDetail['ports'][number]

const LEASE_MS = 3_600_000

export function detailOf(world: World, network: StoredNetwork): ProvidedNetworkDetail {
  const { kept, running, uuid } = network
  const { mode, bridge, domain, mtu, subnets, hosts, dnsHosts, portGroups } = running ?? kept
  const xml = networkXml(running ?? kept, uuid)
  const keptXml = networkXml(kept, uuid)
  const cards = world.networks.cards(network)
  const ports = cards.map((card) => portOf(world, network, card, cards))
  return {
    revision: revisionOf(network),
    xml,
    keptXml,
    hasPending: running !== null && keptXml !== xml,
    mode,
    bridge,
    domain,
    mtu,
    subnets,
    hosts,
    dnsHosts,
    portGroups,
    leases: leasesOf(world, network, cards),
    ports,
    noStop: running ? whyNotStopped(ports) : networkOff(kept.name),
    noRemove: whyNotRemoved(ports),
    observedAtMs: world.clock.nowMs(),
  }
}

export function portOf(world: World, network: StoredNetwork, card: Card, cards: readonly Card[]): Port {
  const { machine, mac, target, portGroup } = card
  const runs = isRunning(machine)
  return {
    machineRef: machine.ref,
    machine: machine.facts.name,
    mac,
    target: runs ? target : null,
    portGroup,
    addresses: runs ? addressesOf(network.running, card, cards) : [],
    isRunning: runs,
    isPlugged: runs && network.running ? world.networks.isPlugged(network, machine) : null,
  }
}

/** Of a machine's first card those that the fleet says, of others what DHCP gave. */
export function addressesOf(definition: NetworkDefinition | null, card: Card, cards: readonly Card[]): string[] {
  const known = card.index === 0 ? card.machine.facts.addresses : []
  if (known.length > 0) return [...known]
  const leased = definition && leasedTo(definition, card, cards)
  return leased ? [leased] : []
}

/** A static one by its MAC, else the n-th of the range: the same as long as the cards are. */
function leasedTo({ subnets, hosts }: NetworkDefinition, card: Card, cards: readonly Card[]): string | null {
  const fixed = hosts.find(({ mac }) => mac?.toLowerCase() === card.mac)
  if (fixed) return fixed.address
  const dhcp = subnets.find((each) => each.dhcp !== null)?.dhcp
  if (!dhcp) return null
  const place = [...cards].sort((a, b) => a.machine.index - b.machine.index || a.index - b.index).indexOf(card)
  const address = addressNumber(dhcp.start) + BigInt(Math.max(0, place))
  return address > addressNumber(dhcp.end) ? null : addressText(address, dhcp.start.includes(':'))
}

function leasesOf(world: World, network: StoredNetwork, cards: readonly Card[]): ProvidedNetworkDetail['leases'] {
  const { running } = network
  if (!running?.subnets.some(({ dhcp }) => dhcp !== null)) return []
  return cards
    .filter(({ machine }) => world.networks.isPlugged(network, machine))
    .flatMap((card) => {
      const address = addressesOf(running, card, cards).find((each) => running.subnets.some((subnet) => contains(subnet, each)))
      if (address === undefined) return []
      const phase = hashText(card.mac) % LEASE_MS
      const nowMs = world.clock.nowMs()
      const expiresAtMs = nowMs + LEASE_MS - ((nowMs + phase) % LEASE_MS)
      return [{ mac: card.mac, address, hostname: card.machine.facts.name, expiresAtMs }]
    })
}
