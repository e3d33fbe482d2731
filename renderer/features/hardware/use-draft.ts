import { baseOf, formKey, setDraft, useDrafts } from './drafts.ts'
import { useHardware } from './hardware-context.ts'

export interface DraftOf<T> {
  readonly key: string
  /** What stands in the form: the machine's own, and over it what was typed. */
  readonly values: T
  readonly touched: Partial<T>
  readonly isTouched: boolean
  readonly set: (change: Partial<T>) => void
  readonly reset: () => void
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** A form over what the machine has. `form` names it among those of the machine. */
export function useDraft<T extends object>(form: string, initial: T): DraftOf<T> {
  const { machine, view } = useHardware()
  const key = formKey(machine.id, form)
  const draft = useDrafts(({ drafts }) => drafts[key])
  const touched = (draft?.values ?? {}) as Partial<T>
  return {
    key,
    values: { ...initial, ...touched },
    touched,
    isTouched: Object.keys(touched).length > 0,
    set(change) {
      const before = useDrafts.getState().drafts[key]
      const values = Object.entries({ ...before?.values, ...change }).filter(([name, value]) => !same(value, initial[name as keyof T]))
      setDraft(key, values.length === 0 ? null : { base: before?.base ?? baseOf(view), values: Object.fromEntries(values) })
    },
    reset: () => setDraft(key, null),
  }
}
