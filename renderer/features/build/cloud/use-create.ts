import { useRef, useState } from 'react'
import type { AppError } from '../../../../shared/errors/index.ts'
import { toPageError } from '../../../lib/api/index.ts'

export interface Create {
  readonly pending: boolean
  readonly error: AppError | null
  readonly create: () => void
}

/**
 * Sends a form once: while a request is under way, a second press is none, and after a reply that was lost the same content goes with the
 * same token, so that nothing is made twice. `content`: another one is another request.
 */
export function useCreate<T>(content: string, send: (token: string) => Promise<T>, done: (answer: T) => void): Create {
  const sent = useRef<{ readonly content: string; readonly token: string } | null>(null)
  const underWay = useRef(false)
  const [pending, setPending] = useState(false)
  const [error, setError] = useState<AppError | null>(null)
  async function run() {
    if (underWay.current) return
    underWay.current = true
    const token = sent.current?.content === content ? sent.current.token : crypto.randomUUID()
    sent.current = { content, token }
    setPending(true)
    setError(null)
    try {
      done(await send(token))
    } catch (thrown) {
      const failure = toPageError(thrown, 'command')
      if (failure.kind !== 'indeterminate') sent.current = null
      setPending(false)
      setError(failure)
      underWay.current = false
    }
  }
  return { pending, error, create: () => void run() }
}
