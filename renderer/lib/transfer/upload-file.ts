import { AppError } from '../../../shared/errors/index.ts'
import type { PoolId, TaskId } from '../../../shared/model/index.ts'
import { type UploadEars, type UploadProgress, UploadSender, type UploadWay } from '../../../shared/transfer/index.ts'
import { type Api, type EngineLink, toPageError } from '../api/index.ts'

export interface UploadFileOptions {
  readonly api: Pick<Api, 'volumes' | 'tasks'>
  readonly link: Pick<EngineLink, 'channel'>
  readonly poolId: PoolId
  /** Of the volume that it becomes. */
  readonly name: string
  readonly file: Blob
  readonly onProgress: (progress: UploadProgress) => void
  /** Once it is known: the task shows the same progress, to everybody. */
  readonly onTask?: (taskId: TaskId) => void
  /** Cancels it; what the host has of it is removed. */
  readonly signal: AbortSignal
}

/** Sends a file of this computer into a pool; resolves when the host has all of it. Goes on by itself after a broken way. Throws AppError. */
export async function uploadFile(options: UploadFileOptions): Promise<void> {
  const { api, link, poolId, name, file, onProgress, onTask, signal } = options
  if (file.size === 0) throw emptyFile(name)
  signal.throwIfAborted()
  const { taskId, token } = await asked(api.volumes.upload({ poolId, name, sizeBytes: file.size }))
  onTask?.(taskId)
  const sender = new UploadSender({
    sizeBytes: file.size,
    read: async (offset, length) => new Uint8Array(await file.slice(offset, offset + length).arrayBuffer()),
    open: (way, ears) => openWay(link, way, ears),
    resume: () => asked(api.volumes.resumeUpload({ taskId })),
    setTimer: (run, delayMs) => {
      const timer = setTimeout(run, delayMs)
      return () => clearTimeout(timer)
    },
    random: Math.random,
    onProgress,
  })
  const cancel = () => sender.cancel()
  // the file is of this page: with it the upload ends, however much the host has of it. A window of the desktop would not ask, but stay open.
  const ask = (event: BeforeUnloadEvent) => {
    if (!window.novacron) event.preventDefault()
  }
  signal.addEventListener('abort', cancel, { once: true })
  window.addEventListener('beforeunload', ask)
  try {
    if (signal.aborted) sender.cancel()
    await sender.run(token)
  } catch (thrown) {
    // Else it would wait half an hour for the rest. One that is over already refuses, which is as good.
    await api.tasks.cancel({ taskId }).catch(() => {})
    throw thrown
  } finally {
    signal.removeEventListener('abort', cancel)
    window.removeEventListener('beforeunload', ask)
  }
}

async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (thrown) {
    throw toPageError(thrown)
  }
}

function openWay(link: UploadFileOptions['link'], token: string, ears: UploadEars): UploadWay {
  const channel = link.channel(token)
  channel.addEventListener('open', ears.onOpen)
  channel.addEventListener('message', ({ data }: MessageEvent<ArrayBuffer | string>) =>
    ears.onWord(typeof data === 'string' ? data : new TextDecoder().decode(data)),
  )
  channel.addEventListener('close', ({ code, reason }) => ears.onClosed(code, reason))
  return { send: (bytes) => channel.send(bytes), close: () => channel.close() }
}

function emptyFile(name: string): AppError {
  return new AppError({
    kind: 'invalid-input',
    code: 'volume.file-empty',
    message: `${name} is empty. Choose another file.`,
    details: { name },
  })
}
