import type { ReactNode } from 'react'
import { useI18n } from '../../../lib/i18n/index.ts'
import { useNowMs } from '../../../lib/time/ticker.ts'
import { NOW, tonight, type WhenChoice } from '../plans/when.ts'
import { WhenFields } from '../plans/when-fields.tsx'
import { StepHead } from './step-head.tsx'

export interface WhenStepProps {
  readonly choice: WhenChoice
  readonly onChange: (choice: WhenChoice) => void
  /** Why it cannot begin now; undefined: it can. */
  readonly whyNotNow: string | undefined
  /** What speaks against that time. */
  readonly children: ReactNode
}

const KINDS = ['now', 'at', 'window'] as const

/** Now, at a time, or as soon as it can within a window. */
export function WhenStep({ choice, onChange, whyNotNow, children }: WhenStepProps) {
  const { t } = useI18n()
  const nowMs = useNowMs(60_000)
  const choose = (kind: WhenChoice['kind']) => {
    if (kind === 'now') onChange(NOW)
    else onChange({ ...tonight(kind, nowMs), ...filled(choice), kind })
  }
  return (
    <>
      <StepHead title={t('migrate.step.when')} text={t('migrate.when.text')} />
      <fieldset className="field">
        <legend className="visually-hidden">{t('migrate.step.when')}</legend>
        <span className="field-label">{t('migrate.when.begins')}</span>
        <div>
          {KINDS.map((kind) => (
            <div key={kind}>
              <label className="check-line">
                <input
                  type="radio"
                  name="when"
                  className="check-input"
                  checked={choice.kind === kind}
                  disabled={kind === 'now' && whyNotNow !== undefined}
                  onChange={() => choose(kind)}
                />
                <span>
                  {t(`migrate.when.${kind}`)}
                  <span className="form-note block">{(kind === 'now' ? whyNotNow : undefined) ?? t(`migrate.when.${kind}-text`)}</span>
                </span>
              </label>
              {choice.kind === kind && kind !== 'now' && <WhenFields choice={choice} onChange={onChange} />}
            </div>
          ))}
        </div>
      </fieldset>
      {children}
    </>
  )
}

/** Fields that hold something: they stay when it becomes a window, or a time. */
function filled({ date, time, until }: WhenChoice): Partial<WhenChoice> {
  return { ...(date !== '' && { date }), ...(time !== '' && { time }), ...(until !== '' && { until }) }
}
