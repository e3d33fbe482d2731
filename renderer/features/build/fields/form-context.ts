import { createContext, useContext } from 'react'
import { valueAt } from '../model/at-path.ts'

/** What a field of the form needs to know and can do. Paths are those of the request. */
export interface FormContextValue {
  readonly draft: unknown
  readonly set: (path: string, value: unknown) => void
  /** Words for what is wrong with it; null: nothing, or nobody has been there yet. */
  readonly problem: (path: string) => string | null
  /** A person has been there: from now on it says what is wrong. */
  readonly visited: (path: string) => void
  /** Why it may not be changed (of a template); null: it may. */
  readonly locked: (path: string) => string | null
}

export const FormContext = createContext<FormContextValue | null>(null)

export function useForm(): FormContextValue {
  const value = useContext(FormContext)
  if (!value) throw new Error('no FormContext above this field')
  return value
}

export interface FieldState {
  readonly value: unknown
  readonly set: (value: unknown) => void
  readonly problem: string | null
  readonly visited: () => void
  readonly locked: string | null
}

export function useField(path: string): FieldState {
  const { draft, set, problem, visited, locked } = useForm()
  return {
    value: valueAt(draft, path),
    set: (value) => set(path, value),
    problem: problem(path),
    visited: () => visited(path),
    locked: locked(path),
  }
}

/** A field's element, so that a finding can lead to it. */
export function fieldId(path: string): string {
  return `build-${path}`
}
