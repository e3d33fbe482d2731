import { useT } from '../../../lib/i18n/index.ts'
import { isSnapshotName } from '../model/draft.ts'

export interface TextFieldProps {
  readonly id: string
  readonly label: string
  readonly value: string
  readonly help?: string
  readonly problem?: string | undefined
  readonly maxLength?: number
  readonly onChange: (value: string) => void
}

export function TextField({ id, label, value, help, problem, maxLength = 10_000, onChange }: TextFieldProps) {
  const note = problem ?? help
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div>
        <input
          id={id}
          className="text-input"
          value={value}
          maxLength={maxLength}
          autoComplete="off"
          spellCheck={false}
          aria-invalid={problem !== undefined}
          aria-describedby={note === undefined ? undefined : `${id}-note`}
          onChange={(event) => onChange(event.target.value)}
        />
        {note !== undefined && (
          <p id={`${id}-note`} className={problem === undefined ? 'form-note' : 'form-note bad-text'}>
            {note}
          </p>
        )}
      </div>
    </div>
  )
}

/** The name of a snapshot, with what a name can be. */
export function NameField(props: Omit<TextFieldProps, 'problem' | 'maxLength'>) {
  const t = useT()
  const isWrong = props.value !== '' && !isSnapshotName(props.value)
  return <TextField {...props} maxLength={128} problem={isWrong ? t('snapshots.name-wrong') : undefined} />
}
