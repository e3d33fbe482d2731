import type { HostTopology } from '../../../shared/model/index.ts'
import { COLUMNS, type Column, HEAD, type HostLayout, layoutHost, NODE_HEIGHT, neighboursOf, spineTop } from './layout.ts'
import { isNamed, matchesIn, shownFor, termsOf } from './search.ts'

export interface SceneHost {
  readonly id: string
  readonly name: string
  /** Null: not read yet. */
  readonly topology: HostTopology | null
}

export interface Block {
  readonly host: SceneHost
  /** Upper edge in the whole picture. */
  readonly y: number
  readonly height: number
  /** Null: it is folded, or not read yet. */
  readonly layout: HostLayout | null
  /** What the search found in it. */
  readonly matches: ReadonlySet<number>
}

export interface Scene {
  readonly blocks: readonly Block[]
  readonly height: number
  /** Nodes that the search found, in all hosts. */
  readonly matchCount: number
}

const NONE: ReadonlySet<number> = new Set()
const CARDS = COLUMNS.length - 1
/** Room for what an open host that is still being read will say. */
const WAITING = 24
const layouts = new WeakMap<HostTopology, HostLayout>()

function wholeLayout(topology: HostTopology): HostLayout {
  const known = layouts.get(topology)
  if (known) return known
  const made = layoutHost(topology, null)
  layouts.set(topology, made)
  return made
}

/** All hosts one under the other. With a search: only those in which something was found, open, with nothing but that and its ways. */
export function buildScene(hosts: readonly SceneHost[], open: ReadonlySet<string>, search: string): Scene {
  const terms = termsOf(search)
  const blocks: Block[] = []
  let y = 0
  let matchCount = 0
  const push = (host: SceneHost, layout: HostLayout | null, isWaiting: boolean, matches: ReadonlySet<number>) => {
    const height = layout?.height ?? HEAD + (isWaiting ? WAITING : 0)
    blocks.push({ host, y, height, layout, matches })
    y += height
  }
  for (const host of hosts) {
    const { topology } = host
    const named = isNamed(host.name, terms)
    if (terms.length === 0 || named) {
      const isOpen = open.has(host.id) || named
      push(host, isOpen && topology ? wholeLayout(topology) : null, isOpen && !topology, NONE)
      if (named) matchCount += 1
      continue
    }
    const matches = topology ? matchesIn(topology, host.name, terms) : NONE
    if (!topology || matches.size === 0) continue
    matchCount += matches.size
    push(host, layoutHost(topology, shownFor(topology, matches)), false, matches)
  }
  return { blocks, height: y, matchCount }
}

/** The first block that reaches below `y`, by its place. */
export function firstBlockAt({ blocks }: Pick<Scene, 'blocks'>, y: number): number {
  let low = 0
  let high = blocks.length
  while (low < high) {
    const middle = (low + high) >> 1
    const block = blocks[middle]
    if (block && block.y + block.height <= y) low = middle + 1
    else high = middle
  }
  return low
}

/** Blocks of which something lies between `top` and `bottom`. */
export function blocksBetween(scene: Pick<Scene, 'blocks'>, top: number, bottom: number): readonly Block[] {
  const found: Block[] = []
  for (let at = firstBlockAt(scene, top); at < scene.blocks.length; at += 1) {
    const block = scene.blocks[at]
    if (!block || block.y >= bottom) break
    found.push(block)
  }
  return found
}

/** Nodes of a column whose rows reach into that part of the block, by binary search: a host may have hundreds. */
export function nodesBetween(layout: HostLayout, column: number, from: number, to: number, spine: number): readonly number[] {
  const { columns, y } = layout
  const nodes = columns[column] ?? []
  const shift = column === CARDS ? 0 : spine
  const [top, bottom] = [from - shift, to - shift]
  let low = 0
  let high = nodes.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((y[nodes[middle] ?? 0] ?? 0) + NODE_HEIGHT < top) low = middle + 1
    else high = middle
  }
  let end = low
  while (end < nodes.length && (y[nodes[end] ?? 0] ?? 0) <= bottom) end += 1
  return nodes.slice(low, end)
}

export interface Spot {
  readonly hostId: string
  /** Null: the host's own line. */
  readonly at: number | null
}

/** Of the whole picture. */
export interface Window {
  readonly top: number
  readonly height: number
}

/** Upper edge of a node beneath the top of its block, as it is drawn in a window. */
export function nodeY({ y }: HostLayout, at: number, isCard: boolean, spine: number): number {
  return (y[at] ?? Number.NaN) + (isCard ? 0 : spine)
}

/** Where a block's spine stands while the window shows that part of the picture. */
export function spineIn({ y }: Pick<Block, 'y'>, layout: HostLayout, { top, height }: Window): number {
  return spineTop(layout, top - y, top + height - y)
}

/** What is drawn at a point of the whole picture. */
export function spotAt(scene: Scene, columns: readonly Column[], x: number, y: number, window: Window): Spot | null {
  const block = scene.blocks[firstBlockAt(scene, y)]
  if (!block || y < block.y) return null
  const inside = y - block.y
  if (inside < HEAD) return { hostId: block.host.id, at: null }
  const { layout } = block
  if (!layout) return null
  const column = columns.findIndex((each) => x >= each.x && x <= each.x + each.width)
  if (column < 0) return null
  const at = nodesBetween(layout, column, inside, inside, spineIn(block, layout, window))[0]
  return at === undefined ? null : { hostId: block.host.id, at }
}

/** The next spot for an arrow key: up and down in its column and over to the next host, left to the wire, right to the cards. */
export function stepFrom(scene: Scene, from: Spot | null, key: 'up' | 'down' | 'left' | 'right'): Spot | null {
  const place = from ? scene.blocks.findIndex(({ host }) => host.id === from.hostId) : -1
  const block = scene.blocks[place]
  if (!from || !block) {
    const first = scene.blocks[0]
    return first ? { hostId: first.host.id, at: null } : null
  }
  const headOf = (index: number): Spot | null => {
    const other = scene.blocks[index]
    return other ? { hostId: other.host.id, at: null } : null
  }
  const { layout, host } = block
  if (from.at === null) {
    if (key === 'up') return lastOf(scene, place - 1) ?? from
    if (key === 'left' || !layout) return key === 'down' ? (headOf(place + 1) ?? from) : from
    const column = key === 'right' ? layout.columns.length - 1 : 0
    const first = layout.columns[column]?.[0] ?? layout.columns.flat()[0]
    return first === undefined ? (headOf(place + 1) ?? from) : { hostId: host.id, at: first }
  }
  if (!layout) return headOf(place)
  const column = layout.columns.findIndex((nodes) => nodes.includes(from.at ?? -1))
  const nodes = layout.columns[column] ?? []
  const row = nodes.indexOf(from.at)
  if (key === 'up') return row > 0 ? { hostId: host.id, at: nodes[row - 1] ?? null } : headOf(place)
  if (key === 'down') return row + 1 < nodes.length ? { hostId: host.id, at: nodes[row + 1] ?? null } : (headOf(place + 1) ?? from)
  const next = linkedTo(block, from.at, key) ?? sideways(layout, column, from.at, key === 'left' ? -1 : 1)
  return next === null ? from : { hostId: host.id, at: next }
}

function lastOf(scene: Scene, place: number): Spot | null {
  const block = scene.blocks[place]
  if (!block) return null
  const nodes = block.layout?.columns.find((each) => each.length > 0)
  return { hostId: block.host.id, at: nodes?.at(-1) ?? null }
}

/** What it leads to, or what leads to it. */
function linkedTo({ host, layout }: Block, at: number, key: 'left' | 'right'): number | null {
  if (!host.topology || !layout) return null
  const { below, above } = neighboursOf(host.topology)
  const shown = (other: number) => !Number.isNaN(layout.y[other] ?? Number.NaN)
  return (key === 'left' ? below : above)[at]?.find(shown) ?? null
}

/** The nearest node of the next column that has any. */
function sideways({ columns, y }: HostLayout, column: number, at: number, by: 1 | -1): number | null {
  for (let next = column + by; next >= 0 && next < COLUMNS.length; next += by) {
    const nodes = columns[next] ?? []
    if (nodes.length === 0) continue
    const here = y[at] ?? 0
    return nodes.reduce((best, each) => (Math.abs((y[each] ?? 0) - here) < Math.abs((y[best] ?? 0) - here) ? each : best))
  }
  return null
}
