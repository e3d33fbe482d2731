/** Text as it is compared: without case, accents and typographic variants. */

const NOT_ASCII = /[\u0080-\uffff]/

/** Combining accents and the variation selectors that follow some emoji. */
const MARKS = /[\u0300-\u036f\ufe0e\ufe0f]/g

/** Letters that carry no separable accent but are typed without one. `ς` is `σ` at the end of a word. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
  ς: 'σ',
}
const LETTER = /[ßæœøłđðþıς]/g

/** Values repeat (hosts, tags) and queries run over all rows at each key stroke; only the costly, non-ASCII case is kept. */
const CACHE_LIMIT = 8192
let cache = new Map<string, string>()

/** `MÜLLER`, `Müller`, `muller` and their decomposed forms all give `muller`. Idempotent. */
export function foldText(text: string): string {
  if (!NOT_ASCII.test(text)) return text.toLowerCase()
  const known = cache.get(text)
  if (known !== undefined) return known
  // Lower case first and last: some capitals decompose only in lower case, some compatibility forms only become letters by decomposing.
  const folded = text
    .toLowerCase()
    .normalize('NFKD')
    .replace(MARKS, '')
    .toLowerCase()
    .replace(LETTER, (letter) => LETTERS[letter] ?? letter)
  if (cache.size >= CACHE_LIMIT) cache = new Map()
  if (text.length <= 256) cache.set(text, folded)
  return folded
}
