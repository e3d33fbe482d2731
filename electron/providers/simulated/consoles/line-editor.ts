import { firstPart } from './control-sequence.ts'

/** What a person asked for by a key: a line is ready, it was given up (Ctrl-C), or there is no more (Ctrl-D on an empty line). */
export type Edited = { readonly line: string } | 'interrupt' | 'end'

export interface LineEditorOptions {
  readonly write: (text: string) => void
  /** What stands before the line, for drawing it anew after Ctrl-L. */
  readonly prompt: () => string
  readonly onEdit: (edited: Edited) => void
}

const MOST_CHARACTERS = 1_000
const MOST_HISTORY = 100

/** A line as a terminal lets a person write it: the keys of readline that the fingers know, and a history. */
export class LineEditor {
  readonly #options: LineEditorOptions
  readonly #history: string[] = []
  #characters: string[] = []
  #at = 0
  /** Index into the history; its length: the line that is being written. */
  #recalled = 0
  #draft = ''
  #unfinished = ''
  /** Shows nothing of what is typed, as for a password. */
  hidden = false
  /** Whether lines are kept for the arrow keys. */
  remembers = false

  constructor(options: LineEditorOptions) {
    this.#options = options
  }

  /** The line as it stands, as it is seen. */
  get shown(): string {
    return this.hidden ? '' : this.#characters.join('')
  }

  /** Keys as a terminal sends them. */
  type(text: string): void {
    let rest = this.#unfinished + text
    this.#unfinished = ''
    while (rest !== '') {
      const part = firstPart(rest)
      if (!part) {
        this.#unfinished = rest
        return
      }
      rest = rest.slice(part.length)
      if ('control' in part) this.#sequence(part.control.parameters + part.control.final)
      else this.#key(part.character)
    }
  }

  /** Forgets the line. */
  clear(): void {
    this.#characters = []
    this.#at = 0
    this.#recalled = this.#history.length
    this.#draft = ''
  }

  #key(character: string): void {
    switch (character) {
      case '\r':
      case '\n':
        this.#accept()
        return
      case '\u007f':
      case '\b':
        this.#remove(this.#at - 1)
        return
      case '\u0001':
        this.#moveTo(0)
        return
      case '\u0005':
        this.#moveTo(this.#characters.length)
        return
      case '\u0003':
        this.#moveTo(this.#characters.length)
        this.#options.write('^C\r\n')
        this.clear()
        this.#options.onEdit('interrupt')
        return
      case '\u0004':
        if (this.#characters.length === 0) this.#options.onEdit('end')
        else this.#remove(this.#at)
        return
      case '\u000c':
        this.#options.write(`\u001b[H\u001b[2J${this.#options.prompt()}${this.shown}`)
        this.#back(this.#characters.length - this.#at)
        return
      case '\u0015':
        this.#replace('')
        return
      default:
        if (character >= ' ' && this.#characters.length < MOST_CHARACTERS) this.#insert(character)
    }
  }

  #sequence(name: string): void {
    if (name === 'A') this.#recall(this.#recalled - 1)
    else if (name === 'B') this.#recall(this.#recalled + 1)
    else if (name === 'C') this.#moveTo(Math.min(this.#characters.length, this.#at + 1))
    else if (name === 'D') this.#moveTo(Math.max(0, this.#at - 1))
    else if (name === 'H' || name === '1~') this.#moveTo(0)
    else if (name === 'F' || name === '4~') this.#moveTo(this.#characters.length)
    else if (name === '3~') this.#remove(this.#at)
  }

  #accept(): void {
    const line = this.#characters.join('')
    this.#moveTo(this.#characters.length)
    this.#options.write('\r\n')
    if (this.remembers && line.trim() !== '' && line !== this.#history.at(-1)) {
      this.#history.push(line)
      if (this.#history.length > MOST_HISTORY) this.#history.shift()
    }
    this.clear()
    this.#options.onEdit({ line })
  }

  #insert(character: string): void {
    this.#characters.splice(this.#at, 0, character)
    this.#at += 1
    if (this.hidden) return
    const rest = this.#characters.slice(this.#at)
    this.#options.write(character + rest.join(''))
    this.#back(rest.length)
  }

  #remove(at: number): void {
    if (at < 0 || at >= this.#characters.length) return
    this.#moveTo(at)
    this.#characters.splice(at, 1)
    if (this.hidden) return
    const rest = this.#characters.slice(at)
    this.#options.write(`${rest.join('')}\u001b[K`)
    this.#back(rest.length)
  }

  #moveTo(at: number): void {
    if (!this.hidden && at < this.#at) this.#back(this.#at - at)
    else if (!this.hidden && at > this.#at) this.#options.write(`\u001b[${at - this.#at}C`)
    this.#at = at
  }

  #replace(line: string): void {
    this.#moveTo(0)
    this.#characters = Array.from(line)
    this.#at = this.#characters.length
    if (!this.hidden) this.#options.write(`${line}\u001b[K`)
  }

  #recall(index: number): void {
    if (!this.remembers || index < 0 || index > this.#history.length || index === this.#recalled) return
    if (this.#recalled === this.#history.length) this.#draft = this.#characters.join('')
    this.#recalled = index
    this.#replace(this.#history[index] ?? this.#draft)
  }

  #back(count: number): void {
    if (!this.hidden && count > 0) this.#options.write(`\u001b[${count}D`)
  }
}
