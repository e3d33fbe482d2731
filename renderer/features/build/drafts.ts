import { create } from 'zustand'
import { type FormState, withoutSecrets } from './model/draft.ts'

interface Drafts {
  readonly made: FormState | null
}

/** The form as it was left. A password or a user-data text is never in it. */
export const useDrafts = create<Drafts>(() => ({ made: null }))

export function keepDraft(form: FormState): void {
  useDrafts.setState({ made: withoutSecrets(form) })
}

export function dropDraft(): void {
  useDrafts.setState({ made: null })
}
