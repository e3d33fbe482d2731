export interface RailNode {
  readonly id: string
  /** What it goes on from; null, or unknown: from nothing. */
  readonly parent: string | null
}

/** One row of a drawn tree, newest on top: what its lines do. Lanes are counted from the left. */
export interface RailRow<N extends RailNode> {
  readonly node: N
  readonly lane: number
  /** A line comes from the row above. */
  readonly hasAbove: boolean
  /** Lanes whose line goes past it. */
  readonly passing: readonly number[]
  /** The lane in which its line goes on to what it stands on; null: it ends here. Another one than its own: it joins a line that is there. */
  readonly below: number | null
}

export interface Rails<N extends RailNode> {
  readonly rows: readonly RailRow<N>[]
  readonly lanes: number
}

/**
 * Puts a forest into rows, each node over what it goes on from: the way from `head` down to its root in the first lane, and every other branch
 * right over where it leaves it. Links that lead in a circle, or to nothing, end where they are found.
 */
export function railsOf<N extends RailNode>(nodes: readonly N[], head: string | null): Rails<N> {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const order = ordered(nodes, byId, head)
  const rows: RailRow<N>[] = []
  /** Of each lane, the node that its line leads to. */
  const awaited: Array<string | null> = []
  const done = new Set<string>()
  let lanes = 1
  for (const node of order) {
    const found = awaited.indexOf(node.id)
    const lane = found >= 0 ? found : freeLane(awaited)
    const passing = awaited.flatMap((id, at) => (id !== null && at !== lane ? [at] : []))
    done.add(node.id)
    const parent = node.parent !== null && byId.has(node.parent) && !done.has(node.parent) ? node.parent : null
    const joined = parent === null ? -1 : awaited.findIndex((id, at) => id === parent && at !== lane)
    awaited[lane] = joined >= 0 ? null : parent
    lanes = Math.max(lanes, awaited.length)
    rows.push({ node, lane, hasAbove: found >= 0, passing, below: joined >= 0 ? joined : parent === null ? null : lane })
  }
  return { rows, lanes }
}

function freeLane(awaited: readonly (string | null)[]): number {
  const free = awaited.indexOf(null)
  return free >= 0 ? free : awaited.length
}

/** Newest first: whatever stands on a node comes before it. */
function ordered<N extends RailNode>(nodes: readonly N[], byId: ReadonlyMap<string, N>, head: string | null): readonly N[] {
  const above = new Map<string, N[]>()
  for (const node of nodes) {
    if (node.parent === null || !byId.has(node.parent)) continue
    above.set(node.parent, [...(above.get(node.parent) ?? []), node])
  }
  const trunk = wayDown(byId, head)
  const onTrunk = new Set(trunk.map(({ id }) => id))
  const taken = new Set<string>()
  const order: N[] = []
  const take = (node: N) => {
    if (taken.has(node.id)) return
    taken.add(node.id)
    for (const next of (above.get(node.id) ?? []).toReversed()) if (!onTrunk.has(next.id)) take(next)
    order.push(node)
  }
  for (const node of trunk) take(node)
  const roots = nodes.filter(({ id, parent }) => !taken.has(id) && (parent === null || !byId.has(parent)))
  for (const root of roots.toReversed()) take(root)
  // what is left leads in circles
  for (const node of nodes) take(node)
  return order
}

function wayDown<N extends RailNode>(byId: ReadonlyMap<string, N>, head: string | null): readonly N[] {
  const way: N[] = []
  const seen = new Set<string>()
  for (let at = head; at !== null && !seen.has(at); ) {
    const node = byId.get(at)
    if (!node) break
    seen.add(at)
    way.push(node)
    at = node.parent
  }
  return way
}
