import { describe, expect, test } from 'vitest'
import { LAYOUT_IDS, LAYOUTS, type LayoutId } from './layouts/index.ts'
import { charactersOf, keysymOf, Typist } from './typing.ts'

const ASCII = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at)).join('')
const OWN: Readonly<Record<LayoutId, string>> = {
  us: '',
  uk: '£€¬',
  de: 'äöüÄÖÜß€§°²³µéèêÉôÎ´',
  fr: 'éèçàùêâîôûÊëïüÏ€£§°²µ¤¨',
  es: 'ñÑçÇ¿¡áéíóúÁüÜàêº ª·€¬´¨',
}

/** `AltRight+KeyQ`: what is held, then the key; several with a blank between. */
function keysOf(id: LayoutId, character: string): string {
  const strokes = new Typist(LAYOUTS[id]).strokes(character) ?? []
  const held = new Set<string>()
  const keys: string[] = []
  for (const [at, { code, down }] of strokes.entries()) {
    if (down) held.add(code)
    const next = strokes[at + 1]
    if (down && !next?.down) keys.push([...held].join('+'))
    if (!down) held.delete(code)
  }
  expect([...held]).toEqual([]) // nothing stays pressed
  return keys.join(' ')
}

describe.each(LAYOUT_IDS)('%s', (id) => {
  test('types the printable ASCII, line ends and tabs, and its own letters', () => {
    expect(new Typist(LAYOUTS[id]).missing(`${ASCII}\n\t${OWN[id]}`)).toEqual([])
  })

  test('no two of its keys give the same character alone', () => {
    const first = Object.values(LAYOUTS[id].keys).map((levels) => Array.from(levels)[0])
    expect(new Set(first).size).toBe(first.length)
  })

  test('names what it does not have', () => {
    expect(new Typist(LAYOUTS[id]).missing('a你b🙂a你')).toEqual(['你', '🙂'])
  })
})

test.each<[LayoutId, string, string]>([
  ['us', 'a', 'KeyA'],
  ['us', '"', 'ShiftLeft+Quote'],
  ['us', '^', 'ShiftLeft+Digit6'],
  ['uk', '@', 'ShiftLeft+Quote'],
  ['uk', '#', 'Backslash'],
  ['uk', '€', 'AltRight+Digit4'],
  ['de', 'z', 'KeyY'],
  ['de', 'ß', 'Minus'],
  ['de', 'ä', 'Quote'],
  ['de', '€', 'AltRight+KeyE'],
  ['de', '@', 'AltRight+KeyQ'],
  ['de', '|', 'AltRight+IntlBackslash'],
  ['de', '^', 'Backquote Space'],
  ['de', 'ô', 'Backquote KeyO'],
  ['de', 'É', 'Equal ShiftLeft+KeyE'],
  ['de', '`', 'ShiftLeft+Equal Space'],
  ['fr', '1', 'ShiftLeft+Digit1'],
  ['fr', 'a', 'KeyQ'],
  ['fr', 'é', 'Digit2'],
  ['fr', 'à', 'Digit0'],
  ['fr', 'ç', 'Digit9'],
  ['fr', 'ê', 'BracketLeft KeyE'],
  ['fr', 'Ï', 'ShiftLeft+BracketLeft ShiftLeft+KeyI'],
  ['fr', '^', 'AltRight+Digit9'],
  ['es', 'ñ', 'Semicolon'],
  ['es', '¿', 'ShiftLeft+Equal'],
  ['es', 'á', 'Quote KeyA'],
  ['es', 'ü', 'ShiftLeft+Quote KeyU'],
  ['es', '^', 'ShiftLeft+BracketLeft Space'],
  ['es', '{', 'AltRight+Quote'],
])('on %s the character %s is %s', (id, character, keys) => {
  expect(keysOf(id, character)).toBe(keys)
})

test('keysyms: Latin 1 is itself, the euro and dead keys have their own, the rest is Unicode', () => {
  expect([keysymOf('ß'), keysymOf('€'), keysymOf('\u0302'), keysymOf('ł')]).toEqual([0xdf, 0x20ac, 0xfe52, 0x0100_0142])
})

test('line ends are typed once, and letters in pieces as one', () => {
  expect(charactersOf('a\r\nb\rc\ne\u0301')).toEqual(['a', '\n', 'b', '\n', 'c', '\n', 'é'])
})
