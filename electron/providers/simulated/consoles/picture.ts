import { CELL_HEIGHT, CELL_WIDTH, glyphOf } from './font.ts'
import type { Cell, Screen } from './screen.ts'

/** A picture made of characters: rows of cells. */
export type Picture = ReadonlyArray<readonly Cell[]>

/** A part of a picture, in cells. */
export interface Area {
  readonly column: number
  readonly row: number
  readonly columns: number
  readonly rows: number
}

const HEADER_COLOURS = 0x4f
const EMPTY: Cell = { character: ' ', colours: 0x00 }
/** Rows that the header takes. */
export const HEADER_ROWS = 1

/** A screen below its header, cut or filled up to the wanted size. */
export function composePicture(screen: Screen, title: string, columns: number, rows: number, isCursorLit: boolean): Picture {
  const header = Array.from(` ${title}`.padEnd(columns).slice(0, columns), (character) => ({ character, colours: HEADER_COLOURS }))
  const { cursor } = screen
  const body = Array.from({ length: rows - HEADER_ROWS }, (_row, row) => {
    const cells = screen.rows[row] ?? []
    const found = columns === cells.length ? [...cells] : Array.from({ length: columns }, (_column, column) => cells[column] ?? EMPTY)
    const under = cursor?.row === row && isCursorLit ? found[cursor.column] : undefined
    if (cursor && under) found[cursor.column] = { ...under, colours: ((under.colours & 0x0f) << 4) | (under.colours >> 4) }
    return found
  })
  return [header, ...body]
}

/** What differs within an area: the shortest span of each row, those of neighbouring rows together when they are alike. */
export function changedAreas(before: Picture, after: Picture, within: Area): readonly Area[] {
  const found: Area[] = []
  for (let row = within.row; row < within.row + within.rows; row++) {
    const span = changedSpan(before[row] ?? [], after[row] ?? [], within.column, within.column + within.columns)
    if (!span) continue
    const last = found.at(-1)
    if (last && last.row + last.rows === row && last.column === span.from && last.columns === span.to - span.from) {
      found[found.length - 1] = { ...last, rows: last.rows + 1 }
    } else found.push({ column: span.from, row, columns: span.to - span.from, rows: 1 })
  }
  return found
}

function changedSpan(before: readonly Cell[], after: readonly Cell[], from: number, to: number): { from: number; to: number } | null {
  let [first, last] = [-1, -1]
  for (let column = from; column < to; column++) {
    const [was, is] = [before[column], after[column]]
    if (was === is || (was && is && was.character === is.character && was.colours === is.colours)) continue
    if (first < 0) first = column
    last = column
  }
  return first < 0 ? null : { from: first, to: last + 1 }
}

/** An area as indices into the palette, a byte for each pixel. */
export function drawArea(picture: Picture, { column, row, columns, rows }: Area): Uint8Array {
  const width = columns * CELL_WIDTH
  const pixels = new Uint8Array(width * rows * CELL_HEIGHT)
  for (let down = 0; down < rows; down++) {
    for (let along = 0; along < columns; along++) {
      const { character, colours } = picture[row + down]?.[column + along] ?? EMPTY
      const start = down * CELL_HEIGHT * width + along * CELL_WIDTH
      for (const [line, bits] of glyphOf(character).entries()) {
        for (let x = 0; x < CELL_WIDTH; x++) pixels[start + line * width + x] = bits & (0x80 >> x) ? colours & 0x0f : colours >> 4
      }
    }
  }
  return pixels
}
