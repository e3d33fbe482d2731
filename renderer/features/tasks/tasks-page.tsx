import './tasks.css'
import { useNavigate, useParams, useSearchParams } from 'react-router'
import { FINAL_TASK_STATES } from '../../../shared/model/index.ts'
import { useT } from '../../lib/i18n/index.ts'
import { useTable } from '../../lib/live/index.ts'
import { paths } from '../../lib/paths.ts'
import { PageHead } from '../../ui/index.ts'
import { PlannedMoves } from '../migration/index.ts'
import { TaskDetail } from './task-detail.tsx'
import { TasksPanel } from './tasks-panel.tsx'

/** All tasks, and beside them the chosen one with its steps and its error. */
export function TasksPage() {
  const t = useT()
  const navigate = useNavigate()
  const { taskId: fromPath } = useParams()
  const [search] = useSearchParams()
  const chosen = fromPath ?? search.get('task')
  const running = useTable('task').filter((task) => task.parentId === null && !FINAL_TASK_STATES.has(task.state)).length
  return (
    <>
      <PageHead title={t('tasks.title')}>
        <span className="page-bit sub num">{t('tasks.count', { count: running })}</span>
      </PageHead>
      <PlannedMoves />
      <div className={`tasks-page${chosen ? ' with-detail' : ''}`}>
        <TasksPanel chosen={chosen} />
        {chosen && <TaskDetail key={chosen} taskId={chosen} onClose={() => void navigate(paths.tasks())} />}
      </div>
    </>
  )
}
