import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query'
import type { AppError } from '../../../../shared/errors/index.ts'
import type { DrainOrderInput, DrainPlan, Host, HostId, Maintenance, TaskId } from '../../../../shared/model/index.ts'
import { queryKey, toPageError, useApi, useApiCommand, useApiQuery } from '../../../lib/api/index.ts'

/** What became of the machines is noted at the end of a task, and a single one may be tried again from elsewhere. */
const AGAIN_MS = 5_000

/** Of a host that is in use there is none. */
export function useMaintenance({ id, maintenance = null }: Pick<Host, 'id' | 'maintenance'>): Maintenance | undefined {
  const state = maintenance
  const { data } = useApiQuery('maintenance.list', { state }, (api, signal) => api.maintenance.list({}, { signal }), {
    enabled: state !== null,
    staleMs: 0,
    refreshMs: AGAIN_MS,
  })
  return state === null ? undefined : data?.find(({ hostId }) => hostId === id)
}

/** Asked anew whenever the order changes; the last one stays readable meanwhile. */
export function useDrainPlan(order: DrainOrderInput): UseQueryResult<DrainPlan, AppError> {
  const api = useApi()
  return useQuery<DrainPlan, AppError>({
    queryKey: queryKey('maintenance.plan', order),
    staleTime: 0,
    gcTime: 0,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      try {
        return await api.maintenance.plan({ order }, { signal })
      } catch (thrown) {
        throw toPageError(thrown)
      }
    },
  })
}

export interface DrainCommand {
  readonly order: DrainOrderInput
  readonly reason: string
  /** One press is one drain. */
  readonly token: string
}

export function useDrain() {
  return useApiCommand('maintenance.drain', (api, { order, reason, token }: DrainCommand) =>
    api.maintenance.drain({ order, token, ...(reason.trim() !== '' && { reason: reason.trim() }) }),
  )
}

export interface LeaveCommand {
  readonly hostId: HostId
  readonly bringBack: boolean
  readonly token: string
}

export function useLeave() {
  return useApiCommand('maintenance.leave', (api, input: LeaveCommand) => api.maintenance.leave(input))
}

export function useCancelTask() {
  return useApiCommand('tasks.cancel', (api, taskId: TaskId) => api.tasks.cancel({ taskId }))
}
