import './host.css'
import './maintenance/maintenance.css'
import { Tab, Tabs, TabTitleText } from '@patternfly/react-core'
import { Link, useNavigate, useSearchParams } from 'react-router'
import { type Host, isClosedHost, worseFreshness } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useIdParam } from '../../lib/id-param.ts'
import { useEntity, useIndexVersion, useLive, useLivePhase } from '../../lib/live/index.ts'
import { freshShape, isPlace } from '../../lib/machine/index.ts'
import { paths } from '../../lib/paths.ts'
import { usePermissions } from '../../lib/session/index.ts'
import {
  ActionButton,
  Age,
  Banner,
  Bar,
  EmptyState,
  Facts,
  Fresh,
  PageHead,
  Panel,
  Prov,
  Skeleton,
  StateIcon,
  useLate,
} from '../../ui/index.ts'
import { EventsPanel } from '../events/index.ts'
import { HostMachines } from './host-machines.tsx'
import { HostNetworks, HostPools } from './host-surroundings.tsx'
import { useMaintenanceActions } from './maintenance/index.ts'
import { PlaceView } from './place-view.tsx'
import { useHostInterest } from './use-host-interest.ts'

const TABS = ['overview', 'events'] as const
type TabId = (typeof TABS)[number]

/** One host: what it is, how full it is, and what runs, stores and connects on it. Of a cloud: one of its places. */
export function HostPage() {
  const { t } = useI18n()
  const hostId = useIdParam('hostId')
  const phase = useLivePhase()
  const host = useEntity('host', hostId)
  const late = useLate(phase !== 'ready')
  if (phase !== 'ready') {
    return late ? (
      <div className="rows-waiting">
        <Skeleton width={220} />
        <Skeleton width={400} />
      </div>
    ) : null
  }
  if (host) return isPlace(host) ? <PlaceView key={host.id} place={host} /> : <HostView key={host.id} host={host} />
  return (
    <EmptyState title={t('host.unknown')}>
      <p>{t('host.unknown-text')}</p>
    </EmptyState>
  )
}

function HostView({ host }: { readonly host: Host }) {
  const i18n = useI18n()
  const { t, format } = i18n
  const { index } = useLive()
  const may = usePermissions()
  const navigate = useNavigate()
  const connection = useEntity('connection', host.connectionId)
  const [search, setSearch] = useSearchParams()
  const wanted = search.get('tab')
  const tab: TabId = TABS.find((one) => one === wanted) ?? 'overview'
  useIndexVersion()
  useHostInterest(host.id)
  const freshness = connection ? worseFreshness(connection.freshness, host.freshness) : host.freshness
  const live = freshness.state === 'live'
  const notLive = live ? undefined : i18n.reason({ code: 'link.not-live', text: '', params: { connection: connection?.name ?? host.name } })
  const closed = isClosedHost(host) ? i18n.reason({ code: 'host.in-maintenance', text: '', params: { host: host.name } }) : undefined
  const noMachine = may('machine.create') ? (notLive ?? closed) : t('route.forbidden.text', { permission: 'machine.create' })
  const maintenance = useMaintenanceActions(host, notLive)
  // The console's own engine is gone: the banner over the whole page says it already.
  const toldAbove = freshness.state === 'stale' && freshness.reason === 'engine'
  return (
    <>
      <PageHead
        title={host.name}
        crumbs={connection ? [{ label: connection.name, path: paths.connections(connection.id) }] : []}
        actions={
          <>
            <ActionButton variant="primary" disabledReason={noMachine} onClick={() => void navigate(paths.build(host.id))}>
              {t('build.new')}
            </ActionButton>
            <ActionButton variant="secondary" disabledReason={noMachine} onClick={() => void navigate(paths.importPackage(host.id))}>
              {t('import.new')}
            </ActionButton>
            {maintenance.button}
          </>
        }
        tabs={
          <Tabs
            activeKey={tab}
            aria-label={t('host.title')}
            onSelect={(_event, key) => setSearch(key === 'overview' ? {} : { tab: String(key) }, { replace: true })}
          >
            {TABS.map((one) => (
              <Tab key={one} eventKey={one} tabContentId={`panel-${one}`} title={<TabTitleText>{t(`machine.tab.${one}`)}</TabTitleText>} />
            ))}
          </Tabs>
        }
      >
        <span className="page-bit">
          <Prov providerId={connection?.providerId ?? 'libvirt'} /> {host.hypervisor}
        </span>
        <span className="page-bit num sub">
          {t('fleet.machines', { count: index.count(`host/${host.id}`), shown: format.number(index.count(`host/${host.id}`)) })}
        </span>
        {host.maintenance && (
          <span className="page-bit warn-text">
            <StateIcon shape="attention" /> {t(`maintenance.mark.${host.maintenance}`)}
          </span>
        )}
        <span className={`page-bit num ${freshness.state === 'stale' ? 'lost' : 'sub'}`}>
          <Fresh shape={freshShape(freshness)} />
          {freshness.state === 'never' ? t('fleet.seen.never') : <Age atMs={host.observedAtMs} ago />}
        </span>
      </PageHead>
      {!live && !toldAbove && (
        <Banner tone="warn">
          <b>
            {freshness.state === 'never'
              ? t('machine.stale-never')
              : t(freshness.state === 'cached' ? 'machine.cached' : 'machine.stale', { time: format.when(freshness.sinceMs) })}
          </b>{' '}
          {connection?.error ? i18n.error(connection.error) : t('machine.stale-text')}{' '}
          {connection && <Link to={paths.connections(connection.id)}>{t('host.connection')}</Link>}
        </Banner>
      )}
      <section id={`panel-${tab}`} role="tabpanel" aria-label={t(`machine.tab.${tab}`)} className="page-body tab-panel">
        {tab === 'events' ? (
          <EventsPanel hostId={host.id} />
        ) : (
          <div className="host">
            <div className="host-main">
              {maintenance.panel}
              <HostMachines host={host} />
              <HostPools hostId={host.id} stale={!live} />
              <HostNetworks hostId={host.id} />
            </div>
            <aside className="host-side" aria-label={t('machine.facts')}>
              <HostLoad host={host} stale={!live} />
              <HostFacts host={host} />
            </aside>
          </div>
        )}
      </section>
      {maintenance.dialog}
    </>
  )
}

/** How full it is now. A bar is coloured only past its limit. */
function HostLoad({ host, stale }: { readonly host: Host; readonly stale: boolean }) {
  const { t, format } = useI18n()
  const { index, store } = useLive()
  const { memoryKiB, memoryFreeKiB, cpuPercent } = host
  const usedKiB = memoryKiB === null || memoryFreeKiB === null ? null : memoryKiB - memoryFreeKiB
  const memoryPercent = usedKiB === null || !memoryKiB ? null : (usedKiB / memoryKiB) * 100
  let given = 0
  for (const id of index.members(`host/${host.id}`)) {
    const machine = store.get('machine', id)
    if (machine?.state === 'running') given += machine.vcpus
  }
  return (
    <Panel title={t('host.load')}>
      <div className="host-load num">
        <span>{t('column.cpu')}</span>
        <LoadBar percent={cpuPercent} limit={90} stale={stale} label={t('column.cpu')} />
        <span className="host-figure">{cpuPercent === null ? <span className="none">–</span> : format.percent(cpuPercent)}</span>
        <span>{t('chart.memory')}</span>
        <LoadBar percent={memoryPercent} limit={95} stale={stale} label={t('chart.memory')} />
        <span className="host-figure">
          {usedKiB === null || memoryKiB === null ? (
            <span className="none">–</span>
          ) : (
            <>
              {format.gib(usedKiB)} <span className="sub">/ {format.gib(memoryKiB)} GiB</span>
            </>
          )}
        </span>
        <span>{t('host.committed')}</span>
        <LoadBar percent={host.cpus ? (given / host.cpus) * 100 : null} limit={400} stale={stale} label={t('host.committed')} />
        <span className="host-figure">
          {format.number(given)}
          {host.cpus !== null && <span className="sub"> / {format.number(host.cpus)}</span>}
        </span>
      </div>
    </Panel>
  )
}

interface LoadBarProps {
  readonly percent: number | null
  readonly limit: number
  readonly stale: boolean
  readonly label: string
}

function LoadBar({ percent, limit, stale, label }: LoadBarProps) {
  if (percent === null) return <span />
  return <Bar percent={percent} label={label} tone={stale ? 'stale' : percent > limit ? 'hot' : 'plain'} />
}

function HostFacts({ host }: { readonly host: Host }) {
  const { t, format } = useI18n()
  const topology = [
    host.sockets === null ? null : t('host.sockets', { count: host.sockets }),
    host.coresPerSocket === null ? null : t('host.cores', { count: host.coresPerSocket }),
    host.threadsPerCore === null ? null : t('host.threads', { count: host.threadsPerCore }),
  ].filter((part) => part !== null)
  return (
    <>
      <Panel title={t('machine.facts')}>
        <Facts
          facts={[
            { label: t('query.field.model'), value: host.cpuModel },
            { label: t('query.field.cpus'), value: host.cpus === null ? null : format.number(host.cpus) },
            { label: t('host.topology'), value: topology.join(' × ') || null },
            { label: t('host.clock'), value: host.cpuMhz === null ? null : `${format.short(host.cpuMhz / 1_000)} GHz` },
            { label: t('chart.memory'), value: host.memoryKiB === null ? null : `${format.gib(host.memoryKiB)} GiB` },
            {
              label: t('query.field.memory-free'),
              value: host.memoryFreeKiB === null ? null : `${format.gib(host.memoryFreeKiB)} GiB`,
            },
          ]}
        />
      </Panel>
      <Panel title={t('host.versions')}>
        {host.versions.length === 0 ? (
          <p className="sub">–</p>
        ) : (
          <Facts facts={host.versions.map((one) => ({ label: one.name, value: <span className="num">{one.version}</span> }))} />
        )}
      </Panel>
    </>
  )
}
