import { useId, useState } from 'react'
import { useT } from '../../lib/i18n/index.ts'

interface Base {
  readonly label: string
  readonly help?: string
  readonly disabled: boolean
}

export interface ChoiceSettingProps<T extends string> extends Base {
  readonly value: T
  readonly choices: ReadonlyArray<{ readonly id: T; readonly label: string }>
  readonly onChange: (value: T) => void
}

/** One of a few: all of them are seen. */
export function ChoiceSetting<T extends string>({ label, help, disabled, value, choices, onChange }: ChoiceSettingProps<T>) {
  const name = useId()
  return (
    <fieldset className="field setting" disabled={disabled}>
      <legend className="visually-hidden">{label}</legend>
      <span className="field-label" aria-hidden>
        {label}
      </span>
      <div>
        <div className="setting-choices">
          {choices.map((choice) => (
            <label key={choice.id} className={value === choice.id ? 'chosen' : ''}>
              <input type="radio" name={name} checked={value === choice.id} onChange={() => onChange(choice.id)} />
              {choice.label}
            </label>
          ))}
        </div>
        {help && <p className="form-note">{help}</p>}
      </div>
    </fieldset>
  )
}

export interface NumberSettingProps extends Base {
  readonly value: number
  readonly min: number
  readonly max: number
  readonly onChange: (value: number) => void
}

/** A whole number within limits: kept when it is left or Enter is pressed, and only if it fits. */
export function NumberSetting({ label, help, disabled, value, min, max, onChange }: NumberSettingProps) {
  const t = useT()
  const id = useId()
  const [draft, setDraft] = useState<string | null>(null)
  const text = draft ?? String(value)
  const number = Number(text)
  const fits = /^\d+$/.test(text.trim()) && number >= min && number <= max
  const keep = () => {
    if (draft === null) return
    if (!fits) return
    if (number !== value) onChange(number)
    setDraft(null)
  }
  return (
    <div className="field setting">
      <label htmlFor={id}>{label}</label>
      <div>
        <input
          id={id}
          className="text-input setting-number num"
          inputMode="numeric"
          value={text}
          disabled={disabled}
          aria-invalid={!fits}
          aria-describedby={`${id}-note`}
          onChange={(event) => setDraft(event.target.value)}
          onBlur={keep}
          onKeyDown={(event) => {
            if (event.key === 'Enter') keep()
            if (event.key === 'Escape') setDraft(null)
          }}
        />
        <p id={`${id}-note`} className="form-note">
          {!fits && <span className="bad-text">{t('settings.range', { min, max })} </span>}
          {help}
        </p>
      </div>
    </div>
  )
}

export interface CheckSettingProps extends Base {
  readonly value: boolean
  readonly onChange: (value: boolean) => void
}

export function CheckSetting({ label, help, disabled, value, onChange }: CheckSettingProps) {
  return (
    <div className="field setting">
      <span className="field-label" />
      <label className="check-line">
        <input
          type="checkbox"
          className="check-input"
          checked={value}
          disabled={disabled}
          onChange={(event) => onChange(event.target.checked)}
        />
        <span>
          {label}
          {help && <span className="form-note block">{help}</span>}
        </span>
      </label>
    </div>
  )
}
