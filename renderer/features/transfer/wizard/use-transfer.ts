import { useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import type { AppError } from '../../../../shared/errors/index.ts'
import type { TransferSpec, TransferWay } from '../../../../shared/model/index.ts'
import { toPageError, useApi, useApiCommand } from '../../../lib/api/index.ts'
import { paths } from '../../../lib/paths.ts'

interface Doing {
  readonly pending: boolean
  readonly error: AppError | null
}

const NOTHING = () => {}

/** Runs one thing at a time: a second press is the first. A command that was taken is not given again: the page leaves then. */
function useOnce(failed: () => void = NOTHING): Doing & { readonly once: (run: () => Promise<void>, how: 'command' | 'query') => void } {
  const isBusy = useRef(false)
  const [pending, setPending] = useState(false)
  const [error, setError] = useState<AppError | null>(null)
  async function go(run: () => Promise<void>, how: 'command' | 'query') {
    isBusy.current = true
    setPending(true)
    setError(null)
    try {
      await run()
      isBusy.current = how === 'command'
    } catch (thrown) {
      isBusy.current = false
      setError(toPageError(thrown, how))
      failed()
    } finally {
      setPending(false)
    }
  }
  return { pending, error, once: (run, how) => void (isBusy.current || go(run, how)) }
}

/**
 * Begins the move through the console and shows its task; `failed` when it was refused. After a reply that was lost the same order goes with the
 * same token, so that it is begun once.
 */
export function useStart(failed: () => void): Doing & { readonly begin: (spec: TransferSpec, acceptsWarnings: boolean) => void } {
  const navigate = useNavigate()
  const { once, ...doing } = useOnce(failed)
  const sent = useRef<{ readonly order: string; readonly token: string } | null>(null)
  const start = useApiCommand('transfers.start', (api, input: { spec: TransferSpec; acceptsWarnings: boolean; token: string }) =>
    api.transfers.start(input),
  )
  const begin = (spec: TransferSpec, acceptsWarnings: boolean) =>
    once(async () => {
      const order = JSON.stringify([spec, acceptsWarnings])
      const token = sent.current?.order === order ? sent.current.token : crypto.randomUUID()
      sent.current = { order, token }
      const { taskId } = await start.mutateAsync({ spec, acceptsWarnings, token }).catch((thrown: unknown) => {
        if (toPageError(thrown, 'command').kind !== 'indeterminate') sent.current = null
        throw thrown
      })
      await navigate(paths.tasks(taskId))
    }, 'command')
  return { ...doing, begin }
}

/** A way as a document, saved by the browser. */
export function useRunBook(): Doing & { readonly save: (spec: TransferSpec, way: TransferWay) => void } {
  const api = useApi()
  const { once, ...doing } = useOnce()
  const save = (spec: TransferSpec, way: TransferWay) =>
    once(async () => {
      const { fileName, markdown } = await api.transfers.runBook({ spec, way })
      saveText(fileName, markdown)
    }, 'query')
  return { ...doing, save }
}

const RELEASE_MS = 1_000

function saveText(name: string, text: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/markdown;charset=utf-8' }))
  link.download = name
  link.click()
  // the download has begun by then
  setTimeout(() => URL.revokeObjectURL(link.href), RELEASE_MS)
}
