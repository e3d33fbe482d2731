import { AppError, type ErrorDetails, type ErrorKind } from '../../../../shared/errors/index.ts'
import type { Reason } from '../../../../shared/model/index.ts'
import { isLibvirtError } from '../../../libvirt/index.ts'
import { libvirtNumber, toProblem } from '../problems.ts'

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

/** What libvirt or a program that it started (dnsmasq, the firewall) said. */
export function startFailed(name: string, cause: unknown): AppError {
  const said = saidBy(cause)
  const { remote } = toProblem(cause)
  return new AppError({
    kind: 'remote-failure',
    code: 'network.start-failed',
    message: `The host could not start ${name}: ${said}`,
    details: { name, said },
    ...(remote && { remote }),
    cause,
  })
}

export function definitionRefused(name: string, cause: unknown): AppError {
  const said = saidBy(cause)
  const { remote } = toProblem(cause)
  return new AppError({
    kind: 'invalid-input',
    code: 'network.definition-refused',
    message: `The host does not take the definition of ${name}: ${said}`,
    details: { name, said },
    ...(remote && { remote }),
    cause,
  })
}

export function filterRefused(name: string, cause: unknown): AppError {
  const said = saidBy(cause)
  const { remote } = toProblem(cause)
  return new AppError({
    kind: 'invalid-input',
    code: 'network.filter-refused',
    message: `The host does not take the filter ${name}: ${said}`,
    details: { name, said },
    ...(remote && { remote }),
    cause,
  })
}

function saidBy(cause: unknown): string {
  return isLibvirtError(cause) ? cause.message : toProblem(cause).message
}

/** The host has answered. */
export function isAnswer(thrown: unknown): boolean {
  return libvirtNumber(thrown) !== undefined
}

/** It has answered, and said no to what was asked: not to who asked. */
export function isRefusal(thrown: unknown): boolean {
  return isAnswer(thrown) && !OTHERS.has(toProblem(thrown).kind)
}

const OTHERS: ReadonlySet<ErrorKind> = new Set(['forbidden', 'unauthenticated', 'not-found', 'unreachable', 'timeout', 'indeterminate'])

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
