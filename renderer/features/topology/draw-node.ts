import type { NodeRate, TopologyNode } from '../../../shared/model/index.ts'
import { NAME, SIDE } from './canvas-text.ts'
import { glyph, ring } from './draw-signs.ts'
import { type Column, NODE_HEIGHT } from './layout.ts'
import type { Pen, View } from './pen.ts'
import type { Spot } from './scene.ts'

const PAD = 7
const GLYPH = 9

/** A box with its sign, its name, and at its right what counts most of it. */
export function drawNode(
  pen: Pen,
  view: View,
  hostId: string,
  node: TopologyNode,
  at: number,
  box: Column,
  y: number,
  rate: NodeRate | undefined,
): void {
  const { context } = pen
  const palette = pen.palette
  const is = (spot: Spot | null) => spot?.hostId === hostId && spot.at === at
  context.fillStyle = is(view.selected) ? palette.selected : is(view.hover) ? palette.sunken : palette.surface
  context.strokeStyle = is(view.selected) ? palette.accent : palette.line
  context.lineWidth = is(view.selected) ? 1.6 : 1
  context.beginPath()
  context.roundRect(box.x + 0.5, y + 0.5, box.width - 1, NODE_HEIGHT - 1, 4)
  context.fill()
  context.stroke()
  const middle = y + NODE_HEIGHT / 2
  glyph(pen, node.isUp, box.x + PAD + GLYPH / 2 - 1, middle)
  const bytes = rate ? (rate.rxBytesPerS ?? 0) + (rate.txBytesPerS ?? 0) : 0
  const state = pen.words.state(node)
  const side = state ?? (rate && bytes > 0 ? pen.words.rate(rate) : pen.words.side(node))
  const name = node.machine ?? node.name
  const inner = box.width - PAD * 2 - GLYPH - 4
  // a number that is cut says another one: it stands there whole or not at all
  const room = inner - 6 - Math.min(pen.text.widthOf(name, NAME), node.kind === 'nic' ? inner * 0.56 : inner)
  const tone = state !== null && node.kind !== 'nic' && node.kind !== 'network' ? palette.warn : palette.text3
  const shown = state !== null || pen.text.widthOf(side, SIDE) <= room ? side : ''
  const sideWidth = pen.text.widthOf(shown, SIDE)
  context.font = SIDE
  context.fillStyle = tone
  context.fillText(shown, box.x + box.width - PAD - sideWidth, middle + 0.5)
  const nameRoom = inner - (sideWidth > 0 ? sideWidth + 6 : 0)
  pen.text.write(name, box.x + PAD + GLYPH + 3, middle + 0.5, nameRoom, NAME, node.isUp === false ? palette.text2 : palette.text)
  if (is(view.cursor)) ring(pen, box.x - 2, y - 2, box.width + 4, NODE_HEIGHT + 4)
}
