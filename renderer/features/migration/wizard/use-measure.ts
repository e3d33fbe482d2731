import { useQueryClient } from '@tanstack/react-query'
import type { AppError } from '../../../../shared/errors/index.ts'
import type { HostId, MachineId, Reason } from '../../../../shared/model/index.ts'
import { queryKey, useApiCommand } from '../../../lib/api/index.ts'
import { useT } from '../../../lib/i18n/index.ts'
import { usePermissions } from '../../../lib/session/index.ts'

export interface Measuring {
  readonly isRunning: boolean
  readonly error: AppError | null
  /** What could not be measured, and why. */
  readonly notes: readonly Reason[]
  readonly disabledReason: string | undefined
  readonly run: () => void
}

interface Pair {
  readonly machineId: MachineId
  readonly targetHostId: HostId
}

/** Measures the guest and the way between the hosts, and has the prediction made anew. */
export function useMeasure(pair: Pair | null, again: () => void): Measuring {
  const t = useT()
  const may = usePermissions()
  const queries = useQueryClient()
  const measure = useApiCommand('migrations.measure', (api, input: Pair) => api.migrations.measure(input))
  const forbidden = may('machine.migrate') ? undefined : t('route.forbidden.text', { permission: 'machine.migrate' })
  return {
    isRunning: measure.isPending,
    error: measure.error,
    notes: measure.data?.notes ?? [],
    disabledReason: forbidden ?? (pair ? undefined : t('migrate.why.target')),
    run: () => {
      if (!pair || measure.isPending) return
      measure.mutate(pair, {
        onSuccess: () => {
          void queries.invalidateQueries({ queryKey: queryKey('migrations.measured', pair) })
          again()
        },
      })
    },
  }
}
