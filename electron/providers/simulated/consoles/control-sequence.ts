const ESCAPE = '\u001b'
/** After the escape: CSI or SS3 with its parameters, and the character that ends it. */
const WHOLE = /^[[O]([?0-9;]*)([@-~])/
const BEGUN = /^(?:[[O][?0-9;]*)?$/
/** Longer than any sequence that is known; what goes on is no sequence. */
const LONGEST = 32

/** One thing of a terminal's text: a control sequence, or a character. */
export type TerminalPart =
  | { readonly length: number; readonly control: { readonly parameters: string; readonly final: string } }
  | { readonly length: number; readonly character: string }

/** The first part of a text that is not empty; null: a sequence has begun and the rest must come first. An escape of another kind is itself. */
export function firstPart(text: string): TerminalPart | null {
  if (text.startsWith(ESCAPE)) {
    const after = text.slice(1, LONGEST)
    const whole = WHOLE.exec(after)
    if (whole) return { length: 1 + whole[0].length, control: { parameters: whole[1] ?? '', final: whole[2] ?? '' } }
    if (text.length < LONGEST && BEGUN.test(after)) return null
  }
  const character = String.fromCodePoint(text.codePointAt(0) ?? 0)
  return { length: character.length, character }
}
