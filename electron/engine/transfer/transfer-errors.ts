import { AppError } from '../../../shared/errors/index.ts'
import type { MigrationFinding, VolumePlace } from '../../../shared/model/index.ts'

const named = ({ pool, volume }: VolumePlace) => `${pool}/${volume}`

/** It was written anew, and still what the target reads back is not what was sent. */
export function checksumDiffers(place: VolumePlace, atByte: number): AppError {
  return new AppError({
    kind: 'remote-failure',
    code: 'transfer.checksum',
    message: `What the target reads back of ${named(place)} is not what was sent, from byte ${atByte} on, and sending it again did not help. Look at the disk of the pool.`,
    details: { ...place, atByte },
  })
}

/** The source's file is another one than when the copy began: a machine ran on it, or somebody wrote to it. */
export function sourceChanged(place: VolumePlace): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'transfer.source-changed',
    message: `${named(place)} changed while it was copied, so the copy would be torn. Leave it alone and try again: it is copied anew.`,
    details: { ...place },
  })
}

/** The copy is whole and older: nothing that only the source has is deleted. */
export function sourceWritten(place: VolumePlace): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'transfer.source-written',
    message: `${named(place)} was written to after it had been copied: the machine ran at the source meanwhile, and what came with it is older. Nothing was deleted at the source. Decide which of the two is right, and delete the other.`,
    details: { ...place },
  })
}

/** A machine that writes to its disks meanwhile would be torn. */
export function machineOn(name: string, state: string): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'transfer.machine-on',
    message: `${name} is ${state}. It has to be off while its disks are copied: shut it down and try again.`,
    details: { name, state },
  })
}

export function transferBlocked(name: string, findings: readonly MigrationFinding[]): AppError {
  const blocking = findings.filter(({ severity }) => severity === 'blocks')
  return new AppError({
    kind: 'precondition',
    code: 'transfer.blocked',
    message: `${name} cannot be moved: ${blocking.map(({ reason }) => reason.text).join(' ')}`,
    details: { name, findings: JSON.parse(JSON.stringify(blocking)) },
  })
}

export function transferWarned(name: string, findings: readonly MigrationFinding[]): AppError {
  const warnings = findings.filter(({ severity }) => severity === 'warns')
  return new AppError({
    kind: 'precondition',
    code: 'transfer.warned',
    message: `Read the warnings first: ${warnings.map(({ reason }) => reason.text).join(' ')}`,
    details: { name, findings: JSON.parse(JSON.stringify(warnings)) },
  })
}

/** The target knows it, but not as it was sent. */
export function transferNotVerified(name: string, state: string): AppError {
  return new AppError({
    kind: 'remote-failure',
    code: 'transfer.not-verified',
    message: `The target host says that ${name} is ${state} in place of off. Nothing was deleted at the source.`,
    details: { name, state },
  })
}

/** Both ends have it and one of them runs it: nothing is deleted then. */
export function startedMeanwhile(name: string, source: string, target: string): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'transfer.started-meanwhile',
    message: `${name} is ${source} at the source and ${target} at the target: it was started before the move was over. Decide which of the two is right; nothing was deleted.`,
    details: { name, source, target },
  })
}

/** Between those kinds the console moves nothing by itself; the plan says how it is done. */
export function noSuchWay(from: string, to: string): AppError {
  return new AppError({
    kind: 'unsupported',
    code: 'transfer.no-such-way',
    message: `From ${from} to ${to} the console does not move machines by itself. Its plan says how it is done.`,
    details: { from, to },
  })
}

/** The account was there when it was planned; what it can do has changed. */
export function noImagesHere(): AppError {
  return new AppError({
    kind: 'unsupported',
    code: 'transfer.no-images',
    message: 'This connection takes no disks from the console, and gives none.',
  })
}

/** Somebody has deleted in the cloud what the task had made there. */
export function importGone(disk: string): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'transfer.import-gone',
    message: `What the cloud had taken of ${disk} is not there any more: it was deleted by somebody else. Try again: it is sent anew.`,
    details: { disk },
  })
}

/** The cloud made it, but does not show it. */
export function notSeenThere(name: string, place: string): AppError {
  return new AppError({
    kind: 'remote-failure',
    code: 'transfer.not-seen',
    message: `${place} has taken the order for ${name} and does not show it. Look there; nothing was deleted at the source.`,
    details: { name, place },
  })
}

/** Nothing goes at the source before the cloud says that it runs there. */
export function notRunningThere(name: string, place: string, state: string): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'transfer.not-running',
    message: `${name} is ${state} at ${place}, and was not seen to run there. Nothing was deleted at the source: delete it yourself when you have seen it work.`,
    details: { name, place, state },
  })
}
