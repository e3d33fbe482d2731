import { useEffect, useMemo, useState } from 'react'
import type { AppError } from '../../../shared/errors/index.ts'
import type { EventRecord } from '../../../shared/model/index.ts'
import { type Api, useApi, useApiQuery, useEngineLinkState } from '../../lib/api/index.ts'

export type EventsInput = Parameters<Api['events']['list']>[0]

export interface LiveEvents {
  /** Newest first. */
  readonly events: readonly EventRecord[]
  readonly pending: boolean
  readonly error: AppError | null
  readonly cursor: string | null
  readonly loadMore: () => void
  readonly loadingMore: boolean
  readonly retry: () => void
}

const NONE: readonly EventRecord[] = []

/** Newest first, each once. */
export function mergeEvents(a: readonly EventRecord[], b: readonly EventRecord[]): readonly EventRecord[] {
  const byId = new Map<number, EventRecord>()
  for (const event of [...a, ...b]) byId.set(event.id, event)
  return [...byId.values()].sort((x, y) => y.id - x.id)
}

/**
 * Events that match, as they come: what the log holds, then the stream. `matches` judges what streams in; the log itself
 * is asked by `input`.
 */
export function useEvents(input: EventsInput, matches: (event: EventRecord) => boolean): LiveEvents {
  const api = useApi()
  const key = JSON.stringify(input)
  const query = useApiQuery('events.list', input, (client, signal) => client.events.list(input, { signal }), { staleMs: 0 })
  const [older, setOlder] = useState<{
    readonly key: string
    readonly items: readonly EventRecord[]
    readonly cursor: string | null
  } | null>(null)
  const [loadingMore, setLoadingMore] = useState(false)
  const streamed = useEventStream()
  const more = older?.key === key ? older : null
  const events = useMemo(
    () => mergeEvents(mergeEvents(query.data?.items ?? NONE, more?.items ?? NONE), query.data ? streamed.filter(matches) : NONE),
    [query.data, more, streamed, matches],
  )
  const cursor = more ? more.cursor : (query.data?.cursor ?? null)
  return {
    events,
    pending: query.isPending,
    error: query.error,
    cursor,
    loadingMore,
    loadMore: () => {
      if (cursor === null || loadingMore) return
      setLoadingMore(true)
      api.events
        .list({ ...input, cursor })
        .then((page) => setOlder({ key, items: mergeEvents(more?.items ?? NONE, page.items), cursor: page.cursor }))
        .catch(() => {})
        .finally(() => setLoadingMore(false))
    },
    retry: () => void query.refetch(),
  }
}

const KEPT = 1_000

/** Never throws: the link says itself that it is lost, and a refused permission leaves what the list shows. */
async function followEvents(api: Api, signal: AbortSignal, onEvent: (event: EventRecord) => void): Promise<void> {
  try {
    for await (const event of await api.events.watch({}, { signal })) onEvent(event)
  } catch {
    // Taken up again when the link is back.
  }
}

/** Events since this component is there, oldest first. A lost stream is taken up again where it ended. */
function useEventStream(): readonly EventRecord[] {
  const api = useApi()
  const { state } = useEngineLinkState()
  const open = state === 'open'
  const [events, setEvents] = useState<readonly EventRecord[]>(NONE)
  useEffect(() => {
    if (!open) return undefined
    const stop = new AbortController()
    void followEvents(api, stop.signal, (event) => setEvents((before) => [...before.slice(-KEPT), event]))
    return () => stop.abort()
  }, [api, open])
  return events
}
