import { Button } from '@patternfly/react-core'
import { useEffect, useEffectEvent, useMemo, useRef, useState } from 'react'
import { Link } from 'react-router'
import type { Task } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useLive } from '../../lib/live/index.ts'
import { paths } from '../../lib/paths.ts'
import { nativeCode, taskNote } from '../../lib/task/index.ts'
import { Panel } from '../../ui/index.ts'
import { TaskState } from './task-rows.tsx'
import { useTasks } from './use-tasks.ts'

type Filter = 'all' | 'failed' | 'open'

const FILTERS: Readonly<Record<Filter, (task: Task) => boolean>> = {
  all: () => true,
  failed: (task) => task.state === 'failed' || task.state === 'needs-attention',
  open: (task) => task.state === 'running' || task.state === 'queued' || task.state === 'cancelling',
}

/** The result of a bulk, item by item; what failed is one press away. */
export function TaskChildren({ task }: { readonly task: Task }) {
  const i18n = useI18n()
  const { t, format } = i18n
  const { store } = useLive()
  const [filter, setFilter] = useState<Filter>(task.children && task.children.failed > 0 ? 'failed' : 'all')
  const ofThis = useMemo(() => (one: Task) => one.parentId === task.id, [task.id])
  const { tasks, pending, error, cursor, loadMore, retry } = useTasks({ query: '', parentId: task.id, limit: 200 }, ofThis)
  const { children } = task
  useReadAgain(children ? children.succeeded + children.failed + children.cancelled : 0, retry)
  if (!children) return null
  const shown = tasks.filter(FILTERS[filter])
  return (
    <Panel
      title={t('tasks.items')}
      side={
        <span className="sub num">
          {t('tasks.items-sum', {
            succeeded: format.number(children.succeeded),
            failed: format.number(children.failed),
            total: format.number(children.total),
          })}
        </span>
      }
    >
      <span className="segmented task-filter" role="radiogroup" aria-label={t('tasks.items')}>
        {(['all', 'failed', 'open'] as const).map((one) => (
          <button key={one} type="button" role="radio" aria-checked={filter === one} onClick={() => setFilter(one)}>
            {t(`tasks.filter.${one}`)}
          </button>
        ))}
      </span>
      {error && <p className="bad-text">{i18n.error(error)}</p>}
      <ul className="task-items">
        {shown.map((child) => (
          <li key={child.id} className={child.error ? 'with-reason' : undefined}>
            <TaskState task={child} />
            <span className="ellipsis">
              <Link to={paths.tasks(child.id)}>{child.target?.name ?? child.id}</Link>{' '}
              <span className="task-place">{child.connectionId ? (store.get('connection', child.connectionId)?.name ?? '') : ''}</span>
            </span>
            <span className={child.error ? 'sub task-reason' : 'sub ellipsis'} title={taskNote(child, i18n)}>
              {taskNote(child, i18n)} {nativeCode(child) !== null && <span className="mono small">{nativeCode(child)}</span>}
            </span>
          </li>
        ))}
      </ul>
      {shown.length === 0 && !pending && <p className="sub">{t('tasks.no-items')}</p>}
      {cursor !== null && (
        <Button variant="link" isInline onClick={loadMore}>
          {t('events.more')}
        </Button>
      )}
    </Panel>
  )
}

const READ_AGAIN_MS = 500

/** What has ended leaves the stream: how it ended is read, at most twice a second. */
function useReadAgain(ended: number, read: () => void): void {
  const known = useRef(ended)
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null)
  const readNow = useEffectEvent(read)
  useEffect(() => {
    if (known.current === ended) return
    known.current = ended
    timer.current ??= setTimeout(() => {
      timer.current = null
      readNow()
    }, READ_AGAIN_MS)
  }, [ended])
  useEffect(
    () => () => {
      if (timer.current !== null) clearTimeout(timer.current)
    },
    [],
  )
}
