import type { Clock } from '../../provider.ts'
import { ENCODING, encodeArea, rectangle } from './encodings.ts'
import { CELL_HEIGHT, CELL_WIDTH } from './font.ts'
import { type Area, changedAreas, composePicture, drawArea, HEADER_ROWS, type Picture } from './picture.ts'
import { RfbSession, type UpdateRequest } from './rfb-session.ts'
import { COLUMNS, ROWS, type Screen } from './screen.ts'

export interface VncDisplayOptions {
  readonly screen: Screen
  /** In the header, and the name of the desktop. */
  readonly title: string
  readonly password: string | null
  readonly clock: Clock
  readonly send: (bytes: Uint8Array) => void
  /** Whoever reads waits for more: until then nothing is drawn for them. */
  readonly isHungry: () => boolean
  readonly onKeys: (text: string) => void
  readonly onRestart: () => void
  readonly onRefused: () => void
  /** Claims a screen of 65,535 × 65,535. */
  readonly claimsHugeScreen?: boolean
  /** Changes its size every 20 ms, for those who can follow. */
  readonly isRestless?: boolean
}

const BLINK_MS = 500
const RESTLESS_MS = 20
const HUGE = { width: 65_535, height: 65_535 }
/** Sizes in cells; the first is that of a display at rest. */
const SIZES = [
  { columns: COLUMNS, rows: ROWS + HEADER_ROWS },
  { columns: 100, rows: 36 },
  { columns: 64, rows: 20 },
] as const

type Size = (typeof SIZES)[number]

/** A screen shown over VNC to one viewer. Drawn when they ask and take it, and only what they have not seen. */
export class VncDisplay {
  readonly #options: VncDisplayOptions
  readonly #session: RfbSession
  #size: Size = SIZES[0]
  /** What the viewer has; an empty row: nothing. */
  #seen: Picture = []
  #seenScrolled = 0
  #seenSize: Size = SIZES[0]
  #wanted: UpdateRequest | null = null
  #cancelBlink: (() => void) | null = null
  #cancelRestless: (() => void) | null = null
  #sizesShown = 0

  constructor(options: VncDisplayOptions) {
    const { screen, title, claimsHugeScreen, isRestless, ...rest } = options
    this.#options = options
    this.#seenScrolled = screen.scrolled
    this.#session = new RfbSession({
      ...rest,
      name: title,
      size: claimsHugeScreen ? HUGE : pixelsOf(this.#size),
      onReady: () => isRestless && this.#fidget(),
      onRequest: (request) => this.#request(request),
    })
  }

  hear(bytes: Uint8Array): void {
    this.#session.hear(bytes)
  }

  /** The screen may have changed, or the viewer takes more: sends one update if one is wanted. */
  update(): void {
    if (!this.#wanted || !this.#options.isHungry()) return
    this.#cancelBlink?.()
    this.#cancelBlink = null
    if (this.#size !== this.#seenSize && this.#session.takes('desktopSize')) {
      this.#resize()
      return
    }
    const rectangles = this.#changes(this.#wanted)
    if (rectangles.length > 0) this.#answer(rectangles)
    else this.#blinkLater()
  }

  stop(): void {
    this.#wanted = null
    this.#cancelBlink?.()
    this.#cancelRestless?.()
  }

  #request(request: UpdateRequest): void {
    const isWhole = !request.incremental || this.#wanted?.incremental === false
    this.#wanted = { ...request, incremental: !isWhole }
    if (isWhole) this.#seen = []
    this.update()
  }

  #answer(rectangles: readonly Buffer[]): void {
    this.#wanted = null
    const head = Buffer.alloc(4)
    head.writeUInt16BE(rectangles.length, 2)
    this.#options.send(Buffer.concat([head, ...rectangles]))
  }

  #resize(): void {
    this.#seenSize = this.#size
    this.#seen = []
    const { width, height } = pixelsOf(this.#size)
    this.#answer([rectangle(0, 0, width, height, ENCODING.desktopSize)])
  }

  #changes(wanted: UpdateRequest): readonly Buffer[] {
    const { columns, rows } = this.#seenSize
    const { screen, title, clock } = this.#options
    const within = cellsOf(wanted, this.#seenSize)
    const now = composePicture(screen, title, columns, rows, Math.floor(clock.nowMs() / BLINK_MS) % 2 === 0)
    const moved = this.#moveSeen(within)
    const areas = changedAreas(this.#seen, now, within)
    this.#seen = now.map((row, at) => mergeRow(this.#seen[at] ?? [], row, at, within))
    return [...moved, ...areas.map((area) => encodeArea(area, drawArea(now, area), this.#session.encoding, this.#session.format))]
  }

  /** Lines that left at the top: the viewer moves what it has. Done for the whole screen or not at all. */
  #moveSeen(within: Area): readonly Buffer[] {
    const by = this.#options.screen.scrolled - this.#seenScrolled
    this.#seenScrolled = this.#options.screen.scrolled
    const { columns, rows } = this.#seenSize
    const isWhole = within.columns === columns && within.rows === rows && rows === SIZES[0].rows
    if (by <= 0 || by >= ROWS || this.#seen.length === 0 || !isWhole || !this.#session.takes('copyRect')) return []
    const [header = [], ...body] = this.#seen
    // the rows at the bottom stay as they are: they were copied, not moved
    this.#seen = [header, ...body.slice(by), ...body.slice(ROWS - by)]
    const from = Buffer.alloc(4)
    from.writeUInt16BE((HEADER_ROWS + by) * CELL_HEIGHT, 2)
    const head = rectangle(0, HEADER_ROWS * CELL_HEIGHT, columns * CELL_WIDTH, (ROWS - by) * CELL_HEIGHT, ENCODING.copyRect)
    return [Buffer.concat([head, from])]
  }

  /** Nothing has changed: the cursor will. */
  #blinkLater(): void {
    const { clock, screen } = this.#options
    if (screen.cursor) this.#cancelBlink = clock.after(BLINK_MS - (clock.nowMs() % BLINK_MS), () => this.update())
  }

  #fidget(): void {
    this.#cancelRestless = this.#options.clock.after(RESTLESS_MS, () => {
      this.#sizesShown += 1
      this.#size = SIZES[this.#sizesShown % SIZES.length] ?? SIZES[0]
      this.#fidget()
      this.update()
    })
  }
}

function pixelsOf({ columns, rows }: Size): { width: number; height: number } {
  return { width: columns * CELL_WIDTH, height: rows * CELL_HEIGHT }
}

/** The cells that a rectangle touches. */
function cellsOf({ x, y, width, height }: UpdateRequest, size: Size): Area {
  const column = Math.min(size.columns, Math.floor(x / CELL_WIDTH))
  const row = Math.min(size.rows, Math.floor(y / CELL_HEIGHT))
  const toColumn = Math.min(size.columns, Math.ceil((x + width) / CELL_WIDTH))
  const toRow = Math.min(size.rows, Math.ceil((y + height) / CELL_HEIGHT))
  return { column, row, columns: Math.max(0, toColumn - column), rows: Math.max(0, toRow - row) }
}

/** A row as the viewer has it after an update of an area. */
function mergeRow(seen: Picture[number], now: Picture[number], row: number, { column, columns, ...area }: Area): Picture[number] {
  if (row < area.row || row >= area.row + area.rows) return seen
  if (columns === now.length) return now
  return now.map((cell, at) => (at >= column && at < column + columns ? cell : seen[at])) as Picture[number]
}
