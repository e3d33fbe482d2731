import { Link } from 'react-router'
import { toWireError } from '../../../../shared/errors/index.ts'
import { FINAL_TASK_STATES, type Maintenance, type Task } from '../../../../shared/model/index.ts'
import { type I18n, useI18n } from '../../../lib/i18n/index.ts'
import { useEntity, useLive, useTable } from '../../../lib/live/index.ts'
import { paths } from '../../../lib/paths.ts'
import { taskNote } from '../../../lib/task/index.ts'
import { useTicking } from '../../../lib/time/ticker.ts'
import { ActionButton, Bar, Problem, StateIcon, type StateShape } from '../../../ui/index.ts'
import { useCancelTask } from './queries.ts'
import { NAMED } from './words.ts'

export interface MaintenanceProgressProps {
  readonly maintenance: Maintenance
  readonly taskId: Task['id']
  readonly disabledReason: string | undefined
}

/** The whole with its bar and its expected end, each machine as it goes, and those that wait. */
export function MaintenanceProgress({ maintenance, taskId, disabledReason }: MaintenanceProgressProps) {
  const i18n = useI18n()
  const { t } = i18n
  const { store } = useLive()
  const task = useEntity('task', taskId)
  const children = useTable('task').filter(({ parentId }) => parentId === taskId)
  const cancel = useCancelTask()
  if (!task) return null
  if (FINAL_TASK_STATES.has(task.state)) {
    // in the moment between two tasks of one drain
    return maintenance.state === 'draining' && task.state !== 'succeeded' ? <p role="status">{t('maintenance.looks-further')}</p> : null
  }
  const isStopping = task.state === 'cancelling' || cancel.isPending
  return (
    <>
      <div className="maintenance-progress num">
        <Bar percent={task.progress.fraction * 100} tone="busy" label={t('maintenance.panel')} />
        <span>{taskNote(task, i18n)}</span>
        <ActionButton
          size="sm"
          variant="secondary"
          disabledReason={isStopping ? t('maintenance.stopping') : disabledReason}
          onClick={() => cancel.mutate(task.id)}
        >
          {t('maintenance.stop')}
        </ActionButton>
        <Link to={paths.tasks(task.id)}>{t('maintenance.details')}</Link>
      </div>
      {!isStopping && <Expected task={task} expectedMs={maintenance.expectedMs} />}
      {cancel.error && <Problem error={toWireError(cancel.error)} />}
      {children.length > 0 && (
        <table className="plain-table inset maintenance-children num">
          <tbody>
            {children
              .toSorted((a, b) => a.createdAtMs - b.createdAtMs || a.id.localeCompare(b.id))
              .map((child) => (
                <tr key={child.id}>
                  <td className="ellipsis">
                    <StateIcon shape={shapeOf(child)} /> {child.target?.name}
                  </td>
                  <td className="ellipsis sub">{whereTo(child, (id) => store.get('host', id)?.name)}</td>
                  <td>
                    {child.state === 'running' && (
                      <Bar percent={child.progress.fraction * 100} tone="busy" label={child.target?.name ?? ''} />
                    )}
                  </td>
                  <td className="ellipsis">{noteOf(child, i18n)}</td>
                </tr>
              ))}
          </tbody>
        </table>
      )}
      {maintenance.state === 'draining' && !isStopping && <Waiting maintenance={maintenance} begun={children} />}
    </>
  )
}

/** Between when and when it was foretold to end; that it takes longer, when it does. */
function Expected({ task: { startedAtMs }, expectedMs }: { readonly task: Task } & Pick<Maintenance, 'expectedMs'>) {
  const { t, format } = useI18n()
  const words = useTicking((nowMs) => {
    if (startedAtMs === null || expectedMs === null) return ''
    const to = format.when(startedAtMs + expectedMs.high)
    if (nowMs > startedAtMs + expectedMs.high) return t('maintenance.expected-late', { to })
    return t('maintenance.expected', { from: format.when(Math.max(startedAtMs + expectedMs.low, nowMs)), to })
  })
  return words === '' ? null : <p className="sub">{words}</p>
}

/** Who still has to go, in the order, and where to. */
function Waiting({ maintenance, begun }: { readonly maintenance: Maintenance; readonly begun: readonly Task[] }) {
  const { t } = useI18n()
  const { store } = useLive()
  const isBegun = new Set(begun.flatMap(({ state, target }) => (state === 'queued' ? [] : [target?.id])))
  const waiting = maintenance.going.filter(
    ({ machineId }) => !isBegun.has(machineId) && store.get('machine', machineId)?.hostId === maintenance.hostId,
  )
  if (waiting.length === 0) return null
  return (
    <div className="maintenance-group">
      <h3>{t('maintenance.waiting', { count: waiting.length })}</h3>
      <ul className="dialog-list columns">
        {waiting.slice(0, NAMED).map(({ machineId, name, toHostId }) => (
          <li key={machineId}>
            <Link to={paths.machine(machineId)}>{name}</Link> <span className="sub">→ {store.get('host', toHostId)?.name ?? '–'}</span>
          </li>
        ))}
        {waiting.length > NAMED && <li className="sub">{t('network.more-machines', { count: waiting.length - NAMED })}</li>}
      </ul>
    </div>
  )
}

/** What became of it in a word; while it goes, how far it is; and why not, where it went wrong. */
function noteOf(task: Task, i18n: I18n): string {
  const isDone = task.state === 'succeeded' || task.state === 'cancelled'
  return (isDone ? '' : taskNote(task, i18n)) || i18n.t(`task-state.${task.state}`)
}

function shapeOf({ state }: Task): StateShape {
  if (state === 'succeeded') return 'running'
  if (state === 'failed' || state === 'partly') return 'failed'
  if (state === 'needs-attention') return 'attention'
  return state === 'cancelled' || state === 'queued' ? 'stopped' : 'migrating'
}

function whereTo({ params }: Task, nameOf: (hostId: string) => string | undefined): string {
  const { targetHostId } = params
  return typeof targetHostId === 'string' ? `→ ${nameOf(targetHostId) ?? '–'}` : ''
}
