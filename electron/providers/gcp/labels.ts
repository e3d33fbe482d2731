import { keyAndValue, tagOf } from '../../../shared/model/index.ts'
import { problems } from '../cloud/index.ts'

/** Of Resource Manager's documents on labels: counted in characters, and lower case means the alphabets that have none as well. */
const KEY = /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u
const VALUE = /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u
const MAX_LABELS = 64
/** On what this console made, so that it is recognised after a lost reply. Not shown as a tag. */
export const REQUEST_LABEL = 'novacron-request'
const RULE = 'Google Cloud takes lower-case letters, digits, - and _, at most 63 of them, and a letter first in the key.'

export function tagsOfLabels(labels: Readonly<Record<string, string>> | null | undefined): string[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => (key === REQUEST_LABEL ? [] : tagOf(key, value)))
}

/** Throws `invalid-input` cloud.tag-refused for what Google Cloud would not take, before anything is sent. */
export function labelsOfTags(tags: readonly string[]): Record<string, string> {
  const labels: Record<string, string> = {}
  for (const tag of tags) {
    const { key, value } = keyAndValue(tag)
    if (!KEY.test(key) || !VALUE.test(value)) throw problems.tagRefused(tag, RULE)
    labels[key] = value
  }
  if (Object.keys(labels).length > MAX_LABELS) {
    throw problems.tagRefused(tags.at(-1) ?? '', `Google Cloud takes ${MAX_LABELS} labels for each machine, and this would be more.`)
  }
  return labels
}
