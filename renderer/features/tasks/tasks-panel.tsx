import './tasks.css'
import { Button } from '@patternfly/react-core'
import { useMemo, useRef, useState } from 'react'
import type { Task } from '../../../shared/model/index.ts'
import { TASK_FIELDS } from '../../../shared/query/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useLive } from '../../lib/live/index.ts'
import { useDebounced } from '../../lib/time/use-debounced.ts'
import { EmptyState, NotRead, Skeleton, useLate } from '../../ui/index.ts'
import { useSlashFocus } from '../events/index.ts'
import { QueryBox, queryErrorText } from '../fleet/index.ts'
import { TaskTable } from './task-rows.tsx'
import { compileTaskQuery, useTasks } from './use-tasks.ts'

export interface TasksPanelProps {
  readonly machineId?: string
  readonly chosen?: string | null
}

/** Tasks with their query: what runs on top, then the newest. */
export function TasksPanel({ machineId, chosen = null }: TasksPanelProps) {
  const i18n = useI18n()
  const { t } = i18n
  const live = useLive()
  const input = useRef<HTMLInputElement>(null)
  useSlashFocus(input)
  const [text, setText] = useState('')
  const asked = useDebounced(text, 200)
  const filter = useMemo(() => compileTaskQuery(asked, live), [asked, live])
  const plain = asked.trim() === ''
  const matches = useMemo(
    () => (task: Task) =>
      (machineId === undefined ? !plain || task.parentId === null : task.target?.id === machineId) && filter.matches(task),
    [filter, machineId, plain],
  )
  const { tasks, pending, error, cursor, loadMore, retry } = useTasks(
    { query: filter.error ? '' : asked, limit: 100, ...(machineId !== undefined && { machineId }) },
    matches,
  )
  const late = useLate(pending && tasks.length === 0)
  return (
    <div className="tasks-panel">
      <div className="query-row">
        <QueryBox
          fields={TASK_FIELDS}
          label={t('tasks.query')}
          placeholder={t('tasks.query-placeholder')}
          text={text}
          error={filter.error}
          count={pending ? '' : t(cursor === null ? 'tasks.total' : 'tasks.total-more', { count: tasks.length })}
          valuesOf={() => []}
          inputRef={input}
          onChange={setText}
          onLeave={() => input.current?.blur()}
        />
      </div>
      <div className="tasks-scroll">
        {error && tasks.length === 0 ? (
          <NotRead title={t('tasks.failed')} error={error} onAgain={retry} />
        ) : filter.error ? (
          <EmptyState title={t('fleet.query-wrong')}>
            <p>{queryErrorText(filter.error, i18n)}</p>
          </EmptyState>
        ) : tasks.length > 0 ? (
          <>
            <TaskTable tasks={tasks} chosen={chosen} withoutObject={machineId !== undefined} />
            {cursor !== null && (
              <p className="tasks-more">
                <Button variant="link" isInline onClick={loadMore}>
                  {t('events.more')}
                </Button>
              </p>
            )}
          </>
        ) : pending ? (
          late && (
            <div className="rows-waiting">
              <Skeleton width={420} />
              <Skeleton width={360} />
            </div>
          )
        ) : (
          <EmptyState title={t(plain ? 'tasks.empty' : 'tasks.no-match')}>
            <p>{t('tasks.empty-text')}</p>
          </EmptyState>
        )}
      </div>
    </div>
  )
}
