import type { ReactNode } from 'react'
import type { RailNode, RailRow } from './model/rails.ts'

export const ROW_PX = 32
const LANE_PX = 16
const LEFT_PX = 11

export type RailMark = 'here' | 'inside' | 'beside' | 'mixed' | 'file' | 'active' | 'bad'

export function railWidth(lanes: number): number {
  return LEFT_PX + lanes * LANE_PX
}

function x(lane: number): number {
  return LEFT_PX + lane * LANE_PX
}

const MIDDLE = ROW_PX / 2

const MARKS: Readonly<Record<RailMark, ReactNode>> = {
  here: <path d="M-5 -5.5 5.5 0 -5 5.5Z" className="rail-here" />,
  inside: <circle r="4.5" className="rail-full" />,
  beside: <circle r="4.5" className="rail-hollow" />,
  mixed: (
    <>
      <circle r="4.5" className="rail-hollow" />
      <path d="M0 -4.5a4.5 4.5 0 0 1 0 9Z" className="rail-full" />
    </>
  ),
  file: <rect x="-4" y="-4.5" width="8" height="9" rx="1" className="rail-hollow" />,
  active: <rect x="-4" y="-4.5" width="8" height="9" rx="1" className="rail-here" />,
  bad: (
    <>
      <path d="M-2.3-5.2h4.6l3 3v4.4l-3 3h-4.6l-3-3v-4.4Z" className="rail-bad" />
      <path d="m-1.9-1.9 3.8 3.8m0-3.8-3.8 3.8" className="rail-cross" />
    </>
  ),
}

/** The lines of one row of a tree. Decoration: what hangs on what is said in words beside it. */
export function RailCell<N extends RailNode>({
  row,
  lanes,
  mark,
}: {
  readonly row: RailRow<N>
  readonly lanes: number
  readonly mark: RailMark
}) {
  const { lane, hasAbove, passing, below } = row
  return (
    <svg width={railWidth(lanes)} height={ROW_PX} className="rail" aria-hidden>
      {passing.map((each) => (
        <path key={each} d={`M${x(each)} 0V${ROW_PX}`} />
      ))}
      {hasAbove && <path d={`M${x(lane)} 0V${MIDDLE}`} />}
      {below !== null && (
        <path
          d={
            below === lane
              ? `M${x(lane)} ${MIDDLE}V${ROW_PX}`
              : `M${x(lane)} ${MIDDLE}C${x(lane)} ${ROW_PX} ${x(below)} ${MIDDLE} ${x(below)} ${ROW_PX}`
          }
        />
      )}
      <g transform={`translate(${x(lane)} ${MIDDLE})`}>{MARKS[mark]}</g>
    </svg>
  )
}
