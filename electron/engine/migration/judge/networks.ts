import type { NicMove } from '../../../../shared/model/index.ts'
import type { OutgoingNic } from '../../../providers/provider.ts'
import {
  blocks,
  type Case,
  type Check,
  mend,
  type OfferedMend,
  otherNic,
  passes,
  sendsMemory,
  unknown,
  type Verdict,
  warns,
  wish,
} from './judge.ts'

const MOST_CHOICES = 3
/** Displays may listen there on every host. */
const EVERYWHERE: ReadonlySet<string> = new Set(['127.0.0.1', '::1', '0.0.0.0', '::', 'localhost', ''])

/** What each card hangs on has to be there and on. */
export const networks: Check = (one) => {
  const { out, spec } = one
  if (out.nics.length === 0) return [passes('networks-none')]
  return out.nics.flatMap((nic): Verdict[] => {
    const move = spec.nics.find(({ mac }) => mac.toLowerCase() === nic.mac)
    if (!move) return otherCard(one, nic)
    const { mac, on } = move
    const hangs = on.kind === 'network' ? onNetwork(one, mac, on.name) : onBridge(one, mac, on.name)
    return [hangs, ...inPortGroup(one, nic, move)]
  })
}

function onNetwork(one: Case, mac: string, network: string): Verdict {
  const { into, targetName: target, sourceNetworks } = one
  const there = into.networks.find(({ name }) => name === network)
  const more = { about: mac, params: { network, mac, target } }
  const others = networkChoices(one, mac, network)
  if (!there) {
    const facts = sourceNetworks.get(network) ?? null
    const create = facts === null ? [] : [mend('create-network', { mend: 'create-network', network })]
    return blocks('network-missing', { ...more, facts, mends: [...create, ...others] })
  }
  if (there.isActive) return passes('network-there', more)
  return blocks('network-off', { ...more, mends: [mend('start-network', { mend: 'start-network', network }), ...others] })
}

/**
 * With a group of ports go its VLAN and its limits. libvirt takes a name that a network does not have for none at all, and the guest would be in
 * whatever VLAN the network itself is.
 */
function inPortGroup(one: Case, nic: OutgoingNic, { mac, on }: NicMove): Verdict[] {
  const { into, targetName: target, spec } = one
  const group = on.kind === 'network' ? (on.portGroup ?? null) : null
  const more = { about: mac, params: { group: group ?? nic.portGroup ?? '', network: on.name, mac, target } }
  if (group === null) return nic.portGroup === null ? [] : [warns('port-group-left', more)]
  const there = into.networks.find(({ name }) => name === on.name)
  // of a network that is missing that is said
  if (!there) return []
  if (!there.portGroups) return [unknown('port-group-unknown', more)]
  if (there.portGroups.includes(group)) return [passes('port-group-there', more)]
  const without = wish('without-port-group', otherNic(spec, mac, { kind: 'network', name: on.name, portGroup: null }))
  return [blocks('port-group-missing', { ...more, facts: there.portGroups.join(', ') || null, mends: [without] })]
}

function onBridge(one: Case, mac: string, bridge: string): Verdict {
  const { into, targetName: target } = one
  const more = { about: mac, params: { bridge, mac, target } }
  // none at all: the host does not tell
  if (into.bridges.length === 0) return unknown('bridge-unknown', more)
  if (into.bridges.includes(bridge)) return passes('bridge-there', more)
  return blocks('bridge-missing', { ...more, mends: networkChoices(one, mac, null) })
}

function networkChoices({ spec, into }: Case, mac: string, not: string | null): readonly OfferedMend[] {
  return into.networks
    .filter(({ name, isActive }) => isActive && name !== not)
    .slice(0, MOST_CHOICES)
    .map(({ name }) => wish('other-network', otherNic(spec, mac, { kind: 'network', name }), { network: name }))
}

/** Passed-through cards are devices of the host, which have a check of their own. */
function otherCard({ sourceName: source, targetName: target }: Case, { mac, kind }: OutgoingNic): Verdict[] {
  if (kind === 'hostdev' || kind === 'vdpa') return []
  if (kind === 'user') return [passes('nic-user', { about: mac, params: { mac } })]
  return [unknown('nic-direct', { about: mac, params: { mac, kind, source, target } })]
}

/** A display that cannot listen keeps the machine from starting. */
export const display: Check = (one) => {
  const { out, into, targetName: target } = one
  if (out.displays.length === 0) return [passes('display-none')]
  const own = [...new Set(out.displays)].filter((address) => !EVERYWHERE.has(address))
  const found = own.flatMap((address): Verdict[] => {
    const more = { about: address, params: { address, target } }
    if (into.host.addresses.length === 0) return [unknown('display-unknown', more)]
    if (into.host.addresses.includes(address)) return []
    return [sendsMemory(one) ? blocks('display-address', more) : warns('display-address', more)]
  })
  return found.length > 0 ? found : [passes('display-fits')]
}

export const agent: Check = ({ out: { isRunning, agentAnswers } }) => {
  if (!isRunning) return [passes('agent-off')]
  if (agentAnswers === null) return [passes('agent-none')]
  return [agentAnswers ? passes('agent-answers') : warns('agent-silent')]
}
