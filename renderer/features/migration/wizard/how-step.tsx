import { type Machine, MIGRATION_CONTROLS, MIGRATION_MODES, type MigrationMode } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { NumberField } from './number-field.tsx'
import { StepHead } from './step-head.tsx'
import type { How } from './wish.ts'

const MEGA = 1_000_000

export interface HowStepProps {
  readonly machines: readonly Machine[]
  readonly how: How
  readonly atOnce: number
  readonly onHow: (change: Partial<How>) => void
  readonly onAtOnce: (atOnce: number) => void
  /** A field holds what is not right; null: it is right again. */
  readonly onInvalid: (field: string, problem: string | null) => void
}

const OFF: ReadonlySet<Machine['state']> = new Set<Machine['state']>(['stopped', 'saved', 'crashed'])
const SWITCHES = ['postCopy', 'autoConverge', 'compress', 'tunnelled'] as const

/** How it moves, with what each choice means. */
export function HowStep({ machines, how, atOnce, onHow, onAtOnce, onInvalid }: HowStepProps) {
  const { t } = useI18n()
  const runs = machines.filter(({ state }) => !OFF.has(state)).length
  const whyNotMode = (mode: MigrationMode): string | null => {
    if (mode === 'cold' && runs > 0) return t('migrate.mode.cold-no', { count: runs })
    return mode !== 'cold' && runs === 0 ? t('migrate.mode.off-no', { count: machines.length }) : null
  }
  const number = (
    field: 'parallel' | 'bandwidthBytesPerS' | 'maxDowntimeMs',
    label: string,
    of: (value: number | null) => Partial<How>,
  ) => {
    return (value: number | null | undefined) => {
      onInvalid(field, value === undefined ? t('migrate.why.number', { field: label }) : null)
      if (value !== undefined) onHow(of(value))
    }
  }
  return (
    <>
      <StepHead title={t('migrate.step.how')} text={t('migrate.how.text')} />
      <fieldset className="field">
        <legend className="visually-hidden">{t('migrate.mode')}</legend>
        <span className="field-label">{t('migrate.mode')}</span>
        <div>
          {MIGRATION_MODES.map((mode) => {
            const reason = whyNotMode(mode)
            return (
              <label key={mode} className="check-line">
                <input
                  type="radio"
                  name="mode"
                  className="check-input"
                  checked={how.mode === mode}
                  disabled={reason !== null}
                  onChange={() => onHow({ mode })}
                />
                <span>
                  {t(`migrate.mode.${mode}`)}
                  <span className={`form-note block${reason ? ' warn-text' : ''}`}>{reason ?? t(`migrate.mode.${mode}-text`)}</span>
                </span>
              </label>
            )
          })}
        </div>
      </fieldset>
      <fieldset className="field">
        <legend className="visually-hidden">{t('migrate.control')}</legend>
        <span className="field-label">{t('migrate.control')}</span>
        <div>
          {MIGRATION_CONTROLS.map((control) => (
            <label key={control} className="check-line">
              <input
                type="radio"
                name="control"
                className="check-input"
                checked={how.control === control}
                onChange={() => onHow({ control, ...(control === 'client' && { tunnelled: false }) })}
              />
              <span>
                {t(`migrate.control.${control}`)}
                <span className="form-note block">{t(`migrate.control.${control}-text`)}</span>
              </span>
            </label>
          ))}
        </div>
      </fieldset>
      <fieldset className="field">
        <legend className="visually-hidden">{t('migrate.options')}</legend>
        <span className="field-label">{t('migrate.options')}</span>
        <div>
          {SWITCHES.map((one) => {
            const reason = whyNotSwitch(one, how, t)
            return (
              <label key={one} className="check-line">
                <input
                  type="checkbox"
                  className="check-input"
                  checked={how[one]}
                  disabled={reason !== null && !how[one]}
                  onChange={(event) => onHow({ [one]: event.target.checked })}
                />
                <span>
                  {t(`migrate.option.${one}`)}
                  <span className={`form-note block${reason ? ' warn-text' : ''}`}>{reason ?? t(`migrate.option.${one}-text`)}</span>
                </span>
              </label>
            )
          })}
        </div>
      </fieldset>
      <NumberField
        id="migrate-parallel"
        label={t('migrate.parallel')}
        unit={t('migrate.parallel.unit')}
        help={t('migrate.parallel.text')}
        placeholder="1"
        min={1}
        max={32}
        value={how.parallel === 0 ? null : how.parallel}
        disabledReason={how.tunnelled ? t('migrate.parallel.tunnelled') : undefined}
        onChange={number('parallel', t('migrate.parallel'), (value) => ({ parallel: value ?? 0 }))}
      />
      <NumberField
        id="migrate-bandwidth"
        label={t('migrate.limit')}
        unit="MB/s"
        help={t('migrate.limit.text')}
        placeholder={t('migrate.limit.none')}
        min={1}
        max={1_000_000}
        value={how.bandwidthBytesPerS === null ? null : Math.round(how.bandwidthBytesPerS / MEGA)}
        onChange={number('bandwidthBytesPerS', t('migrate.limit'), (value) => ({
          bandwidthBytesPerS: value === null ? null : value * MEGA,
        }))}
      />
      <NumberField
        id="migrate-downtime"
        label={t('migrate.max-downtime')}
        unit="ms"
        help={t('migrate.max-downtime.text')}
        placeholder="300"
        min={1}
        max={2_000_000}
        value={how.maxDowntimeMs}
        disabledReason={how.mode === 'live' ? undefined : t('migrate.max-downtime.not-live')}
        onChange={number('maxDowntimeMs', t('migrate.max-downtime'), (value) => ({ maxDowntimeMs: value }))}
      />
      {machines.length > 1 && (
        <NumberField
          id="migrate-at-once"
          label={t('migrate.at-once')}
          unit=""
          help={t('migrate.at-once.text')}
          placeholder="1"
          min={1}
          max={16}
          value={atOnce === 1 ? null : atOnce}
          onChange={(value) => {
            onInvalid('atOnce', value === undefined ? t('migrate.why.number', { field: t('migrate.at-once') }) : null)
            if (value !== undefined) onAtOnce(value ?? 1)
          }}
        />
      )}
    </>
  )
}

/** Why an option is of no use with the rest; null: it is. */
function whyNotSwitch(one: (typeof SWITCHES)[number], how: How, t: ReturnType<typeof useI18n>['t']): string | null {
  if (one === 'tunnelled') return how.control === 'peer' ? null : t('migrate.option.tunnelled-no')
  if (how.mode !== 'live' && (one === 'postCopy' || one === 'autoConverge')) return t('migrate.option.not-live')
  if (one === 'compress' && how.parallel > 1) return t('migrate.option.compress-no')
  return null
}
