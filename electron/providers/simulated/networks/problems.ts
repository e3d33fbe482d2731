import { AppError, type ErrorDetails, type ErrorKind } from '../../../../shared/errors/index.ts'
import type { Reason } from '../../../../shared/model/index.ts'

function problem(kind: ErrorKind, code: string, message: string, details: ErrorDetails = {}): AppError {
  return new AppError({ kind, code, message, details })
}

export function networkNotFound(networkRef: string): AppError {
  return problem('not-found', 'network.not-found', 'There is no such network any more.', { networkId: networkRef })
}

export function nameTaken(name: string, host: string): AppError {
  return problem('conflict', 'network.name-taken', `${host} has a network named ${name} already. Choose another name.`, { name, host })
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

export function noSuchSubnet(address: string): AppError {
  return problem('invalid-input', 'network.no-such-subnet', `The network has no subnet that ${address} is in.`, { address })
}

export function noMtuHere(): AppError {
  return problem('invalid-input', 'network.no-mtu-here', 'On a bridge of the host the bridge itself decides the MTU. Leave it out.')
}

export function noDeviceHere(mode: string): AppError {
  const message = `Only NAT and routed networks go out by one device; this one is ${mode}. Leave it out.`
  return problem('invalid-input', 'network.no-device-here', message, { mode })
}

export function entryTaken(what: string): AppError {
  return problem('conflict', 'network.entry-taken', `The network has an entry for ${what} already. Take that away first.`, { what })
}

export function entryMissing(what: string): AppError {
  return problem('not-found', 'network.entry-missing', `The network has no entry for ${what} any more.`, { what })
}

export function changedMeanwhile(name: string): AppError {
  const message = `Somebody else has changed ${name} meanwhile. Nothing was overwritten: look at what it is now, and change that.`
  return problem('conflict', 'network.changed-meanwhile', message, { name })
}

export function needsRestart(name: string): AppError {
  const reason = `What runs of ${name} has other subnets than what is kept. Restart the network first.`
  return problem('precondition', 'network.needs-restart', reason, { name, expected: 'the same subnets', actual: 'others', reason })
}

export function refusedBy(name: string, { code, text, params }: Reason): AppError {
  const details = { name, machines: params?.machines ?? '', expected: 'unused', actual: 'in use', reason: text }
  return new AppError({ kind: 'precondition', code, message: text, details })
}

export function notANetwork(why: string): AppError {
  return problem('invalid-input', 'network.not-a-network', `This is no definition of a network: ${why}`, { why })
}

export function otherNetwork(name: string): AppError {
  const message = `The definition is that of another network: name and UUID of ${name} stay as they are.`
  return problem('invalid-input', 'network.other-network', message, { name })
}

export function filterChanged(name: string): AppError {
  const message = `Somebody else has changed the filter ${name} meanwhile. Nothing was overwritten: look at what it is now, and change that.`
  return problem('conflict', 'network.filter-changed', message, { name })
}

export function filterNotFound(name: string): AppError {
  return problem('not-found', 'network.filter-not-found', `The host has no filter named ${name}.`, { name })
}

export function filterInUse(name: string, by: string): AppError {
  const message = `${name} is in use by ${by}. Take it out there first.`
  return problem('precondition', 'network.filter-in-use', message, { name, by, expected: 'unused', actual: 'in use', reason: message })
}

export function filterRefused(name: string, said: string): AppError {
  return problem('invalid-input', 'network.filter-refused', `The host does not take the filter ${name}: ${said}`, { name, said })
}

export function notAFilter(): AppError {
  return problem('invalid-input', 'network.not-a-filter', 'This is no definition of a network filter: it begins with <filter name="…">.')
}
