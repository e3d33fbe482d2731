const FONT = '"Red Hat Text", "RedHatText", sans-serif'
export const NAME = `500 12px ${FONT}`
export const SIDE = `400 11px ${FONT}`
export const TITLE = `600 13px ${FONT}`

/** Texts and widths that are remembered at most. */
const KEPT = 40_000

/** Writes on a canvas what fits. Measuring is the dearest of all, so that widths are remembered. */
export class CanvasText {
  readonly #context: CanvasRenderingContext2D
  readonly #fits = new Map<string, string>()
  readonly #widths = new Map<string, number>()

  constructor(context: CanvasRenderingContext2D) {
    this.#context = context
  }

  /** Draws what fits and answers how wide it is. */
  write(text: string, x: number, y: number, room: number, font: string, colour: string): number {
    const shown = this.#fit(text, room, font)
    this.#context.font = font
    this.#context.fillStyle = colour
    this.#context.fillText(shown, x, y)
    return this.widthOf(shown, font)
  }

  #fit(text: string, room: number, font: string): string {
    if (text === '' || room <= 0) return ''
    const key = `${font}|${Math.floor(room)}|${text}`
    const known = this.#fits.get(key)
    if (known !== undefined) return known
    let shown = text
    if (this.widthOf(text, font) > room) {
      let low = 0
      let high = text.length
      while (low < high) {
        const middle = (low + high + 1) >> 1
        if (this.widthOf(`${text.slice(0, middle)}…`, font) <= room) low = middle
        else high = middle - 1
      }
      shown = low === 0 ? '' : `${text.slice(0, low)}…`
    }
    if (this.#fits.size > KEPT) this.#fits.clear()
    this.#fits.set(key, shown)
    return shown
  }

  widthOf(text: string, font: string): number {
    if (text === '') return 0
    const key = `${font}|${text}`
    const known = this.#widths.get(key)
    if (known !== undefined) return known
    this.#context.font = font
    const { width } = this.#context.measureText(text)
    if (this.#widths.size > KEPT) this.#widths.clear()
    this.#widths.set(key, width)
    return width
  }
}
