import { AppError, type ErrorDetails, type ErrorKind, type RemoteTruth } from '../../../../shared/errors/index.ts'
import type { Reason, VolumePlace } from '../../../../shared/model/index.ts'

function problem(kind: ErrorKind, code: string, message: string, details: ErrorDetails, remote?: RemoteTruth): AppError {
  return new AppError({ kind, code, message, details, ...(remote && { remote }) })
}

/** As libvirt's storage driver says it: a system error (38) of the storage domain (18). */
function storageError(procedure: string, message: string): RemoteTruth {
  return { procedure, number: 38, domain: 18, message }
}

export function poolNotFound(pool: string): AppError {
  return problem('not-found', 'volume.pool-not-found', `The host has no pool named ${pool}.`, { pool })
}

export function poolOff(pool: string): AppError {
  const details = { pool, expected: 'active', actual: 'off', reason: 'volume.pool-off' }
  return problem('precondition', 'volume.pool-off', `The pool ${pool} is off. Start it first.`, details)
}

export function volumeNotFound({ pool, volume }: VolumePlace): AppError {
  return problem('not-found', 'volume.not-found', `The pool ${pool} has no volume named ${volume}.`, { pool, volume })
}

export function volumeNameTaken({ pool, volume }: VolumePlace): AppError {
  const message = `The pool ${pool} has a volume named ${volume} already. Choose another name.`
  return problem('conflict', 'volume.name-taken', message, { pool, volume })
}

export function poolFull(pool: string, path: string, neededBytes: number, availableBytes: number): AppError {
  const message = `There is not enough room in the pool ${pool}. Make room there, or choose another pool.`
  const remote = storageError('storageVolCreateXML', `cannot allocate ${neededBytes} bytes in file '${path}': No space left on device`)
  return problem('exhausted', 'volume.pool-full', message, { pool, neededBytes, availableBytes }, remote)
}

/** What goes wrong by chance: the host's own words. */
export function hostRefused(procedure: string, path: string): AppError {
  const message = `cannot write data to file '${path}': Input/output error`
  return problem('remote-failure', 'volume.failed', `The host could not do this: ${message}.`, { path }, storageError(procedure, message))
}

export function volumeInUse({ pool, volume }: VolumePlace, by: readonly string[], reason: string): AppError {
  const details = { pool, volume, by: [...by], expected: 'unused', actual: 'in use', reason }
  return problem('precondition', 'volume.in-use', `${volume} is in use: ${reason}`, details)
}

export function volumeUnfinished({ pool, volume }: VolumePlace): AppError {
  const details = { pool, volume, expected: 'whole', actual: 'being written', reason: 'volume.unfinished' }
  return problem('precondition', 'volume.unfinished', `${volume} is still being written. Wait until that has ended.`, details)
}

export function cannotShrink({ pool, volume }: VolumePlace, capacityBytes: number, wantedBytes: number): AppError {
  const message = `${volume} cannot be made smaller: what is at its end would be lost.`
  return problem('invalid-input', 'volume.cannot-shrink', message, { pool, volume, capacityBytes, wantedBytes })
}

export function beyondEnd({ pool, volume }: VolumePlace, sizeBytes: number, offset: number): AppError {
  const message = `${volume} has ${sizeBytes} bytes; nothing can be read or written from ${offset} on.`
  return problem('invalid-input', 'volume.beyond-end', message, { pool, volume, sizeBytes, offset })
}

export function formatUnknown(format: string): AppError {
  return problem('invalid-input', 'volume.format-unknown', `Volumes of the format ${format} cannot be made.`, { format })
}

/** A pool of block devices holds no image files. */
export function formatNotHere(pool: string, type: string, format: string): AppError {
  const message = `A pool of the type ${type} takes no volumes of the format ${format}: choose raw, or another pool.`
  return problem('unsupported', 'volume.format-not-here', message, { pool, type, format, expected: 'raw', actual: format, reason: message })
}

export function checksumDiffers({ pool, volume }: VolumePlace, expected: string, actual: string): AppError {
  const message = `${volume} was downloaded whole, but its checksum is another than expected: it was deleted.`
  return problem('conflict', 'volume.checksum', message, { pool, volume, expected, actual })
}

export function fetchFailed(url: string, said: string): AppError {
  const message = `The host could not download ${url}: ${said}`
  return problem('remote-failure', 'volume.fetch-failed', message, { url }, { program: 'curl', message: said })
}

export function notAnImage(name: string, said: string): AppError {
  const message = `${name} is no image that the host can convert: ${said}`
  return problem('invalid-input', 'volume.not-an-image', message, { name }, { program: 'qemu-img', message: said })
}

export function unable({ code, text }: Reason, host: string): AppError {
  return problem('unsupported', code, text, { host, expected: 'able', actual: 'unable', reason: text })
}
