import { Button } from '@patternfly/react-core'
import { Fragment, useState } from 'react'
import { Link } from 'react-router'
import type { Api } from '../../../lib/api/index.ts'
import { useApiCommand } from '../../../lib/api/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { paths } from '../../../lib/paths.ts'
import { ActionButton, StateIcon } from '../../../ui/index.ts'
import { everyWords, keepWords } from './schedule-words.ts'

export type ShownSchedule = Awaited<ReturnType<Api['snapshots']['schedules']>>[number]

/** Failures that are named without asking. */
const SHOWN_FAILURES = 20

export interface ScheduleTableProps {
  readonly schedules: readonly ShownSchedule[]
  /** Why nothing may be changed. */
  readonly forbidden: string | undefined
  readonly onEdit: (id: string) => void
  readonly onRemove: (schedule: ShownSchedule) => void
}

export function ScheduleTable({ schedules, forbidden, onEdit, onRemove }: ScheduleTableProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const put = useApiCommand('snapshots.putSchedule', (api, schedule: Parameters<Api['snapshots']['putSchedule']>[0]['schedule']) =>
    api.snapshots.putSchedule({ schedule }),
  )
  const toggle = (id: string) => {
    const next = new Set(open)
    if (!next.delete(id)) next.add(id)
    setOpen(next)
  }
  return (
    <table className="plain-table schedule-table num" aria-label={t('schedules.title')}>
      <thead>
        <tr>
          <th scope="col">{t('schedules.name')}</th>
          <th scope="col">{t('schedules.machines')}</th>
          <th scope="col">{t('schedules.when')}</th>
          <th scope="col">{t('schedules.keep')}</th>
          <th scope="col">{t('schedules.next')}</th>
          <th scope="col">{t('schedules.last')}</th>
          <th scope="col">
            <span className="visually-hidden">{t('schedules.actions')}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {schedules.map((schedule) => {
          const { id, name, query, isEnabled, nextAtMs, lastRun, ...rest } = schedule
          return (
            <Fragment key={id}>
              <tr>
                <td>
                  <b className={isEnabled ? '' : 'sub'}>{name}</b>
                </td>
                <td className="mono">
                  <Link to={paths.fleet(query)}>{query}</Link>
                </td>
                <td>{everyWords(schedule, i18n)}</td>
                <td className="sub">{keepWords(schedule, i18n)}</td>
                <td>
                  {isEnabled && nextAtMs !== null ? (
                    <span title={format.absolute(nextAtMs)}>{format.when(nextAtMs)}</span>
                  ) : (
                    <span className="sub">{t('schedules.off')}</span>
                  )}
                </td>
                <td>
                  <LastRun run={lastRun} isOpen={open.has(id)} onToggle={() => toggle(id)} />
                </td>
                <td className="end schedule-actions">
                  <ActionButton variant="link" isInline disabledReason={forbidden} onClick={() => onEdit(id)}>
                    {t('schedules.edit')}
                  </ActionButton>
                  <ActionButton
                    variant="link"
                    isInline
                    disabledReason={forbidden}
                    onClick={() => put.mutate({ id, name, query, ...rest, isEnabled: !isEnabled })}
                  >
                    {t(isEnabled ? 'schedules.turn-off' : 'schedules.turn-on')}
                  </ActionButton>
                  <ActionButton variant="link" isInline disabledReason={forbidden} onClick={() => onRemove(schedule)}>
                    {t('schedules.remove')}
                  </ActionButton>
                </td>
              </tr>
              {open.has(id) && lastRun && <Failures run={lastRun} />}
            </Fragment>
          )
        })}
      </tbody>
    </table>
  )
}

type Run = NonNullable<ShownSchedule['lastRun']>

function LastRun({ run, isOpen, onToggle }: { readonly run: Run | null; readonly isOpen: boolean; readonly onToggle: () => void }) {
  const { t, format } = useI18n()
  if (run === null) return <span className="sub">{t('schedules.never')}</span>
  const { atMs, machines, failed, taskId } = run
  return (
    <span className="schedule-run">
      <span title={format.absolute(atMs)}>{format.when(atMs)}</span>
      {taskId === null ? (
        <span className="sub">{t('schedules.run-machines', { count: machines })}</span>
      ) : (
        <Link to={paths.tasks(taskId)}>{t('schedules.run-machines', { count: machines })}</Link>
      )}
      {failed.length > 0 && (
        <Button variant="link" isInline aria-expanded={isOpen} onClick={onToggle}>
          <span className="bad-text state-cell">
            <StateIcon shape="failed" /> {t('schedules.run-failed', { count: failed.length })}
          </span>
        </Button>
      )}
    </span>
  )
}

function Failures({ run: { failed } }: { readonly run: Run }) {
  const i18n = useI18n()
  return (
    <tr>
      <td colSpan={7} className="schedule-failures">
        <ul>
          {failed.slice(0, SHOWN_FAILURES).map(({ machineId, name, reason }) => (
            <li key={machineId}>
              <Link to={paths.machine(machineId)}>{name}</Link> <span className="sub">{i18n.reason(reason)}</span>
            </li>
          ))}
        </ul>
        {failed.length > SHOWN_FAILURES && (
          <p className="sub">{i18n.t('schedules.more-failed', { count: failed.length - SHOWN_FAILURES })}</p>
        )}
      </td>
    </tr>
  )
}
