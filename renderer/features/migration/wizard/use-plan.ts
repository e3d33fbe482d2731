import { useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import type { AppError } from '../../../../shared/errors/index.ts'
import type { MigrationSpec, PlanWhen } from '../../../../shared/model/index.ts'
import { toPageError, useApiCommand } from '../../../lib/api/index.ts'
import { paths } from '../../../lib/paths.ts'

interface Plan {
  readonly moves: ReadonlyArray<{ readonly spec: MigrationSpec; readonly accepted: string[] }>
  readonly when: PlanWhen
  readonly atOnce: number
  readonly token: string
}

export interface Planning {
  readonly pending: boolean
  readonly error: AppError | null
  readonly save: (plan: Omit<Plan, 'token'>) => void
}

/** Keeps the move for its time, once: a second press while it is being kept is the first. */
export function usePlan(): Planning {
  const navigate = useNavigate()
  const isSent = useRef(false)
  const [pending, setPending] = useState(false)
  const [error, setError] = useState<AppError | null>(null)
  const plan = useApiCommand('migrations.plan', (api, { moves, ...input }: Plan) => api.migrations.plan({ ...input, moves: [...moves] }))
  async function run(order: Omit<Plan, 'token'>) {
    isSent.current = true
    setPending(true)
    setError(null)
    try {
      await plan.mutateAsync({ ...order, token: crypto.randomUUID() })
      await navigate(paths.tasks())
    } catch (thrown) {
      setError(toPageError(thrown, 'command'))
    } finally {
      isSent.current = false
      setPending(false)
    }
  }
  return { pending, error, save: (order) => void (isSent.current || run(order)) }
}
