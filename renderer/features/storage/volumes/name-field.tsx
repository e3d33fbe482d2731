import { FormGroup } from '@patternfly/react-core'
import { volumeNameSchema } from '../../../../shared/model/machine-spec.ts'
import { type I18n, useI18n } from '../../../lib/i18n/index.ts'

/** What is wrong with a volume's name; null: nothing that is known. */
export function nameProblem(name: string, taken: ReadonlySet<string> | undefined, { t }: I18n): string | null {
  if (!volumeNameSchema.safeParse(name).success) return t('storage.name.bad')
  return taken?.has(name) ? t('storage.name.taken', { name }) : null
}

export interface NameFieldProps {
  readonly id: string
  readonly value: string
  readonly problem: string | null
  readonly onChange: (value: string) => void
}

export function NameField({ id, value, problem, onChange }: NameFieldProps) {
  const { t } = useI18n()
  const shown = value === '' ? null : problem
  return (
    <FormGroup label={t('column.name')} fieldId={id}>
      <input
        id={id}
        type="text"
        className="text-input"
        value={value}
        aria-invalid={shown !== null}
        aria-describedby={`${id}-note`}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onChange(event.target.value)}
      />
      <p id={`${id}-note`} className="form-note bad-text">
        {shown ?? ''}
      </p>
    </FormGroup>
  )
}
