import { useState } from 'react'
import { Link } from 'react-router'
import type { Network, NetworkDetail } from '../../../shared/model/index.ts'
import { isCutOff } from '../../../shared/networks/index.ts'
import { compareNames, useI18n } from '../../lib/i18n/index.ts'
import { paths } from '../../lib/paths.ts'
import { ActionButton, Panel, StateIcon } from '../../ui/index.ts'

const SHOWN = 50

export interface PortTableProps {
  readonly network: Network
  readonly detail: NetworkDetail
  /** Why nothing can be changed now; undefined: it can. */
  readonly blocked: string | undefined
  readonly onPlugIn: (mac: string) => void
}

/** Cards that name the network, those that run first. */
export function PortTable({ network, detail, blocked, onPlugIn }: PortTableProps) {
  const { t } = useI18n()
  const [limit, setLimit] = useState(SHOWN)
  const ports = [...detail.ports].sort((a, b) => Number(b.isRunning) - Number(a.isRunning) || compareNames(a.machine, b.machine))
  return (
    <Panel
      title={t('network.ports')}
      side={
        <span className="sub num">
          {t('network.attached', { count: detail.ports.filter(({ isRunning }) => isRunning).length, total: ports.length })}
        </span>
      }
    >
      {ports.length === 0 ? (
        <p className="sub">{t('network.no-ports')}</p>
      ) : (
        <table className="plain-table inset net-table num">
          <thead>
            <tr>
              <th scope="col">{t('topology.machine')}</th>
              <th scope="col">{t('host.network.addresses')}</th>
              <th scope="col">{t('topology.card')}</th>
              {detail.portGroups.length > 0 && <th scope="col">{t('network.port-group')}</th>}
              <th scope="col">{t('topology.way')}</th>
            </tr>
          </thead>
          <tbody>
            {ports.slice(0, limit).map(({ machineId, machine, mac, addresses, portGroup, isRunning, isPlugged, target }) => (
              <tr key={`${machine}/${mac}`}>
                <td className="ellipsis">
                  <span className="state-cell">
                    <StateIcon shape={isRunning ? 'running' : 'stopped'} />
                    {machineId ? (
                      <Link className="quiet-link" to={paths.machine(machineId)}>
                        {machine}
                      </Link>
                    ) : (
                      machine
                    )}
                  </span>
                </td>
                <td className="ellipsis">{addresses.join(', ') || <span className="none">–</span>}</td>
                <td className="mono small ellipsis" title={target ?? ''}>
                  {mac}
                  {isCutOff({ isRunning, isPlugged }) && (
                    <div className="net-loose">
                      <span className="warn-text">{t('network.is-loose')}</span>{' '}
                      <ActionButton
                        variant="link"
                        isInline
                        disabledReason={blocked}
                        aria-label={t('network.plug-in-of', { name: machine })}
                        onClick={() => onPlugIn(mac)}
                      >
                        {t('network.plug-in')}
                      </ActionButton>
                    </div>
                  )}
                </td>
                {detail.portGroups.length > 0 && <td>{portGroup ?? <span className="none">–</span>}</td>}
                <td>
                  <Link to={paths.topology(network.hostId, `nic:${mac}`)} aria-label={t('networks.show-way-of', { name: machine })}>
                    {t('networks.show-way')}
                  </Link>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {ports.length > limit && (
        <button type="button" className="link-button" onClick={() => setLimit(limit + SHOWN)}>
          {t('tasks.more', { count: ports.length - limit })}
        </button>
      )}
    </Panel>
  )
}

/** What DHCP has given, and to whom. */
export function LeaseTable({ detail }: { readonly detail: NetworkDetail }) {
  const { t, format } = useI18n()
  const machineOf = new Map(detail.ports.map(({ mac, machine, machineId }) => [mac.toLowerCase(), { machine, machineId }]))
  return (
    <Panel title={t('network.leases')}>
      {detail.leases.length === 0 ? (
        <p className="sub">{t('network.no-leases')}</p>
      ) : (
        <table className="plain-table inset net-table num">
          <thead>
            <tr>
              <th scope="col">{t('network.address')}</th>
              <th scope="col">{t('network.given-to')}</th>
              <th scope="col">MAC</th>
              <th scope="col">{t('network.expires')}</th>
            </tr>
          </thead>
          <tbody>
            {detail.leases.map(({ mac, address, hostname, expiresAtMs }) => {
              const known = mac === null ? undefined : machineOf.get(mac.toLowerCase())
              return (
                <tr key={address}>
                  <td>{address}</td>
                  <td className="ellipsis">
                    {known?.machineId ? (
                      <Link className="quiet-link" to={paths.machine(known.machineId)}>
                        {known.machine}
                      </Link>
                    ) : (
                      (known?.machine ?? hostname ?? <span className="none">–</span>)
                    )}
                  </td>
                  <td className="mono small">{mac ?? <span className="none">–</span>}</td>
                  <td>
                    {expiresAtMs === null ? (
                      <span className="none">–</span>
                    ) : (
                      <span title={format.absolute(expiresAtMs)}>{format.when(expiresAtMs)}</span>
                    )}
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
