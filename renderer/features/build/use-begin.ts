import { useState } from 'react'
import { useNavigate } from 'react-router'
import type { AppError } from '../../../shared/errors/index.ts'
import { toPageError } from '../../lib/api/index.ts'
import { paths } from '../../lib/paths.ts'
import { queryOfNames } from './model/names-query.ts'

export interface Begin {
  readonly pending: boolean
  readonly error: AppError | null
  readonly begin: () => void
}

/** Has the machines made, once: while one request is under way, and with one token, a second press is the first. */
export function useBegin(
  send: (token: string) => Promise<{ readonly names: readonly string[] }>,
  done: () => void,
  failed: () => void,
): Begin {
  const navigate = useNavigate()
  const [pending, setPending] = useState(false)
  const [error, setError] = useState<AppError | null>(null)
  async function run() {
    setPending(true)
    setError(null)
    try {
      const { names } = await send(crypto.randomUUID())
      done()
      await navigate(paths.fleet(queryOfNames(names)))
    } catch (thrown) {
      setError(toPageError(thrown, 'command'))
      setPending(false)
      failed()
    }
  }
  return { pending, error, begin: () => void (pending || run()) }
}
