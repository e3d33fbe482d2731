import { AppError, type ErrorKind } from '../../../shared/errors/index.ts'
import type { HostKeyInfo, Reason } from '../../../shared/model/index.ts'
import type { GuestLogin } from '../provider.ts'
import type { SimulatedMachine } from './fleet.ts'

type Details = Readonly<Record<string, string | number | boolean | null>>

function problem(kind: ErrorKind, code: string, message: string, details: Details = {}): AppError {
  return new AppError({ kind, code, message, details })
}

export function wrongState(machine: SimulatedMachine, expected: readonly string[]): AppError {
  const { name, state } = machine.facts
  return problem('precondition', 'machine.wrong-state', `${name} is ${state}; this needs it ${expected.join(' or ')}.`, {
    name,
    actual: state,
    expected: expected.join(','),
  })
}

export function transient(machine: SimulatedMachine): AppError {
  const { name } = machine.facts
  return problem('precondition', 'machine.transient', `${name} is transient: it has no definition on the host that could keep this.`, {
    name,
  })
}

export function noAgent(machine: SimulatedMachine): AppError {
  const { name } = machine.facts
  return problem('precondition', 'guest.no-agent', `No agent answers in ${name}. Install and start the QEMU guest agent there.`, {
    name,
    expected: 'connected',
    actual: 'disconnected',
    reason: 'guest.no-agent',
  })
}

export function noSuchUser(machine: SimulatedMachine, user: string): AppError {
  const { name } = machine.facts
  return problem('remote-failure', 'guest.refused', `The agent in ${name} refused: there is no user ${user}.`, { name, user })
}

export function noSuchConsole(machine: SimulatedMachine): AppError {
  const { name } = machine.facts
  return problem('not-found', 'console.not-found', `${name} has no such console.`, { name })
}

export function cannotOpenConsole(machine: SimulatedMachine, { code, text }: Reason): AppError {
  return problem('precondition', code, text, { name: machine.facts.name, expected: 'an open console', actual: code, reason: text })
}

export function consoleBusy(): AppError {
  const text = 'Somebody else has this console open, such as virsh console. Take it over to end their session, or wait.'
  return problem('conflict', 'console.busy', text)
}

export function noSshServer({ address, port }: GuestLogin): AppError {
  const text = `${address} answers, but nothing listens on port ${port}. Start an SSH server inside the machine, such as openssh-server, or correct the port.`
  return problem('unreachable', 'console.ssh-refused', text, { address, port })
}

export function loginRefused({ user }: GuestLogin): AppError {
  const text = `The machine does not let ${user} in. Check the user, and whether the key is in its authorized_keys or passwords are allowed.`
  return problem('unauthenticated', 'console.ssh-login-refused', text, { user })
}

export function hostKeyRefused(info: HostKeyInfo): AppError {
  const isNew = info.status === 'unknown'
  return new AppError({
    kind: isNew ? 'precondition' : 'conflict',
    code: isNew ? 'console.ssh-key-unknown' : 'console.ssh-key-changed',
    message: isNew ? 'The machine’s host key is not known yet.' : 'The machine shows another host key than before.',
    details: { key: { ...info, previous: info.previous.map((one) => ({ ...one })) } },
  })
}

export function noLogin(): AppError {
  return problem('invalid-input', 'console.no-login', 'Say which user logs in to the machine.')
}

export function consoleLost(): AppError {
  return problem('unreachable', 'console.lost', 'The way to the console broke: connection reset by peer.')
}

export function busy(machine: SimulatedMachine, job: string): AppError {
  const { name } = machine.facts
  return problem('conflict', 'machine.busy', `${name} is held by another operation (${job}). Wait until it has ended.`, { name, job })
}

export function noSavedState(machine: SimulatedMachine): AppError {
  const { name } = machine.facts
  return problem('precondition', 'machine.no-saved-state', `${name} has no saved state.`, { name })
}

export function memoryShort(machine: SimulatedMachine, freeKiB: number): AppError {
  const { name, memoryKiB, hostRef } = machine.facts
  const needs = (memoryKiB / 1_048_576).toFixed(1)
  const free = (Math.max(0, freeKiB) / 1_048_576).toFixed(1)
  return problem(
    'exhausted',
    'host.memory-short',
    `${hostRef} cannot start ${name}: it needs ${needs} GiB and ${free} GiB are free. Stop or move another machine first.`,
    { name, host: hostRef, neededKiB: memoryKiB, freeKiB: Math.max(0, freeKiB) },
  )
}

export function startFailed(machine: SimulatedMachine): AppError {
  const { name } = machine.facts
  const path = `/var/lib/libvirt/images/${name}.qcow2`
  return problem('remote-failure', 'machine.start-failed', `Cannot access storage file '${path}': No such file or directory.`, {
    name,
    path,
  })
}

/** In the host's own words. */
export function startRefused(machine: SimulatedMachine, said: string): AppError {
  const { name } = machine.facts
  return new AppError({
    kind: 'remote-failure',
    code: 'machine.start-refused',
    message: `The host does not start ${name}: ${said}.`,
    details: { name, said },
    remote: { procedure: 'domainCreateWithFlags', message: said },
  })
}

export function operationFailed(machine: SimulatedMachine, action: string): AppError {
  const { name } = machine.facts
  return problem('remote-failure', 'machine.operation-failed', `The host could not do this to ${name}: internal error, monitor closed.`, {
    name,
    action,
  })
}

export function interrupted(machine: SimulatedMachine, action: string): AppError {
  const { name, state } = machine.facts
  return problem('remote-failure', 'machine.interrupted', `${name} became ${state} meanwhile: somebody else acted on it.`, {
    name,
    action,
    state,
  })
}

export function shutdownIgnored(machine: SimulatedMachine, deadlineMs: number): AppError {
  const { name } = machine.facts
  return problem(
    'timeout',
    'machine.shutdown-timeout',
    `${name} did not shut down within ${Math.round(deadlineMs / 1000)} s. The guest ignores the request; a power off would stop it at once.`,
    { name, deadlineMs },
  )
}

export function rebootIgnored(machine: SimulatedMachine, deadlineMs: number): AppError {
  const { name } = machine.facts
  const text = `${name} did not restart within ${Math.round(deadlineMs / 1000)} s. The guest ignores the request; a reset would restart it at once.`
  return problem('timeout', 'machine.reboot-timeout', text, { name, deadlineMs })
}

export function agentSilent(machine: SimulatedMachine): AppError {
  const { name } = machine.facts
  return problem('precondition', 'machine.agent-not-connected', `The guest agent of ${name} is not connected.`, { name })
}

export function nameTaken(machine: SimulatedMachine, name: string): AppError {
  return problem('conflict', 'machine.name-taken', `${machine.facts.hostRef} has a machine named ${name} already. Choose another name.`, {
    name,
    host: machine.facts.hostRef,
  })
}

export function nameInvalid(name: string, reason: string): AppError {
  return problem('invalid-input', 'machine.name-invalid', `This cannot be a machine's name: ${reason}.`, {
    name: name.slice(0, 300),
    reason,
  })
}

export function titleInvalid(): AppError {
  return problem('invalid-input', 'machine.title-invalid', 'A title is one line: it cannot hold a line break.')
}

export function holdsBack(machine: SimulatedMachine, what: 'managed-save' | 'snapshots' | 'checkpoints' | 'nvram'): AppError {
  const { name } = machine.facts
  const words = { 'managed-save': 'a saved state', snapshots: 'snapshots', checkpoints: 'checkpoints', nvram: 'NVRAM' }[what]
  return problem('precondition', `machine.has-${what}`, `${name} has ${words}. Delete that along with it, or keep the machine.`, { name })
}

export function diskNotDeletable(machine: SimulatedMachine, key: string, reason: string): AppError {
  const { name } = machine.facts
  return problem('precondition', 'machine.disk-not-deletable', `${key} of ${name} cannot be deleted: ${reason}.`, { name, key, reason })
}

export function linkLost(reason: string): AppError {
  return problem('unreachable', 'link.lost', `The link is lost: ${reason}.`, { reason })
}

export function linkClosed(): AppError {
  return problem('unreachable', 'link.closed', 'The link is closed.')
}

export function replyLost(action: string): AppError {
  return problem('indeterminate', 'link.reply-lost', 'The command left and no answer came. It may or may not have happened.', { action })
}

export function timedOut(timeoutMs: number): AppError {
  return problem('timeout', 'call.timeout', `No answer within ${timeoutMs} ms.`, { timeoutMs })
}

export function cancelled(): AppError {
  return problem('cancelled', 'cancelled', 'Cancelled.')
}
