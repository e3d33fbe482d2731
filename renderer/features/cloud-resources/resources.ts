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

/** Those in which every word stands somewhere: in the name, the id, the state, a tag, a native property, the name of who uses it. */
export function matching(
  resources: readonly CloudResource[],
  search: string,
  userName: (nativeRef: string) => string | undefined,
): readonly CloudResource[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return resources
  return resources.filter((one) => {
    const told = [one.state ?? '', one.zone ?? one.region ?? '', ...one.tags, ...one.properties.map(({ value }) => value)]
    const text = [one.name, one.id, ...told, ...one.usedBy.map((ref) => userName(ref) ?? '')].join('\n').toLowerCase()
    return words.every((word) => text.includes(word))
  })
}

/** By name; images the newest first, which is the one that is wanted. */
export function ordered(resources: readonly CloudResource[]): readonly CloudResource[] {
  return resources.toSorted((a, b) =>
    a.kind === 'image' ? (b.createdAtMs ?? 0) - (a.createdAtMs ?? 0) || compareNames(a.name, b.name) : compareNames(a.name, b.name),
  )
}

/** Which native properties tell the most of a kind, in the clouds' own names; the first that is known. */
const TELLING: Readonly<Partial<Record<CloudResource['kind'], readonly string[]>>> = {
  image: ['arch', 'os'],
  disk: ['type'],
  snapshot: ['volume', 'sourceDisk', 'source'],
  address: ['address', 'private'],
  network: ['cidr'],
  subnet: ['cidr'],
  key: ['type'],
}
/** Of a firewall everything but these is a rule. */
const NO_RULES: ReadonlySet<string> = new Set(['network', 'description'])

/** What a resource is, in a few of the cloud's words; null: nothing that would tell. */
export function detailOf({ kind, properties }: CloudResource): string | null {
  if (kind === 'firewall') {
    const rules = properties.filter(({ key }) => !NO_RULES.has(key))
    return rules.length === 0 ? null : rules.map(({ key, value }) => `${key} ${value}`).join('; ')
  }
  const key = TELLING[kind]?.find((one) => properties.some((property) => property.key === one))
  const values = properties.filter((property) => property.key === key).map(({ value }) => value.split('/disks/').at(-1) ?? value)
  return values.length === 0 ? null : values.join(', ')
}
