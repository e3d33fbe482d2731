/**
 * What stands on the keys: for each key (a KeyboardEvent's `code`, so by its place and not by its letter) the characters it gives alone,
 * with Shift, with AltGr. A blank: nothing. A combining mark: a dead key. Only what is printed on keyboards, since the rest differs
 * between systems. Source: xkeyboard-config 2.35, symbols `us`, `gb`, `de`, `fr`, `es`.
 */
export interface Layout {
  readonly id: LayoutId
  readonly keys: Readonly<Record<string, string>>
}

export const LAYOUT_IDS = ['us', 'uk', 'de', 'fr', 'es'] as const
export type LayoutId = (typeof LAYOUT_IDS)[number]

/** Dead keys, by the mark they put on the next letter. */
export const GRAVE = '\u0300'
export const ACUTE = '\u0301'
export const CIRCUMFLEX = '\u0302'
export const TILDE = '\u0303'
export const DIAERESIS = '\u0308'

/** The letters where most of Europe and America have them. */
export const QWERTY: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ', (letter) => [`Key${letter}`, letter.toLowerCase() + letter]),
)
