import './networks.css'
import { Tab, Tabs, TabTitleText } from '@patternfly/react-core'
import { useMemo, useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import { type Host, type Network, worseFreshness } from '../../../shared/model/index.ts'
import { compareNames, useI18n } from '../../lib/i18n/index.ts'
import { useEntity, useLivePhase, useTable } from '../../lib/live/index.ts'
import { freshShape } from '../../lib/machine/index.ts'
import { paths } from '../../lib/paths.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { ActionButton, Age, EmptyState, Fresh, PageHead, StateIcon } from '../../ui/index.ts'
import { CreateDialog } from './create-dialog.tsx'
import { FiltersTab } from './filters-tab.tsx'
import { modeWord } from './mode-word.ts'
import { NetworkDetail } from './network-detail.tsx'
import { useHosts } from './use-hosts.ts'

const TABS = ['networks', 'filters'] as const
type TabId = (typeof TABS)[number]

/** The virtual networks of a host, and its network filters. */
export function NetworksPage() {
  const { t } = useI18n()
  const phase = useLivePhase()
  const hosts = useHosts()
  const [params] = useSearchParams()
  const host = hosts.find(({ id }) => id === params.get('host')) ?? hosts[0]
  if (host) return <OfHost key={host.id} host={host} hosts={hosts} />
  return (
    <>
      <PageHead title={t('networks.title')} />
      {phase === 'ready' && (
        <EmptyState title={t('topology.no-hosts')}>
          <p>
            {t('networks.no-hosts-text')} <Link to={paths.addHost()}>{t('topology.add-host')}</Link>
          </p>
        </EmptyState>
      )}
    </>
  )
}

function OfHost({ host, hosts }: { readonly host: Host; readonly hosts: readonly Host[] }) {
  const i18n = useI18n()
  const { t } = i18n
  const may = usePermissions()
  const [params, setParams] = useSearchParams()
  const connection = useEntity('connection', host.connectionId)
  const tab: TabId = params.get('tab') === 'filters' ? 'filters' : 'networks'
  const freshness = connection ? worseFreshness(connection.freshness, host.freshness) : host.freshness
  const live = freshness.state === 'live'
  const noChange = !may('network.write')
    ? t('route.forbidden.text', { permission: 'network.write' })
    : live
      ? undefined
      : i18n.reason({ code: 'link.not-live', text: '', params: { connection: connection?.name ?? host.name } })
  const go = (change: Readonly<Record<string, string | null>>) =>
    setParams(
      (before) => {
        const after = new URLSearchParams(before)
        for (const [key, value] of Object.entries(change)) {
          if (value === null) after.delete(key)
          else after.set(key, value)
        }
        return after
      },
      { replace: true },
    )
  const [isNew, setNew] = useState(false)
  const networks = useTable('network')
  const own = useMemo(
    () => networks.filter(({ hostId }) => hostId === host.id).sort((a, b) => compareNames(a.name, b.name)),
    [networks, host.id],
  )
  return (
    <>
      <PageHead
        title={t('networks.title')}
        actions={
          <ActionButton variant="primary" disabledReason={noChange} onClick={() => setNew(true)}>
            {t('network.new')}
          </ActionButton>
        }
        tabs={
          <Tabs
            activeKey={tab}
            aria-label={t('networks.title')}
            onSelect={(_event, key) => go({ tab: key === 'networks' ? null : String(key) })}
          >
            {TABS.map((one) => (
              <Tab key={one} eventKey={one} tabContentId={`panel-${one}`} title={<TabTitleText>{t(`networks.tab.${one}`)}</TabTitleText>} />
            ))}
          </Tabs>
        }
      >
        <span className="page-bit">
          <span className="sub" aria-hidden>
            {t('networks.of-host')}
          </span>
          <select
            className="text-input net-host"
            aria-label={t('networks.of-host')}
            value={host.id}
            onChange={({ target }) => go({ host: target.value, network: null, filter: null })}
          >
            {hosts.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </span>
        <span className={`page-bit num ${freshness.state === 'stale' ? 'lost' : 'sub'}`}>
          <Fresh shape={freshShape(freshness)} />
          {freshness.state === 'never' ? t('fleet.seen.never') : <Age atMs={host.observedAtMs} ago />}
        </span>
        <Link className="page-bit" to={paths.topology(host.id)}>
          {t('networks.show-topology')}
        </Link>
      </PageHead>
      <section id={`panel-${tab}`} role="tabpanel" aria-label={t(`networks.tab.${tab}`)} className="page-body tab-panel">
        {tab === 'filters' ? (
          <FiltersTab host={host} live={live} noChange={noChange} chosen={params.get('filter')} onChoose={(name) => go({ filter: name })} />
        ) : (
          <Networks
            host={host}
            networks={own}
            live={live}
            noChange={noChange}
            chosen={params.get('network')}
            onChoose={(ref) => go({ network: ref })}
          />
        )}
      </section>
      {isNew && (
        <CreateDialog
          host={host}
          networks={own}
          onMade={(name) => {
            setNew(false)
            const made = own.find((network) => network.name === name)
            go({ tab: null, ...(made && { network: made.nativeRef }) })
          }}
          onClose={() => setNew(false)}
        />
      )}
    </>
  )
}

interface NetworksProps {
  readonly host: Host
  readonly networks: readonly Network[]
  readonly live: boolean
  readonly noChange: string | undefined
  readonly chosen: string | null
  readonly onChoose: (ref: string) => void
}

function Networks({ host, networks, live, noChange, chosen, onChoose }: NetworksProps) {
  const i18n = useI18n()
  const { t } = i18n
  const network = networks.find(({ nativeRef }) => nativeRef === chosen) ?? networks[0]
  if (!network) {
    return (
      <EmptyState title={t('networks.none', { host: host.name })}>
        <p>{t('networks.none-text')}</p>
      </EmptyState>
    )
  }
  return (
    <div className="net">
      <div className="net-list">
        {chosen !== null && chosen !== network.nativeRef && (
          <p className="net-note" role="status">
            {t('networks.missing', { host: host.name, name: network.name })}
          </p>
        )}
        <table className="plain-table net-pick num">
          <thead>
            <tr>
              <th scope="col">{t('column.state')}</th>
              <th scope="col">{t('column.name')}</th>
              <th scope="col">{t('host.network.forward')}</th>
              <th scope="col">{t('host.network.addresses')}</th>
            </tr>
          </thead>
          <tbody>
            {networks.map((each) => (
              <tr key={each.id} className={each.id === network.id ? 'chosen' : ''}>
                <td>
                  <span className="state-cell">
                    <StateIcon shape={each.active ? 'running' : 'stopped'} />
                    {t(each.active ? 'host.active' : 'host.inactive')}
                  </span>
                </td>
                <td>
                  <button type="button" className="net-name" aria-pressed={each.id === network.id} onClick={() => onChoose(each.nativeRef)}>
                    {each.name}
                  </button>
                </td>
                <td className="ellipsis">{modeWord(each.forward, i18n)}</td>
                <td className="ellipsis" title={each.cidrs.join('\n')}>
                  {each.cidrs[0] ?? (each.bridge && <span className="mono small">{each.bridge}</span>) ?? <span className="none">–</span>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <NetworkDetail key={network.id} network={network} host={host} live={live} noChange={noChange} />
    </div>
  )
}
