import { SIDE, TITLE } from './canvas-text.ts'
import { ring, triangle } from './draw-signs.ts'
import { HEAD } from './layout.ts'
import type { Pen, View } from './pen.ts'
import type { Block } from './scene.ts'

/** A host's own line: its name, counts, and what is wrong. */
export function drawHead(pen: Pen, view: View, block: Block): void {
  const { context } = pen
  const palette = pen.palette
  const isCursor = view.cursor?.hostId === block.host.id && view.cursor.at === null
  context.fillStyle = palette.sunken
  context.fillRect(0, 0, view.width, HEAD)
  context.fillStyle = palette.line
  context.fillRect(0, HEAD - 1, view.width, 1)
  context.strokeStyle = palette.text2
  context.lineWidth = 1.4
  context.beginPath()
  if (view.openIds.has(block.host.id) || block.layout) {
    context.moveTo(8, 13)
    context.lineTo(12, 17)
    context.lineTo(16, 13)
  } else {
    context.moveTo(10, 11)
    context.lineTo(14, 15)
    context.lineTo(10, 19)
  }
  context.stroke()
  const nameWidth = pen.text.write(block.host.name, 24, 15, 260, TITLE, palette.text)
  const { text, trouble } = pen.words.head(block)
  const textWidth = pen.text.write(text, 24 + nameWidth + 12, 15, 520, SIDE, palette.text3)
  if (trouble !== null) {
    const x = 24 + nameWidth + 12 + textWidth + 14
    triangle(pen, x + 4, 15)
    pen.text.write(trouble, x + 13, 15, 420, SIDE, palette.warn)
  }
  if (isCursor) ring(pen, 1, 1, view.width - 2, HEAD - 2)
}
