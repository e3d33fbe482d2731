import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { AppError } from '../../../shared/errors/index.ts'
import type { MigrationLive, MigrationPhase, TaskId } from '../../../shared/model/index.ts'
import { type Api, queryKey, toPageError, useApi, useEngineLinkState } from '../../lib/api/index.ts'

/** A phase as this page has seen it. Null: it began before anybody looked, or has not ended. */
export interface SeenPhase {
  readonly phase: MigrationPhase
  readonly fromMs: number | null
  readonly toMs: number | null
}

export interface MoveSample {
  readonly atMs: number
  readonly bandwidthBytesPerS: number | null
  readonly dirtyBytesPerS: number | null
}

/** A move as far as it has been followed. */
export interface FollowedMove {
  readonly live: MigrationLive | null
  readonly phases: readonly SeenPhase[]
  /** Oldest first. */
  readonly samples: readonly MoveSample[]
  /** Why it cannot be followed; a lost link is no reason, it comes back. */
  readonly error: AppError | null
}

export const NOT_FOLLOWED: FollowedMove = { live: null, phases: [], samples: [], error: null }

/** Two a second over half an hour; of a longer move every other sample goes. */
const MAX_SAMPLES = 3_600
/** Whoever looks so soon has seen the beginning. */
const SEEN_FROM_START_MS = 2_000

/** With what the engine has said next. */
export function withLive(before: FollowedMove, live: MigrationLive): FollowedMove {
  const { atMs, phase, bandwidthBytesPerS, dirtyBytesPerS } = live
  const last = before.phases.at(-1)
  const samples = [...thinned(before.samples), { atMs, bandwidthBytesPerS, dirtyBytesPerS }]
  if (last?.phase === phase) return { live, phases: before.phases, samples, error: null }
  const isFirst = last === undefined
  const fromMs = isFirst ? (atMs - live.startedAtMs <= SEEN_FROM_START_MS ? live.startedAtMs : null) : atMs
  const ended = before.phases.map((one) => (one === last ? { ...one, toMs: atMs } : one))
  return { live, phases: [...ended, { phase, fromMs, toMs: null }], samples, error: null }
}

function thinned(samples: readonly MoveSample[]): readonly MoveSample[] {
  return samples.length < MAX_SAMPLES ? samples : samples.filter((_sample, index) => index % 2 === 1)
}

/** Follows a move while it goes on. What was seen stays for as long as the page does, so that a chart is whole when it is opened again. */
export function useFollowedMove(taskId: TaskId, goesOn: boolean): FollowedMove {
  const api = useApi()
  const queries = useQueryClient()
  const { state } = useEngineLinkState()
  const listens = goesOn && state === 'open'
  const { data } = useQuery<FollowedMove>({
    queryKey: keyOf(taskId),
    queryFn: () => NOT_FOLLOWED,
    enabled: false,
    gcTime: Number.POSITIVE_INFINITY,
  })
  useEffect(() => {
    if (!listens) return undefined
    const stop = new AbortController()
    const put = (change: (before: FollowedMove) => FollowedMove) =>
      queries.setQueryData<FollowedMove>(keyOf(taskId), (before) => change(before ?? NOT_FOLLOWED))
    void follow(api, taskId, stop.signal, put)
    return () => stop.abort()
  }, [api, queries, taskId, listens])
  return data ?? NOT_FOLLOWED
}

const keyOf = (taskId: TaskId) => queryKey('migrations.watch', { taskId })

async function follow(
  api: Api,
  taskId: TaskId,
  signal: AbortSignal,
  put: (change: (before: FollowedMove) => FollowedMove) => void,
): Promise<void> {
  try {
    for await (const live of await api.migrations.watch({ taskId }, { signal })) put((before) => withLive(before, live))
  } catch (thrown) {
    if (signal.aborted) return
    const error = toPageError(thrown, 'stream')
    if (error.kind !== 'unreachable') put((before) => ({ ...before, error }))
  }
}
