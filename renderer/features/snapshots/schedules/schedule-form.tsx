import { Button } from '@patternfly/react-core'
import { useRef, useState } from 'react'
import { toWireError } from '../../../../shared/errors/index.ts'
import type { SnapshotSchedule } from '../../../../shared/model/index.ts'
import { useApiCommand, useApiQuery } from '../../../lib/api/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { useLive } from '../../../lib/live/index.ts'
import { useWorkspaceId } from '../../../lib/session/index.ts'
import { useDebounced } from '../../../lib/time/use-debounced.ts'
import { Banner, Problem } from '../../../ui/index.ts'
import { QueryBox, queryErrorText, valuesIn } from '../../fleet/index.ts'
import { TextField } from '../dialogs/fields.tsx'
import { HOURS, isComplete, isDue, keptOf, minuteOf, timeText, WEEKDAYS, weekdayName } from '../model/schedule.ts'
import { useMachineCount } from './machine-count.ts'
import { RetentionPreview, type RetentionPreviewProps } from './retention-table.tsx'

export interface ScheduleFormProps {
  readonly schedule: SnapshotSchedule
  readonly isNew: boolean
  readonly onDone: () => void
}

/** One schedule: which machines, when, of which kind, and how many of them stay. */
export function ScheduleForm({ schedule, isNew, onDone }: ScheduleFormProps) {
  const i18n = useI18n()
  const { t } = i18n
  const live = useLive()
  const workspaceId = useWorkspaceId()
  const [draft, setDraft] = useState(schedule)
  const input = useRef<HTMLInputElement>(null)
  const { error, count, machines } = useMachineCount(useDebounced(draft.query, 200))
  const put = useApiCommand('snapshots.putSchedule', (api) =>
    api.snapshots.putSchedule({ schedule: { ...draft, name: draft.name.trim(), tag: draft.tag.trim() } }),
  )
  const change = (part: Partial<SnapshotSchedule>) => setDraft({ ...draft, ...part })
  const isReady = isComplete(draft) && error === null
  return (
    <form
      className="schedule-form"
      onSubmit={(event) => {
        event.preventDefault()
        if (isReady && !put.isPending) put.mutate(undefined, { onSuccess: onDone })
      }}
    >
      <TextField id="schedule-name" label={t('schedules.name')} value={draft.name} maxLength={200} onChange={(name) => change({ name })} />
      <div className="field">
        <span className="field-label" aria-hidden>
          {t('schedules.machines')}
        </span>
        <div>
          <div className="query-row">
            <QueryBox
              label={t('schedules.machines')}
              placeholder={t('schedules.query-placeholder')}
              text={draft.query}
              error={error}
              count={count === null ? '' : t('fleet.machines', { count, shown: i18n.format.number(count) })}
              valuesOf={workspaceId === null ? () => [] : valuesIn(live, workspaceId)}
              inputRef={input}
              onChange={(query) => change({ query })}
              onLeave={() => input.current?.blur()}
            />
          </div>
          <p className={error ? 'form-note bad-text' : 'form-note'}>
            {error ? queryErrorText(error, i18n) : count === 0 ? t('schedules.query-none') : t('schedules.query-help')}
          </p>
        </div>
      </div>
      <WhenFields draft={draft} onChange={change} />
      <HowFields draft={draft} onChange={change} />
      <KeepFields draft={draft} machines={machines} onChange={change} />
      <div className="check-line schedule-enabled">
        <input
          id="schedule-enabled"
          type="checkbox"
          className="check-input"
          checked={draft.isEnabled}
          onChange={(event) => change({ isEnabled: event.target.checked })}
        />
        <label htmlFor="schedule-enabled">{t('schedules.enabled')}</label>
      </div>
      {put.error && (
        <Banner tone="bad">
          <Problem error={toWireError(put.error)} />
        </Banner>
      )}
      <div className="schedule-buttons">
        <Button variant="primary" type="submit" isDisabled={!isReady || put.isPending} isLoading={put.isPending}>
          {t(isNew ? 'schedules.add-do' : 'schedules.save')}
        </Button>
        <Button variant="secondary" onClick={onDone}>
          {t('action.cancel')}
        </Button>
        {!isReady && <span className="form-note">{t('schedules.incomplete')}</span>}
      </div>
    </form>
  )
}

interface FieldsProps {
  readonly draft: SnapshotSchedule
  readonly onChange: (part: Partial<SnapshotSchedule>) => void
}

function WhenFields({ draft: { every }, onChange }: FieldsProps) {
  const { t, language } = useI18n()
  return (
    <fieldset className="field">
      <legend className="visually-hidden">{t('schedules.when')}</legend>
      <span className="field-label" aria-hidden>
        {t('schedules.when')}
      </span>
      <div className="schedule-when">
        <span className="segmented" role="radiogroup" aria-label={t('schedules.when')}>
          {(['days', 'hours'] as const).map((unit) => (
            <button
              key={unit}
              type="button"
              role="radio"
              aria-checked={every.unit === unit}
              onClick={() =>
                onChange({ every: unit === 'hours' ? { unit, count: 6 } : { unit, minuteOfDay: 120, weekdays: [...WEEKDAYS] } })
              }
            >
              {t(`schedules.unit.${unit}`)}
            </button>
          ))}
        </span>
        {every.unit === 'hours' ? (
          <label>
            {t('schedules.every')}{' '}
            <select
              className="text-input schedule-short"
              value={every.count}
              onChange={(event) => onChange({ every: { unit: 'hours', count: Number(event.target.value) } })}
            >
              {HOURS.map((count) => (
                <option key={count} value={count}>
                  {t('schedules.hours', { count })}
                </option>
              ))}
            </select>
          </label>
        ) : (
          <>
            <label>
              {t('schedules.at')}{' '}
              <input
                type="time"
                className="text-input schedule-short"
                value={timeText(every.minuteOfDay)}
                onChange={(event) => {
                  const minuteOfDay = minuteOf(event.target.value)
                  if (minuteOfDay !== null) onChange({ every: { ...every, minuteOfDay } })
                }}
              />
            </label>
            <span className="schedule-days">
              {WEEKDAYS.map((day) => (
                <label key={day} title={weekdayName(day, language, 'long')}>
                  <input
                    type="checkbox"
                    className="check-input"
                    checked={every.weekdays.includes(day)}
                    onChange={(event) =>
                      onChange({
                        every: {
                          ...every,
                          weekdays: event.target.checked ? [...every.weekdays, day] : every.weekdays.filter((each) => each !== day),
                        },
                      })
                    }
                  />
                  {weekdayName(day, language)}
                </label>
              ))}
            </span>
          </>
        )}
        <NextTimes every={every} />
      </div>
    </fieldset>
  )
}

/** By the clock of the console, which may stand somewhere else. */
function NextTimes({ every }: Pick<SnapshotSchedule, 'every'>) {
  const { t, format } = useI18n()
  const times = useApiQuery('snapshots.scheduleTimes', { every }, (api, signal) => api.snapshots.scheduleTimes({ every }, { signal }), {
    staleMs: 30_000,
    enabled: isDue(every),
  })
  if (!isDue(every)) return <p className="form-note bad-text">{t('schedules.no-day')}</p>
  return (
    <p className="form-note num schedule-times">
      {times.data ? t('schedules.next-times', { times: times.data.nextAtMs.map((atMs) => format.dayAndTime(atMs)).join(' · ') }) : ' '}
    </p>
  )
}

function HowFields({ draft, onChange }: FieldsProps) {
  const { t } = useI18n()
  return (
    <>
      <fieldset className="field">
        <legend className="visually-hidden">{t('snapshots.kind')}</legend>
        <span className="field-label" aria-hidden>
          {t('snapshots.kind')}
        </span>
        <div className="snap-kinds">
          {(['external', 'internal'] as const).map((kind) => (
            <div key={kind} className="check-line snap-choice">
              <input
                id={`schedule-${kind}`}
                type="radio"
                name="schedule-kind"
                className="check-input"
                checked={draft.kind === kind}
                aria-describedby={`schedule-${kind}-text`}
                onChange={() => onChange({ kind, ...(kind === 'internal' && { freeze: false }) })}
              />
              <label htmlFor={`schedule-${kind}`}>
                <b>{t(`snapshots.kind.${kind}`)}</b>
                <span id={`schedule-${kind}-text`} className="form-note">
                  {t(`snapshots.kind.${kind}-text`)}
                </span>
              </label>
            </div>
          ))}
          <div className="check-line snap-choice">
            <input
              id="schedule-freeze"
              type="checkbox"
              className="check-input"
              checked={draft.freeze}
              disabled={draft.kind === 'internal'}
              aria-describedby="schedule-freeze-text"
              onChange={(event) => onChange({ freeze: event.target.checked })}
            />
            <label htmlFor="schedule-freeze">
              <b>{t('snapshots.freeze')}</b>
              <span id="schedule-freeze-text" className="form-note">
                {t('schedules.freeze-text')}
              </span>
            </label>
          </div>
        </div>
      </fieldset>
      <TextField
        id="schedule-tag"
        label={t('schedules.tag')}
        help={t('schedules.tag-help')}
        value={draft.tag}
        maxLength={100}
        onChange={(tag) => onChange({ tag })}
      />
    </>
  )
}

const LIMITS = { last: { min: 1, max: 1_000 }, days: { min: 0, max: 366 }, weeks: { min: 0, max: 520 } } as const

function KeepFields({ draft, machines, onChange }: FieldsProps & Pick<RetentionPreviewProps, 'machines'>) {
  const { t } = useI18n()
  const { keep, every } = draft
  const { most, oldestDays } = keptOf(keep, every)
  return (
    <fieldset className="field">
      <legend className="visually-hidden">{t('schedules.keep')}</legend>
      <span className="field-label" aria-hidden>
        {t('schedules.keep')}
      </span>
      <div>
        <div className="schedule-keep">
          {(['last', 'days', 'weeks'] as const).map((part) => (
            <label key={part}>
              <input
                type="number"
                className="text-input schedule-number"
                min={LIMITS[part].min}
                max={LIMITS[part].max}
                value={keep[part]}
                onChange={(event) => {
                  const { min, max } = LIMITS[part]
                  const value = Math.min(max, Math.max(min, Math.round(Number(event.target.value) || 0)))
                  onChange({ keep: { ...keep, [part]: value } })
                }}
              />{' '}
              {t(`schedules.keep.${part}`)}
            </label>
          ))}
        </div>
        <p className="form-note">{t('schedules.keep-preview', { most, oldest: oldestDays })}</p>
        {isDue(every) && <RetentionPreview schedule={draft} machines={machines} />}
        {draft.kind === 'external' && most > 30 && <p className="form-note warn-text">{t('schedules.deep', { files: most + 1 })}</p>}
      </div>
    </fieldset>
  )
}
