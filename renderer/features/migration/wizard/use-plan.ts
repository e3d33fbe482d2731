import { useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import type { AppError } from '../../../../shared/errors/index.ts'
import type { MigrationSpec, PlanWhen } from '../../../../shared/model/index.ts'
import { toPageError, useApiCommand } from '../../../lib/api/index.ts'
import { paths } from '../../../lib/paths.ts'
import type { Wish } from './wish.ts'

interface Plan {
  readonly moves: ReadonlyArray<{ readonly spec: MigrationSpec; readonly accepted: string[] }>
  readonly when: PlanWhen
  readonly atOnce: number
  readonly token: string
}

interface Change extends Omit<Plan, 'token'> {
  readonly planId: string
  readonly revision: number
}

export interface Planning {
  readonly pending: boolean
  readonly error: AppError | null
  /** `over`: in the place of that one, if it is still as it was opened. */
  readonly save: (plan: Omit<Plan, 'token'>, over: Wish['plan']) => void
}

/** Keeps the move for its time, once: a second press while it is being kept is the first. */
export function usePlan(): Planning {
  const navigate = useNavigate()
  const isSent = useRef(false)
  const [pending, setPending] = useState(false)
  const [error, setError] = useState<AppError | null>(null)
  const plan = useApiCommand('migrations.plan', (api, { moves, ...input }: Plan) => api.migrations.plan({ ...input, moves: [...moves] }))
  const change = useApiCommand('migrations.changePlan', (api, { moves, ...input }: Change) =>
    api.migrations.changePlan({ ...input, moves: [...moves] }),
  )
  async function run(order: Omit<Plan, 'token'>, over: Wish['plan']) {
    isSent.current = true
    setPending(true)
    setError(null)
    try {
      if (over) await change.mutateAsync({ ...order, planId: over.id, revision: over.revision })
      else await plan.mutateAsync({ ...order, token: crypto.randomUUID() })
      await navigate(paths.tasks())
    } catch (thrown) {
      setError(toPageError(thrown, 'command'))
    } finally {
      isSent.current = false
      setPending(false)
    }
  }
  return { pending, error, save: (order, over) => void (isSent.current || run(order, over)) }
}
