import type { MachineAction } from '../../../shared/model/index.ts'
import { keyAndValue } from '../../../shared/model/index.ts'
import { problems, tagsAfter } from '../cloud/index.ts'
import { NAME_TAG } from './facts.ts'

const MOST_TAGS = 50
const MOST_KEY = 128
const MOST_VALUE = 256

export interface TagChange {
  readonly set: ReadonlyArray<{ readonly Key: string; readonly Value: string }>
  readonly remove: readonly string[]
}

/** What to set and what to take away so that a machine with the tags `before` has those wanted. Throws `invalid-input` cloud.tag-refused. */
export function tagChange(before: readonly string[], action: Extract<MachineAction, { action: 'setMetadata' }>): TagChange {
  const wanted = tagsAfter(before, action)
  const had = new Map(before.map((tag) => [keyAndValue(tag).key, tag]))
  const has = new Map(wanted.map((tag) => [keyAndValue(tag).key, tag]))
  const set = wanted.filter((tag) => had.get(keyAndValue(tag).key) !== tag)
  const remove = [...had.keys()].filter((key) => !has.has(key))
  for (const tag of set) refuse(tag)
  const kept = remove.find((key) => key.startsWith('aws:'))
  if (kept !== undefined) throw problems.tagRefused(kept, 'AWS sets it itself.')
  // the name is a tag as well
  if (wanted.length > MOST_TAGS - 1)
    throw problems.tagRefused(wanted.at(-1) ?? '', `a machine has at most ${MOST_TAGS} tags, its name among them.`)
  return {
    set: set.map((tag) => {
      const { key, value } = keyAndValue(tag)
      return { Key: key, Value: value }
    }),
    remove,
  }
}

function refuse(tag: string): void {
  const { key, value } = keyAndValue(tag)
  if (key === NAME_TAG) throw problems.tagRefused(tag, 'it is the name: rename the machine.')
  if (key.toLowerCase().startsWith('aws:')) throw problems.tagRefused(tag, 'keys that begin with aws: belong to AWS.')
  if (key.length > MOST_KEY) throw problems.tagRefused(tag, `a key has at most ${MOST_KEY} characters.`)
  if (value.length > MOST_VALUE) throw problems.tagRefused(tag, `a value has at most ${MOST_VALUE} characters.`)
}
