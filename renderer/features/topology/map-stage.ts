import { Painter } from './draw.ts'
import { readPalette } from './palette.ts'
import type { DrawWords, View } from './pen.ts'
import { blocksBetween, type Scene, type Spot, spotAt } from './scene.ts'

const SEEN_MS = 150
/** Kept free above and beneath what is brought into view. */
const MARGIN = 60
/** Of the columns' heads, which stay while the rest is scrolled. */
export const HEADS = 24

/** What is shown, but for where it is scrolled to. */
export type Shown = Omit<View, 'top' | 'hover' | 'height'>

export interface StageOptions {
  readonly scroller: HTMLElement
  readonly canvas: HTMLCanvasElement
  readonly onSize: (width: number) => void
}

/** The canvas over its scrolled space. It paints when it is scrolled, without a rendering of the page, and once a frame at most. */
export class MapStage {
  readonly #scroller: HTMLElement
  readonly #canvas: HTMLCanvasElement
  readonly #context: CanvasRenderingContext2D | null
  #words: DrawWords | null = null
  readonly #sizes: ResizeObserver
  readonly #themes: MutationObserver
  #painter: Painter | null = null
  #shown: Shown | null = null
  #onSeen: (hostIds: readonly string[]) => void = () => undefined
  #hover: Spot | null = null
  #height = 0
  #frame = 0
  #seenTimer: ReturnType<typeof setTimeout> | undefined

  constructor({ scroller, canvas, onSize }: StageOptions) {
    this.#scroller = scroller
    this.#canvas = canvas
    this.#context = canvas.getContext('2d', { alpha: false })
    const measure = () => {
      this.#height = Math.max(1, scroller.clientHeight - HEADS)
      onSize(scroller.clientWidth)
      this.#fit()
      this.#seenSoon()
    }
    this.#sizes = new ResizeObserver(measure)
    this.#sizes.observe(scroller)
    measure()
    // a canvas does not follow style sheets
    this.#themes = new MutationObserver(() => {
      this.#renewPainter()
      this.paintSoon()
    })
    this.#themes.observe(document.documentElement, { attributes: true, attributeFilter: ['class'] })
  }

  show(shown: Shown, words: DrawWords, onSeen: (hostIds: readonly string[]) => void): void {
    const before = this.#shown
    if (this.#words !== words) {
      this.#words = words
      this.#renewPainter()
    }
    this.#shown = shown
    this.#onSeen = onSeen
    if (before?.width !== shown.width) this.#fit()
    if (before?.scene !== shown.scene) this.#seenSoon()
    this.paintSoon()
  }

  scrolled(): void {
    this.paintSoon()
    this.#seenSoon()
  }

  /** Paints with the next frame. */
  paintSoon(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#paint())
  }

  /** What lies at a point of the window. */
  spotUnder(x: number, y: number): Spot | null {
    if (!this.#shown) return null
    const box = this.#canvas.getBoundingClientRect()
    const window = { top: this.#scroller.scrollTop, height: this.#height }
    return spotAt(this.#shown.scene, this.#shown.columns, x - box.left, y - box.top + window.top, window)
  }

  point(spot: Spot | null): void {
    if (spot?.hostId === this.#hover?.hostId && spot?.at === this.#hover?.at) return
    this.#hover = spot
    this.#canvas.style.cursor = spot ? 'pointer' : 'default'
    this.paintSoon()
  }

  bringIntoView(scene: Scene, spot: Spot): void {
    const block = scene.blocks.find(({ host }) => host.id === spot.hostId)
    if (!block) return
    const box = this.#scroller
    const isCard = spot.at !== null && block.host.topology?.nodes[spot.at]?.kind === 'nic'
    // what is no card moves along with what is on screen of its host
    if (spot.at !== null && !isCard && block.y < box.scrollTop + this.#height && block.y + block.height > box.scrollTop) return
    const y = block.y + (isCard ? (block.layout?.y[spot.at ?? 0] ?? 0) : 0)
    if (y < box.scrollTop + MARGIN) box.scrollTop = y - MARGIN
    else if (y > box.scrollTop + this.#height - MARGIN) box.scrollTop = y - this.#height + MARGIN
  }

  close(): void {
    cancelAnimationFrame(this.#frame)
    clearTimeout(this.#seenTimer)
    this.#sizes.disconnect()
    this.#themes.disconnect()
  }

  #renewPainter(): void {
    if (this.#context && this.#words) this.#painter = new Painter(this.#context, readPalette(), this.#words)
  }

  /** Another size clears a canvas, so it is painted at once. */
  #fit(): void {
    if (!this.#shown) return
    const ratio = window.devicePixelRatio || 1
    this.#canvas.width = Math.max(1, Math.round(this.#shown.width * ratio))
    this.#canvas.height = Math.max(1, Math.round(this.#height * ratio))
    this.#canvas.style.width = `${this.#shown.width}px`
    this.#canvas.style.height = `${this.#height}px`
    this.#context?.setTransform(ratio, 0, 0, ratio, 0, 0)
    this.#paint()
  }

  #paint(): void {
    cancelAnimationFrame(this.#frame)
    this.#frame = 0
    if (!this.#shown) return
    const hasFocus = document.activeElement === this.#scroller
    const drawn = this.#painter?.draw({
      ...this.#shown,
      cursor: hasFocus ? this.#shown.cursor : null,
      top: this.#scroller.scrollTop,
      height: this.#height,
      hover: this.#hover,
    })
    // what the picture holds can be told from outside only by this
    const nodes = String(drawn ?? 0)
    if (this.#canvas.dataset['nodes'] !== nodes) this.#canvas.dataset['nodes'] = nodes
  }

  #seenSoon(): void {
    clearTimeout(this.#seenTimer)
    this.#seenTimer = setTimeout(() => {
      if (!this.#shown) return
      const { scrollTop } = this.#scroller
      this.#onSeen(blocksBetween(this.#shown.scene, scrollTop, scrollTop + this.#height).map(({ host }) => host.id))
    }, SEEN_MS)
  }
}
