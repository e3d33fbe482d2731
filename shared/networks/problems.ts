import { AppError, type AppErrorInit, type ErrorDetails, type ErrorKind } from '../errors/index.ts'
import type { Reason } from '../model/index.ts'

/** What can be wrong with a network or a filter, whoever finds it: the engine from what it knows, a provider from what its host has. */

/** What stands behind it at the host. */
type Behind = Pick<AppErrorInit, 'remote' | 'cause'>

function problem(kind: ErrorKind, code: string, message: string, details: ErrorDetails = {}, cause?: unknown): AppError {
  return new AppError({ kind, code, message, details, ...(cause !== undefined && { cause }) })
}

export function networkNotFound(networkRef: string, cause?: unknown): AppError {
  return problem('not-found', 'network.not-found', 'There is no such network any more.', { networkId: networkRef }, cause)
}

export function networkNameTaken(name: string, host: string): AppError {
  const message = `${host} has a network named ${name} already. Choose another name.`
  return problem('conflict', 'network.name-taken', message, { name, host })
}

export function bridgeTaken(bridge: string, by: string): AppError {
  const message = `The name ${bridge} is taken on the host: by ${by}. Choose another name for the bridge, or none.`
  return problem('conflict', 'network.bridge-taken', message, { bridge, by })
}

export function subnetTaken(subnet: string, by: string, other: string): AppError {
  const message = `${subnet} overlaps ${other} of ${by} on this host. Choose a subnet that is free.`
  return problem('conflict', 'network.subnet-taken', message, { subnet, by, other })
}

export function bridgeMissing(bridge: string): AppError {
  const message = `The host has no bridge named ${bridge}. Make it there first, or choose another.`
  return problem('precondition', 'network.bridge-missing', message, { bridge, expected: 'a bridge', actual: 'none', reason: message })
}

export function deviceMissing(device: string): AppError {
  const message = `The host has no device named ${device}.`
  return problem('precondition', 'network.device-missing', message, { device, expected: 'a device', actual: 'none', reason: message })
}

export function outsideSubnet(address: string, subnet: string): AppError {
  const message = `${address} is no address for a machine in ${subnet}.`
  return problem('invalid-input', 'network.outside-subnet', message, { address, subnet })
}

export function rangeBackwards(start: string, end: string): AppError {
  return problem('invalid-input', 'network.range-backwards', `The range ends (${end}) before it begins (${start}).`, { start, end })
}

export function oneDhcp(subnet: string, other: string): AppError {
  const message = `A network gives out addresses in one IPv4 and one IPv6 subnet: ${other} has DHCP already, so ${subnet} cannot have it.`
  return problem('invalid-input', 'network.one-dhcp', message, { subnet, other })
}

export function noSuchSubnet(address: string): AppError {
  const message = `The network has no subnet that ${address} is in.`
  return problem('invalid-input', 'network.no-such-subnet', message, { address })
}

export function noMtuHere(): AppError {
  return problem('invalid-input', 'network.no-mtu-here', 'On a bridge of the host the bridge itself decides the MTU. Leave it out.')
}

export function noDeviceHere(mode: string): AppError {
  const message = `Only NAT and routed networks go out by one device; this one is ${mode}. Leave it out.`
  return problem('invalid-input', 'network.no-device-here', message, { mode })
}

export function entryTaken(what: string): AppError {
  const message = `The network has an entry for ${what} already. Take that away first.`
  return problem('conflict', 'network.entry-taken', message, { what })
}

export function entryMissing(what: string): AppError {
  return problem('not-found', 'network.entry-missing', `The network has no entry for ${what} any more.`, { what })
}

export function networkTransient(name: string): AppError {
  const message = `${name} is transient: it has no definition on the host that could keep this.`
  return problem('precondition', 'network.transient', message, { name, expected: 'a kept definition', actual: 'none', reason: message })
}

export function needsRestart(name: string, cause?: unknown): AppError {
  const reason = `What runs of ${name} is not what is kept, so that both cannot be changed alike. Restart the network first.`
  return problem(
    'precondition',
    'network.needs-restart',
    reason,
    { name, expected: 'the same definition', actual: 'another', reason },
    cause,
  )
}

export function changedMeanwhile(name: string): AppError {
  const message = `Somebody else has changed ${name} meanwhile. Nothing was overwritten: look at what it is now, and change that.`
  return problem('conflict', 'network.changed-meanwhile', message, { name })
}

export function refusedBy(name: string, { code, text, params }: Reason): AppError {
  const details = { name, machines: params?.machines ?? '', expected: 'unused', actual: 'in use', reason: text }
  return new AppError({ kind: 'precondition', code, message: text, details })
}

export function notANetwork(why: string, cause?: unknown): AppError {
  return problem('invalid-input', 'network.not-a-network', `This is no definition of a network: ${why}`, { why }, cause)
}

export function otherNetwork(name: string): AppError {
  const message = `The definition is that of another network: name and UUID of ${name} stay as they are.`
  return problem('invalid-input', 'network.other-network', message, { name })
}

export function cardGone(card: string, name: string): AppError {
  return problem('not-found', 'network.card-gone', `${card} is no card of ${name} any more.`, { card, name })
}

export function nothingLoose(name: string): AppError {
  const reason = `No card of a running machine hangs beside ${name}.`
  return problem('precondition', 'network.nothing-loose', reason, { name, expected: 'a card beside it', actual: 'none', reason })
}

/** Of several cards some could not be plugged in. `cards`: which, and why. */
export function cardsLeft(name: string, count: number, cards: string): AppError {
  const message = `${name} runs, but not all cards could be plugged back in: ${cards}`
  return problem('remote-failure', 'network.cards-left', message, { name, count, cards })
}

export function noMacInV6(address: string): AppError {
  const message = `${address} is IPv6: there a host is known by its name, not by its MAC. Leave the MAC out.`
  return problem('invalid-input', 'network.no-mac-in-v6', message, { address })
}

export function hostUnnamed(address: string): AppError {
  return problem('invalid-input', 'network.host-unnamed', `Say whom ${address} is for: by MAC, by name, or both.`, { address })
}

export function filterChanged(name: string): AppError {
  const message = `Somebody else has changed the filter ${name} meanwhile. Nothing was overwritten: look at what it is now, and change that.`
  return problem('conflict', 'network.filter-changed', message, { name })
}

export function filterNotFound(name: string, cause?: unknown): AppError {
  return problem('not-found', 'network.filter-not-found', `The host has no filter named ${name}.`, { name }, cause)
}

export function filterInUse(name: string, by: string, cause?: unknown): AppError {
  const message = `${name} is in use by ${by}. Take it out there first.`
  const details = { name, by, expected: 'unused', actual: 'in use', reason: message }
  return problem('precondition', 'network.filter-in-use', message, details, cause)
}

export function notAFilter(): AppError {
  return problem('invalid-input', 'network.not-a-filter', 'This is no definition of a network filter: it begins with <filter name="…">.')
}

/** `said`: by the host, or by a program that it started (dnsmasq, the firewall). */
export function startFailed(name: string, said: string, behind: Behind = {}): AppError {
  return saidNo('remote-failure', 'network.start-failed', `The host could not start ${name}: ${said}`, { name, said }, behind)
}

export function definitionRefused(name: string, said: string, behind: Behind = {}): AppError {
  const message = `The host does not take the definition of ${name}: ${said}`
  return saidNo('invalid-input', 'network.definition-refused', message, { name, said }, behind)
}

export function filterRefused(name: string, said: string, behind: Behind = {}): AppError {
  return saidNo('invalid-input', 'network.filter-refused', `The host does not take the filter ${name}: ${said}`, { name, said }, behind)
}

/** `card`: the machine and the MAC. */
export function cardStuck(card: string, said: string, behind: Behind = {}): AppError {
  const message = `The card ${card} could not be plugged back in: ${said}. It is when its machine is restarted.`
  return saidNo('remote-failure', 'network.card-stuck', message, { card, said }, behind)
}

function saidNo(kind: ErrorKind, code: string, message: string, details: ErrorDetails, behind: Behind): AppError {
  return new AppError({ kind, code, message, details, ...behind })
}
