import { Button } from '@patternfly/react-core'
import { useState } from 'react'
import { FINAL_TASK_STATES, type Pool, type Task } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { useTable } from '../../../lib/live/index.ts'
import { taskVerb } from '../../../lib/task/index.ts'
import { Age, Banner, Problem } from '../../../ui/index.ts'
import { isFolder, isNearlyFull } from '../words.ts'
import type { PoolScene } from './pool-scene.ts'

/** What is wrong with a pool, where it is looked at: what failed on it last, and that it has hardly any room. */
export function PoolTrouble({ scene: { pool, isLive, task } }: { readonly scene: PoolScene }) {
  const i18n = useI18n()
  const { t, format } = i18n
  const failed = useLastFailure(pool)
  const [closed, setClosed] = useState<string | null>(null)
  return (
    <>
      {failed?.error && failed.endedAtMs !== null && !task && closed !== failed.id && (
        <Banner
          tone="bad"
          actions={
            <Button variant="link" isInline onClick={() => setClosed(failed.id)}>
              {t('action.close')}
            </Button>
          }
        >
          <b>{t('storage.pool.failed', { task: taskVerb(failed, i18n) })}</b> <Age atMs={failed.endedAtMs} ago />
          <Problem error={failed.error} />
        </Banner>
      )}
      {isLive && pool.active && pool.availableBytes !== null && isNearlyFull(pool) && (
        <Banner tone="warn">
          <b>{t('storage.pool.nearly-full', { size: format.bytes(pool.availableBytes) })}</b>{' '}
          {isFolder(pool.type) && t('storage.pool.nearly-full-text')}
        </Banner>
      )}
    </>
  )
}

/** The last task on the pool itself, if it failed and what it wanted is still not so. */
function useLastFailure(pool: Pool): Task | undefined {
  const tasks = useTable('task')
  let last: Task | undefined
  for (const task of tasks) {
    if (task.target?.entity !== 'pool' || task.target.id !== pool.id || !FINAL_TASK_STATES.has(task.state)) continue
    if (!last || task.createdAtMs >= last.createdAtMs) last = task
  }
  const isMended = last?.kind === 'pool.start' ? pool.active : last?.kind === 'pool.stop' && !pool.active
  return last?.state === 'failed' && !isMended ? last : undefined
}
