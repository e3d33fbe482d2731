import { useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import { AppError } from '../../../../shared/errors/index.ts'
import type { MachineId, MigrationSpec, RefusedMove } from '../../../../shared/model/index.ts'
import { toPageError, useApiCommand } from '../../../lib/api/index.ts'
import { paths } from '../../../lib/paths.ts'

interface Order {
  readonly specs: readonly MigrationSpec[]
  /** Those that were read, by machine. */
  readonly acceptsWarnings: Record<MachineId, string[]>
  readonly atOnce: number
  readonly token: string
}

export interface Starting {
  readonly pending: boolean
  readonly error: AppError | null
  readonly begin: () => void
}

/** Begins the move, once: while one order is under way, and with one token, a second press is the first. */
export function useStart(specs: () => readonly MigrationSpec[], order: () => Omit<Order, 'specs' | 'token'>, failed: () => void): Starting {
  const navigate = useNavigate()
  const isSent = useRef(false)
  const [pending, setPending] = useState(false)
  const [error, setError] = useState<AppError | null>(null)
  const start = useApiCommand('migrations.start', (api, input: Order) => api.migrations.start({ ...input, specs: [...input.specs] }))
  async function run() {
    isSent.current = true
    setPending(true)
    setError(null)
    try {
      const { taskId, refused } = await start.mutateAsync({ ...order(), specs: specs(), token: crypto.randomUUID() })
      if (refused.length > 0) {
        // whoever leaves for the task of the others would never hear of these
        setError(someRefused(refused))
        return
      }
      await navigate(paths.tasks(taskId))
    } catch (thrown) {
      setError(toPageError(thrown, 'command'))
      failed()
    } finally {
      isSent.current = false
      setPending(false)
    }
  }
  return { pending, error, begin: () => void (isSent.current || run()) }
}

function someRefused(refused: readonly RefusedMove[]): AppError {
  const names = refused.map(({ name, reason }) => `${name} (${reason.text})`).join('; ')
  return new AppError({
    kind: 'precondition',
    code: 'migration.some-refused',
    message: `The others move, see Tasks. These stay: ${names}`,
    details: { names },
  })
}
