import { Link } from 'react-router'
import { useI18n } from '../../lib/i18n/index.ts'
import { useTable } from '../../lib/live/index.ts'
import { paths } from '../../lib/paths.ts'
import { Bar, Panel, StateIcon } from '../../ui/index.ts'

/** A pool as full as this wants somebody's eye. */
const NEARLY_FULL = 90

function Active({ active }: { readonly active: boolean }) {
  const { t } = useI18n()
  return (
    <span className="state-cell">
      <StateIcon shape={active ? 'running' : 'stopped'} />
      {t(active ? 'host.active' : 'host.inactive')}
    </span>
  )
}

/** Where the host keeps disks, and how full that is. */
export function HostPools({ hostId, stale }: { readonly hostId: string; readonly stale: boolean }) {
  const { t, format } = useI18n()
  const pools = useTable('pool')
    .filter((pool) => pool.hostId === hostId)
    .sort((a, b) => a.name.localeCompare(b.name))
  return (
    <Panel title={t('host.pools')} side={<Link to={paths.storage(hostId)}>{t('host.open-storage')}</Link>}>
      {pools.length === 0 ? (
        <p className="sub">{t('host.no-pools')}</p>
      ) : (
        <table className="plain-table inset surroundings-table num">
          <thead>
            <tr>
              <th scope="col">{t('column.state')}</th>
              <th scope="col">{t('column.name')}</th>
              <th scope="col">{t('host.pool.type')}</th>
              <th scope="col">{t('host.pool.capacity')}</th>
              <th scope="col">{t('host.pool.target')}</th>
            </tr>
          </thead>
          <tbody>
            {pools.map((pool) => {
              const percent = pool.capacityBytes && pool.allocationBytes !== null ? (pool.allocationBytes / pool.capacityBytes) * 100 : null
              return (
                <tr key={pool.id}>
                  <td>
                    <Active active={pool.active} />
                  </td>
                  <td className="ellipsis">
                    <Link className="quiet-link" to={paths.pool(pool.id)}>
                      {pool.name}
                    </Link>
                  </td>
                  <td>{pool.type}</td>
                  <td>
                    {percent === null || pool.capacityBytes === null || pool.allocationBytes === null ? (
                      <span className="none">–</span>
                    ) : (
                      <span className="pool-bar">
                        <Bar
                          percent={percent}
                          width={110}
                          label={pool.name}
                          tone={stale ? 'stale' : percent > NEARLY_FULL ? 'warn' : 'plain'}
                        />
                        {format.bytes(pool.allocationBytes)} <span className="sub">/ {format.bytes(pool.capacityBytes)}</span>
                      </span>
                    )}
                  </td>
                  <td className="mono small ellipsis" title={pool.target ?? ''}>
                    {pool.target ?? <span className="none">–</span>}
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      )}
    </Panel>
  )
}

export interface HostNetworksProps {
  readonly hostId: string
  /** Clouds have neither bridges nor modes. */
  readonly inCloud?: boolean
}

/** What its machines are plugged into. */
export function HostNetworks({ hostId, inCloud = false }: HostNetworksProps) {
  const i18n = useI18n()
  const { t } = i18n
  const networks = useTable('network')
    .filter((network) => network.hostId === hostId)
    .sort((a, b) => a.name.localeCompare(b.name))
  return (
    <Panel title={t('host.networks')} side={!inCloud && <Link to={paths.topology(hostId)}>{t('networks.show-topology')}</Link>}>
      {networks.length === 0 ? (
        <p className="sub">{t(inCloud ? 'place.no-networks' : 'host.no-networks')}</p>
      ) : (
        <table className={`plain-table inset num ${inCloud ? 'place-networks' : 'surroundings-table'}`}>
          <thead>
            <tr>
              <th scope="col">{t('column.state')}</th>
              <th scope="col">{t('column.name')}</th>
              {!inCloud && <th scope="col">{t('host.network.forward')}</th>}
              <th scope="col">{t('host.network.addresses')}</th>
              {!inCloud && <th scope="col">{t('host.network.bridge')}</th>}
            </tr>
          </thead>
          <tbody>
            {networks.map((network) => (
              <tr key={network.id}>
                <td>
                  <Active active={network.active} />
                </td>
                <td className="ellipsis">
                  {inCloud ? (
                    <b>{network.name}</b>
                  ) : (
                    <Link className="quiet-link" to={paths.networks(hostId, network.nativeRef)}>
                      {network.name}
                    </Link>
                  )}
                </td>
                {!inCloud && (
                  <td>
                    {network.forward === null ? (
                      <span className="none">–</span>
                    ) : (
                      (i18n.optional(`forward.${network.forward}`) ?? network.forward)
                    )}
                  </td>
                )}
                <td className="ellipsis">{network.cidrs.join(', ') || <span className="none">–</span>}</td>
                {!inCloud && <td className="mono small">{network.bridge ?? <span className="none">–</span>}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  )
}
