import type { QueryFault } from './query-error.ts'

/** The parsed form of a search pattern: the part of JavaScript's syntax that can be matched in linear time. */
export type Pattern =
  | { readonly kind: 'set'; readonly test: (codePoint: number) => boolean }
  | { readonly kind: 'sequence' | 'choice'; readonly items: readonly Pattern[] }
  | { readonly kind: 'repeat'; readonly item: Pattern; readonly min: number; readonly max: number }
  | { readonly kind: 'assert'; readonly at: Assertion }

export type Assertion = 'start' | 'end' | 'boundary' | 'inside'
type CharTest = (codePoint: number) => boolean

export const MAX_REGEX_LENGTH = 200
const MAX_REPEAT = 100

/** Thrown and caught inside this folder only; see `readRegex`. */
export class RegexRefused extends Error {
  readonly fault: QueryFault
  constructor(code: QueryFault['code'], params: QueryFault['params']) {
    super(code)
    this.fault = { code, params }
  }
}

const inRange =
  (low: number, high: number): CharTest =>
  (c) =>
    c >= low && c <= high
const isDigit = inRange(0x30, 0x39)
/** `\w`: ASCII letters, digits and underscore, as in JavaScript. */
export const isWordChar: CharTest = (c) => isDigit(c) || (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a) || c === 0x5f
const isSpace: CharTest = (c) => /\s/.test(String.fromCodePoint(c))
const notLineEnd: CharTest = (c) => c !== 0x0a && c !== 0x0d && c !== 0x2028 && c !== 0x2029

const CLASSES: Readonly<Record<string, CharTest>> = {
  d: isDigit,
  D: (c) => !isDigit(c),
  w: isWordChar,
  W: (c) => !isWordChar(c),
  s: isSpace,
  S: (c) => !isSpace(c),
}
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, '0': 0 }

function otherCases(codePoint: number): readonly number[] {
  const char = String.fromCodePoint(codePoint)
  const variants = [char.toLowerCase(), char.toUpperCase()].filter((text) => Array.from(text).length === 1)
  return variants.map((text) => text.codePointAt(0) ?? codePoint)
}

/** Whether a repetition without upper bound occurs anywhere inside. */
function repeatsWithoutEnd(pattern: Pattern): boolean {
  switch (pattern.kind) {
    case 'repeat':
      return pattern.max === Number.POSITIVE_INFINITY || repeatsWithoutEnd(pattern.item)
    case 'sequence':
    case 'choice':
      return pattern.items.some(repeatsWithoutEnd)
    case 'set':
    case 'assert':
      return false
  }
}

class PatternReader {
  private readonly chars: readonly string[]
  private readonly ignoreCase: boolean
  private at = 0

  constructor(source: string, ignoreCase: boolean) {
    this.chars = Array.from(source)
    this.ignoreCase = ignoreCase
  }

  read(): Pattern {
    const pattern = this.choice()
    if (this.at < this.chars.length) throw this.invalid(')')
    return pattern
  }

  private invalid(near: string): RegexRefused {
    return new RegexRefused('query.regex-invalid', { near, column: this.at })
  }

  private unsupported(construct: string): RegexRefused {
    return new RegexRefused('query.regex-unsupported', { construct, column: this.at })
  }

  private peek(): string | undefined {
    return this.chars[this.at]
  }

  private eat(text: string): boolean {
    if (this.chars.slice(this.at, this.at + text.length).join('') !== text) return false
    this.at += text.length
    return true
  }

  private choice(): Pattern {
    const items = [this.sequence()]
    while (this.eat('|')) items.push(this.sequence())
    return items.length === 1 && items[0] ? items[0] : { kind: 'choice', items }
  }

  private sequence(): Pattern {
    const items: Pattern[] = []
    for (let next = this.peek(); next !== undefined && next !== '|' && next !== ')'; next = this.peek()) {
      items.push(this.quantified(this.atom()))
    }
    return { kind: 'sequence', items }
  }

  private quantified(item: Pattern): Pattern {
    const bounds = this.quantifier()
    if (bounds === undefined) return item
    // Greedy or lazy changes what is captured, never whether there is a match.
    this.eat('?')
    if (item.kind === 'assert' || this.quantifier() !== undefined) throw this.invalid('quantifier')
    const [min, max] = bounds
    if (max === Number.POSITIVE_INFINITY && repeatsWithoutEnd(item)) {
      throw new RegexRefused('query.regex-nested-quantifier', { column: this.at })
    }
    return { kind: 'repeat', item, min, max }
  }

  private quantifier(): readonly [number, number] | undefined {
    if (this.eat('*')) return [0, Number.POSITIVE_INFINITY]
    if (this.eat('+')) return [1, Number.POSITIVE_INFINITY]
    if (this.eat('?')) return [0, 1]
    const counted = /^\{(\d{1,6})(,(\d{0,6}))?\}/.exec(this.chars.slice(this.at, this.at + 16).join(''))
    if (counted === null) return undefined
    this.at += counted[0].length
    const min = Number(counted[1])
    const max = counted[2] === undefined ? min : counted[3] ? Number(counted[3]) : Number.POSITIVE_INFINITY
    if (max < min) throw this.invalid(counted[0])
    if (min > MAX_REPEAT || (max !== Number.POSITIVE_INFINITY && max > MAX_REPEAT)) {
      throw new RegexRefused('query.regex-too-complex', { limit: MAX_REPEAT })
    }
    return [min, max]
  }

  private atom(): Pattern {
    const char = this.chars[this.at++] ?? ''
    switch (char) {
      case '^':
        return { kind: 'assert', at: 'start' }
      case '$':
        return { kind: 'assert', at: 'end' }
      case '.':
        return { kind: 'set', test: notLineEnd }
      case '(':
        return this.group()
      case '[':
        return this.charClass()
      case '\\':
        return this.escape()
      case '*':
      case '+':
      case '?':
        throw this.invalid(char)
      default:
        return this.exactly(char.codePointAt(0) ?? 0)
    }
  }

  private exactly(codePoint: number): Pattern {
    if (!this.ignoreCase) return { kind: 'set', test: (c) => c === codePoint }
    const all = new Set([codePoint, ...otherCases(codePoint)])
    return { kind: 'set', test: (c) => all.has(c) }
  }

  private group(): Pattern {
    if (this.eat('?')) {
      const named = /^<[A-Za-z_]\w*>/.exec(this.chars.slice(this.at).join(''))
      if (named !== null) this.at += named[0].length
      else if (!this.eat(':')) throw this.unsupported(`(?${this.chars.slice(this.at, this.at + 2).join('')}`)
    }
    const inner = this.choice()
    if (!this.eat(')')) throw this.invalid('(')
    return inner
  }

  private escape(): Pattern {
    const char = this.peek()
    if (char === 'b' || char === 'B') {
      this.at++
      return { kind: 'assert', at: char === 'b' ? 'boundary' : 'inside' }
    }
    const escaped = this.escaped()
    return typeof escaped === 'number' ? this.exactly(escaped) : { kind: 'set', test: escaped }
  }

  /** What follows a backslash, in a class or outside: one character or a set of them. */
  private escaped(): number | CharTest {
    const char = this.chars[this.at++]
    if (char === undefined) throw this.invalid('\\')
    const set = CLASSES[char]
    if (set !== undefined) return set
    const control = CONTROLS[char]
    if (control !== undefined) return control
    if (char === 'x' || char === 'u') {
      const hex = /^(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{2,4}))/.exec(
        this.chars.slice(this.at, this.at + (char === 'x' ? 2 : 8)).join(''),
      )
      const digits = hex?.[1] ?? hex?.[2] ?? ''
      const code = Number.parseInt(digits, 16)
      const short = hex?.[1] === undefined && digits.length !== (char === 'x' ? 2 : 4)
      if (hex === null || short || code > 0x10ffff) throw this.invalid(`\\${char}`)
      this.at += hex[0].length
      return code
    }
    if (/[1-9kpP]/.test(char)) throw this.unsupported(`\\${char}`)
    if (/[A-Za-z]/.test(char)) throw this.invalid(`\\${char}`)
    return char.codePointAt(0) ?? 0
  }

  private charClass(): Pattern {
    const negated = this.eat('^')
    const tests: CharTest[] = []
    while (!this.eat(']')) {
      const low = this.classItem()
      const ranged = this.peek() === '-' && this.chars[this.at + 1] !== ']' && this.chars[this.at + 1] !== undefined
      if (!ranged) {
        tests.push(typeof low === 'number' ? inRange(low, low) : low)
        continue
      }
      this.at++
      const high = this.classItem()
      if (typeof low !== 'number' || typeof high !== 'number' || high < low) throw this.invalid('-')
      tests.push(inRange(low, high))
    }
    const any: CharTest = (c) => tests.some((test) => test(c))
    const test: CharTest = this.ignoreCase ? (c) => any(c) || otherCases(c).some(any) : any
    return { kind: 'set', test: negated ? (c) => !test(c) : test }
  }

  private classItem(): number | CharTest {
    const char = this.chars[this.at++]
    if (char === undefined) throw this.invalid('[')
    if (char !== '\\') return char.codePointAt(0) ?? 0
    if (this.peek() === 'b') {
      this.at++
      return 8
    }
    if (this.peek() === '-') {
      this.at++
      return 0x2d
    }
    return this.escaped()
  }
}

/**
 * Reads a pattern. Refused (thrown as `RegexRefused`): more than `MAX_REGEX_LENGTH` characters, back-references, look-around,
 * property classes, counts above 100, and a repetition without upper bound inside another one (`(a+)+`).
 */
export function readPattern(source: string, ignoreCase: boolean): Pattern {
  if (source.length > MAX_REGEX_LENGTH) {
    throw new RegexRefused('query.regex-too-long', { length: source.length, limit: MAX_REGEX_LENGTH })
  }
  return new PatternReader(source, ignoreCase).read()
}
