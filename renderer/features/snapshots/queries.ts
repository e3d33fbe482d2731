import type { UseQueryResult } from '@tanstack/react-query'
import type { AppError } from '../../../shared/errors/index.ts'
import type { MachineId, SnapshotOperationInput, SnapshotPlan, SnapshotTree } from '../../../shared/model/index.ts'
import { useApiCommand, useApiQuery } from '../../lib/api/index.ts'

/** While a task works on it. */
const BUSY_MS = 1_000
/** Others may change it as well. */
const IDLE_MS = 30_000

export function useSnapshotTree(machineId: MachineId, isBusy: boolean): UseQueryResult<SnapshotTree, AppError> {
  return useApiQuery('snapshots.tree', { machineId }, (api, signal) => api.snapshots.tree({ machineId }, { signal }), {
    staleMs: 0,
    refreshMs: isBusy ? BUSY_MS : IDLE_MS,
  })
}

/** Null: nothing is asked yet. It is asked anew for each state of the tree. */
export function useSnapshotPlan(
  machineId: MachineId,
  operation: SnapshotOperationInput | null,
  revision: string,
): UseQueryResult<SnapshotPlan, AppError> {
  return useApiQuery(
    'snapshots.plan',
    { machineId, operation, revision },
    (api, signal) => {
      if (operation === null) throw new Error('asked without an operation')
      return api.snapshots.plan({ machineId, operation }, { signal })
    },
    { staleMs: 0, enabled: operation !== null },
  )
}

export interface SnapshotCommand {
  readonly machineId: MachineId
  readonly operation: SnapshotOperationInput
  readonly revision: string
  readonly acceptsLosses: boolean
}

export function useSnapshotAct() {
  return useApiCommand('snapshots.act', (api, input: SnapshotCommand) => api.snapshots.act({ ...input, token: crypto.randomUUID() }))
}

export function useSchedules() {
  return useApiQuery('snapshots.schedules', {}, (api, signal) => api.snapshots.schedules({}, { signal }), {
    staleMs: 0,
    refreshMs: IDLE_MS,
  })
}
