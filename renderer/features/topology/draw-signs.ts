import type { Pen } from './pen.ts'

/** A disc: up. A square: down. A dashed ring: not known. Each is told from the others without colour. */
export function glyph(pen: Pen, isUp: boolean | null, x: number, y: number): void {
  const { context } = pen
  context.beginPath()
  if (isUp === true) {
    context.fillStyle = pen.palette.ok
    context.arc(x, y, 3.6, 0, Math.PI * 2)
    context.fill()
    return
  }
  context.strokeStyle = pen.palette.text3
  context.lineWidth = 1.3
  if (isUp === false) context.rect(x - 3.2, y - 3.2, 6.4, 6.4)
  else {
    context.setLineDash([2, 1.6])
    context.arc(x, y, 3.6, 0, Math.PI * 2)
  }
  context.stroke()
  context.setLineDash([])
}

export function triangle(pen: Pen, x: number, y: number): void {
  const { context } = pen
  context.fillStyle = pen.palette.warn
  context.beginPath()
  context.moveTo(x, y - 5)
  context.lineTo(x + 5, y + 4)
  context.lineTo(x - 5, y + 4)
  context.closePath()
  context.fill()
}

export function ring(pen: Pen, x: number, y: number, width: number, height: number): void {
  const { context } = pen
  context.globalAlpha = 1
  context.strokeStyle = pen.palette.accent
  context.lineWidth = 2
  context.beginPath()
  context.roundRect(x, y, width, height, 5)
  context.stroke()
}
