import '../snapshots.css'
import { useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import { toWireError } from '../../../../shared/errors/index.ts'
import { useApiCommand } from '../../../lib/api/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { paths } from '../../../lib/paths.ts'
import { usePermissions } from '../../../lib/session/index.ts'
import { ActionButton, Banner, ConfirmDialog, EmptyState, NotRead, PageHead, Problem, Skeleton, useLate } from '../../../ui/index.ts'
import { newSchedule } from '../model/schedule.ts'
import { useSchedules } from '../queries.ts'
import { ScheduleForm } from './schedule-form.tsx'
import { ScheduleTable, type ShownSchedule } from './schedule-table.tsx'

const NEW = 'new'

/** What takes snapshots by the clock: all of it, or one of it to be changed. */
export function SchedulesPage() {
  const { t } = useI18n()
  const may = usePermissions()
  const query = useSchedules()
  const [search, setSearch] = useSearchParams()
  const [removing, setRemoving] = useState<ShownSchedule | null>(null)
  const late = useLate(query.isPending)
  const edited = search.get('edit')
  const schedules = query.data ?? []
  const forbidden = may('machine.modify') ? undefined : t('route.forbidden.text', { permission: 'machine.modify' })
  const open = (id: string | null) => setSearch(id === null ? {} : { edit: id })
  const schedule = edited === NEW ? null : schedules.find(({ id }) => id === edited)
  if (edited === NEW || schedule) {
    return (
      <>
        <PageHead
          title={schedule ? schedule.name : t('schedules.add-title')}
          crumbs={[{ label: t('schedules.title'), path: paths.snapshotSchedules() }]}
        />
        <div className="page-body">
          <NewOrKnown key={edited} schedule={schedule ?? null} onDone={() => open(null)} />
        </div>
      </>
    )
  }
  return (
    <>
      <PageHead
        title={t('schedules.title')}
        actions={
          <ActionButton variant="primary" disabledReason={forbidden} onClick={() => open(NEW)}>
            {t('schedules.add')}
          </ActionButton>
        }
      />
      <div className="page-body tab-panel">
        {query.error && schedules.length === 0 ? (
          <NotRead title={t('schedules.failed')} error={query.error} onAgain={() => void query.refetch()} />
        ) : query.isPending ? (
          late && (
            <div className="rows-waiting">
              <Skeleton width={420} />
              <Skeleton width={360} />
            </div>
          )
        ) : schedules.length === 0 ? (
          <EmptyState title={t('schedules.empty')}>
            <p>{t('schedules.empty-text')}</p>
          </EmptyState>
        ) : (
          <ScheduleTable schedules={schedules} forbidden={forbidden} onEdit={open} onRemove={setRemoving} />
        )}
      </div>
      {removing && <RemoveDialog schedule={removing} onClose={() => setRemoving(null)} />}
    </>
  )
}

function NewOrKnown({ schedule, onDone }: { readonly schedule: ShownSchedule | null; readonly onDone: () => void }) {
  const [fresh] = useState(() => newSchedule(crypto.randomUUID()))
  if (schedule === null) return <ScheduleForm schedule={fresh} isNew onDone={onDone} />
  const { nextAtMs: _next, lastRun: _last, ...known } = schedule
  return <ScheduleForm schedule={known} isNew={false} onDone={onDone} />
}

function RemoveDialog({ schedule, onClose }: { readonly schedule: ShownSchedule; readonly onClose: () => void }) {
  const { t } = useI18n()
  const remove = useApiCommand('snapshots.removeSchedule', (api) => api.snapshots.removeSchedule({ scheduleId: schedule.id }))
  return (
    <ConfirmDialog
      title={t('schedules.remove-title', { name: schedule.name })}
      confirm={t('schedules.remove-do')}
      cancel={t('action.cancel')}
      danger
      busy={remove.isPending}
      onConfirm={() => remove.mutate(undefined, { onSuccess: onClose })}
      onCancel={onClose}
    >
      <p>
        {t('schedules.remove-text')} <Link to={paths.fleet(schedule.query)}>{t('schedules.its-machines')}</Link>
      </p>
      {remove.error && (
        <Banner tone="bad">
          <Problem error={toWireError(remove.error)} />
        </Banner>
      )}
    </ConfirmDialog>
  )
}
