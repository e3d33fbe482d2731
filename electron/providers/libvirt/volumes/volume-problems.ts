import { AppError, type ErrorDetails, type ErrorKind, isAppError, type RemoteTruth } from '../../../../shared/errors/index.ts'
import type { Reason, VolumePlace } from '../../../../shared/model/index.ts'
import { isLibvirtError } from '../../../libvirt/index.ts'
import { libvirtNumber, VIR_ERR } from '../problems.ts'

function problem(kind: ErrorKind, code: string, message: string, details: ErrorDetails, cause?: unknown): AppError {
  return new AppError({ kind, code, message, details, ...(cause !== undefined && { cause }) })
}

export function poolNotFound(pool: string, cause?: unknown): AppError {
  return problem('not-found', 'volume.pool-not-found', `The host has no pool named ${pool}.`, { pool }, cause)
}

export function poolOff(pool: string, cause?: unknown): AppError {
  const details = { pool, expected: 'active', actual: 'off', reason: 'volume.pool-off' }
  return problem('precondition', 'volume.pool-off', `The pool ${pool} is off. Start it first.`, details, cause)
}

export function volumeNotFound({ pool, volume }: VolumePlace, cause?: unknown): AppError {
  return problem('not-found', 'volume.not-found', `The pool ${pool} has no volume named ${volume}.`, { pool, volume }, cause)
}

export function volumeNameTaken({ pool, volume }: VolumePlace, cause?: unknown): AppError {
  const message = `The pool ${pool} has a volume named ${volume} already. Choose another name.`
  return problem('conflict', 'volume.name-taken', message, { pool, volume }, cause)
}

/** `neededBytes` null: not known. */
export function poolFull(pool: string, neededBytes: number | null, availableBytes: number | null, cause?: unknown): AppError {
  const message = `There is not enough room in the pool ${pool}. Make room there, or choose another pool.`
  return problem('exhausted', 'volume.pool-full', message, { pool, neededBytes, availableBytes }, cause)
}

export function volumeInUse({ pool, volume }: VolumePlace, by: readonly string[], reason: string): AppError {
  const details = { pool, volume, by, expected: 'unused', actual: 'in use', reason }
  return problem('precondition', 'volume.in-use', `${volume} is in use: ${reason}`, details)
}

export function volumeUnfinished({ pool, volume }: VolumePlace, cause?: unknown): AppError {
  const details = { pool, volume, expected: 'whole', actual: 'being written', reason: 'volume.unfinished' }
  return problem('precondition', 'volume.unfinished', `${volume} is still being written. Wait until that has ended.`, details, cause)
}

export function cannotShrink({ pool, volume }: VolumePlace, capacityBytes: number, wantedBytes: number): AppError {
  const message = `${volume} cannot be made smaller: what is at its end would be lost.`
  return problem('invalid-input', 'volume.cannot-shrink', message, { pool, volume, capacityBytes, wantedBytes })
}

export function beyondEnd({ pool, volume }: VolumePlace, sizeBytes: number, offset: number): AppError {
  const message = `${volume} has ${sizeBytes} bytes; nothing can be read or written from ${offset} on.`
  return problem('invalid-input', 'volume.beyond-end', message, { pool, volume, sizeBytes, offset })
}

export function otherLength({ pool, volume }: VolumePlace, expectedBytes: number, actualBytes: number): AppError {
  const message = `${expectedBytes} bytes were announced for ${volume}, and ${actualBytes} came.`
  return problem('invalid-input', 'volume.other-length', message, { pool, volume, expectedBytes, actualBytes })
}

export function formatUnknown(format: string): AppError {
  return problem('invalid-input', 'volume.format-unknown', `Volumes of the format ${format} cannot be made.`, { format })
}

export function partitionName({ pool, volume }: VolumePlace, expected: string): AppError {
  const message = `Volumes of the pool ${pool} are partitions of a disk: the next one is named ${expected}.`
  return problem('invalid-input', 'volume.partition-name', message, { pool, volume, expected })
}

export function poolIsNoFolder(pool: string, type: string): AppError {
  const reason = `The pool ${pool} (${type}) is no folder of files. Choose one that is.`
  const details = { pool, type, expected: 'dir, fs or netfs', actual: type, reason }
  return problem('unsupported', 'volume.pool-no-folder', reason, details)
}

export function cannotWrite(pool: string, folder: string): AppError {
  const message = `The user of this connection may not write to ${folder}. Connect as root, or upload the file instead.`
  return problem('forbidden', 'volume.cannot-write', message, { pool, folder })
}

export function unable({ code, text }: Reason): AppError {
  return problem('unsupported', code, text, { expected: 'able', actual: 'unable', reason: text })
}

export function fetchRefused(): AppError {
  return problem('invalid-input', 'volume.url-scheme', 'Only http and https addresses can be downloaded.', {})
}

/** What a program on the host left behind. */
type ProgramWords = RemoteTruth & { readonly program: string; readonly message: string }

export function fetchFailed(url: string, remote: ProgramWords): AppError {
  const message = `The host could not download ${url}: ${remote.message}`
  return new AppError({ kind: 'remote-failure', code: 'volume.fetch-failed', message, details: { url, said: remote.message }, remote })
}

export function checksumDiffers({ pool, volume }: VolumePlace, expected: string, actual: string): AppError {
  const message = `${volume} was downloaded whole, but its checksum is another than expected: it was deleted.`
  return problem('conflict', 'volume.checksum', message, { pool, volume, expected, actual })
}

export function notAnImage(name: string, said: string): AppError {
  const message = `${name} is no image that the host can convert: ${said}`
  const remote = { program: 'qemu-img', message: said }
  return new AppError({ kind: 'invalid-input', code: 'volume.not-an-image', message, details: { name, said }, remote })
}

export function imageNamesOthers(name: string, other: string): AppError {
  const message = `${name} names another file of the host (${other}). It is not read: make the image whole where it comes from.`
  return problem('invalid-input', 'volume.image-names-others', message, { name, other })
}

export function convertFailed(name: string, remote: ProgramWords): AppError {
  const message = `The host could not convert ${name}: ${remote.message}`
  return new AppError({ kind: 'remote-failure', code: 'volume.convert-failed', message, details: { name, said: remote.message }, remote })
}

/** errno of a full file system, and of a quota that is used up (errno.h of Linux). */
const NO_ROOM: ReadonlySet<number> = new Set([28, 122])

/** The host said that there is no room, by its error number. */
export function saysFull(thrown: unknown): boolean {
  const error = isAppError(thrown) ? thrown.cause : thrown
  if (!isLibvirtError(error)) return false
  return error.number === VIR_ERR.systemError && NO_ROOM.has(error.int1 ?? 0)
}

/** libvirt's errors about pools and volumes in our words; others as they are. */
export function explainedVolume(thrown: unknown, place: VolumePlace): unknown {
  if (isAppError(thrown) && thrown.code.startsWith('volume.')) return thrown
  switch (libvirtNumber(thrown)) {
    case VIR_ERR.noStoragePool:
      return poolNotFound(place.pool, thrown)
    case VIR_ERR.noStorageVolume:
      return volumeNotFound(place, thrown)
    case VIR_ERR.storageVolumeExists:
      return volumeNameTaken(place, thrown)
    default:
      return saysFull(thrown) ? poolFull(place.pool, null, null, thrown) : thrown
  }
}
