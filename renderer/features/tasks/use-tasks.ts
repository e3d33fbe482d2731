import { useEffect, useMemo, useState } from 'react'
import type { AppError } from '../../../shared/errors/index.ts'
import { FINAL_TASK_STATES, type Task } from '../../../shared/model/index.ts'
import { compileQuery, type InventoryContext, parseQuery, type QueryError, TASK_FIELDS } from '../../../shared/query/index.ts'
import { type Api, useApi, useApiQuery } from '../../lib/api/index.ts'
import { type Live, useTable } from '../../lib/live/index.ts'
import { mergeTasks } from './task-look.ts'

type TasksInput = Parameters<Api['tasks']['list']>[0]

export interface TaskFilter {
  readonly error: QueryError | null
  readonly matches: (task: Task) => boolean
}

/** The query judged here as the engine does, for what streams in. */
export function compileTaskQuery(text: string, live: Live): TaskFilter {
  if (text.trim() === '') return { error: null, matches: () => true }
  const parsed = parseQuery(text, TASK_FIELDS)
  if (!parsed.ok) return { error: parsed.error, matches: () => false }
  const predicate = compileQuery(parsed.ast, TASK_FIELDS)
  const { store } = live
  const context = (): InventoryContext => ({
    nowMs: Date.now(),
    host: (id) => store.get('host', id),
    connection: (id) => store.get('connection', id),
    network: (id) => store.get('network', id),
  })
  return { error: null, matches: (task) => predicate(task, context()) }
}

export interface TaskList {
  readonly tasks: readonly Task[]
  readonly pending: boolean
  readonly error: AppError | null
  readonly cursor: string | null
  readonly loadMore: () => void
  readonly retry: () => void
}

const NONE: readonly Task[] = []

/** Tasks that match: what the engine lists, kept current by the stream. */
export function useTasks(input: TasksInput, matches: (task: Task) => boolean): TaskList {
  const api = useApi()
  const key = JSON.stringify(input)
  const query = useApiQuery('tasks.list', input, (client, signal) => client.tasks.list(input, { signal }), { staleMs: 0 })
  const [older, setOlder] = useState<{ readonly key: string; readonly items: readonly Task[]; readonly cursor: string | null } | null>(null)
  const streamed = useTable('task')
  const more = older?.key === key ? older : null
  const tasks = useMemo(
    () => mergeTasks([...(query.data?.items ?? NONE), ...(more?.items ?? NONE)].filter(matches), streamed.filter(matches)),
    [query.data, more, streamed, matches],
  )
  const cursor = more ? more.cursor : (query.data?.cursor ?? null)
  return {
    tasks,
    pending: query.isPending,
    error: query.error,
    cursor,
    loadMore: () => {
      if (cursor === null) return
      api.tasks
        .list({ ...input, cursor })
        .then((page) => setOlder({ key, items: [...(more?.items ?? NONE), ...page.items], cursor: page.cursor }))
        .catch(() => {})
    },
    retry: () => void query.refetch(),
  }
}

/** One task: from the stream while it is there, else asked for. */
export function useTask(taskId: string): { readonly task: Task | undefined; readonly pending: boolean; readonly error: AppError | null } {
  const streamed = useTable('task').find((one) => one.id === taskId)
  const query = useApiQuery('tasks.get', { taskId }, (api, signal) => api.tasks.get({ taskId }, { signal }), {
    staleMs: 0,
  })
  const { refetch } = query
  const left = streamed === undefined && query.data !== undefined && !FINAL_TASK_STATES.has(query.data.state)
  // It has left the stream since it was read: its end is only in the archive.
  useEffect(() => {
    if (left) void refetch()
  }, [left, refetch])
  const listed = query.data
  const task = streamed && listed ? (streamed.revision >= listed.revision ? streamed : listed) : (streamed ?? listed)
  return { task, pending: query.isPending, error: task ? null : query.error }
}
