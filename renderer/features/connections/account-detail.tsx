import { Button } from '@patternfly/react-core'
import { useState } from 'react'
import { Link } from 'react-router'
import { type CloudId, type Connection, type Freshness, type Host, worseFreshness } from '../../../shared/model/index.ts'
import { useApiQuery } from '../../lib/api/index.ts'
import { compareNames, useI18n } from '../../lib/i18n/index.ts'
import { useIndexVersion, useLive, useTable } from '../../lib/live/index.ts'
import { freshShape } from '../../lib/machine/index.ts'
import { paths } from '../../lib/paths.ts'
import { Age, Bar, Fresh } from '../../ui/index.ts'
import { policyConfig } from './form-layouts.ts'
import { PermissionList } from './permission-list.tsx'
import { PolicyPanel } from './policy-panel.tsx'

const BUDGET_MS = 5_000
/** A share of the allowed calls at which the bar warns. */
const NEAR = 80

export interface AccountDetailProps {
  readonly connection: Connection
  readonly providerId: CloudId
}

/** What an account consists of, how much it is asked, and what it is allowed. Mounted while it is looked at. */
export function AccountDetail({ connection, providerId }: AccountDetailProps) {
  return (
    <div className="account">
      <Places connection={connection} providerId={providerId} />
      <div className="account-side">
        <Calls connection={connection} />
        <Permissions connection={connection} />
        <PolicyPanel providerId={providerId} config={policyConfig(providerId, connection.config)} />
      </div>
    </div>
  )
}

function Places({ connection, providerId }: AccountDetailProps) {
  const { t } = useI18n()
  const places = useTable('host')
    .filter((one) => one.connectionId === connection.id)
    .sort((a, b) => compareNames(a.name, b.name))
  const title = t(`account.places.${providerId}`)
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      {places.length === 0 ? (
        <p className="sub">{t(connection.status === 'online' ? 'account.no-places' : 'account.places-unread')}</p>
      ) : (
        <ul className="account-places num">
          {places.map((place) => (
            <PlaceLine key={place.id} place={place} link={connection.freshness} />
          ))}
        </ul>
      )}
    </section>
  )
}

function PlaceLine({ place, link }: { readonly place: Host; readonly link: Freshness }) {
  const i18n = useI18n()
  const { t, format } = i18n
  const { index } = useLive()
  useIndexVersion()
  const count = index.count(`host/${place.id}`)
  const freshness = worseFreshness(link, place.freshness)
  const lost = freshness.state === 'stale'
  // What is wrong with the account as a whole is said above.
  const why = link.state === 'live' && place.freshness.state === 'stale' ? place.freshness.reason : null
  return (
    <li>
      <Fresh shape={freshShape(freshness)} label={t(`account.fresh.${freshness.state}`)} />
      <Link className="quiet-link ellipsis" to={paths.host(place.id)} title={place.name}>
        {place.name}
      </Link>
      <span className="sub">{t('fleet.machines', { count, shown: format.number(count) })}</span>
      <span className={lost ? 'warn-text' : 'sub'}>
        {freshness.state === 'never' ? t('fleet.seen.never') : <Age atMs={place.observedAtMs} ago />}
      </span>
      {why !== null && <span className="account-why sub">{i18n.optional(`error.${why}`) ?? t('account.lost')}</span>}
    </li>
  )
}

/** The calls of the last minute, asked of the engine alone. */
function Calls({ connection }: { readonly connection: Connection }) {
  const i18n = useI18n()
  const { t, format } = i18n
  const input = { connectionId: connection.id }
  const online = connection.status === 'online'
  const budget = useApiQuery('clouds.budget', input, (api, signal) => api.clouds.budget(input, { signal }), {
    enabled: online,
    staleMs: 0,
    refreshMs: BUDGET_MS,
  })
  const { data } = budget
  const percent = data && data.perMinute > 0 ? (data.usedLastMinute / data.perMinute) * 100 : 0
  return (
    <section aria-label={t('account.calls')} className="account-calls num">
      <h3>{t('account.calls')}</h3>
      {!online ? (
        <p className="sub">{t('account.calls-offline')}</p>
      ) : budget.error && !data ? (
        <p className="bad-text">{i18n.error(budget.error)}</p>
      ) : (
        <p className="account-budget">
          <Bar percent={percent} width={120} tone={percent >= NEAR ? 'warn' : 'plain'} label={t('account.calls')} />
          <span>
            {data ? t('account.calls-of', { used: format.number(data.usedLastMinute), allowed: format.number(data.perMinute) }) : '–'}
          </span>
        </p>
      )}
      {online && data?.throttledUntilMs !== null && data?.throttledUntilMs !== undefined && (
        <p className="warn-text">{t('account.throttled', { time: format.whenSeconds(data.throttledUntilMs) })}</p>
      )}
    </section>
  )
}

/** Asked of the cloud, so only when a person wants to know. */
function Permissions({ connection }: { readonly connection: Connection }) {
  const i18n = useI18n()
  const { t } = i18n
  const [asked, setAsked] = useState(false)
  const input = { connectionId: connection.id }
  const online = connection.status === 'online'
  const found = useApiQuery('clouds.permissions', input, (api, signal) => api.clouds.permissions(input, { signal }), {
    enabled: asked && online,
  })
  return (
    <section aria-label={t('permissions.title')}>
      <h3>{t('permissions.title')}</h3>
      {found.data && <PermissionList permissions={found.data} />}
      {found.error && <p className="bad-text">{i18n.error(found.error)}</p>}
      {online ? (
        <Button
          variant="secondary"
          size="sm"
          isDisabled={found.isFetching}
          isLoading={found.isFetching}
          onClick={() => (asked ? void found.refetch() : setAsked(true))}
        >
          {t(found.data || found.error ? 'permissions.again' : 'permissions.ask')}
        </Button>
      ) : (
        <p className="sub">{t('permissions.offline')}</p>
      )}
    </section>
  )
}
