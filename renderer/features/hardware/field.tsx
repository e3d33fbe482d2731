import { createContext, type ReactNode, useContext, useId } from 'react'
import type { HardwareEdit } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useHardware } from './hardware-context.ts'
import { usePreview } from './queries.ts'
import { takesEffect } from './timing.ts'

/** By a field's name: the edit that changes it alone, once it is another than the machine's. */
export const FieldEdits = createContext<Readonly<Record<string, HardwareEdit | null>>>({})

export interface FieldProps {
  readonly label: string
  /** As the form's edits name it; absent: it has no time of its own. */
  readonly name?: string
  readonly note?: ReactNode
  /** What the running machine has, where that is something else. */
  readonly runs?: string | null | undefined
  readonly problem?: string | null
  readonly children: (id: string, describedBy: string) => ReactNode
}

/** A label, its control, and under them when a change would count. */
export function Field({ label, name, note, runs, problem, children }: FieldProps) {
  const { t } = useI18n()
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div>
        {children(id, `${id}-note`)}
        <div id={`${id}-note`} className="form-note">
          {problem && <p className="bad-text">{problem}</p>}
          {runs !== null && runs !== undefined && <p>{t('hw.runs-with', { value: runs })}</p>}
          {note && <p>{note}</p>}
          {name !== undefined && <FieldTime name={name} />}
        </div>
      </div>
    </div>
  )
}

export interface CheckProps {
  readonly label: string
  readonly name?: string
  readonly note?: ReactNode
  readonly checked: boolean
  readonly disabled?: boolean
  readonly onChange: (checked: boolean) => void
}

export function CheckLine({ label, name, note, checked, disabled = false, onChange }: CheckProps) {
  const id = useId()
  return (
    <div className="field">
      <span className="field-label" />
      <label className="check-line" htmlFor={id}>
        <input
          id={id}
          type="checkbox"
          className="check-input"
          checked={checked}
          disabled={disabled}
          onChange={(event) => onChange(event.target.checked)}
        />
        <span>
          {label}
          {note && <span className="form-note block">{note}</span>}
          {name !== undefined && <FieldTime name={name} />}
        </span>
      </label>
    </div>
  )
}

/** "At once", "From the next start on", or why not: of this field alone. */
function FieldTime({ name }: { readonly name: string }) {
  const i18n = useI18n()
  const { machine, view } = useHardware()
  const edit = useContext(FieldEdits)[name] ?? null
  const preview = usePreview({ machineId: machine.id, revision: view.revision }, edit)
  if (edit === null || !preview.data) return null
  const { text, isBad } = takesEffect(preview.data, i18n)
  return <span className={isBad ? 'hw-takes bad-text' : 'hw-takes'}>{text}</span>
}

export interface NumberInputProps {
  readonly id: string
  readonly describedBy: string
  /** As it is typed. */
  readonly value: string
  readonly unit?: string
  readonly placeholder?: string
  readonly invalid?: boolean
  readonly onChange: (value: string) => void
}

export function NumberInput({ id, describedBy, value, unit, placeholder, invalid = false, onChange }: NumberInputProps) {
  return (
    <span className="with-unit">
      <input
        id={id}
        type="text"
        inputMode="numeric"
        className="text-input short num"
        value={value}
        placeholder={placeholder}
        autoComplete="off"
        aria-describedby={describedBy}
        aria-invalid={invalid}
        onChange={(event) => onChange(event.target.value)}
      />
      {unit && <span className="sub">{unit}</span>}
    </span>
  )
}

export interface Choice {
  readonly id: string
  readonly label: string
  /** Why it cannot be chosen: stands beside it in the list. */
  readonly reason?: string | null
}

export interface SelectProps {
  readonly id: string
  readonly describedBy: string
  readonly value: string
  readonly choices: readonly Choice[]
  readonly onChange: (id: string) => void
}

export function Select({ id, describedBy, value, choices, onChange }: SelectProps) {
  const known = choices.some((choice) => choice.id === value)
  return (
    <select
      id={id}
      className="text-input hw-select"
      value={value}
      aria-describedby={describedBy}
      onChange={(event) => onChange(event.target.value)}
    >
      {!known && <option value={value}>{value}</option>}
      {choices.map((choice) => (
        <option key={choice.id} value={choice.id} disabled={Boolean(choice.reason)}>
          {choice.reason ? `${choice.label} – ${choice.reason}` : choice.label}
        </option>
      ))}
    </select>
  )
}
