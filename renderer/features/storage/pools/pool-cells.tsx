import type { Pool } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { taskVerb } from '../../../lib/task/index.ts'
import { Bar, StateIcon } from '../../../ui/index.ts'
import { fullness, isNearlyFull } from '../words.ts'
import type { PoolScene } from './pool-scene.ts'

/** Whether it runs, and what is being done to it. Of a host that cannot be reached: what was known last. */
export function PoolState({ scene: { pool, isLive, task } }: { readonly scene: PoolScene }) {
  const i18n = useI18n()
  const { t } = i18n
  if (task) {
    return (
      <span className="state-cell">
        <StateIcon shape="busy" />
        <span className="state-word busy">{taskVerb(task, i18n)}…</span>
      </span>
    )
  }
  const word = pool.active ? (isLive ? 'storage.active' : 'storage.was-active') : isLive ? 'storage.off' : 'storage.was-off'
  return (
    <span className="state-cell">
      <StateIcon shape={pool.active ? 'running' : 'stopped'} muted={!isLive} />
      <span className={`state-word${isLive ? '' : ' past'}`}>{t(word)}</span>
    </span>
  )
}

/** How full it is, of how much; coloured only past its limit. */
export function PoolFill({ pool, isLive }: { readonly pool: Pool; readonly isLive: boolean }) {
  const { t, format } = useI18n()
  const percent = fullness(pool)
  if (percent === null || pool.capacityBytes === null || pool.allocationBytes === null) return <span className="none">–</span>
  const isFull = isLive && isNearlyFull(pool)
  const tone = isLive ? (isFull ? 'warn' : 'plain') : 'stale'
  return (
    <span className="storage-fill num">
      <span className="storage-fill-bar">
        <Bar percent={percent} tone={tone} label={t('storage.fill', { name: pool.name })} />
      </span>
      <span className={isFull ? 'warn-text' : ''}>{format.percent(percent)}</span>
      <span className="sub">{t('storage.of', { used: format.bytes(pool.allocationBytes), total: format.bytes(pool.capacityBytes) })}</span>
    </span>
  )
}
