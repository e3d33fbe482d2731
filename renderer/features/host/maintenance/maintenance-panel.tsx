import { Link } from 'react-router'
import type { Host, LeftMachine, Maintenance, Reason } from '../../../../shared/model/index.ts'
import { compareNames, type I18n, useI18n } from '../../../lib/i18n/index.ts'
import { useLive } from '../../../lib/live/index.ts'
import { paths } from '../../../lib/paths.ts'
import { ActionButton, Panel } from '../../../ui/index.ts'
import { MaintenanceProgress } from './maintenance-progress.tsx'
import { NAMED } from './words.ts'

export interface MaintenancePanelProps {
  readonly host: Host
  readonly maintenance: Maintenance
  /** Why nothing of it can be changed; undefined: it can. */
  readonly disabledReason: string | undefined
  readonly onDrain: () => void
  readonly onReturn: () => void
}

/** What is going on, who went where, who stayed and why; and the ways on from here. */
export function MaintenancePanel({ host, maintenance, disabledReason, onDrain, onReturn }: MaintenancePanelProps) {
  const { t, format } = useI18n()
  const { state, sinceMs, actor, reason, taskId, moved, stopped, stayed } = maintenance
  return (
    <Panel
      title={t('maintenance.panel')}
      className="maintenance"
      side={
        state === 'maintenance' && (
          <span className="maintenance-actions">
            {stayed.length > 0 && (
              <ActionButton size="sm" variant="secondary" disabledReason={disabledReason} onClick={onDrain}>
                {t('maintenance.again')}
              </ActionButton>
            )}
            <ActionButton size="sm" variant="secondary" disabledReason={disabledReason} onClick={onReturn}>
              {t(moved.length + stopped.length > 0 ? 'maintenance.bring-back-open' : 'maintenance.end-open')}
            </ActionButton>
          </span>
        )
      }
    >
      <p className="maintenance-state">
        <b>{t(`maintenance.state.${state}`, { host: host.name })}</b>{' '}
        <span className="sub">{t('maintenance.since', { time: format.when(sinceMs), actor })}</span>
        {reason !== null && <> {t('maintenance.because', { reason })}</>}
      </p>
      {taskId !== null && <MaintenanceProgress maintenance={maintenance} taskId={taskId} disabledReason={disabledReason} />}
      <Machines maintenance={maintenance} />
    </Panel>
  )
}

function Machines({ maintenance: { moved, stopped, stayed, state } }: { readonly maintenance: Maintenance }) {
  const i18n = useI18n()
  const { t } = i18n
  const { store } = useLive()
  return (
    <>
      {stayed.length > 0 && state === 'maintenance' && (
        <div className="maintenance-group">
          <h3>{t('maintenance.stayed', { count: stayed.length })}</h3>
          <Stayed stayed={stayed} />
        </div>
      )}
      {moved.length > 0 && (
        <div className="maintenance-group">
          <h3>{t('maintenance.moved', { count: moved.length })}</h3>
          <ul className="dialog-list columns">
            {moved.map(({ machineId, name, toHostId, nowMachineId }) => {
              const now = store.get('machine', nowMachineId)
              const at = store.get('host', now?.hostId ?? toHostId)?.name ?? '–'
              return (
                <li key={machineId}>
                  {now ? <Link to={paths.machine(nowMachineId)}>{name}</Link> : name} <span className="sub">→ {at}</span>
                </li>
              )
            })}
          </ul>
        </div>
      )}
      {stopped.length > 0 && (
        <div className="maintenance-group">
          <h3>{t('maintenance.stopped', { count: stopped.length })}</h3>
          <ul className="dialog-list columns">
            {stopped.map(({ machineId, name }) => (
              <li key={machineId}>
                <Link to={paths.machine(machineId)}>{name}</Link>
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  )
}

/** Machines with one reason stand together: of a drain that was stopped it is the same for all. */
function Stayed({ stayed }: Pick<Maintenance, 'stayed'>) {
  const i18n = useI18n()
  const groups = new Map<string, LeftMachine[]>()
  for (const one of stayed) {
    const reason = whyOf(one.reason, i18n)
    groups.set(reason, [...(groups.get(reason) ?? []), one])
  }
  return (
    <table className="plain-table inset maintenance-stayed">
      <tbody>
        {[...groups].map(([reason, machines]) => (
          <tr key={reason}>
            <td>
              <div className="maintenance-names">
                {machines
                  .toSorted((a, b) => compareNames(a.name, b.name))
                  .slice(0, NAMED)
                  .map(({ machineId, name }) => (
                    <Link key={machineId} className="quiet-link" to={paths.machine(machineId)}>
                      {name}
                    </Link>
                  ))}
                {machines.length > NAMED && (
                  <span className="sub">{i18n.t('network.more-machines', { count: machines.length - NAMED })}</span>
                )}
              </div>
            </td>
            <td>{reason}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** It may be the error that its task ended with: its own English says most, other languages know the kind of trouble. */
function whyOf({ code, text, params }: Reason, i18n: I18n): string {
  return i18n.code('reason', code, i18n.language === 'en' ? text : i18n.code('error', code, text, params), params)
}
