import { FormGroup, TextInput } from '@patternfly/react-core'
import { useT } from '../../lib/i18n/index.ts'

export interface TypedConfirmationProps {
  /** What has to be typed: a name, or how many there are. */
  readonly wanted: string
  readonly isName: boolean
  /** What is asked; left out: it is about a deletion. */
  readonly label?: string
  readonly value: string
  readonly onChange: (value: string) => void
}

/** Nobody deletes by a click too many: what is meant is typed. */
export function TypedConfirmation({ wanted, isName, label, value, onChange }: TypedConfirmationProps) {
  const t = useT()
  return (
    <FormGroup
      className="typed-confirmation"
      label={label ?? t(isName ? 'delete.type-name' : 'delete.type-count', { wanted })}
      fieldId="typed"
    >
      <TextInput id="typed" value={value} autoComplete="off" spellCheck={false} onChange={(_event, text) => onChange(text)} />
    </FormGroup>
  )
}
