import { useState } from 'react'
import { useI18n } from '../../../lib/i18n/index.ts'

export interface NumberFieldProps {
  readonly id: string
  readonly label: string
  readonly unit: string
  readonly help: string
  /** In the field's own unit; null: left empty. */
  readonly value: number | null
  readonly min: number
  readonly max: number
  /** Of an empty field. */
  readonly placeholder: string
  /** Why it cannot be set; undefined: it can. */
  readonly disabledReason?: string | undefined
  /** Undefined: what stands in the field is no number of these bounds. */
  readonly onChange: (value: number | null | undefined) => void
}

/** A number that may be left open. What is not right stays in the field and is said. */
export function NumberField({ id, label, unit, help, value, min, max, placeholder, disabledReason, onChange }: NumberFieldProps) {
  const { t, format } = useI18n()
  const [typed, setTyped] = useState<string | null>(null)
  const text = typed ?? (value === null ? '' : String(value))
  const isBad = read(text, min, max) === undefined
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div>
        <span className="migrate-number">
          <input
            id={id}
            className="text-input num"
            inputMode="numeric"
            value={text}
            placeholder={placeholder}
            disabled={disabledReason !== undefined}
            aria-invalid={isBad || undefined}
            aria-describedby={`${id}-note`}
            onChange={(event) => {
              setTyped(event.target.value)
              onChange(read(event.target.value, min, max))
            }}
          />
          <span className="sub">{unit}</span>
        </span>
        <p id={`${id}-note`} className={`form-note${isBad ? ' bad-text' : ''}`}>
          {isBad ? t('migrate.number.bad', { min: format.number(min), max: format.number(max) }) : (disabledReason ?? help)}
        </p>
      </div>
    </div>
  )
}

function read(text: string, min: number, max: number): number | null | undefined {
  if (text.trim() === '') return null
  const value = Number(text)
  return Number.isInteger(value) && value >= min && value <= max ? value : undefined
}
