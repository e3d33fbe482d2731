import type { HostTopology, TopologyNode } from '../../../shared/model/index.ts'
import { compareNames } from '../../lib/i18n/index.ts'

/** From the wire to the machines' cards, as columns from left to right. */
export const COLUMNS = ['physical', 'bond', 'vlan', 'bridge', 'network', 'nic'] as const
export const COLUMN_OF: Readonly<Record<TopologyNode['kind'], number>> = { physical: 0, bond: 1, vlan: 2, bridge: 3, network: 4, nic: 5 }

export const ROW = 24
export const NODE_HEIGHT = 20
/** Of a host's own line, above its picture. */
export const HEAD = 30
const FOOT = 8

/** Who is nearer to the wire (`below`) and who nearer to the cards (`above`), by the place among the nodes. */
export interface Neighbours {
  readonly below: ReadonlyArray<readonly number[]>
  readonly above: ReadonlyArray<readonly number[]>
}

const neighbours = new WeakMap<HostTopology, Neighbours>()

export function neighboursOf(topology: HostTopology): Neighbours {
  const known = neighbours.get(topology)
  if (known) return known
  const below: number[][] = topology.nodes.map(() => [])
  const above: number[][] = topology.nodes.map(() => [])
  for (const [from, to] of topology.edges) {
    below[from]?.push(to)
    above[to]?.push(from)
  }
  const made = { below, above }
  neighbours.set(topology, made)
  return made
}

export interface HostLayout {
  /** With the host's own line. */
  readonly height: number
  /** Places among the nodes by column, from top to bottom. */
  readonly columns: ReadonlyArray<readonly number[]>
  /** Upper edge of each node; NaN: it is not drawn. Of cards beneath the top of the block, of all others beneath that of the spine. */
  readonly y: Float64Array
  /** All that is no card stands close together, and moves along with what is on screen: so wires are in sight of their cards. */
  readonly spineHeight: number
}

/** Where the nodes of an open host stand: each at the middle of what hangs on it, so that lines run straight. `shown` null: all. */
export function layoutHost(topology: HostTopology, shown: ReadonlySet<number> | null): HostLayout {
  const { nodes } = topology
  const { above, below } = neighboursOf(topology)
  const columns: number[][] = COLUMNS.map(() => [])
  for (const [at, { kind }] of nodes.entries()) if (shown === null || shown.has(at)) columns[COLUMN_OF[kind]]?.push(at)
  const y = new Float64Array(nodes.length).fill(Number.NaN)
  const name = (at: number) => nodes[at]?.machine ?? nodes[at]?.name ?? ''
  const cards = columns.at(-1) ?? []
  // cards of one network stand together, those that hang on a bridge by themselves behind them
  const group = new Map(cards.map((at) => [at, groupOf(topology, below[at]?.[0])]))
  cards.sort((a, b) => compareNames(group.get(a) ?? '', group.get(b) ?? '') || compareNames(name(a), name(b)) || a - b)
  for (const [row, at] of cards.entries()) y[at] = HEAD + row * ROW
  const spineRows = Math.max(0, ...columns.slice(0, -1).map(({ length }) => length))
  for (let column = columns.length - 2; column >= 0; column -= 1) {
    // cards have coordinates of their own: they decide the order of what they hang on, and not its place
    const over = (at: number) => (above[at] ?? []).filter((other) => nodes[other]?.kind !== 'nic')
    const nodesOf = columns[column] ?? []
    if (column === columns.length - 2) spread(nodesOf, spineRows, y, (at) => meanOf(above[at] ?? [], y), name)
    else place(nodesOf, spineRows, y, over, name)
  }
  const rows = Math.max(1, cards.length, spineRows)
  return { height: HEAD + rows * ROW + FOOT, columns, y, spineHeight: spineRows * ROW }
}

/** Upper edge of the spine while that part of the block is on screen: in its middle, as far as the block goes. */
export function spineTop({ height, spineHeight }: HostLayout, from: number, to: number): number {
  const end = height - FOOT
  const middle = (Math.max(HEAD, from) + Math.min(end, to)) / 2
  return Math.round(Math.max(HEAD, Math.min(middle - spineHeight / 2, end - spineHeight)))
}

function groupOf({ nodes }: HostTopology, at: number | undefined): string {
  const node = at === undefined ? undefined : nodes[at]
  if (!node) return '\uffff'
  return node.kind === 'network' ? node.name : `\uffff${node.name}`
}

function meanOf(nodes: readonly number[], y: Float64Array): number {
  const ys = nodes.flatMap((at) => {
    const value = y[at]
    return value === undefined || Number.isNaN(value) ? [] : [value]
  })
  return ys.length === 0 ? Number.POSITIVE_INFINITY : ys.reduce((sum, each) => sum + each, 0) / ys.length
}

/** Networks in the order of their cards, one under the other. */
function spread(column: number[], rows: number, y: Float64Array, wanted: (at: number) => number, name: (at: number) => string): void {
  column.sort((a, b) => (wanted(a) === wanted(b) ? compareNames(name(a), name(b)) : wanted(a) - wanted(b)))
  const first = Math.floor((rows - column.length) / 2)
  for (const [row, at] of column.entries()) y[at] = (first + row) * ROW
}

/** Puts a column's nodes as near to the middle of what is above them as their order allows. */
function place(
  column: number[],
  rows: number,
  y: Float64Array,
  aboveOf: (at: number) => readonly number[],
  name: (at: number) => string,
): void {
  const wanted = new Map(column.map((at) => [at, meanOf(aboveOf(at), y)]))
  const want = (at: number) => wanted.get(at) ?? Number.POSITIVE_INFINITY
  column.sort((a, b) => (want(a) === want(b) ? compareNames(name(a), name(b)) : want(a) - want(b)))
  let next = 0
  for (const at of column) {
    const value = Math.max(next, Number.isFinite(want(at)) ? want(at) : next)
    y[at] = value
    next = value + ROW
  }
  // what was pushed over the foot comes back up
  let last = (rows - 1) * ROW
  for (const at of column.toReversed()) {
    const value = Math.min(y[at] ?? 0, last)
    y[at] = value
    last = value - ROW
  }
}

export interface Column {
  readonly x: number
  readonly width: number
}

const LEFT = 26
const RIGHT = 12
const GAPS = 5
const LEAST_GAP = 22
const LEAST = [104, 84, 92, 96, 116, 190] as const
/** How what is left over is shared out. */
const SHARES = [1, 0.6, 0.8, 0.8, 1.1, 2.4] as const
const SHARE_OF_GAP = 0.6

/** Columns for a picture of that width; a narrower one is scrolled sideways. */
export function columnsFor(available: number): { readonly width: number; readonly columns: readonly Column[] } {
  const least = LEFT + RIGHT + GAPS * LEAST_GAP + LEAST.reduce((sum, each) => sum + each, 0)
  const width = Math.max(least, Math.floor(available))
  const whole = SHARES.reduce<number>((sum, each) => sum + each, 0) + GAPS * SHARE_OF_GAP
  const unit = (width - least) / whole
  let x = LEFT
  const columns = LEAST.map((each, at) => {
    const column = { x: Math.round(x), width: Math.round(each + unit * (SHARES[at] ?? 0)) }
    x = column.x + column.width + LEAST_GAP + unit * SHARE_OF_GAP
    return column
  })
  return { width, columns }
}
