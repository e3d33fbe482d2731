import { firstPart } from './control-sequence.ts'

export const COLUMNS = 80
export const ROWS = 25

/** One place on the screen. `colours`: the ground's in the high four bits, the letter's in the low four, as indices into the palette. */
export interface Cell {
  readonly character: string
  readonly colours: number
}

const PLAIN = 0x07
const BLANK: Cell = { character: ' ', colours: PLAIN }
const BOLD = 8
const TAB = 8

/**
 * What a terminal of 80 by 25 shows of a text, as far as this console's own programs need it: a small part of ECMA-48 (cursor, erase,
 * colours). What it does not know it leaves out.
 */
export class Screen {
  readonly #rows: Cell[][] = Array.from({ length: ROWS }, blankRow)
  /** The beginning of a control sequence whose rest has not come yet. */
  #unfinished = ''
  #colours = PLAIN
  #row = 0
  #column = 0
  #cursorShown = true
  /** How many lines have left at the top, ever: a viewer that has seen them moves its picture. */
  scrolled = 0

  get rows(): ReadonlyArray<readonly Cell[]> {
    return this.#rows
  }

  /** Where the cursor stands; null: it is hidden. */
  get cursor(): { readonly row: number; readonly column: number } | null {
    return this.#cursorShown ? { row: this.#row, column: Math.min(this.#column, COLUMNS - 1) } : null
  }

  /** A row's text without what is blank at its end. */
  textAt(row: number): string {
    const cells = this.#rows[row] ?? []
    return cells
      .map(({ character }) => character)
      .join('')
      .trimEnd()
  }

  write(text: string): void {
    let rest = this.#unfinished + text
    this.#unfinished = ''
    while (rest !== '') {
      const part = firstPart(rest)
      if (!part) {
        this.#unfinished = rest
        return
      }
      rest = rest.slice(part.length)
      if ('control' in part) this.#control(part.control.parameters, part.control.final)
      else this.#put(part.character)
    }
  }

  #put(character: string): void {
    switch (character) {
      case '\r':
        this.#column = 0
        return
      case '\n':
        this.#lineFeed()
        return
      case '\b':
        this.#column = Math.max(0, Math.min(this.#column, COLUMNS - 1) - 1)
        return
      case '\t':
        this.#column = Math.min(COLUMNS - 1, (Math.floor(this.#column / TAB) + 1) * TAB)
        return
      default:
        if (character < ' ') return
        if (this.#column >= COLUMNS) {
          this.#column = 0
          this.#lineFeed()
        }
        this.#set(this.#row, this.#column, { character, colours: this.#colours })
        this.#column += 1
    }
  }

  #set(row: number, column: number, cell: Cell): void {
    const cells = this.#rows[row]
    if (cells) cells[column] = cell
  }

  #lineFeed(): void {
    if (this.#row < ROWS - 1) {
      this.#row += 1
      return
    }
    this.#rows.shift()
    this.#rows.push(blankRow())
    this.scrolled += 1
  }

  #control(parameters: string, what: string): void {
    const numbers = parameters
      .replace('?', '')
      .split(';')
      .map((each) => Number.parseInt(each, 10) || 0)
    const first = numbers[0] ?? 0
    const count = Math.max(1, first)
    if (what === 'A') this.#row = Math.max(0, this.#row - count)
    else if (what === 'B') this.#row = Math.min(ROWS - 1, this.#row + count)
    else if (what === 'C') this.#column = Math.min(COLUMNS - 1, this.#column + count)
    else if (what === 'D') this.#column = Math.max(0, Math.min(this.#column, COLUMNS - 1) - count)
    else if (what === 'H') this.#moveTo(count - 1, Math.max(1, numbers[1] ?? 1) - 1)
    else if (what === 'J') this.#eraseScreen(first)
    else if (what === 'K') this.#eraseRow(this.#row, first)
    else if (what === 'm') for (const number of numbers) this.#style(number)
    else if ((what === 'h' || what === 'l') && parameters === '?25') this.#cursorShown = what === 'h'
  }

  #moveTo(row: number, column: number): void {
    this.#row = Math.min(ROWS - 1, row)
    this.#column = Math.min(COLUMNS - 1, column)
  }

  /** 0: from the cursor on; 1: up to it; 2: all. */
  #eraseScreen(how: number): void {
    for (let row = 0; row < ROWS; row++) {
      if (how === 2 || (how === 0 ? row > this.#row : row < this.#row)) this.#rows[row] = blankRow()
    }
    if (how !== 2) this.#eraseRow(this.#row, how)
  }

  #eraseRow(row: number, how: number): void {
    for (let column = 0; column < COLUMNS; column++) {
      if (how === 2 || (how === 0 ? column >= this.#column : column <= this.#column)) this.#set(row, column, BLANK)
    }
  }

  #style(number: number): void {
    if (number === 0) this.#colours = PLAIN
    else if (number === 1) this.#colours |= BOLD
    else if (number === 7) this.#colours = ((this.#colours & 0x0f) << 4) | (this.#colours >> 4)
    else if (number >= 30 && number <= 37) this.#colours = (this.#colours & 0xf8) | (number - 30)
    else if (number >= 40 && number <= 47) this.#colours = (this.#colours & 0x0f) | ((number - 40) << 4)
  }
}

function blankRow(): Cell[] {
  return Array.from({ length: COLUMNS }, () => BLANK)
}
