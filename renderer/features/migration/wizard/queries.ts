import { keepPreviousData, useQueries, useQuery, useQueryClient } from '@tanstack/react-query'
import type { AppError } from '../../../../shared/errors/index.ts'
import type { MachineId, MigrationRecord, MigrationSpec, Preflight } from '../../../../shared/model/index.ts'
import { queryKey, toPageError, useApi, useApiQuery } from '../../../lib/api/index.ts'
import { restOf } from './rest.ts'

const AT_ONCE = 4
const TARGETS_FRESH_MS = 15_000
/** Points of the picture of earlier predictions. */
export const SHOWN_RECORDS = 30

export function useTargets(machineIds: readonly MachineId[]) {
  return useApiQuery(
    'migrations.targets',
    { machineIds },
    (api, signal) => api.migrations.targets({ machineIds: [...machineIds] }, { signal }),
    { enabled: machineIds.length > 0, staleMs: TARGETS_FRESH_MS },
  )
}

/** One machine's pre-flight as far as it is known. */
export interface Looked {
  readonly id: MachineId
  readonly preflight: Preflight | null
  readonly error: AppError | null
  /** What is shown is of another wish, or of before; or nothing is shown yet. */
  readonly pending: boolean
  readonly again: () => Promise<unknown>
}

/** Looks at the hosts of all these, a few at a time. The answer before stays to be seen until the next. */
export function usePreflights(specs: readonly MigrationSpec[]): readonly Looked[] {
  const api = useApi()
  const queries = useQueryClient()
  const keyOf = (spec: MigrationSpec) => queryKey('migrations.preflight', { spec })
  const settled = specs.filter((spec) => {
    const state = queries.getQueryState(keyOf(spec))
    return state !== undefined && state.status !== 'pending'
  }).length
  const results = useQueries({
    queries: specs.map((spec, at) => ({
      queryKey: keyOf(spec),
      enabled: at < settled + AT_ONCE,
      staleTime: Number.POSITIVE_INFINITY,
      placeholderData: keepPreviousData,
      queryFn: async ({ signal }: { readonly signal: AbortSignal }) => {
        try {
          return await api.migrations.preflight({ spec }, { signal })
        } catch (thrown) {
          throw toPageError(thrown)
        }
      },
    })),
  })
  return specs.map(({ machineId }, at) => {
    const result = results[at]
    const data = result?.data?.spec.machineId === machineId ? result.data : null
    return {
      id: machineId,
      preflight: data,
      error: (result?.error as AppError | null | undefined) ?? null,
      pending: result === undefined || result.isFetching || result.isPending || result.isPlaceholderData,
      again: () => result?.refetch() ?? Promise.resolve(),
    }
  })
}

/** Moves that ended, newest first. */
export function useRecords() {
  const api = useApi()
  return useQuery<readonly MigrationRecord[], AppError>({
    queryKey: ['migrations', 'records', { limit: SHOWN_RECORDS }],
    queryFn: async () => {
      try {
        return await restOf(api).records({ limit: SHOWN_RECORDS })
      } catch (thrown) {
        throw toPageError(thrown)
      }
    },
  })
}
