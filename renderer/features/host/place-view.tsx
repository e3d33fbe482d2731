import { Tab, Tabs, TabTitleText } from '@patternfly/react-core'
import { useMemo } from 'react'
import { Link, useNavigate, useSearchParams } from 'react-router'
import { type CloudResourceKind, type Host, MACHINE_STATES, type MachineState, worseFreshness } from '../../../shared/model/index.ts'
import { type Command, useCommands } from '../../lib/commands/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useEntity, useIndexVersion, useLive } from '../../lib/live/index.ts'
import { cloudName, freshShape, unseenText } from '../../lib/machine/index.ts'
import { paths } from '../../lib/paths.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { ActionButton, Age, Banner, type Fact, Facts, Fresh, PageHead, Panel, Prov } from '../../ui/index.ts'
import { ResourcePanel } from '../cloud-resources/index.ts'
import { EventsPanel } from '../events/index.ts'
import { HostMachines, queryValue } from './host-machines.tsx'
import { HostNetworks } from './host-surroundings.tsx'
import { useHostInterest } from './use-host-interest.ts'

const TABS = ['overview', 'images', 'disks', 'snapshots', 'addresses', 'networks', 'firewalls', 'keys', 'events'] as const
type TabId = (typeof TABS)[number]

/** What a tab lists. */
const KINDS: Readonly<Partial<Record<TabId, readonly CloudResourceKind[]>>> = {
  images: ['image'],
  disks: ['disk'],
  snapshots: ['snapshot'],
  addresses: ['address'],
  networks: ['network', 'subnet'],
  firewalls: ['firewall'],
  keys: ['key'],
}

/** A region, a subscription or a project: its machines, and all else the account has there. */
export function PlaceView({ place }: { readonly place: Host }) {
  const i18n = useI18n()
  const { t, format } = i18n
  const { index } = useLive()
  const may = usePermissions()
  const navigate = useNavigate()
  const connection = useEntity('connection', place.connectionId)
  const [search, setSearch] = useSearchParams()
  const wanted = search.get('tab')
  const tab: TabId = TABS.find((one) => one === wanted) ?? 'overview'
  useIndexVersion()
  useHostInterest(place.id)
  const freshness = connection ? worseFreshness(connection.freshness, place.freshness) : place.freshness
  const live = freshness.state === 'live'
  const noMachine = !may('machine.create')
    ? t('route.forbidden.text', { permission: 'machine.create' })
    : live
      ? undefined
      : i18n.reason({ code: 'link.not-live', text: '', params: { connection: connection?.name ?? place.name } })
  const title = t('place.new-in', { name: place.name })
  const commands = useMemo(
    (): readonly Command[] => [
      {
        id: 'cloud-build.new',
        title,
        keywords: 'create vm instance',
        group: t('palette.group.actions'),
        disabledReason: noMachine,
        run: () => void navigate(paths.cloudBuild(place.id)),
      },
    ],
    [title, t, noMachine, navigate, place.id],
  )
  useCommands(commands)
  const count = index.count(`host/${place.id}`)
  const kinds = KINDS[tab]
  return (
    <>
      <PageHead
        title={place.name}
        crumbs={connection ? [{ label: connection.name, path: paths.connections(connection.id) }] : []}
        actions={
          <ActionButton variant="primary" disabledReason={noMachine} onClick={() => void navigate(paths.cloudBuild(place.id))}>
            {t('build.new')}
          </ActionButton>
        }
        tabs={
          <Tabs
            activeKey={tab}
            aria-label={t(`place.kind.${place.kind}`)}
            onSelect={(_event, key) => setSearch(key === 'overview' ? {} : { tab: String(key) }, { replace: true })}
          >
            {TABS.map((one) => (
              <Tab key={one} eventKey={one} tabContentId={`panel-${one}`} title={<TabTitleText>{t(`place.tab.${one}`)}</TabTitleText>} />
            ))}
          </Tabs>
        }
      >
        <span className="page-bit">
          <Prov providerId={connection?.providerId ?? 'libvirt'} /> {t(`place.kind.${place.kind}`)}
        </span>
        <span className="page-bit num sub">{t('fleet.machines', { count, shown: format.number(count) })}</span>
        <span className={`page-bit num ${freshness.state === 'stale' ? 'lost' : 'sub'}`}>
          <Fresh shape={freshShape(freshness)} />
          {freshness.state === 'never' ? t('fleet.seen.never') : <Age atMs={place.observedAtMs} ago />}
        </span>
      </PageHead>
      <Unseen place={place} />
      <section id={`panel-${tab}`} role="tabpanel" aria-label={t(`place.tab.${tab}`)} className="page-body tab-panel">
        {tab === 'events' ? (
          <EventsPanel hostId={place.id} />
        ) : kinds ? (
          kinds.map((kind) => <ResourcePanel key={kind} place={place} kind={kind} live={live} />)
        ) : (
          <div className="host">
            <div className="host-main">
              <HostMachines host={place} />
              <HostNetworks hostId={place.id} inCloud />
            </div>
            <aside className="host-side place-side" aria-label={t('machine.facts')}>
              <PlaceStates place={place} />
              <PlaceFacts place={place} />
            </aside>
          </div>
        )}
      </section>
    </>
  )
}

/** Why it cannot be read now, and since when. */
function Unseen({ place }: { readonly place: Host }) {
  const i18n = useI18n()
  const { t, format } = i18n
  const connection = useEntity('connection', place.connectionId)
  const freshness = connection ? worseFreshness(connection.freshness, place.freshness) : place.freshness
  // The console's own engine is gone: the banner over the whole page says it already.
  if (freshness.state === 'live' || (freshness.state === 'stale' && freshness.reason === 'engine')) return null
  const why = connection?.error ? i18n.error(connection.error) : unseenText(place, connection?.providerId, i18n)
  return (
    <Banner tone="warn">
      <b>
        {freshness.state === 'never'
          ? t('place.never')
          : t(freshness.state === 'cached' ? 'machine.cached' : 'place.stale', { time: format.when(freshness.sinceMs) })}
      </b>{' '}
      {why ?? t('machine.stale-text')} {connection && <Link to={paths.connections(connection.id)}>{t('place.account')}</Link>}
    </Banner>
  )
}

/** Its machines by state; each leads to them in the fleet. */
function PlaceStates({ place }: { readonly place: Host }) {
  const { t, format } = useI18n()
  const { index, store } = useLive()
  const counts = new Map<MachineState, number>()
  let billed = 0
  for (const id of index.members(`host/${place.id}`)) {
    const machine = store.get('machine', id)
    if (!machine) continue
    counts.set(machine.state, (counts.get(machine.state) ?? 0) + 1)
    if (machine.state === 'stopped' && machine.cloud?.billing === 'compute') billed += 1
  }
  const query = (rest: string) => paths.fleet(`host:${queryValue(place.name)} ${rest}`)
  const facts: readonly Fact[] = MACHINE_STATES.filter((state) => (counts.get(state) ?? 0) > 0).map((state) => ({
    label: t(`state.${state}`),
    value: (
      <Link className="num" to={query(`state:${state}`)}>
        {format.number(counts.get(state) ?? 0)}
      </Link>
    ),
  }))
  // that there are none stands in the place of their list
  if (facts.length === 0) return null
  return (
    <Panel title={t('place.states')}>
      <Facts facts={facts} />
      {billed > 0 && (
        <p className="warn-text">
          {t('place.off-billed', { count: billed })} <Link to={query('state:stopped billing:compute')}>{t('place.show')}</Link>
        </p>
      )}
    </Panel>
  )
}

function PlaceFacts({ place }: { readonly place: Host }) {
  const { t } = useI18n()
  const connection = useEntity('connection', place.connectionId)
  return (
    <Panel title={t('machine.facts')}>
      <Facts
        facts={[
          { label: t('place.cloud'), value: cloudName(connection?.providerId) ?? place.hypervisor },
          { label: t(`place.kind.${place.kind}`), value: place.name },
          ...(place.nativeRef === place.name
            ? []
            : [{ label: t('cloud.fact.id'), value: <span className="mono">{place.nativeRef}</span> }]),
          ...(connection
            ? [{ label: t('place.account'), value: <Link to={paths.connections(connection.id)}>{connection.name}</Link> }]
            : []),
        ]}
      />
    </Panel>
  )
}
