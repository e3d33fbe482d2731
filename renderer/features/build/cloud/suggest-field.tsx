import { useField } from '../fields/form-context.ts'
import { FieldFrame } from '../fields/frame.tsx'

export interface SuggestFieldProps {
  readonly path: string
  readonly suggestions: readonly string[]
  readonly placeholder: string
}

/** A text, with those that are known to be offered. */
export function SuggestField({ path, suggestions, placeholder }: SuggestFieldProps) {
  const { value, set, problem, visited, locked } = useField(path)
  return (
    <FieldFrame path={path} problem={problem} locked={locked}>
      {({ id, describedBy }) => (
        <>
          <input
            id={id}
            type="text"
            list={`${id}-known`}
            className="text-input"
            value={typeof value === 'string' ? value : ''}
            placeholder={placeholder}
            disabled={locked !== null}
            aria-describedby={describedBy}
            aria-invalid={problem !== null}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            onChange={(event) => set(event.target.value)}
            onBlur={visited}
          />
          <datalist id={`${id}-known`}>
            {suggestions.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </datalist>
        </>
      )}
    </FieldFrame>
  )
}
