import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import type { WebSocket } from 'ws'
import { AppError } from '../../shared/errors/index.ts'
import { CONSOLE_ENDED } from '../../shared/model/index.ts'

/**
 * Writes what a channel gives into a file that only bears its name once it is whole.
 * @throws AppError conflict cli.file-exists, unreachable cli.broke-off; whatever the file system says
 */
export async function saveChannel(socket: WebSocket, file: string, sizeBytes: number, onBytes: (done: number) => void): Promise<void> {
  const part = `${file}.part`
  try {
    await savePart(socket, part, 0, sizeBytes, onBytes)
    await rename(part, file)
  } catch (thrown) {
    await rm(part, { force: true })
    throw thrown
  }
}

/** Writes behind the `from` bytes that a file has; what has come stays when the way breaks. Throws as {@link saveChannel}. */
export async function savePart(
  socket: WebSocket,
  part: string,
  from: number,
  sizeBytes: number,
  onBytes: (done: number) => void,
): Promise<void> {
  const stream = createWriteStream(part, { flags: from === 0 ? 'w' : 'a' })
  try {
    await fill(socket, stream, from, sizeBytes, onBytes)
  } finally {
    socket.terminate()
  }
}

function fill(
  socket: WebSocket,
  stream: ReturnType<typeof createWriteStream>,
  from: number,
  sizeBytes: number,
  onBytes: (done: number) => void,
) {
  return new Promise<void>((resolve, reject) => {
    let done = from
    const fail = (thrown: unknown): void => {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown))
      // what has come is written first: it is what is gone on from
      if (stream.errored) reject(error)
      else stream.end(() => reject(error))
    }
    stream.on('error', reject)
    socket.on('error', fail)
    socket.on('message', (bytes: Buffer) => {
      done += bytes.length
      onBytes(done)
      if (stream.write(bytes)) return
      // a slow disk holds the host up, and not this computer's memory
      socket.pause()
      stream.once('drain', () => socket.resume())
    })
    socket.on('close', (code: number, reason: Buffer) => {
      if (code === CONSOLE_ENDED && done === sizeBytes) stream.end(() => resolve())
      else fail(brokeOff(done, sizeBytes, reason.toString()))
    })
  })
}

function brokeOff(done: number, sizeBytes: number, reason: string): AppError {
  const message = `The way broke off after ${done} of ${sizeBytes} bytes${reason === '' ? '' : ` (${reason})`}. Try again.`
  return new AppError({ kind: 'unreachable', code: 'cli.broke-off', message, details: { done, sizeBytes, reason } })
}
