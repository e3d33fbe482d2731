import type { Machine, MachineActionInput } from '../../../shared/model/index.ts'

/** What the form holds, as typed. */
export interface Draft {
  readonly title: string
  readonly description: string
  readonly notes: string
  readonly tags: string
}

export function draftOf(machine: Machine): Draft {
  return {
    title: machine.title ?? '',
    description: machine.description ?? '',
    notes: machine.notes ?? '',
    tags: machine.tags.join(', '),
  }
}

/** Tags as typed: separated by commas or line ends, each once. */
export function tagsOf(text: string): readonly string[] {
  return [
    ...new Set(
      text
        .split(/[,\n]/)
        .map((tag) => tag.trim())
        .filter(Boolean),
    ),
  ]
}

/** Only what was changed here: what somebody else has changed meanwhile stays. Null: nothing. */
export function changeOf(before: Draft, after: Draft): MachineActionInput | null {
  const texts: { title?: string | null; description?: string | null; notes?: string | null } = {}
  for (const field of ['title', 'description', 'notes'] as const) {
    if (before[field] !== after[field]) texts[field] = after[field].trim() === '' ? null : after[field]
  }
  const had = tagsOf(before.tags)
  const has = tagsOf(after.tags)
  const addTags = has.filter((tag) => !had.includes(tag))
  const removeTags = had.filter((tag) => !has.includes(tag))
  if (Object.keys(texts).length === 0 && addTags.length === 0 && removeTags.length === 0) return null
  return {
    action: 'setMetadata',
    ...texts,
    ...(addTags.length > 0 && { addTags: [...addTags] }),
    ...(removeTags.length > 0 && { removeTags: [...removeTags] }),
  }
}
