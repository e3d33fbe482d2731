import type { WireError } from '../../shared/errors/index.ts'

/**
 * Figures to the right, words to the left, as wide as the longest cell; nothing is cut when the output is a file. Cells may
 * hold what hosts and guests say.
 */
export function table(
  cells: ReadonlyArray<readonly string[]>,
  head: readonly string[],
  alignRight: ReadonlySet<number> = new Set(),
): string {
  const rows = cells.map((row) => row.map(printable))
  const widths = head.map((cell, column) => Math.max(width(cell), ...rows.map((row) => width(row[column] ?? ''))))
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const space = ' '.repeat((widths[column] ?? 0) - width(cell))
        return alignRight.has(column) ? space + cell : cell + space
      })
      .join('  ')
      .trimEnd()
  return [line(head.map((cell) => cell.toUpperCase())), ...rows.map(line)].join('\n')
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })

const ASCII = /^[\x20-\x7e]*$/

/** Columns it takes; nearly all text is plain, and cutting it into graphemes takes a hundred times as long. */
function width(text: string): number {
  if (ASCII.test(text)) return text.length
  return [...segmenter.segment(text)].length
}

/** Control characters of a foreign name must not steer the terminal, nor turn the text around them. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\u{202a}-\u{202e}\u{2066}-\u{2069}]/gu, '\u{fffd}')
}

/** How long ago, in the largest unit that tells something: `4 s`, `12 min`, `3 h 12 min`, `5 d`. */
export function age(fromMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - fromMs) / 1_000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  return `${Math.floor(hours / 24)} d`
}

export function gib(kib: number | null): string {
  return kib === null ? '–' : (kib / 1_048_576).toFixed(kib < 10_485_760 ? 1 : 0)
}

export function percent(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : `${Math.round(value)}%`
}

/** One line for an error, with its code so that it can be looked up. */
export function errorLine(error: WireError): string {
  return `${printable(error.message)} [${error.code}]`
}
