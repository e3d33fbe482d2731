import { create } from 'zustand'
import { type KeptCloudForm, withoutPrivate } from './cloud/draft.ts'
import { type FormState, withoutSecrets } from './model/draft.ts'

interface Drafts {
  readonly made: FormState | null
  readonly cloud: KeptCloudForm | null
}

/** The forms as they were left. A password, a private key or a user-data text is never in them. */
export const useDrafts = create<Drafts>(() => ({ made: null, cloud: null }))

export function keepDraft(form: FormState): void {
  useDrafts.setState({ made: withoutSecrets(form) })
}

export function dropDraft(): void {
  useDrafts.setState({ made: null })
}

export function keepCloudDraft(form: KeptCloudForm): void {
  useDrafts.setState({ cloud: withoutPrivate(form) })
}

export function dropCloudDraft(): void {
  useDrafts.setState({ cloud: null })
}
