import { keyAndValue, type Machine } from '../../../shared/model/index.ts'

/** Tags as they were typed: one a line where a value may hold spaces and commas, else between commas and spaces. */
export function typedTags(text: string, areLines: boolean): readonly string[] {
  const parts = areLines ? text.split('\n').map((line) => line.trim()) : text.split(/[,\s]+/)
  return [...new Set(parts.filter(Boolean))]
}

export interface TagCount {
  readonly tag: string
  readonly count: number
}

/** Tags of these machines with how many have each, the most common first. */
export function countTags(machines: readonly Machine[]): readonly TagCount[] {
  const counts = new Map<string, number>()
  for (const machine of machines) for (const tag of machine.tags) counts.set(tag, (counts.get(tag) ?? 0) + 1)
  return [...counts].map(([tag, count]) => ({ tag, count })).sort((a, b) => b.count - a.count || (a.tag < b.tag ? -1 : 1))
}

/** On how many machines of clouds a tag would take the place of another value of its key. */
export function replacedBy(tag: string, machines: readonly Machine[]): number {
  const { key } = keyAndValue(tag)
  return machines.filter(({ cloud, tags }) => cloud !== null && tags.some((one) => one !== tag && keyAndValue(one).key === key)).length
}

/** AWS keeps these for itself: they can be neither set nor removed. */
export function isOfCloud(tag: string): boolean {
  return tag.startsWith('aws:')
}
