import { Link } from 'react-router'
import type { Machine, MoveParams, Task } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { paths } from '../../lib/paths.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { Panel, Problem, StateIcon, type StateShape } from '../../ui/index.ts'
import type { FollowedMove } from './live-move.ts'
import { phaseNow } from './live-phases.ts'
import { useBothEnds } from './live-where.ts'
import { phaseWord, RUNS, sourceName } from './live-words.ts'

export interface MoveOutcomeProps {
  readonly task: Task
  readonly params: MoveParams
  readonly followed: FollowedMove
}

/** How it ended: where the machine is now, what was verified and tidied up, and on failure what was said, by whom. */
export function MoveOutcome({ task, params, followed }: MoveOutcomeProps) {
  const i18n = useI18n()
  const { t } = i18n
  const may = usePermissions()
  const { atSource, atTarget } = useBothEnds(task, params)
  const name = task.target?.name ?? ''
  const words = { name, from: sourceName(params, i18n), to: params.to }
  const wentWell = task.state === 'succeeded'
  return (
    <>
      {!wentWell && <Failure task={task} params={params} followed={followed} />}
      <Panel title={t('move.where-now')}>
        <ul className="move-facts">
          <Place machine={atSource} host={words.from} />
          <Place machine={atTarget} host={words.to} />
          {factsOf(task, params).map(({ code, shape, count }) => (
            <li key={code}>
              <StateIcon shape={shape} />
              <span>{t(`move.fact.${code}`, { ...words, count })}</span>
            </li>
          ))}
        </ul>
        {!wentWell && (
          <p className="move-next">
            {t(nextOf(task, atSource), words)}{' '}
            {atSource && may('machine.migrate') && <Link to={paths.migrate([atSource.id])}>{t('move.to-preflight')}</Link>}
          </p>
        )}
      </Panel>
    </>
  )
}

/** What was said, word for word, and by which host. */
function Failure({ task, params, followed }: MoveOutcomeProps) {
  const i18n = useI18n()
  const { t } = i18n
  const { error } = task
  if (!error) return null
  const { side, said } = error.details ?? {}
  const phase = phaseWord(phaseNow(task, followed.phases), i18n)
  if (task.state === 'cancelled')
    return (
      <p className="move-failure by-wish">
        <b>{t('move.cancelled-in', { name: task.target?.name ?? '', phase })}</b>
      </p>
    )
  const speaker = side === 'source' ? sourceName(params, i18n) : side === 'target' ? params.to : null
  return (
    <div className="move-failure">
      <p>
        <b>{t('move.failed-in', { name: task.target?.name ?? '', phase })}</b>
      </p>
      {speaker !== null && typeof said === 'string' ? (
        <>
          <p>{t('move.said-by', { host: speaker })}</p>
          <blockquote className="mono">{said}</blockquote>
        </>
      ) : (
        <Problem error={error} />
      )}
    </div>
  )
}

function Place({ machine, host }: { readonly machine: Machine | undefined; readonly host: string }) {
  const { t } = useI18n()
  if (!machine)
    return (
      <li>
        <StateIcon shape="stopped" muted />
        <span>{t('move.absent-at', { host })}</span>
      </li>
    )
  const runs = RUNS.has(machine.state)
  return (
    <li>
      <StateIcon shape={runs ? 'running' : 'stopped'} />
      <span>
        {t('move.state-at', { host, state: t(`state.${machine.state}`) })}{' '}
        <Link to={paths.machine(machine.id)}>{t('move.open-machine')}</Link>
      </span>
    </li>
  )
}

type FactCode = 'verified' | 'not-verified' | 'disks-deleted' | 'disks-kept' | 'disks-left' | 'taken-back' | 'not-taken-back'

interface MoveFact {
  readonly code: FactCode
  readonly shape: StateShape
  readonly count: number
}

/** Steps that make a volume at the target. */
const MADE = /^(?:volume|copy)-/

/** As the task's own steps say. */
function factsOf({ steps, state }: Task, { copied }: MoveParams): readonly MoveFact[] {
  const facts: MoveFact[] = []
  const add = (code: FactCode, shape: StateShape, count = 1) => count > 0 && facts.push({ code, shape, count })
  const verify = steps.find(({ id }) => id === 'verify')?.state
  if (verify === 'done') add('verified', 'running')
  if (verify === 'failed') add('not-verified', 'attention')
  const of = (step: RegExp, ...states: readonly string[]) =>
    steps.filter(({ id, state: its }) => step.test(id) && states.includes(its)).length
  add('disks-deleted', 'running', of(/^clean-/, 'done'))
  add('disks-left', 'attention', of(/^clean-/, 'failed', 'unknown'))
  if (state === 'succeeded' && copied > 0 && of(/^clean-/, 'done', 'failed') === 0) add('disks-kept', 'stopped', copied)
  add('taken-back', 'running', of(MADE, 'undone'))
  if (state !== 'succeeded') add('not-taken-back', 'attention', of(MADE, 'failed', 'unknown'))
  return facts
}

/** What to do after it did not come about. */
function nextOf({ steps, state }: Task, atSource: Machine | undefined) {
  if (steps.some((step) => step.id === 'verify' && step.state === 'failed')) return 'move.next.look-there'
  if (state === 'cancelled') return 'move.next.again'
  return atSource && RUNS.has(atSource.state) ? 'move.next.mend' : 'move.next.look'
}
