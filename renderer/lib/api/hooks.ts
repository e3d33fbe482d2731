import { type UseMutationResult, type UseQueryResult, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, useContext, useSyncExternalStore } from 'react'
import type { AppError } from '../../../shared/errors/index.ts'
import { type Api, invalidateAfter, type MethodName, queryKey } from './client.ts'
import { toPageError } from './errors.ts'
import type { EngineLink, EngineLinkState } from './link.ts'

export interface ApiContextValue {
  readonly api: Api
  readonly link: EngineLink
}

export const ApiContext = createContext<ApiContextValue | null>(null)

function useApiContext(): ApiContextValue {
  const value = useContext(ApiContext)
  if (!value) throw new Error('no ApiContext above this component')
  return value
}

export function useApi(): Api {
  return useApiContext().api
}

export function useEngineLink(): EngineLink {
  return useApiContext().link
}

export function useEngineLinkState(): EngineLinkState {
  const { link } = useApiContext()
  return useSyncExternalStore(link.subscribe, link.state)
}

export interface ApiQueryOptions {
  readonly enabled?: boolean
  /** Milliseconds until an answer counts as old and is asked for again on mount; by default until a command invalidates it. */
  readonly staleMs?: number
  /** Asked again after so many milliseconds while somebody looks; a function is told when it was answered last. */
  readonly refreshMs?: number | ((answeredAtMs: number) => number)
}

/** A read over the contract, cached under its name and input. */
export function useApiQuery<T>(
  method: MethodName,
  input: unknown,
  run: (api: Api, signal: AbortSignal) => Promise<T>,
  options: ApiQueryOptions = {},
): UseQueryResult<T, AppError> {
  const api = useApi()
  const { refreshMs } = options
  return useQuery<T, AppError>({
    queryKey: queryKey(method, input),
    enabled: options.enabled ?? true,
    staleTime: options.staleMs ?? Number.POSITIVE_INFINITY,
    ...(refreshMs !== undefined && {
      refetchInterval:
        typeof refreshMs === 'number' ? refreshMs : ({ state }) => refreshMs(Math.max(state.dataUpdatedAt, state.errorUpdatedAt)),
    }),
    queryFn: async ({ signal }) => {
      try {
        return await run(api, signal)
      } catch (thrown) {
        throw toPageError(thrown)
      }
    },
  })
}

/** A command over the contract: afterwards it voids the queries that the contract names. */
export function useApiCommand<I, O>(method: MethodName, run: (api: Api, input: I) => Promise<O>): UseMutationResult<O, AppError, I> {
  const api = useApi()
  const queries = useQueryClient()
  return useMutation<O, AppError, I>({
    mutationFn: async (input) => {
      try {
        return await run(api, input)
      } catch (thrown) {
        throw toPageError(thrown, 'command')
      }
    },
    onSuccess: () => invalidateAfter(queries, method),
  })
}
