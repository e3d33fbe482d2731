import type { QueryFault } from './query-error.ts'
import { type Assertion, isWordChar, type Pattern, RegexRefused, readPattern } from './regex-syntax.ts'

/**
 * Regular expressions that cannot hang: the pattern becomes a non-deterministic automaton, run as a lazily built deterministic one
 * (K. Thompson, "Regular expression search algorithm", CACM 11(6), 1968). A text is read once, character by character, whatever the
 * pattern; JavaScript's own engine backtracks and takes exponential or high polynomial time on some patterns.
 */

/** States of the automaton after counts are written out. Bounds the cost of one character. */
const MAX_STATES = 400
/** Deterministic states kept before starting afresh. */
const MAX_CACHED = 500
/** Longer texts (notes) are searched up to here. */
const MAX_SUBJECT = 4096

type Instruction =
  | { readonly op: 'set'; readonly test: (codePoint: number) => boolean; readonly next: number }
  | { readonly op: 'split'; next: number; readonly other: number }
  | { readonly op: 'assert'; readonly at: Assertion; readonly next: number }
  | { readonly op: 'match' }

/** What stands on one side of a position: nothing, a word character, another one. */
type Side = 'edge' | 'word' | 'other'

class Program {
  readonly code: Instruction[] = [{ op: 'match' }]
  readonly start: number
  private emitted = 0

  constructor(pattern: Pattern) {
    this.start = this.emit(pattern, 0)
  }

  private push(instruction: Instruction): number {
    if (this.code.length >= MAX_STATES) throw new RegexRefused('query.regex-too-complex', { limit: MAX_STATES })
    return this.code.push(instruction) - 1
  }

  /** Emits the code of a pattern that goes on at `next`, and returns where it begins. */
  private emit(pattern: Pattern, next: number): number {
    // Counted apart from the code: `((){99}){99}` emits none.
    if (++this.emitted > MAX_STATES * 10) throw new RegexRefused('query.regex-too-complex', { limit: MAX_STATES })
    switch (pattern.kind) {
      case 'set':
        return this.push({ op: 'set', test: pattern.test, next })
      case 'assert':
        return this.push({ op: 'assert', at: pattern.at, next })
      case 'sequence':
        return pattern.items.reduceRight((after, item) => this.emit(item, after), next)
      case 'choice':
        return pattern.items
          .map((item) => this.emit(item, next))
          .reduceRight((other, start) => this.push({ op: 'split', next: start, other }))
      case 'repeat':
        return this.emitRepeat(pattern.item, pattern.min, pattern.max, next)
    }
  }

  private emitRepeat(item: Pattern, min: number, max: number, next: number): number {
    let start = next
    if (max === Number.POSITIVE_INFINITY) {
      const loop: Instruction = { op: 'split', next: -1, other: next }
      start = this.push(loop)
      loop.next = this.emit(item, start)
    } else {
      for (let i = min; i < max; i++) start = this.push({ op: 'split', next: this.emit(item, start), other: next })
    }
    for (let i = 0; i < min; i++) start = this.emit(item, start)
    return start
  }
}

interface State {
  /** Where the automaton may be, before empty moves: those depend on the character to come. */
  readonly at: readonly number[]
  readonly before: Side
  readonly next: Map<number, State | true>
  atEnd: boolean | undefined
}

function holds(assertion: Assertion, before: Side, after: Side): boolean {
  switch (assertion) {
    case 'start':
      return before === 'edge'
    case 'end':
      return after === 'edge'
    case 'boundary':
      return (before === 'word') !== (after === 'word')
    case 'inside':
      return (before === 'word') === (after === 'word')
  }
}

class Automaton {
  private readonly program: Program
  private readonly first: State
  private states = new Map<string, State>()
  private moves = 0

  constructor(program: Program) {
    this.program = program
    this.first = { at: [program.start], before: 'edge', next: new Map(), atEnd: undefined }
  }

  test(text: string): boolean {
    const end = Math.min(text.length, MAX_SUBJECT)
    let state = this.first
    for (let i = 0; i < end; i++) {
      const codePoint = text.codePointAt(i) ?? 0
      if (codePoint > 0xffff) i++
      const next = state.next.get(codePoint) ?? this.move(state, codePoint)
      if (next === true) return true
      state = next
    }
    state.atEnd ??= this.close(state, 'edge').matched
    return state.atEnd
  }

  /** Follows all moves that read nothing, between the two sides. */
  private close(state: State, after: Side): { readonly matched: boolean; readonly reading: readonly number[] } {
    const seen = new Set<number>()
    const reading: number[] = []
    const open = [...state.at]
    let matched = false
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      const instruction = this.program.code[index]
      if (instruction === undefined || seen.has(index)) continue
      seen.add(index)
      if (instruction.op === 'match') matched = true
      else if (instruction.op === 'set') reading.push(index)
      else if (instruction.op === 'split') open.push(instruction.next, instruction.other)
      else if (holds(instruction.at, state.before, after)) open.push(instruction.next)
    }
    return { matched, reading }
  }

  private move(state: State, codePoint: number): State | true {
    const side: Side = isWordChar(codePoint) ? 'word' : 'other'
    const { matched, reading } = this.close(state, side)
    const next = matched ? true : this.intern(this.step(reading, codePoint), side)
    if (++this.moves > MAX_CACHED * 64) this.forget()
    else state.next.set(codePoint, next)
    return next
  }

  private step(reading: readonly number[], codePoint: number): readonly number[] {
    // The start is always possible: a match may begin anywhere.
    const at = new Set([this.program.start])
    for (const index of reading) {
      const instruction = this.program.code[index]
      if (instruction?.op === 'set' && instruction.test(codePoint)) at.add(instruction.next)
    }
    return [...at].sort((a, b) => a - b)
  }

  private intern(at: readonly number[], before: Side): State {
    const key = `${before} ${at.join()}`
    const known = this.states.get(key)
    if (known !== undefined) return known
    const state: State = { at, before, next: new Map(), atEnd: undefined }
    if (this.states.size >= MAX_CACHED) this.forget()
    this.states.set(key, state)
    return state
  }

  private forget(): void {
    this.states = new Map()
    this.first.next.clear()
    this.moves = 0
  }
}

export type RegexResult =
  | { readonly ok: true; readonly test: (text: string) => boolean }
  | { readonly ok: false; readonly fault: QueryFault }

/**
 * Compiles a search (not anchored) with JavaScript's meaning of the supported syntax, by code point. `^` and `$` are the ends of the text.
 * Never throws.
 */
export function compileRegex(source: string, flags: '' | 'i'): RegexResult {
  try {
    const automaton = new Automaton(new Program(readPattern(source, flags === 'i')))
    return { ok: true, test: (text) => automaton.test(text) }
  } catch (cause) {
    if (cause instanceof RegexRefused) return { ok: false, fault: cause.fault }
    throw cause
  }
}
