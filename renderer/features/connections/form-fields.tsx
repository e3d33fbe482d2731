import { type ReactNode, useId } from 'react'
import type { CloudChoices } from '../../../shared/model/index.ts'
import { type I18n, useI18n } from '../../lib/i18n/index.ts'
import { type FieldValue, type FormField, type FormValues, isList } from './form-model.ts'
import { ListPicker } from './list-picker.tsx'

export interface FieldRowProps {
  readonly label: string
  readonly help?: ReactNode
  readonly error?: string | null
  readonly children: (ids: { readonly id: string; readonly describedBy: string | undefined }) => ReactNode
}

/** A label, its control, and what explains it or is wrong with it. */
export function FieldRow({ label, help, error, children }: FieldRowProps) {
  const id = useId()
  const noteId = `${id}-note`
  const hasNote = Boolean(help) || Boolean(error)
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div>
        {children({ id, describedBy: hasNote ? noteId : undefined })}
        {hasNote && (
          <div id={noteId}>
            {error && <p className="form-note bad-text">{error}</p>}
            {help && <p className="form-note">{help}</p>}
          </div>
        )}
      </div>
    </div>
  )
}

export interface SchemaFieldsProps {
  readonly providerId: string
  readonly fields: readonly FormField[]
  readonly values: FormValues
  /** By field name, what the engine did not accept. */
  readonly errors: ReadonlyMap<string, string>
  /** By field name, what can be picked. */
  readonly choices: ReadonlyMap<string, CloudChoices['choices']>
  readonly onChange: (name: string, value: FieldValue) => void
}

export function SchemaFields({ providerId, fields, values, errors, choices, onChange }: SchemaFieldsProps) {
  const i18n = useI18n()
  return fields.map((field) => {
    const value = values[field.name] ?? field.initial
    const error = errors.get(field.name) ?? null
    if (field.kind === 'boolean') {
      return (
        <div className="field" key={field.name}>
          <span className="field-label" />
          <label className="check-line">
            <input
              type="checkbox"
              className="check-input"
              checked={value === true}
              onChange={(event) => onChange(field.name, event.target.checked)}
            />
            <span>
              {field.title}
              {field.help && <span className="form-note block">{field.help}</span>}
            </span>
          </label>
        </div>
      )
    }
    return (
      <FieldRow key={field.name} label={field.title} help={helpOf(providerId, field, values, i18n)} error={error}>
        {({ id, describedBy }) =>
          field.kind === 'list' ? (
            <ListPicker
              id={id}
              describedBy={describedBy}
              label={field.title}
              value={isList(value) ? value : []}
              choices={choices.get(field.name)}
              emptyText={emptyText(providerId, field.name, values, i18n)}
              invalid={error !== null}
              onChange={(next) => onChange(field.name, next)}
            />
          ) : field.kind === 'choice' ? (
            <select
              id={id}
              className="text-input"
              value={String(value)}
              aria-describedby={describedBy}
              onChange={(event) => onChange(field.name, event.target.value)}
            >
              {field.choices.map((choice) => (
                <option key={choice} value={choice}>
                  {i18n.optional(`form.${providerId}.${field.name}.${choice}`) ?? choice}
                </option>
              ))}
            </select>
          ) : (
            <input
              id={id}
              type="text"
              inputMode={field.kind === 'number' ? 'numeric' : 'text'}
              className="text-input"
              value={String(value)}
              required={field.required}
              aria-describedby={describedBy}
              aria-invalid={error !== null}
              spellCheck={false}
              autoComplete="off"
              autoCapitalize="off"
              onChange={(event) => onChange(field.name, event.target.value)}
            />
          )
        }
      </FieldRow>
    )
  })
}

/** Of a choice that was made, or for the way of logging in, where there is something to say of just that one. */
function helpOf(providerId: string, field: FormField, values: FormValues, i18n: I18n): string | null {
  const key = `form.${providerId}.${field.name}`
  const value = String(values[field.name] ?? field.initial)
  const own = field.kind === 'choice' ? `${key}.${value}.help` : `${key}.help.${String(values.login)}`
  return i18n.optional(own) ?? field.help
}

/** What an empty list stands for, which may hang on the way of logging in. */
function emptyText(providerId: string, name: string, values: FormValues, i18n: I18n): string {
  const key = `form.${providerId}.${name}.empty`
  return i18n.optional(`${key}.${String(values.login)}`) ?? i18n.optional(key) ?? i18n.t('list.none')
}
