import type { HostTopology, NodeRate } from '../../../shared/model/index.ts'
import { COLUMN_OF, HEAD, NODE_HEIGHT } from './layout.ts'
import { DIM, type Pen, type View } from './pen.ts'
import { type Block, nodeY } from './scene.ts'

/** An edge, and the part of the block that is on screen. */
export interface Line {
  /** The end that is nearer to the cards. */
  readonly a: number
  readonly b: number
  readonly spine: number
  readonly from: number
  readonly to: number
  readonly isLit: boolean
  readonly isDim: boolean
}

/** From the host's own line down to its ports. */
export function drawTrunk(
  pen: Pen,
  { columns }: View,
  { columns: nodes, y }: NonNullable<Block['layout']>,
  spine: number,
  from: number,
  to: number,
): void {
  const ports = nodes[0] ?? []
  const last = ports.at(-1)
  const x = columns[0]?.x ?? 0
  if (last === undefined) return
  const { context } = pen
  context.strokeStyle = pen.palette.line
  context.lineWidth = 1
  context.beginPath()
  context.moveTo(12.5, Math.max(HEAD, from))
  context.lineTo(12.5, Math.min((y[last] ?? 0) + spine + NODE_HEIGHT / 2, to))
  for (const at of ports) {
    const middle = Math.round((y[at] ?? 0) + spine + NODE_HEIGHT / 2) + 0.5
    if (middle < from || middle > to) continue
    context.moveTo(12.5, middle)
    context.lineTo(x, middle)
  }
  context.stroke()
}

export function drawEdge(
  pen: Pen,
  { columns }: View,
  topology: HostTopology,
  layout: NonNullable<Block['layout']>,
  line: Line,
  rates: ReadonlyMap<string, NodeRate> | undefined,
): void {
  const { isLit: lit, isDim, spine, from: top, to: bottom } = line
  const [a, b] = [topology.nodes[line.a], topology.nodes[line.b]]
  if (!a || !b) return
  const fromY = nodeY(layout, line.a, a.kind === 'nic', spine)
  const toY = nodeY(layout, line.b, b.kind === 'nic', spine)
  // also with NaN: it is not drawn at all
  if (!(Math.max(fromY, toY) + NODE_HEIGHT >= top && Math.min(fromY, toY) <= bottom)) return
  const right = columns[COLUMN_OF[a.kind]]
  const left = columns[COLUMN_OF[b.kind]]
  if (!left || !right) return
  const { context } = pen
  const rate = rates?.get(a.id)
  const bytes = (rate?.rxBytesPerS ?? 0) + (rate?.txBytesPerS ?? 0)
  const isDown = a.isUp === false || b.isUp === false
  context.globalAlpha = lit ? 1 : isDim ? DIM : 0.75
  context.strokeStyle = lit ? pen.palette.accent : pen.palette.control
  context.lineWidth = (lit ? 1.2 : 0) + thickness(bytes)
  context.setLineDash(isDown ? [3, 3] : [])
  const [y1, y2] = [fromY + NODE_HEIGHT / 2, toY + NODE_HEIGHT / 2]
  context.beginPath()
  context.moveTo(right.x, y1)
  if (left === right) {
    const bulge = Math.min(16, 8 + Math.abs(y1 - y2) / 12)
    context.bezierCurveTo(right.x - bulge, y1, right.x - bulge, y2, right.x, y2)
  } else {
    const end = left.x + left.width
    const half = Math.min(60, (right.x - end) / 2)
    context.bezierCurveTo(right.x - half, y1, end + half, y2, end, y2)
  }
  context.stroke()
  context.setLineDash([])
  context.globalAlpha = 1
}

/** One pixel for nothing, two from 100 kB, four from 100 MB a second on. */
function thickness(bytesPerS: number): number {
  return bytesPerS <= 10_000 ? 1 : Math.min(4, 1 + Math.log10(bytesPerS / 10_000) * 0.75)
}
