import { useState } from 'react'
import type { Machine, Retention, SnapshotSchedule } from '../../../../shared/model/index.ts'
import { useApiQuery } from '../../../lib/api/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { useDebounced } from '../../../lib/time/use-debounced.ts'
import { Age, Skeleton, useLate } from '../../../ui/index.ts'

/** Machines that can be looked at; a query may find thousands. */
const MOST_MACHINES = 200
const TYPING_MS = 300

type Looked = Pick<Machine, 'id' | 'name'>

export interface RetentionPreviewProps {
  readonly schedule: Pick<SnapshotSchedule, 'id' | 'every' | 'tag' | 'keep'>
  /** Those that the query finds now. */
  readonly machines: readonly Looked[]
}

/** What the next run leaves of one of its machines: which snapshots, by which rule, and what comes free. */
export function RetentionPreview({ schedule, machines }: RetentionPreviewProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const [chosen, setChosen] = useState<string | null>(null)
  const machine = machines.find(({ id }) => id === chosen) ?? machines[0]
  const { id, every, tag, keep } = schedule
  const asked = useDebounced(JSON.stringify({ id, every, tag: tag.trim(), keep }), TYPING_MS)
  const input = { machineId: machine?.id ?? '', schedule: JSON.parse(asked) as RetentionPreviewProps['schedule'] }
  const query = useApiQuery('snapshots.retention', input, (api, signal) => api.snapshots.retention(input, { signal }), {
    staleMs: 30_000,
    enabled: machine !== undefined && input.schedule.tag !== '',
  })
  const late = useLate(query.isPending)
  if (machine === undefined || tag.trim() === '') return <p className="form-note">{t('schedules.preview-none')}</p>
  const [nextMs] = query.data?.nextAtMs ?? []
  return (
    <section className="retention" aria-label={t('schedules.preview')}>
      <label className="retention-of">
        {t('schedules.preview-of')}{' '}
        <select className="text-input" value={machine.id} onChange={(event) => setChosen(event.target.value)}>
          {machines.slice(0, MOST_MACHINES).map((each) => (
            <option key={each.id} value={each.id}>
              {each.name}
            </option>
          ))}
        </select>
        {nextMs !== undefined && <span className="sub num">{t('schedules.preview-at', { at: format.dayAndTime(nextMs) })}</span>}
      </label>
      {query.error ? (
        <p className="form-note bad-text">{i18n.error(query.error)}</p>
      ) : query.data ? (
        <RetentionTable retention={query.data} keep={input.schedule.keep} name={machine.name} />
      ) : (
        late && <Skeleton width={360} />
      )}
    </section>
  )
}

interface RetentionTableProps {
  readonly retention: Retention
  readonly keep: SnapshotSchedule['keep']
  readonly name: string
}

function RetentionTable({ retention: { snapshots }, keep, name }: RetentionTableProps) {
  const { t } = useI18n()
  return (
    <>
      <div className="retention-rows">
        <table className="snap-list num" aria-label={t('schedules.preview')}>
          <thead>
            <tr>
              <th scope="col">{t('snapshots.column.snapshot')}</th>
              <th scope="col">{t('snapshots.column.taken')}</th>
              <th scope="col">{t('schedules.column.after')}</th>
              <th scope="col" className="end">
                {t('schedules.column.frees')}
              </th>
            </tr>
          </thead>
          <tbody>
            {snapshots.map((row) => (
              <RetentionRow key={row.name ?? ''} row={row} keep={keep} />
            ))}
          </tbody>
        </table>
      </div>
      {snapshots.every((row) => row.name === null) && <p className="form-note">{t('schedules.preview-first', { name })}</p>}
    </>
  )
}

function RetentionRow({ row, keep }: { readonly row: Retention['snapshots'][number]; readonly keep: SnapshotSchedule['keep'] }) {
  const i18n = useI18n()
  const { t, format } = i18n
  const { name, atMs, keptBy, stays, freesBytes } = row
  const goes = keptBy.length === 0 && stays === null
  return (
    <tr>
      <th scope="row">{name ?? t('schedules.the-next')}</th>
      <td title={format.absolute(atMs)}>
        {format.dayAndTime(atMs)}{' '}
        {name !== null && (
          <span className="sub">
            <Age atMs={atMs} ago />
          </span>
        )}
      </td>
      <td>
        {goes ? (
          <span className="warn-text">{t('schedules.goes')}</span>
        ) : stays ? (
          t('schedules.stays', { why: i18n.reason(stays) })
        ) : (
          keptBy.map((rule) => t(`schedules.kept-by.${rule}`, { count: keep[rule] })).join(', ')
        )}
      </td>
      <td className="end">
        {!goes ? <span className="none">–</span> : freesBytes === null ? t('snapshots.not-known') : format.bytes(freesBytes)}
      </td>
    </tr>
  )
}
