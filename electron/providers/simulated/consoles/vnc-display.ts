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
  /** The guest takes the size that a viewer asks for, as near as whole letters come to it. */
  readonly takesSizes?: boolean
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

interface Size {
  readonly columns: number
  readonly rows: number
}

/** Of a size that somebody asks for, in cells. */
const SMALLEST: Size = { columns: 20, rows: 5 }
const LARGEST: Size = { columns: 400, rows: 150 }
/** Why a screen has the size it has, and what became of the request (rfbproto, ExtendedDesktopSize). */
const BY_ITSELF = 0
const BY_THIS_CLIENT = 1
const DONE = 0
const INVALID_LAYOUT = 3

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
  /** What became of the viewer's last request for a size, until it has been told. */
  #verdict: typeof DONE | typeof INVALID_LAYOUT | null = null
  #hasToldSizes = false

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
      onSize: (size) => this.#resizeTo(size),
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
    const isExtended = this.#options.takesSizes !== undefined && this.#session.takes('extendedDesktopSize')
    const isOther = this.#size !== this.#seenSize
    if (isExtended && (isOther || this.#verdict !== null || !this.#hasToldSizes)) {
      this.#tellSizes()
      return
    }
    if (isOther && this.#session.takes('desktopSize')) {
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

  /** The size, its reason, and the one screen that there is: by this the viewer knows that it may ask for another. */
  #tellSizes(): void {
    const by = this.#verdict === null ? BY_ITSELF : BY_THIS_CLIENT
    const verdict = this.#verdict ?? DONE
    this.#verdict = null
    this.#hasToldSizes = true
    if (this.#size !== this.#seenSize) this.#seen = []
    this.#seenSize = this.#size
    const { width, height } = pixelsOf(this.#size)
    const screens = Buffer.alloc(20)
    screens.writeUInt8(1, 0)
    screens.writeUInt16BE(width, 12)
    screens.writeUInt16BE(height, 14)
    this.#answer([Buffer.concat([rectangle(by, verdict, width, height, ENCODING.extendedDesktopSize), screens])])
  }

  #resizeTo({ width, height }: { readonly width: number; readonly height: number }): void {
    const within = (value: number, { least, most }: { least: number; most: number }) => Math.min(most, Math.max(least, value))
    this.#verdict = this.#options.takesSizes ? DONE : INVALID_LAYOUT
    if (this.#options.takesSizes) {
      this.#size = {
        columns: within(Math.floor(width / CELL_WIDTH), { least: SMALLEST.columns, most: LARGEST.columns }),
        rows: within(Math.floor(height / CELL_HEIGHT), { least: SMALLEST.rows, most: LARGEST.rows }),
      }
    }
    this.update()
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
