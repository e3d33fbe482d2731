import './storage.css'
import { useState } from 'react'
import { Link } from 'react-router'
import { useApi } from '../../lib/api/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useIdParam } from '../../lib/id-param.ts'
import { useLivePhase } from '../../lib/live/index.ts'
import { paths } from '../../lib/paths.ts'
import { ActionButton, Age, Banner, Chevron, EmptyState, FloatingMenu, PageHead, Skeleton, useLate } from '../../ui/index.ts'
import { PoolFill, PoolState } from './pools/pool-cells.tsx'
import { PoolDialogs, PoolProblem } from './pools/pool-dialogs.tsx'
import { poolEntries } from './pools/pool-entries.ts'
import { type PoolScene, usePoolScene, useWriteReason } from './pools/pool-scene.ts'
import { PoolTrouble } from './pools/pool-trouble.tsx'
import { UploadButton } from './volumes/upload-button.tsx'
import { askVolume, VolumeDialogs } from './volumes/volume-dialogs.tsx'
import { VolumesView } from './volumes/volumes-view.tsx'
import { poolTypeWord } from './words.ts'

/** One pool: what it is, what can be done to it, and what lies in it. */
export function PoolPage() {
  const { t } = useI18n()
  const poolId = useIdParam('poolId')
  const phase = useLivePhase()
  const late = useLate(phase !== 'ready')
  const scene = usePoolScene(poolId)
  if (phase !== 'ready') {
    return late ? (
      <div className="rows-waiting">
        <Skeleton width={220} />
        <Skeleton width={400} />
      </div>
    ) : null
  }
  if (scene) return <PoolView key={poolId} scene={scene} />
  return (
    <EmptyState title={t('storage.pool.unknown')} actions={<Link to={paths.storage()}>{t('storage.pool.to-all')}</Link>}>
      <p>{t('storage.pool.unknown-text')}</p>
    </EmptyState>
  )
}

function PoolView({ scene }: { readonly scene: PoolScene }) {
  const i18n = useI18n()
  const { t } = i18n
  const { pool, host, isLive } = scene
  const refusal = useWriteReason(i18n)
  const why = refusal(isLive, host?.name ?? '')
  const noVolume = why ?? (pool.active ? undefined : t('storage.pool.is-off'))
  return (
    <>
      <PageHead
        title={pool.name}
        crumbs={[
          { label: t('storage.title'), path: paths.storage() },
          ...(host ? [{ label: host.name, path: paths.storage(host.id) }] : []),
        ]}
        actions={
          <>
            <ActionButton
              variant="primary"
              disabledReason={noVolume}
              onClick={() => askVolume({ kind: 'create', poolId: pool.id, rows: [] })}
            >
              {t('storage.volume.new')}
            </ActionButton>
            <UploadButton pool={pool} disabledReason={noVolume} />
            <PoolMenu scene={scene} refusal={why} />
          </>
        }
      >
        <span className="page-bit">
          <PoolState scene={scene} />
        </span>
        <span className="page-bit sub" title={pool.type}>
          {poolTypeWord(pool.type, i18n)}
        </span>
        <span className="page-bit">
          <PoolFill pool={pool} isLive={isLive} />
        </span>
      </PageHead>
      <PoolProblem />
      {!isLive && (
        <Banner tone="warn">
          <b>{t('storage.stale', { host: host?.name ?? '' })}</b> {t('machine.stale-text')}
        </Banner>
      )}
      <PoolTrouble scene={scene} />
      <p className="storage-where">
        {pool.target !== null && <span className="mono small ellipsis">{pool.target}</span>}
        <span className="sub">
          {pool.autostart !== null && t(pool.autostart ? 'storage.starts-itself' : 'storage.starts-not')}
          {' · '}
          {t('storage.amounts-read')} <Age atMs={pool.observedAtMs} ago />
        </span>
      </p>
      {pool.active ? (
        <VolumesView scene={scene} noWrite={noVolume} />
      ) : (
        <EmptyState title={t('storage.pool.off-title', { name: pool.name })} actions={<StartButton scene={scene} refusal={why} />}>
          <p>{t('storage.pool.off-text')}</p>
        </EmptyState>
      )}
      <PoolDialogs onRemoved={(removed) => paths.storage(removed.hostId)} />
      <VolumeDialogs />
    </>
  )
}

function StartButton({ scene, refusal }: { readonly scene: PoolScene; readonly refusal: string | undefined }) {
  const i18n = useI18n()
  const api = useApi()
  const start = poolEntries(scene, api, i18n, refusal).find(({ id }) => id === 'start')
  if (start?.kind !== 'item') return null
  return (
    <ActionButton variant="secondary" disabledReason={start.disabledReason} onClick={start.run}>
      {i18n.t('storage.pool.start-it')}
    </ActionButton>
  )
}

function PoolMenu({ scene, refusal }: { readonly scene: PoolScene; readonly refusal: string | undefined }) {
  const i18n = useI18n()
  const { t } = i18n
  const api = useApi()
  const [at, setAt] = useState<{ readonly x: number; readonly y: number } | null>(null)
  return (
    <>
      <ActionButton
        variant="secondary"
        aria-haspopup="menu"
        aria-expanded={at !== null}
        onClick={(event) => {
          const box = event.currentTarget.getBoundingClientRect()
          setAt({ x: box.left, y: box.bottom + 2 })
        }}
      >
        {t('storage.pool.menu')} <Chevron open />
      </ActionButton>
      {at && (
        <FloatingMenu
          label={t('storage.actions-of', { name: scene.pool.name })}
          at={at}
          entries={poolEntries(scene, api, i18n, refusal)}
          onClose={() => setAt(null)}
        />
      )}
    </>
  )
}
