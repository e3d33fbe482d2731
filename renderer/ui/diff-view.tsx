import './diff-view.css'
import { useMemo } from 'react'
import { type DiffLine, lineDiff } from '../lib/xml/line-diff.ts'
import { piecesOf } from '../lib/xml/pieces.ts'

const AROUND = 3
const SIGNS = { same: ' ', added: '+', removed: '-' } as const

/** Only the lines about a change: what is left out is a gap. */
function changesOf(lines: readonly DiffLine[]): readonly (DiffLine | null)[] {
  const near = lines.map((_line, index) =>
    lines.slice(Math.max(0, index - AROUND), index + AROUND + 1).some((line) => line.kind !== 'same'),
  )
  return lines.flatMap<DiffLine | null>((line, index) => (near[index] ? [line] : near[index - 1] === false ? [] : [null]))
}

export interface DiffViewProps {
  readonly before: string
  readonly after: string
  /** Names it for assistive technology. */
  readonly label: string
  /** All of it, or only the lines about a change. */
  readonly whole?: boolean
}

/** Two texts of XML in one: what comes is marked, and what goes. */
export function DiffView({ before, after, label, whole = false }: DiffViewProps) {
  const lines = useMemo(() => lineDiff(before, after), [before, after])
  const shown = whole ? lines : changesOf(lines)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a long text has to be scrolled by keyboard, too
    <pre className="diff mono" tabIndex={0} role="region" aria-label={label}>
      {shown.map((line, index) =>
        line === null ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: a gap has no other name than its place
          <span key={index} className="diff-gap">
            {'⋯\n'}
          </span>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line has no other name than its number
          <span key={index} className={`diff-${line.kind}`}>
            <i className="diff-sign">{SIGNS[line.kind]} </i>
            {piecesOf(line.text).map((piece, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: parts of one immutable line
              <i key={place} className={piece.role}>
                {piece.text}
              </i>
            ))}
            {'\n'}
          </span>
        ),
      )}
    </pre>
  )
}
