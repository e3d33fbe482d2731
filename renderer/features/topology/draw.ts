import type { HostTopology } from '../../../shared/model/index.ts'
import { CanvasText, SIDE } from './canvas-text.ts'
import { drawEdge, drawTrunk } from './draw-edge.ts'
import { drawHead } from './draw-head.ts'
import { drawNode } from './draw-node.ts'
import { HEAD } from './layout.ts'
import type { Palette } from './palette.ts'
import { DIM, type DrawWords, type Pen, type View } from './pen.ts'
import { type Block, blocksBetween, nodesBetween, nodeY, spineIn } from './scene.ts'

/** Of what only belongs to the way of something that was found. */
const UNFOUND = 0.7

/** Draws what lies between `top` and `top + height` of the whole picture, and nothing else. */
export class Painter {
  readonly #pen: Pen
  #drawn = 0

  constructor(context: CanvasRenderingContext2D, palette: Palette, words: DrawWords) {
    this.#pen = { context, palette, words, text: new CanvasText(context) }
  }

  /** Answers how many nodes it drew. */
  draw(view: View): number {
    const { context } = this.#pen
    this.#drawn = 0
    context.fillStyle = this.#pen.palette.surface
    context.fillRect(0, 0, view.width, view.height)
    context.textBaseline = 'middle'
    for (const block of blocksBetween(view.scene, view.top, view.top + view.height)) {
      const y = block.y - view.top
      context.save()
      context.translate(0, y)
      const from = Math.max(HEAD, -y)
      const to = Math.min(block.height, view.height - y)
      if (block.layout && block.host.topology) this.#body(view, block, block.host.topology, from, to)
      else if (block.height > HEAD) this.#pen.text.write(this.#pen.words.waiting, 26, HEAD + 10, 400, SIDE, this.#pen.palette.text3)
      drawHead(this.#pen, view, block)
      context.restore()
    }
    return this.#drawn
  }

  #body(view: View, block: Block, topology: HostTopology, from: number, to: number): void {
    const { context } = this.#pen
    const { layout, host } = block
    if (!layout) return
    const path = view.selected?.hostId === host.id ? view.path : null
    const spine = spineIn(block, layout, view)
    const rates = view.rates.get(host.id)
    drawTrunk(this.#pen, view, layout, spine, from, to)
    for (const [index, [a, b]] of topology.edges.entries()) {
      const onPath = path?.edges.has(index) ?? false
      if (!onPath) drawEdge(this.#pen, view, topology, layout, { a, b, spine, from, to, isLit: false, isDim: path !== null }, rates)
    }
    if (path) {
      for (const index of path.edges) {
        const edge = topology.edges[index]
        if (edge) drawEdge(this.#pen, view, topology, layout, { a: edge[0], b: edge[1], spine, from, to, isLit: true, isDim: false }, rates)
      }
    }
    for (const [column, box] of view.columns.entries()) {
      for (const at of nodesBetween(layout, column, from, to, spine)) {
        const node = topology.nodes[at]
        if (!node) continue
        const isFound = block.matches.size === 0 || block.matches.has(at)
        context.globalAlpha = path ? (path.nodes.has(at) ? 1 : DIM) : isFound ? 1 : UNFOUND
        this.#drawn += 1
        drawNode(this.#pen, view, host.id, node, at, box, nodeY(layout, at, node.kind === 'nic', spine), rates?.get(node.id))
      }
    }
    context.globalAlpha = 1
  }
}
