import { useState } from 'react'
import { Link } from 'react-router'
import type { Host } from '../../../shared/model/index.ts'
import { compareNames, useI18n } from '../../lib/i18n/index.ts'
import { useIndexVersion, useLive, useMachineScene } from '../../lib/live/index.ts'
import { isPlace, machineStatus, zoneOf } from '../../lib/machine/index.ts'
import { paths } from '../../lib/paths.ts'
import { Bar, Panel, StateIcon, Tags } from '../../ui/index.ts'

/** More than these are better read in the fleet, which is made for thousands. */
const SHOWN = 100

/** As a value of a query: in quotes where it needs them. */
export function queryValue(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : `"${text.replaceAll('"', '\\"')}"`
}

/** The machines of a host, live; all of them with every tool are one press away in the fleet. */
export function HostMachines({ host }: { readonly host: Host }) {
  const { t, format } = useI18n()
  const { index, store } = useLive()
  const inCloud = isPlace(host)
  const [shown, setShown] = useState(SHOWN)
  useIndexVersion()
  const ids = [...index.members(`host/${host.id}`)]
  const running = ids.filter((id) => store.get('machine', id)?.state === 'running').length
  const name = (id: string) => store.get('machine', id)?.name ?? ''
  const sorted = ids.sort((a, b) => compareNames(name(a), name(b)))
  return (
    <Panel
      title={t('palette.group.machines')}
      side={
        ids.length > 0 && (
          <span className="num">
            <span className="sub">{t('host.running-of', { running: format.number(running), total: format.number(ids.length) })}</span>{' '}
            <Link to={paths.fleet(`host:${queryValue(host.name)}`)}>{t('host.open-fleet')}</Link>
          </span>
        )
      }
    >
      {sorted.length === 0 ? (
        <p className="sub">{t(inCloud ? 'place.no-machines' : 'host.no-machines')}</p>
      ) : (
        <table className={`plain-table inset host-table num${inCloud ? ' in-cloud' : ''}`}>
          <thead>
            <tr>
              <th scope="col">{t('column.state')}</th>
              <th scope="col">{t('column.name')}</th>
              {inCloud && <th scope="col">{t('cloud.fact.type')}</th>}
              {inCloud && <th scope="col">{t('cloud.fact.zone')}</th>}
              {!inCloud && (
                <th scope="col" className="end">
                  {t('column.vcpu')}
                </th>
              )}
              <th scope="col" className="end">
                {t('column.cpu')}
              </th>
              {!inCloud && (
                <th scope="col" className="end">
                  {t('column.memory')}
                </th>
              )}
              <th scope="col">{t('column.ip')}</th>
              <th scope="col">{t('column.tags')}</th>
            </tr>
          </thead>
          <tbody>
            {sorted.slice(0, shown).map((id) => (
              <MachineLine key={id} id={id} inCloud={inCloud} />
            ))}
          </tbody>
        </table>
      )}
      {sorted.length > shown && (
        <button type="button" className="link-button" onClick={() => setShown(shown + SHOWN)}>
          {t('tasks.more', { count: sorted.length - shown })}
        </button>
      )}
    </Panel>
  )
}

function MachineLine({ id, inCloud }: { readonly id: string; readonly inCloud: boolean }) {
  const i18n = useI18n()
  const { format } = i18n
  const { machine, freshness, task } = useMachineScene(id)
  if (!machine) return null
  const status = machineStatus(machine, freshness, task, i18n)
  const stale = freshness.state !== 'live'
  const used = machine.state === 'running' ? (machine.metrics?.memoryUsedKiB ?? null) : null
  const cpu = machine.state === 'running' ? (machine.metrics?.cpuPercent ?? null) : null
  return (
    <tr className={stale ? 'stale' : ''}>
      <td>
        <span className="state-cell" title={status.hint ?? status.word}>
          <StateIcon shape={status.shape} muted={status.tone === 'past'} />
          <span className={`state-word ${status.tone}`}>{status.word}</span>
        </span>
      </td>
      <td className="ellipsis">
        <Link className="quiet-link" to={paths.machine(machine.id)} title={machine.title ?? machine.name}>
          {machine.name}
        </Link>
      </td>
      {inCloud && <td className="ellipsis">{machine.cloud?.type ?? <span className="none">–</span>}</td>}
      {inCloud && <td className="ellipsis">{machine.cloud ? zoneOf(machine.cloud) : <span className="none">–</span>}</td>}
      {!inCloud && <td className="end">{machine.vcpus}</td>}
      <td className="end">{cpu === null ? <span className="none">–</span> : format.percent(cpu)}</td>
      {!inCloud && (
        <td className="end">
          <span className="host-memory">
            {used !== null && <Bar percent={(used / Math.max(1, machine.memoryKiB)) * 100} width={34} tone={stale ? 'stale' : 'plain'} />}
            {used === null ? <span className="none">–</span> : format.short(used / 1_048_576)}{' '}
            <i className="unit-of">/ {format.gib(machine.memoryKiB)}</i>
          </span>
        </td>
      )}
      <td className="ellipsis" title={machine.addresses.join('\n')}>
        {machine.addresses[0] ?? <span className="none">–</span>}
      </td>
      <td>
        <Tags tags={machine.tags} max={inCloud ? 1 : 2} />
      </td>
    </tr>
  )
}
