import { AppError } from '../../../shared/errors/index.ts'
import type { Host, MigrationFinding } from '../../../shared/model/index.ts'
import type { InventoryReader } from '../ports.ts'

/** The pre-flight found what stops it. */
export function blocked(name: string, findings: readonly MigrationFinding[]): AppError {
  const blocking = findings.filter(({ severity }) => severity === 'blocks')
  return new AppError({
    kind: 'precondition',
    code: 'migration.blocked',
    message: `${name} cannot move: ${blocking.map(({ reason }) => reason.text).join(' ')}`,
    details: { name, findings: JSON.parse(JSON.stringify(blocking)) },
  })
}

export function warned(name: string, findings: readonly MigrationFinding[]): AppError {
  const warnings = findings.filter(({ severity }) => severity === 'warns')
  return new AppError({
    kind: 'precondition',
    code: 'migration.warned',
    message: `Read the warnings first: ${warnings.map(({ reason }) => reason.text).join(' ')}`,
    details: { name, findings: JSON.parse(JSON.stringify(warnings)) },
  })
}

/** Planned with other warnings than there are now. */
export function newWarnings(name: string, findings: readonly MigrationFinding[]): AppError {
  const warnings = findings.map(({ reason }) => reason.text).join(' ')
  return new AppError({
    kind: 'precondition',
    code: 'migration.new-warnings',
    message: `${name} stays where it is: nobody had read this when the move was ordered. ${warnings} Check it again, then move it.`,
    details: { name, warnings, findings: JSON.parse(JSON.stringify(findings)) },
  })
}

/** Its turn came when the window of its plan was over. */
export function windowOver(name: string): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'migration.window-over',
    message: `${name} stays where it is: its turn came after the end of the planned window. Plan it anew, or move it now.`,
    details: { name },
  })
}

export function machineMoving(name: string, busyWith: string): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'migration.busy',
    message: `${name} is busy with another task (${busyWith}). Wait for it, or cancel it.`,
    details: { name, busyWith },
  })
}

/** Neither host has it running, or both do: a person has to look. */
export function twoTruths(name: string, source: string, target: string): AppError {
  return new AppError({
    kind: 'indeterminate',
    code: 'migration.two-truths',
    message: `${name} is “${source}” at the source and “${target}” at the target. Look at both hosts before anything is started, then look again.`,
    details: { name, source, target },
  })
}

/** It broke in post-copy, and a person does not want to wait until it can be taken up again: there is no other way out. */
export function stillTorn(
  name: string,
  from: string,
  to: string,
  standings: { readonly source: string; readonly target: string },
): AppError {
  return new AppError({
    kind: 'indeterminate',
    code: 'migration.torn',
    message: `${name} is at ${to}, and a part of its memory is still at ${from}. Stop it at neither host: that loses it. Nothing is tried now; look again to let the move go on.`,
    details: { name, from, to, ...standings },
  })
}

export function cannotTakeUp(name: string): AppError {
  return new AppError({
    kind: 'unsupported',
    code: 'migration.cannot-take-up',
    message: `This kind of host cannot take up the move of ${name} again.`,
    details: { name },
  })
}

export function nothingToResume(): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'migration.nothing-to-resume',
    message: 'This move has not broken in post-copy, or goes on already.',
  })
}

export function notVerified(name: string, state: string): AppError {
  return new AppError({
    kind: 'remote-failure',
    code: 'migration.not-verified',
    message: `${name} moved, but the target host says that it is ${state}. Look at its console there.`,
    details: { name, state },
  })
}

/** Defined nowhere but in memory: the next stop would be the end of it. */
export function notKept(name: string): AppError {
  return new AppError({
    kind: 'remote-failure',
    code: 'migration.not-kept',
    message: `${name} runs at the target, but its definition was not kept there. Define it before it is shut down.`,
    details: { name },
  })
}

/** It came there by another way while this move waited: a copy that was restored, or left by a transfer. */
export function twinThere(name: string, host: string): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'migration.twin',
    message: `${name} stays where it is: by now ${host} has a machine of its UUID, which came there by another way. Remove one of the two, then plan the move again.`,
    details: { name, host },
  })
}

/** It was to be taken back, and is there after all. */
export function movedAfterAll(name: string): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'migration.moved-after-all',
    message: `${name} is at the target host after all. Nothing of it was taken away there.`,
    details: { name },
  })
}

/** Its disk was made for a move that did not come about, or so it seems: it is in use. */
export function diskInUse(name: string, volume: string): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'migration.disk-in-use',
    message: `The volume ${volume} stays: ${name} is at the target host and may use it.`,
    details: { name, volume },
  })
}

/** At neither host: what was copied may be all that is left of it, or be in use at a third one. */
export function diskAlone(name: string, volume: string): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'migration.disk-alone',
    message: `The volume ${volume} stays: ${name} is at neither host now, and this may be the last copy of its disk. Delete it by hand if it is not.`,
    details: { name, volume },
  })
}

/** A file of that name is somebody else's, or left from an earlier move. */
export function nvramTaken(path: string, host: string): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'migration.nvram-taken',
    message: `${host} has a file ${path} already: another machine’s, or left from an earlier move. Move it away, or delete it there.`,
    details: { path, host },
  })
}

/** Between the order and its turn it was started or shut down. */
export function stateChanged(name: string, isRunning: boolean): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'migration.state-changed',
    message: `${name} was ${isRunning ? 'started' : 'shut down'} since the move was planned. Plan it again.`,
    details: { name, isRunning },
  })
}

/** It had none when it was planned, so that nothing is prepared for them to come along. */
export function newSnapshots(name: string): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'migration.new-snapshots',
    message: `${name} has snapshots, and had none when the move was planned. Plan it again: they come along then.`,
    details: { name },
  })
}

/** What is known of its snapshots is in the journal of its task alone. */
export function snapshotsNowhere(name: string, source: string, target: string): AppError {
  return new AppError({
    kind: 'indeterminate',
    code: 'migration.snapshots-nowhere',
    message: `Its snapshots could not be made known again: ${name} is ${source} at the source and ${target} at the target. Their data are untouched, and this task keeps what describes them: try it again once it is clear where the machine is.`,
    details: { name, source, target },
  })
}

export function notMoving(): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'migration.not-running',
    message: 'This move has ended, or has not begun to copy yet. Nothing was changed.',
  })
}

export function twiceInOne(name: string): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'migration.twice',
    message: `${name} is in this order twice: it can go to one host only.`,
    details: { name },
  })
}

export function noLinkTo(host: Host, inventory: InventoryReader): AppError {
  const name = inventory.get('connection', host.connectionId)?.name ?? host.name
  return new AppError({
    kind: 'unreachable',
    code: 'link.not-live',
    message: `There is no link to ${name} now. It is tried again by itself.`,
    details: { connection: name },
  })
}
