import { useQueries, useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { AppError } from '../../../../shared/errors/index.ts'
import type { HostId, MachineId, MigrationSpec, Preflight } from '../../../../shared/model/index.ts'
import { queryKey, toPageError, useApi, useApiQuery } from '../../../lib/api/index.ts'
import { useDebounced } from '../../../lib/time/use-debounced.ts'

const AT_ONCE = 4
const REST_MS = 300
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

interface Asked {
  readonly spec: MigrationSpec
  /** Not now: what it writes by then is looked at. */
  readonly beginsAtMs?: number
}

/** Looks at the hosts of all these, a few at a time, when choosing rests. The answer before stays to be seen until the next. */
export function usePreflights(specs: readonly MigrationSpec[], beginsAtMs?: number): readonly Looked[] {
  const api = useApi()
  const queries = useQueryClient()
  const text = JSON.stringify(specs.map((spec) => ({ spec, ...(beginsAtMs !== undefined && { beginsAtMs }) })))
  const rested = useDebounced(text, REST_MS)
  const asked = useMemo(() => JSON.parse(rested) as readonly Asked[], [rested])
  const [kept, setKept] = useState<ReadonlyMap<string, Preflight>>(new Map())
  const keyOf = (one: Asked) => queryKey('migrations.preflight', one)
  const settled = asked.filter((one) => {
    const state = queries.getQueryState(keyOf(one))
    return state !== undefined && state.status !== 'pending'
  }).length
  const results = useQueries({
    queries: asked.map((one, at) => ({
      queryKey: keyOf(one),
      enabled: at < settled + AT_ONCE,
      staleTime: Number.POSITIVE_INFINITY,
      queryFn: async ({ signal }: { readonly signal: AbortSignal }) => {
        try {
          return await api.migrations.preflight(one, { signal })
        } catch (thrown) {
          throw toPageError(thrown)
        }
      },
    })),
  })
  const news = results.flatMap(({ data }) => (data && kept.get(data.spec.machineId) !== data ? [data] : []))
  if (news.length > 0) setKept(new Map([...kept, ...news.map((one) => [one.spec.machineId, one] as const)]))
  return specs.map(({ machineId, targetHostId }) => {
    const result = results[asked.findIndex(({ spec }) => spec.machineId === machineId)]
    const known = result?.data ?? kept.get(machineId)
    return {
      id: machineId,
      preflight: known?.target.hostId === targetHostId ? known : null,
      error: (result?.error as AppError | null | undefined) ?? null,
      pending: rested !== text || result === undefined || result.isFetching || result.isPending,
      again: () => result?.refetch() ?? Promise.resolve(),
    }
  })
}

/** Moves that ended, newest first. */
export function useRecords() {
  return useApiQuery('migrations.records', { limit: SHOWN_RECORDS }, (api, signal) =>
    api.migrations.records({ limit: SHOWN_RECORDS }, { signal }),
  )
}

/** What was mended for this move, by whomever, since the console runs. */
export function useMended(machineId: MachineId, targetHostId: HostId | null) {
  const input = { machineId, targetHostId: targetHostId as HostId }
  return useApiQuery('migrations.mended', input, (api, signal) => api.migrations.mended(input, { signal }), {
    enabled: targetHostId !== null,
    staleMs: 0,
  })
}
