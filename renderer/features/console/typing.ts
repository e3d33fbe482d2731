import { ACUTE, CIRCUMFLEX, DIAERESIS, GRAVE, type Layout, TILDE } from './layouts/index.ts'
import type { KeyStroke } from './vnc-screen.ts'

/** A key pressed and let go, with what is held meanwhile. */
interface Press {
  readonly code: string
  readonly keysym: number
  readonly level: number
}

/** Keysyms of what is no character: X11/keysymdef.h. */
const RETURN = 0xff0d
const TAB = 0xff09
const SHIFT = 0xffe1
const ALTGR = 0xfe03
const EURO = 0x20ac
const DEAD: Readonly<Record<string, number>> = {
  [GRAVE]: 0xfe50,
  [ACUTE]: 0xfe51,
  [CIRCUMFLEX]: 0xfe52,
  [TILDE]: 0xfe53,
  [DIAERESIS]: 0xfe57,
}
/** A mark that stands alone is its dead key, then the space bar. */
const ALONE: Readonly<Record<string, string>> = { '`': GRAVE, '´': ACUTE, '^': CIRCUMFLEX, '~': TILDE, '¨': DIAERESIS }
const FIXED: ReadonlyMap<string, Press> = new Map([
  [' ', { code: 'Space', keysym: 0x20, level: 0 }],
  ['\n', { code: 'Enter', keysym: RETURN, level: 0 }],
  ['\t', { code: 'Tab', keysym: TAB, level: 0 }],
])

export function keysymOf(character: string): number {
  const dead = DEAD[character]
  if (dead !== undefined) return dead
  const point = character.codePointAt(0) ?? 0
  // Latin 1 is itself, and the euro is older than the rule for the rest
  return point < 0x100 || point === EURO ? point : 0x0100_0000 + point
}

/** Where each character of a layout is, dead keys by their mark. */
function placesOf(layout: Layout): ReadonlyMap<string, Press> {
  const places = new Map(FIXED)
  for (const [code, levels] of Object.entries(layout.keys)) {
    for (const [level, character] of Array.from(levels).entries()) {
      const known = places.get(character)
      if (character !== ' ' && (!known || known.level > level)) places.set(character, { code, keysym: keysymOf(character), level })
    }
  }
  return places
}

/** How text is typed on a layout, character by character. */
export class Typist {
  readonly #places: ReadonlyMap<string, Press>

  constructor(layout: Layout) {
    this.#places = placesOf(layout)
  }

  /** The strokes for one character; null: the layout does not have it. */
  strokes(character: string): readonly KeyStroke[] | null {
    return this.#presses(character)?.flatMap(strokesOf) ?? null
  }

  /** What cannot be typed, each once, in the order of the text. */
  missing(text: string): readonly string[] {
    return [...new Set(charactersOf(text))].filter((character) => !this.#presses(character))
  }

  #presses(character: string): readonly Press[] | null {
    const direct = this.#places.get(character)
    if (direct) return [direct]
    const [base = '', mark = '', ...more] = Array.from(ALONE[character] === undefined ? character.normalize('NFD') : ` ${ALONE[character]}`)
    const [dead, letter] = [this.#places.get(mark), this.#places.get(base)]
    return mark !== '' && more.length === 0 && dead && letter ? [dead, letter] : null
  }
}

/** The characters of a text as they are typed: one line end however it was written, letters with their marks in one. */
export function charactersOf(text: string): readonly string[] {
  return Array.from(text.normalize('NFC').replaceAll(/\r\n?/g, '\n'))
}

function strokesOf({ code, keysym, level }: Press): readonly KeyStroke[] {
  const held = [
    ...(level % 2 === 1 ? [{ keysym: SHIFT, code: 'ShiftLeft' }] : []),
    ...(level >= 2 ? [{ keysym: ALTGR, code: 'AltRight' }] : []),
    { keysym, code },
  ]
  return [...held.map((key) => ({ ...key, down: true })), ...held.toReversed().map((key) => ({ ...key, down: false }))]
}
