import type { HostTopology, TopologyNode } from '../../../shared/model/index.ts'
import { neighboursOf } from './layout.ts'

/** A card's detail: it runs, and its other end hangs beside the bridge. */
export const UNPLUGGED = 'unplugged'

/** Why a path goes no further. `wire`: it has left the host. */
export const ENDINGS = ['wire', 'wire-down', 'isolated', 'off', 'no-port', 'unplugged', 'beside', 'unknown'] as const
export type Ending = (typeof ENDINGS)[number]

/** One station on the way to the wire. Where the way parts, as at a bond, its branches follow one another. */
export interface Step {
  readonly at: number
  readonly depth: number
  /** Null: it goes on. */
  readonly ending: Ending | null
}

export interface Path {
  readonly nodes: ReadonlySet<number>
  /** Places among the edges. */
  readonly edges: ReadonlySet<number>
}

/** All that a packet of this node passes on its way to the wire, and, of what is no card, all that hangs on it. */
export function pathOf(topology: HostTopology, at: number): Path {
  const { below, above } = neighboursOf(topology)
  const down = reach(at, below)
  const up = reach(at, above)
  const edges = new Set<number>()
  for (const [index, [from, to]] of topology.edges.entries()) {
    if ((down.has(from) && down.has(to)) || (up.has(from) && up.has(to))) edges.add(index)
  }
  return { nodes: new Set([...down, ...up]), edges }
}

function reach(from: number, next: ReadonlyArray<readonly number[]>): Set<number> {
  const found = new Set([from])
  for (const at of found) for (const other of next[at] ?? []) found.add(other)
  return found
}

/** The way from a node to the wire, in order. */
export function stepsOf(topology: HostTopology, from: number): readonly Step[] {
  const { below } = neighboursOf(topology)
  const steps: Step[] = []
  const seen = new Set<number>()
  const walk = (at: number, depth: number, isIsolated: boolean) => {
    const node = topology.nodes[at]
    if (!node || seen.has(at)) return
    seen.add(at)
    const isolated = isIsolated || (node.kind === 'network' && node.detail === 'isolated')
    const next = below[at] ?? []
    steps.push({ at, depth, ending: next.length === 0 ? endingOf(node, isolated) : null })
    for (const other of next) walk(other, next.length > 1 ? depth + 1 : depth, isolated)
  }
  walk(from, 0, false)
  return steps
}

function endingOf({ kind, isUp, detail }: TopologyNode, isIsolated: boolean): Ending {
  switch (kind) {
    case 'physical':
      return isUp === false ? 'wire-down' : 'wire'
    case 'nic':
      return detail === UNPLUGGED ? 'beside' : 'unplugged'
    case 'network':
      return isUp === false ? 'off' : isIsolated ? 'isolated' : 'unknown'
    case 'bridge':
      return isIsolated ? 'isolated' : 'no-port'
    case 'bond':
    case 'vlan':
      return 'unknown'
    default:
      return kind satisfies never
  }
}

/** Cards that hang on a node, at whatever distance. */
export function cardsOn(topology: HostTopology, at: number): readonly number[] {
  return [...reach(at, neighboursOf(topology).above)].filter((each) => each !== at && topology.nodes[each]?.kind === 'nic')
}

/** Links that are down though something hangs on them, by their places. */
export function brokenLinks(topology: HostTopology): readonly number[] {
  const { above } = neighboursOf(topology)
  return topology.nodes.flatMap(({ kind, isUp }, at) =>
    isUp === false && kind !== 'nic' && kind !== 'network' && (above[at]?.length ?? 0) > 0 ? [at] : [],
  )
}
