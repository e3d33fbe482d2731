import './plans.css'
import { useId } from 'react'
import { hereZone } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { useNowMs } from '../../../lib/time/ticker.ts'
import { type WhenChoice, whenOf, whenWords, whyNotWhen } from './when.ts'

export interface WhenFieldsProps {
  readonly choice: WhenChoice
  readonly onChange: (choice: WhenChoice) => void
}

/** Day and time, and of a window its end; beneath, what that comes to. */
export function WhenFields({ choice, onChange }: WhenFieldsProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const id = useId()
  const nowMs = useNowMs(10_000)
  const problem = whyNotWhen(choice, nowMs, i18n)
  const when = whenOf(choice)
  const fromMs = when && (when.kind === 'at' ? when.atMs : when.fromMs)
  const described = { 'aria-invalid': problem !== undefined || undefined, 'aria-describedby': `${id}-note` }
  return (
    <>
      <div className="plan-when">
        <label>
          <span>{t('migrate.when.date')}</span>
          <input
            type="date"
            className="text-input num"
            value={choice.date}
            {...described}
            onChange={({ target }) => onChange({ ...choice, date: target.value })}
          />
        </label>
        <label>
          <span>{t(choice.kind === 'at' ? 'migrate.when.time' : 'migrate.when.from')}</span>
          <input
            type="time"
            className="text-input num"
            value={choice.time}
            {...described}
            onChange={({ target }) => onChange({ ...choice, time: target.value })}
          />
        </label>
        {choice.kind === 'window' && (
          <label>
            <span>{t('migrate.when.until')}</span>
            <input
              type="time"
              className="text-input num"
              value={choice.until}
              {...described}
              onChange={({ target }) => onChange({ ...choice, until: target.value })}
            />
          </label>
        )}
      </div>
      <p id={`${id}-note`} className={`form-note${problem === undefined ? '' : ' bad-text'}`}>
        {problem ??
          (when && fromMs !== null
            ? fromMs > nowMs
              ? t('migrate.when.told', { when: whenWords(when, i18n), zone: hereZone(), in: format.span(fromMs - nowMs) })
              : t('migrate.when.open', { when: whenWords(when, i18n), zone: hereZone() })
            : '')}
      </p>
    </>
  )
}
