/** What a terminal sends for the keys that are no characters, by their X11 keysyms (keysymdef.h). */
const KEYS: ReadonlyMap<number, string> = new Map([
  [0xff08, '\u007f'], // BackSpace
  [0xff09, '\t'],
  [0xff0d, '\r'], // Return
  [0xff8d, '\r'], // KP_Enter
  [0xff1b, '\u001b'],
  [0xffff, '\u001b[3~'], // Delete
  [0xff50, '\u001b[H'], // Home
  [0xff51, '\u001b[D'],
  [0xff52, '\u001b[A'],
  [0xff53, '\u001b[C'],
  [0xff54, '\u001b[B'],
  [0xff57, '\u001b[F'], // End
])
const CONTROLS: ReadonlySet<number> = new Set([0xffe3, 0xffe4])
const ALTS: ReadonlySet<number> = new Set([0xffe9, 0xffea])
const DELETES: ReadonlySet<number> = new Set([0xffff, 0xff9f])
/** A keysym above this is a character of Unicode. */
const UNICODE = 0x0100_0000
const LAST_CODE_POINT = 0x10_ffff

/** Turns keys going down and up into what a terminal sends. */
export class Keyboard {
  #control = false
  #alt = false

  /** The text of a key event; null for Ctrl-Alt-Del. */
  press(keysym: number, isDown: boolean): string | null {
    if (CONTROLS.has(keysym)) this.#control = isDown
    else if (ALTS.has(keysym)) this.#alt = isDown
    else if (isDown && this.#control && this.#alt && DELETES.has(keysym)) return null
    else if (isDown) return this.#text(keysym)
    return ''
  }

  #text(keysym: number): string {
    const key = KEYS.get(keysym)
    if (key !== undefined) return key
    // The digits of the number pad stand in a row of their own.
    if (keysym >= 0xffb0 && keysym <= 0xffb9) return String(keysym - 0xffb0)
    const isLatin = (keysym >= 0x20 && keysym <= 0x7e) || (keysym >= 0xa0 && keysym <= 0xff)
    const codePoint = isLatin ? keysym : keysym - UNICODE
    if (codePoint < 0x20 || codePoint > LAST_CODE_POINT) return ''
    const character = String.fromCodePoint(codePoint)
    if (!this.#control) return character
    return /[@-_a-z]/.test(character) ? String.fromCodePoint(codePoint & 0x1f) : ''
  }
}
