import type { HostTopology } from '../../../shared/model/index.ts'
import { pathOf } from './path.ts'

const texts = new WeakMap<HostTopology, readonly string[]>()

/** What of each node is searched, in small letters. */
function textsOf(topology: HostTopology): readonly string[] {
  const known = texts.get(topology)
  if (known) return known
  const made = topology.nodes.map(({ name, machine, mac, addresses, detail }) =>
    [name, machine, mac, detail, ...addresses].filter(Boolean).join('\n').toLowerCase(),
  )
  texts.set(topology, made)
  return made
}

export function termsOf(search: string): readonly string[] {
  return search.trim().toLowerCase().split(/\s+/).filter(Boolean)
}

/** Nodes in which every word of the search is found; a word that is in the host's name counts for all of its nodes. */
export function matchesIn(topology: HostTopology, hostName: string, terms: readonly string[]): ReadonlySet<number> {
  const host = hostName.toLowerCase()
  const rest = terms.filter((term) => !host.includes(term))
  if (rest.length === 0) return new Set()
  return new Set(textsOf(topology).flatMap((text, at) => (rest.every((term) => text.includes(term)) ? [at] : [])))
}

/** Whether the host's own name answers the whole search: then all of it is shown. */
export function isNamed(hostName: string, terms: readonly string[]): boolean {
  const host = hostName.toLowerCase()
  return terms.length > 0 && terms.every((term) => host.includes(term))
}

/** Matches with the ways they belong to. */
export function shownFor(topology: HostTopology, matches: ReadonlySet<number>): ReadonlySet<number> {
  const shown = new Set<number>()
  for (const at of matches) for (const node of pathOf(topology, at).nodes) shown.add(node)
  return shown
}
