import type { MoveParams, Task } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useNowMs } from '../../lib/time/ticker.ts'
import { StateIcon } from '../../ui/index.ts'
import type { FollowedMove } from './live-move.ts'
import { type PhaseOnLine, phaseLine, tookTogether } from './live-phases.ts'
import { phaseWord } from './live-words.ts'

const SHAPES = { done: 'running', now: 'busy', failed: 'failed', stopped: 'stopped' } as const

export interface MoveLineProps {
  readonly task: Task
  readonly params: MoveParams
  readonly followed: FollowedMove
}

/** The phases of a move as a line, each with its time. */
export function MoveLine({ task, params, followed }: MoveLineProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const nowMs = useNowMs(1_000)
  const line = phaseLine(task, params, followed.phases, nowMs)
  const together = tookTogether(task, line)
  const isOpen = task.state === 'needs-attention'
  const isBroken = followed.live?.broken !== undefined
  return (
    <>
      <ol className="move-line" aria-label={t('move.phases')}>
        {line.map((one) => (
          <li
            key={one.phase}
            className={(one.state === 'failed' && isOpen) || (one.state === 'now' && isBroken) ? 'open' : one.state}
            aria-current={one.state === 'now' ? 'step' : undefined}
            title={one.fromMs === null ? undefined : format.timeSeconds(one.fromMs)}
          >
            <span className="move-mark">
              <Mark state={one.state} isOpen={isOpen} isBroken={isBroken} />
            </span>
            <span className="move-phase">
              {phaseWord(one.phase, i18n)}
              <span className="visually-hidden"> {t(`move.phase-state.${one.state}`)}</span>
            </span>
            <span className="sub num">{timeWord(one, format.took.bind(format))}</span>
          </li>
        ))}
      </ol>
      {together !== null && <p className="sub num move-together">{t('move.took-together', { time: format.took(together) })}</p>}
    </>
  )
}

interface MarkProps {
  readonly state: PhaseOnLine['state']
  /** A person has to decide. */
  readonly isOpen: boolean
  /** It stands still in post-copy. */
  readonly isBroken: boolean
}

function Mark({ state, isOpen, isBroken }: MarkProps) {
  if (state === 'ahead' || state === 'skipped') return <i className="move-ring" aria-hidden />
  return <StateIcon shape={(state === 'failed' && isOpen) || (state === 'now' && isBroken) ? 'attention' : SHAPES[state]} />
}

/** Unseen is not nought; of a move that has nothing to delete, the cleaning is no work. */
function timeWord({ phase, tookMs, state }: PhaseOnLine, took: (ms: number) => string): string {
  if (tookMs === null) return state === 'done' && phase !== 'cleaning' ? '–' : ''
  return took(tookMs)
}
