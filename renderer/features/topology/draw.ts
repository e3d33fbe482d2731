import type { HostTopology, NodeRate, TopologyNode } from '../../../shared/model/index.ts'
import { COLUMN_OF, type Column, HEAD, NODE_HEIGHT } from './layout.ts'
import type { Path } from './path.ts'
import { type Block, blocksBetween, nodesBetween, nodeY, type Scene, type Spot, spineIn } from './scene.ts'

/** Colours by the role of the design, read from the style sheet: a canvas does not follow it by itself. */
export type Palette = Readonly<
  Record<'surface' | 'sunken' | 'rowLine' | 'line' | 'control' | 'text' | 'text2' | 'text3' | 'accent' | 'selected' | 'ok' | 'warn', string>
>

const TOKENS: Readonly<Record<keyof Palette, string>> = {
  surface: '--nc-surface',
  sunken: '--nc-sunken',
  rowLine: '--nc-row-line',
  line: '--nc-line',
  control: '--nc-line-control',
  text: '--nc-text',
  text2: '--nc-text-2',
  text3: '--nc-text-3',
  accent: '--nc-accent',
  selected: '--nc-selected',
  ok: '--nc-ok',
  warn: '--nc-warn',
}

export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement)
  return Object.fromEntries(Object.entries(TOKENS).map(([role, token]) => [role, style.getPropertyValue(token).trim()])) as Palette
}

/** What is worded outside of it. */
export interface DrawWords {
  /** Counts, and what is wrong, behind a host's name. */
  readonly head: (block: Block) => { readonly text: string; readonly trouble: string | null }
  /** What stands at the right in a node's box: its speed, mode, address. */
  readonly side: (node: TopologyNode) => string
  /** The state, where it has to be read: a link that is down, a machine that is off. */
  readonly state: (node: TopologyNode) => string | null
  /** Both ways together. */
  readonly rate: (rate: NodeRate) => string
  readonly waiting: string
}

export interface View {
  readonly scene: Scene
  readonly columns: readonly Column[]
  readonly width: number
  readonly top: number
  readonly height: number
  readonly selected: Spot | null
  /** Of the selected node. */
  readonly path: Path | null
  readonly cursor: Spot | null
  /** Under the pointer. */
  readonly hover: Spot | null
  readonly rates: ReadonlyMap<string, ReadonlyMap<string, NodeRate>>
  readonly openIds: ReadonlySet<string>
}

/** An edge, and the part of the block that is on screen. */
interface Line {
  /** The end that is nearer to the cards. */
  readonly a: number
  readonly b: number
  readonly spine: number
  readonly from: number
  readonly to: number
  readonly isLit: boolean
  readonly isDim: boolean
}

const FONT = '"Red Hat Text", "RedHatText", sans-serif'
const NAME = `500 12px ${FONT}`
const SIDE = `400 11px ${FONT}`
const TITLE = `600 13px ${FONT}`
const DIM = 0.3
/** Of what only belongs to the way of something that was found. */
const UNFOUND = 0.7
const PAD = 7
const GLYPH = 9

/** Draws what lies between `top` and `top + height` of the whole picture, and nothing else. */
export class Painter {
  readonly #context: CanvasRenderingContext2D
  readonly #palette: Palette
  readonly #words: DrawWords
  /** Widths of texts and what fits of them: measuring is the dearest of all. */
  readonly #fits = new Map<string, string>()
  readonly #widths = new Map<string, number>()
  #drawn = 0

  constructor(context: CanvasRenderingContext2D, palette: Palette, words: DrawWords) {
    this.#context = context
    this.#palette = palette
    this.#words = words
  }

  /** Answers how many nodes it drew. */
  draw(view: View): number {
    const context = this.#context
    this.#drawn = 0
    context.fillStyle = this.#palette.surface
    context.fillRect(0, 0, view.width, view.height)
    context.textBaseline = 'middle'
    for (const block of blocksBetween(view.scene, view.top, view.top + view.height)) {
      const y = block.y - view.top
      context.save()
      context.translate(0, y)
      const from = Math.max(HEAD, -y)
      const to = Math.min(block.height, view.height - y)
      if (block.layout && block.host.topology) this.#body(view, block, block.host.topology, from, to)
      else if (block.height > HEAD) this.#text(this.#words.waiting, 26, HEAD + 10, 400, SIDE, this.#palette.text3)
      this.#head(view, block)
      context.restore()
    }
    return this.#drawn
  }

  #head(view: View, block: Block): void {
    const context = this.#context
    const palette = this.#palette
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
    const nameWidth = this.#text(block.host.name, 24, 15, 260, TITLE, palette.text)
    const { text, trouble } = this.#words.head(block)
    const textWidth = this.#text(text, 24 + nameWidth + 12, 15, 520, SIDE, palette.text3)
    if (trouble !== null) {
      const x = 24 + nameWidth + 12 + textWidth + 14
      this.#triangle(x + 4, 15)
      this.#text(trouble, x + 13, 15, 420, SIDE, palette.warn)
    }
    if (isCursor) this.#ring(1, 1, view.width - 2, HEAD - 2)
  }

  #body(view: View, block: Block, topology: HostTopology, from: number, to: number): void {
    const context = this.#context
    const { layout, host } = block
    if (!layout) return
    const path = view.selected?.hostId === host.id ? view.path : null
    const spine = spineIn(block, layout, view)
    const rates = view.rates.get(host.id)
    this.#trunk(view, layout, spine, from, to)
    for (const [index, [a, b]] of topology.edges.entries()) {
      const onPath = path?.edges.has(index) ?? false
      if (!onPath) this.#edge(view, topology, layout, { a, b, spine, from, to, isLit: false, isDim: path !== null }, rates)
    }
    if (path) {
      for (const index of path.edges) {
        const edge = topology.edges[index]
        if (edge) this.#edge(view, topology, layout, { a: edge[0], b: edge[1], spine, from, to, isLit: true, isDim: false }, rates)
      }
    }
    for (const [column, box] of view.columns.entries()) {
      for (const at of nodesBetween(layout, column, from, to, spine)) {
        const node = topology.nodes[at]
        if (!node) continue
        const isFound = block.matches.size === 0 || block.matches.has(at)
        context.globalAlpha = path ? (path.nodes.has(at) ? 1 : DIM) : isFound ? 1 : UNFOUND
        this.#node(view, host.id, node, at, box, nodeY(layout, at, node.kind === 'nic', spine), rates?.get(node.id))
      }
    }
    context.globalAlpha = 1
  }

  /** From the host's own line down to its ports. */
  #trunk({ columns }: View, { columns: nodes, y }: NonNullable<Block['layout']>, spine: number, from: number, to: number): void {
    const ports = nodes[0] ?? []
    const last = ports.at(-1)
    const x = columns[0]?.x ?? 0
    if (last === undefined) return
    const context = this.#context
    context.strokeStyle = this.#palette.line
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

  #edge(
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
    const context = this.#context
    const rate = rates?.get(a.id)
    const bytes = (rate?.rxBytesPerS ?? 0) + (rate?.txBytesPerS ?? 0)
    const isDown = a.isUp === false || b.isUp === false
    context.globalAlpha = lit ? 1 : isDim ? DIM : 0.75
    context.strokeStyle = lit ? this.#palette.accent : this.#palette.control
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

  #node(view: View, hostId: string, node: TopologyNode, at: number, box: Column, y: number, rate: NodeRate | undefined): void {
    this.#drawn += 1
    const context = this.#context
    const palette = this.#palette
    const is = (spot: Spot | null) => spot?.hostId === hostId && spot.at === at
    context.fillStyle = is(view.selected) ? palette.selected : is(view.hover) ? palette.sunken : palette.surface
    context.strokeStyle = is(view.selected) ? palette.accent : palette.line
    context.lineWidth = is(view.selected) ? 1.6 : 1
    context.beginPath()
    context.roundRect(box.x + 0.5, y + 0.5, box.width - 1, NODE_HEIGHT - 1, 4)
    context.fill()
    context.stroke()
    const middle = y + NODE_HEIGHT / 2
    this.#glyph(node.isUp, box.x + PAD + GLYPH / 2 - 1, middle)
    const bytes = rate ? (rate.rxBytesPerS ?? 0) + (rate.txBytesPerS ?? 0) : 0
    const state = this.#words.state(node)
    const side = state ?? (rate && bytes > 0 ? this.#words.rate(rate) : this.#words.side(node))
    const name = node.machine ?? node.name
    const inner = box.width - PAD * 2 - GLYPH - 4
    // a number that is cut says another one: it stands there whole or not at all
    const room = inner - 6 - Math.min(this.#widthOf(name, NAME), node.kind === 'nic' ? inner * 0.56 : inner)
    const tone = state !== null && node.kind !== 'nic' && node.kind !== 'network' ? palette.warn : palette.text3
    const shown = state !== null || this.#widthOf(side, SIDE) <= room ? side : ''
    const sideWidth = this.#widthOf(shown, SIDE)
    context.font = SIDE
    context.fillStyle = tone
    context.fillText(shown, box.x + box.width - PAD - sideWidth, middle + 0.5)
    const nameRoom = inner - (sideWidth > 0 ? sideWidth + 6 : 0)
    this.#text(name, box.x + PAD + GLYPH + 3, middle + 0.5, nameRoom, NAME, node.isUp === false ? palette.text2 : palette.text)
    if (is(view.cursor)) this.#ring(box.x - 2, y - 2, box.width + 4, NODE_HEIGHT + 4)
  }

  /** A disc: up. A square: down. A dashed ring: not known. Each is told from the others without colour. */
  #glyph(isUp: boolean | null, x: number, y: number): void {
    const context = this.#context
    context.beginPath()
    if (isUp === true) {
      context.fillStyle = this.#palette.ok
      context.arc(x, y, 3.6, 0, Math.PI * 2)
      context.fill()
      return
    }
    context.strokeStyle = this.#palette.text3
    context.lineWidth = 1.3
    if (isUp === false) context.rect(x - 3.2, y - 3.2, 6.4, 6.4)
    else {
      context.setLineDash([2, 1.6])
      context.arc(x, y, 3.6, 0, Math.PI * 2)
    }
    context.stroke()
    context.setLineDash([])
  }

  #triangle(x: number, y: number): void {
    const context = this.#context
    context.fillStyle = this.#palette.warn
    context.beginPath()
    context.moveTo(x, y - 5)
    context.lineTo(x + 5, y + 4)
    context.lineTo(x - 5, y + 4)
    context.closePath()
    context.fill()
  }

  #ring(x: number, y: number, width: number, height: number): void {
    const context = this.#context
    context.globalAlpha = 1
    context.strokeStyle = this.#palette.accent
    context.lineWidth = 2
    context.beginPath()
    context.roundRect(x, y, width, height, 5)
    context.stroke()
  }

  /** Draws what fits and answers how wide it is. */
  #text(text: string, x: number, y: number, room: number, font: string, colour: string): number {
    const shown = this.#fit(text, room, font)
    this.#context.font = font
    this.#context.fillStyle = colour
    this.#context.fillText(shown, x, y)
    return this.#widthOf(shown, font)
  }

  #fit(text: string, room: number, font: string): string {
    if (text === '' || room <= 0) return ''
    const key = `${font}|${Math.floor(room)}|${text}`
    const known = this.#fits.get(key)
    if (known !== undefined) return known
    let shown = text
    if (this.#widthOf(text, font) > room) {
      let low = 0
      let high = text.length
      while (low < high) {
        const middle = (low + high + 1) >> 1
        if (this.#widthOf(`${text.slice(0, middle)}…`, font) <= room) low = middle
        else high = middle - 1
      }
      shown = low === 0 ? '' : `${text.slice(0, low)}…`
    }
    if (this.#fits.size > 40_000) this.#fits.clear()
    this.#fits.set(key, shown)
    return shown
  }

  #widthOf(text: string, font: string): number {
    if (text === '') return 0
    const key = `${font}|${text}`
    const known = this.#widths.get(key)
    if (known !== undefined) return known
    this.#context.font = font
    const { width } = this.#context.measureText(text)
    if (this.#widths.size > 40_000) this.#widths.clear()
    this.#widths.set(key, width)
    return width
  }
}

/** One pixel for nothing, two from 100 kB, four from 100 MB a second on. */
function thickness(bytesPerS: number): number {
  return bytesPerS <= 10_000 ? 1 : Math.min(4, 1 + Math.log10(bytesPerS / 10_000) * 0.75)
}
