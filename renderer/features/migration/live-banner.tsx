import { Link } from 'react-router'
import { FINAL_TASK_STATES, type Machine, type Task } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useTable } from '../../lib/live/index.ts'
import { paths } from '../../lib/paths.ts'
import { leftMs, moveOf } from '../../lib/task/index.ts'
import { Banner } from '../../ui/index.ts'
import { sourceName } from './live-words.ts'
import { PlanBanner } from './plans/plan-banner.tsx'

/** The move that has this machine now: it leaves from here, or arrives here. */
function moveOfMachine(tasks: readonly Task[], machine: Machine): Task | undefined {
  return tasks.find((task) => {
    const params = FINAL_TASK_STATES.has(task.state) ? null : moveOf(task)
    if (!params) return false
    if (task.target?.id === machine.id) return true
    return params.targetHostId === machine.hostId && (params.rename ?? task.target?.name) === machine.name
  })
}

/** Its memory is on two hosts. */
const BROKEN: ReadonlySet<string> = new Set(['post-copy-broken', 'post-copy-resumes'])

/** On a machine's page while it moves, while it is not certain where it runs, and while it is to move later. */
export function MoveBanner({ machine }: { readonly machine: Machine }) {
  const i18n = useI18n()
  const { t, format } = i18n
  const task = moveOfMachine(useTable('task'), machine)
  const params = task && moveOf(task)
  if (!task || !params) return <PlanBanner machine={machine} />
  const words = { name: machine.name, from: sourceName(params, i18n), to: params.to }
  const link = <Link to={paths.tasks(task.id)}>{t(task.state === 'needs-attention' ? 'move.see-both' : 'move.follow')}</Link>
  if (task.state === 'needs-attention')
    return (
      <Banner tone="warn" actions={link}>
        <b>{t('move.banner-unclear', words)}</b> {t('move.banner-unclear-text')}
      </Banner>
    )
  const left = leftMs(task)
  const { fraction, note } = task.progress
  return (
    <Banner tone={BROKEN.has(note ?? '') ? 'warn' : 'info'} actions={link}>
      <b>{t(params.targetHostId === machine.hostId ? 'move.banner-arrives' : 'move.banner-leaves', words)}</b>{' '}
      <span className="num" aria-hidden>
        {[
          note ? i18n.code('note', note, note) : null,
          format.percent(fraction * 100),
          left === null ? null : t('move.left', { time: format.clock(left) }),
        ]
          .filter((part) => part !== null)
          .join(', ')}
      </span>
    </Banner>
  )
}
