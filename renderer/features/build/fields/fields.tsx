import { type ReactNode, useState } from 'react'
import { useI18n } from '../../../lib/i18n/index.ts'
import { fieldId, useField } from './form-context.ts'
import { FieldFrame, useFieldWords } from './frame.tsx'

interface Common {
  readonly path: string
  readonly bare?: boolean
  readonly note?: ReactNode
  readonly disabled?: boolean
}

export interface TextFieldProps extends Common {
  readonly placeholder?: string
  readonly mono?: boolean
  readonly secret?: boolean
  readonly short?: boolean
  readonly maxLength?: number
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
}

export function TextField({
  path,
  bare = false,
  note,
  disabled = false,
  placeholder,
  mono = false,
  secret = false,
  short = false,
  maxLength,
}: TextFieldProps) {
  const { value, set, problem, visited, locked } = useField(path)
  return (
    <FieldFrame path={path} problem={problem} locked={locked} bare={bare} note={note}>
      {({ id, describedBy }) => (
        <input
          id={id}
          type={secret ? 'password' : 'text'}
          className={`text-input${mono ? ' mono' : ''}${short ? ' short' : ''}`}
          value={asText(value)}
          placeholder={placeholder}
          maxLength={maxLength}
          disabled={disabled || locked !== null}
          aria-describedby={describedBy}
          aria-invalid={problem !== null}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete={secret ? 'new-password' : 'off'}
          onChange={(event) => set(event.target.value)}
          onBlur={visited}
        />
      )}
    </FieldFrame>
  )
}

export interface NumberFieldProps extends Common {
  /** How many of the request's unit make one of those shown: 1,073,741,824 shows bytes as GiB. */
  readonly scale?: number
  readonly unit?: string
  /** Empty stands for null. */
  readonly nullable?: boolean
  readonly placeholder?: string
}

/** A number as it is written in the chosen language; what is none is kept as it was typed. */
export function NumberField({
  path,
  bare = false,
  note,
  disabled = false,
  scale = 1,
  unit,
  nullable = false,
  placeholder,
}: NumberFieldProps) {
  const { language } = useI18n()
  const { value, set, problem, visited, locked } = useField(path)
  const [typed, setTyped] = useState<{ readonly text: string; readonly stands: unknown } | null>(null)
  const shown = typed !== null && Object.is(typed.stands, value) ? typed.text : written(value, scale, language)
  function change(text: string) {
    const stands = nullable && text.trim() === '' ? null : parsed(text, scale)
    setTyped({ text, stands })
    set(stands)
  }
  return (
    <FieldFrame path={path} problem={problem} locked={locked} bare={bare} note={note}>
      {({ id, describedBy }) => (
        <span className="with-unit">
          <input
            id={id}
            type="text"
            inputMode={scale === 1 ? 'numeric' : 'decimal'}
            className="text-input short num"
            value={shown}
            placeholder={placeholder}
            disabled={disabled || locked !== null}
            aria-describedby={describedBy}
            aria-invalid={problem !== null}
            autoComplete="off"
            onChange={(event) => change(event.target.value)}
            onBlur={visited}
          />
          {unit && <span className="sub">{unit}</span>}
        </span>
      )}
    </FieldFrame>
  )
}

function written(value: unknown, scale: number, language: string): string {
  if (typeof value !== 'number') return asText(value)
  const text = String(Math.round((value / scale) * 1_000) / 1_000)
  return language === 'de' ? text.replace('.', ',') : text
}

function parsed(text: string, scale: number): number | string {
  const number = /^\s*\d+([.,]\d+)?\s*$/.test(text) ? Number(text.trim().replace(',', '.')) : Number.NaN
  return Number.isFinite(number) ? (scale === 1 ? number : Math.round(number * scale)) : text
}

export interface Choice {
  readonly id: string
  readonly label: string
  /** Why it cannot be chosen: stands beside it in the list. */
  readonly reason?: string | null
}

export interface SelectFieldProps extends Common {
  readonly choices: readonly Choice[]
  /** Given: takes the place of setting the value. */
  readonly onChoose?: (id: string) => void
}

export function SelectField({ path, bare = false, note, disabled = false, choices, onChoose }: SelectFieldProps) {
  const { value, set, problem, visited, locked } = useField(path)
  const now = value === null ? '' : asText(value)
  const known = choices.some((choice) => choice.id === now)
  return (
    <FieldFrame path={path} problem={problem} locked={locked} bare={bare} note={note}>
      {({ id, describedBy }) => (
        <select
          id={id}
          className="text-input"
          value={now}
          disabled={disabled || locked !== null}
          aria-describedby={describedBy}
          aria-invalid={problem !== null}
          onChange={(event) => (onChoose ? onChoose(event.target.value) : set(event.target.value))}
          onBlur={visited}
        >
          {!known && <option value={now}>{now}</option>}
          {choices.map((choice) => (
            <option key={choice.id} value={choice.id} disabled={Boolean(choice.reason)}>
              {choice.reason ? `${choice.label} – ${choice.reason}` : choice.label}
            </option>
          ))}
        </select>
      )}
    </FieldFrame>
  )
}

export interface CheckFieldProps extends Common {
  /** Why it cannot be switched on. */
  readonly reason?: string | null
}

export function CheckField({ path, bare = false, disabled = false, note, reason = null }: CheckFieldProps) {
  const { value, set, problem, locked } = useField(path)
  const { label, help } = useFieldWords(path)
  const why = locked ?? reason
  const box = (
    <input
      id={fieldId(path)}
      type="checkbox"
      className="check-input"
      checked={value === true}
      disabled={disabled || (why !== null && value !== true)}
      aria-label={bare ? label : undefined}
      onChange={(event) => set(event.target.checked)}
    />
  )
  if (bare) return box
  return (
    <div className="field">
      <span className="field-label" />
      <label className="check-line" htmlFor={fieldId(path)}>
        {box}
        <span>
          {label}
          {problem !== null && <span className="form-note block bad-text">{problem}</span>}
          {why !== null && <span className="form-note block">{why}</span>}
          {note && <span className="form-note block">{note}</span>}
          {help && <span className="form-note block">{help}</span>}
        </span>
      </label>
    </div>
  )
}

export interface ListFieldProps extends Common {
  /** How entries stand apart: one a line, or by blanks and commas. */
  readonly apart: 'lines' | 'words'
  readonly placeholder?: string
  readonly rows?: number
  readonly mono?: boolean
  readonly children?: ReactNode
}

/** A list written as text. */
export function ListField({ path, note, disabled = false, apart, placeholder, rows = 3, mono = false, children }: ListFieldProps) {
  const { value, set, problem, visited, locked } = useField(path)
  const list = Array.isArray(value) ? (value as readonly unknown[]).map(asText) : []
  const [typed, setTyped] = useState<{ readonly text: string; readonly stands: string } | null>(null)
  const stands = list.join('\n')
  const shown = typed !== null && typed.stands === stands ? typed.text : list.join(apart === 'lines' ? '\n' : ' ')
  function change(text: string) {
    const entries = text
      .split(apart === 'lines' ? /\r?\n/ : /[\s,]+/)
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '')
    setTyped({ text, stands: entries.join('\n') })
    set(entries)
  }
  const common = {
    className: `text-input${mono ? ' mono' : ''}`,
    value: shown,
    placeholder,
    disabled: disabled || locked !== null,
    'aria-invalid': problem !== null,
    spellCheck: false,
    onBlur: visited,
  }
  return (
    <FieldFrame path={path} problem={problem} locked={locked} note={note}>
      {({ id, describedBy }) => (
        <>
          {apart === 'lines' ? (
            <textarea {...common} id={id} rows={rows} aria-describedby={describedBy} onChange={(event) => change(event.target.value)} />
          ) : (
            <input {...common} id={id} type="text" aria-describedby={describedBy} onChange={(event) => change(event.target.value)} />
          )}
          {children}
        </>
      )}
    </FieldFrame>
  )
}

export interface RadioFieldProps<T extends string> {
  readonly label: string
  readonly name: string
  readonly value: T
  readonly choices: readonly { readonly id: T; readonly label: string; readonly help?: string; readonly disabled?: boolean }[]
  readonly onChange: (value: T) => void
}

/** One of a few: all of them are seen. */
export function RadioField<T extends string>({ label, name, value, choices, onChange }: RadioFieldProps<T>) {
  return (
    <fieldset className="field build-radio">
      <legend className="visually-hidden">{label}</legend>
      <span className="field-label" aria-hidden>
        {label}
      </span>
      <div>
        {choices.map((choice) => (
          <label key={choice.id} className="check-line">
            <input
              type="radio"
              className="check-input"
              name={name}
              checked={value === choice.id}
              disabled={choice.disabled === true}
              onChange={() => onChange(choice.id)}
            />
            <span>
              {choice.label} {choice.help && <span className="form-note">{choice.help}</span>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
