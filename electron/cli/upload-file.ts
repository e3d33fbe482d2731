import { open } from 'node:fs/promises'
import type { WebSocket } from 'ws'
import type { PoolId } from '../../shared/model/index.ts'
import { type UploadEars, UploadSender, type UploadWay } from '../../shared/transfer/index.ts'
import { type Io, waitFor } from './commands/act.ts'
import type { Session } from './connect.ts'
import { ProgressLine } from './progress-line.ts'
import { taskFailure } from './task-failure.ts'

export interface UploadTarget {
  readonly poolId: PoolId
  readonly name: string
}

/** Sends a file into a pool and goes on by itself where the way breaks. What did not come whole is taken away. Throws AppError. */
export async function uploadFile(session: Session, file: string, target: UploadTarget, io: Io): Promise<void> {
  const { client } = session
  const line = new ProgressLine('Uploading', io)
  const handle = await open(file)
  try {
    const { size: sizeBytes } = await handle.stat()
    const { taskId, token } = await client.volumes.upload({ ...target, sizeBytes })
    const sender = new UploadSender({
      sizeBytes,
      read: async (offset, length) => {
        const { buffer, bytesRead } = await handle.read(new Uint8Array(length), 0, length, offset)
        return buffer.subarray(0, bytesRead)
      },
      open: (way, ears) => wayOf(session.openConsole(way), ears),
      resume: () => client.volumes.resumeUpload({ taskId }),
      setTimer: (run, delayMs) => {
        const timer = setTimeout(run, delayMs)
        return () => clearTimeout(timer)
      },
      random: Math.random,
      onProgress: ({ state, confirmedBytes, sentBytes }) => {
        if (state === 'waiting') line.say('waiting for the host', true)
        else line.bytes(Math.max(confirmedBytes, sentBytes), sizeBytes)
      },
    })
    try {
      await sender.run(token)
    } catch (thrown) {
      // it may have ended by itself, which is why this one is thrown
      await client.tasks.cancel({ taskId }).catch(() => {})
      throw thrown
    }
    const task = await waitFor(client, taskId)
    if (task.state !== 'succeeded') throw taskFailure(task)
  } finally {
    line.end()
    await handle.close()
  }
}

function wayOf(socket: WebSocket, ears: UploadEars): UploadWay {
  socket.on('open', () => ears.onOpen())
  socket.on('message', (data: Buffer) => ears.onWord(data.toString()))
  // what broke is told by the end that follows
  socket.on('error', () => {})
  socket.on('close', (code: number, reason: Buffer) => ears.onClosed(code, reason.toString()))
  return { send: (bytes) => socket.send(bytes, { binary: true }), close: () => socket.close() }
}
