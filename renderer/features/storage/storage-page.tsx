import './storage.css'
import { Tab, Tabs, TabTitleText } from '@patternfly/react-core'
import { useNavigate, useSearchParams } from 'react-router'
import { compareNames, useI18n } from '../../lib/i18n/index.ts'
import { useLivePhase } from '../../lib/live/index.ts'
import { paths } from '../../lib/paths.ts'
import { ActionButton, EmptyState, PageHead, Skeleton, useLate } from '../../ui/index.ts'
import { OrphansView } from './orphans/orphans-view.tsx'
import { PoolDialogs, PoolProblem } from './pools/pool-dialogs.tsx'
import { type PoolScene, usePoolScenes, useStorageHosts, useWriteReason } from './pools/pool-scene.ts'
import { PoolsTable } from './pools/pools-table.tsx'

const TABS = ['pools', 'orphans'] as const
type TabId = (typeof TABS)[number]

/** Pools of all hosts of the workspace or of one of them, and what lies in them that nobody names any more. */
export function StoragePage() {
  const i18n = useI18n()
  const { t, format } = i18n
  const navigate = useNavigate()
  const phase = useLivePhase()
  const late = useLate(phase !== 'ready')
  const [search, setSearch] = useSearchParams()
  const wanted = search.get('tab')
  const tab: TabId = TABS.find((one) => one === wanted) ?? 'pools'
  const hostId = search.get('host')
  const all = useStorageHosts(null)
  const hosts = hostId === null ? all : all.filter(({ id }) => id === hostId)
  const scenes = usePoolScenes(hosts)
  const refusal = useWriteReason(i18n)
  const only = hostId === null ? undefined : hosts[0]
  const noPool = all.length === 0 ? t('storage.no-hosts') : refusal(true, '')
  const change = (to: Readonly<Record<string, string | null>>) => {
    const next = new URLSearchParams(search)
    for (const [key, value] of Object.entries(to)) {
      if (value === null) next.delete(key)
      else next.set(key, value)
    }
    setSearch(next, { replace: true })
  }
  if (phase !== 'ready') {
    return late ? (
      <div className="rows-waiting">
        <Skeleton width={220} />
        <Skeleton width={400} />
      </div>
    ) : null
  }
  return (
    <>
      <PageHead
        title={t('storage.title')}
        {...(only && { crumbs: [{ label: only.name, path: paths.host(only.id) }] })}
        actions={
          <ActionButton variant="primary" disabledReason={noPool} onClick={() => void navigate(paths.newPool(hostId ?? undefined))}>
            {t('storage.new')}
          </ActionButton>
        }
        tabs={
          <Tabs
            activeKey={tab}
            aria-label={t('storage.title')}
            onSelect={(_event, key) => change({ tab: key === 'pools' ? null : String(key) })}
          >
            {TABS.map((one) => (
              <Tab key={one} eventKey={one} tabContentId={`panel-${one}`} title={<TabTitleText>{t(`storage.tab.${one}`)}</TabTitleText>} />
            ))}
          </Tabs>
        }
      >
        <Totals scenes={scenes} />
        <label className="page-bit">
          <span className="visually-hidden">{t('storage.host')}</span>
          <select
            className="text-input storage-host"
            value={hostId ?? ''}
            onChange={(event) => change({ host: event.target.value || null })}
          >
            <option value="">{t('storage.all-hosts', { count: all.length, shown: format.number(all.length) })}</option>
            {[...all]
              .sort((a, b) => compareNames(a.name, b.name))
              .map((host) => (
                <option key={host.id} value={host.id}>
                  {host.name}
                </option>
              ))}
          </select>
        </label>
      </PageHead>
      <PoolProblem />
      <section id={`panel-${tab}`} role="tabpanel" aria-label={t(`storage.tab.${tab}`)} className="storage-panel">
        {tab === 'orphans' ? (
          <OrphansView hosts={hosts} />
        ) : (
          <PoolsTable
            scenes={scenes}
            withHosts={only === undefined}
            empty={
              <EmptyState title={t(all.length === 0 ? 'storage.no-hosts' : 'storage.none')}>
                <p>{t(all.length === 0 ? 'storage.no-hosts.text' : 'storage.none.text')}</p>
              </EmptyState>
            }
          />
        )}
      </section>
      <PoolDialogs />
    </>
  )
}

/** How many pools, and what all of them hold. Pools of one file system are counted each: the sum says so. */
function Totals({ scenes }: { readonly scenes: readonly PoolScene[] }) {
  const { t, format } = useI18n()
  const off = scenes.filter(({ pool }) => !pool.active).length
  return (
    <span className="page-bit num sub">
      {t('storage.count', { count: scenes.length, shown: format.number(scenes.length) })}
      {off > 0 && ` · ${t('storage.count-off', { count: off })}`}
    </span>
  )
}
