import { useEffect, useEffectEvent, useState } from 'react'
import type { AppError } from '../../../shared/errors/index.ts'
import type { BuildFinding } from '../../../shared/model/index.ts'
import { toPageError } from '../../lib/api/index.ts'

const REST_MS = 350

export interface Checked {
  readonly names: readonly string[]
  readonly findings: readonly BuildFinding[]
}

export interface CheckState {
  /** `waiting`: the form is not whole yet. `old`: what is shown is of a moment ago, and another answer is on its way. */
  readonly status: 'waiting' | 'old' | 'done' | 'failed'
  readonly answer: Checked | null
  readonly error: AppError | null
  readonly again: () => void
}

interface Answered {
  readonly key: string
  readonly answer: Checked | null
  readonly error: AppError | null
}

/**
 * What stands in the way of a request, asked when typing rests. A request that has become another one is given up. The one before stays
 * to be seen until the next answer.
 */
export function useCheck<T>(input: T | null, ask: (input: T, signal: AbortSignal) => Promise<Checked>): CheckState {
  const [round, setRound] = useState(0)
  const [answered, setAnswered] = useState<Answered | null>(null)
  const key = input === null ? null : `${round} ${JSON.stringify(input)}`
  const run = useEffectEvent((signal: AbortSignal) => {
    if (input === null || key === null) return
    ask(input, signal).then(
      (answer) => {
        if (!signal.aborted) setAnswered({ key, answer, error: null })
      },
      (thrown: unknown) => {
        if (!signal.aborted) setAnswered((before) => ({ key, answer: before?.answer ?? null, error: toPageError(thrown) }))
      },
    )
  })
  useEffect(() => {
    if (key === null) return undefined
    const abort = new AbortController()
    const timer = setTimeout(() => run(abort.signal), REST_MS)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [key])
  const again = () => setRound((before) => before + 1)
  const answer = answered?.answer ?? null
  if (key === null) return { status: 'waiting', answer, error: null, again }
  if (answered?.key !== key) return { status: 'old', answer, error: null, again }
  return { status: answered.error ? 'failed' : 'done', answer, error: answered.error, again }
}
