import type { CloudResource } from '../../../shared/model/index.ts'
import { compareNames } from '../../lib/i18n/index.ts'

/** Kinds that cost as long as they are there, whether anything uses them or not. */
const COSTS_UNUSED: ReadonlySet<CloudResource['kind']> = new Set<CloudResource['kind']>(['disk', 'address'])
/** The clouds' words for something that is used, also by what is no machine: a gateway, a balancer. */
const IN_USE: ReadonlySet<string> = new Set(['inuse', 'used', 'attached', 'attaching', 'associated'])

/** Nothing uses it, and it costs all the same. */
export function isUnused({ kind, usedBy, state }: CloudResource): boolean {
  if (!COSTS_UNUSED.has(kind) || usedBy.length > 0) return false
  return !IN_USE.has((state ?? '').toLowerCase().replaceAll(/[^a-z]/g, ''))
}

/** Those in which every word stands somewhere: in the name, the id, the state, a tag, a native property. */
export function matching(resources: readonly CloudResource[], search: string): readonly CloudResource[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return resources
  return resources.filter((one) => {
    const text = [one.name, one.id, one.state ?? '', one.zone ?? '', ...one.tags, ...one.properties.map(({ value }) => value)]
      .join('\n')
      .toLowerCase()
    return words.every((word) => text.includes(word))
  })
}

/** By name; images the newest first, which is the one that is wanted. */
export function ordered(resources: readonly CloudResource[]): readonly CloudResource[] {
  return resources.toSorted((a, b) =>
    a.kind === 'image' ? (b.createdAtMs ?? 0) - (a.createdAtMs ?? 0) || compareNames(a.name, b.name) : compareNames(a.name, b.name),
  )
}
