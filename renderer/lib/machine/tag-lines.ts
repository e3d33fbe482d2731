import { keyAndValue, tagOf } from '../../../shared/model/index.ts'
import type { MessageKey } from '../i18n/index.ts'

/** A tag as it is typed. */
export interface TagLine {
  /** Stays while the line is edited. */
  readonly id: number
  readonly key: string
  readonly value: string
}

const MAX_KEY = 128
const MAX_VALUE = 256

export function tagLines(tags: readonly string[]): readonly TagLine[] {
  return tags.map((tag, id) => ({ id, ...keyAndValue(tag) }))
}

/** The tags of lines that say something; a line without a key and a value is none. */
export function tagsOfLines(lines: readonly TagLine[]): readonly string[] {
  return lines.filter(isFilled).map(({ key, value }) => tagOf(key.trim(), value.trim()))
}

function isFilled({ key, value }: TagLine): boolean {
  return key.trim() !== '' || value.trim() !== ''
}

/** AWS keeps these for itself: they can be neither set nor removed. */
export function isTagOfCloud(tag: string): boolean {
  return tag.startsWith('aws:')
}

/** What is wrong with a line, as no cloud would take it; null: nothing. What only one cloud refuses, that one says. */
export function tagProblem(line: TagLine, lines: readonly TagLine[]): MessageKey | null {
  if (!isFilled(line)) return null
  const key = line.key.trim()
  if (key === '') return 'cloud.tag.no-key'
  if (isTagOfCloud(key)) return 'cloud.tag.of-cloud'
  if (key.includes('=')) return 'cloud.tag.equals'
  if (Array.from(key).length > MAX_KEY) return 'cloud.tag.key-long'
  if (Array.from(line.value.trim()).length > MAX_VALUE) return 'cloud.tag.value-long'
  return lines.some((other) => other.id < line.id && other.key.trim() === key) ? 'cloud.tag.twice' : null
}

export interface TagChange {
  readonly addTags: readonly string[]
  readonly removeTags: readonly string[]
}

/** What was changed here, and nothing else: what somebody else has set meanwhile stays. Null: nothing. */
export function tagChange(before: readonly string[], after: readonly string[]): TagChange | null {
  const addTags = after.filter((tag) => !before.includes(tag))
  const removeTags = before.filter((tag) => !after.includes(tag))
  return addTags.length === 0 && removeTags.length === 0 ? null : { addTags, removeTags }
}
