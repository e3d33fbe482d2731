import { readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isAppError, toAppError } from '../../shared/errors/index.ts'
import type { PoolId } from '../../shared/model/index.ts'
import type { Io } from './commands/act.ts'
import type { Session } from './connect.ts'
import { ProgressLine } from './progress-line.ts'
import { savePart } from './save-channel.ts'

/** So often in a row without a byte more. */
const TRIES = 3

interface Place {
  readonly poolId: PoolId
  readonly name: string
}

/** What an earlier call has saved of a file. */
export interface Part {
  readonly path: string
  /** Of the volume that it is the beginning of. */
  readonly version: string
  readonly bytes: number
}

/**
 * Saves a volume as a file of this computer, from where an earlier call stopped, if the volume is as it was then. Until it is whole it is
 * named `FILE.VERSION.part`. Throws AppError.
 */
export async function saveVolume(session: Pick<Session, 'client' | 'openConsole'>, place: Place, file: string, io: Io): Promise<void> {
  const line = new ProgressLine('Downloading', io)
  let done = 0
  try {
    for (let tried = 1; ; tried += 1) {
      const before = done
      try {
        const { path, offset, sizeBytes, token } = await opened(session, place, file)
        done = offset
        await savePart(session.openConsole(token), path, offset, sizeBytes, (bytes) => {
          done = bytes
          line.bytes(bytes, sizeBytes)
        })
        await rename(path, file)
        return
      } catch (thrown) {
        // nobody could tell what it is the beginning of
        await rm(`${file}.part`, { force: true })
        const isBroken = isAppError(thrown) && thrown.code === 'cli.broke-off'
        if (done > before) tried = 0
        if (!isBroken || tried === TRIES) throw thrown
      }
    }
  } catch (thrown) {
    const part = await keptPart(file)
    if (part) io.complain(`${part.bytes} bytes are kept in ${part.path}: the same command goes on from there.`)
    throw thrown
  } finally {
    line.end()
  }
}

/** The rest of it if it is as it was, else all of it. */
async function opened({ client }: Pick<Session, 'client'>, place: Place, file: string) {
  const kept = await keptPart(file)
  if (kept) {
    const { bytes: offset, version, path } = kept
    try {
      return { ...(await client.volumes.download({ ...place, offset, version })), offset, path }
    } catch (thrown) {
      if (!ANOTHER.has(toAppError(thrown).code)) throw thrown
      await rm(path, { force: true })
    }
  }
  const all = await client.volumes.download(place)
  return { ...all, offset: 0, path: all.version === null ? `${file}.part` : `${file}.${all.version}.part` }
}

/** It is not the volume that was begun with. */
const ANOTHER: ReadonlySet<string> = new Set(['volume.changed', 'volume.beyond-end'])

/** The largest, should there be several; null: none. */
export async function keptPart(file: string): Promise<Part | null> {
  const [folder, start] = [dirname(file), `${basename(file)}.`]
  const names = await readdir(folder).catch(() => [])
  const parts: Part[] = []
  for (const name of names) {
    const version = name.startsWith(start) ? /^([\w.-]+)\.part$/.exec(name.slice(start.length))?.[1] : undefined
    if (version === undefined) continue
    const path = join(folder, name)
    parts.push({ path, version, bytes: (await stat(path)).size })
  }
  return parts.sort((a, b) => b.bytes - a.bytes)[0] ?? null
}
