import { Button } from '@patternfly/react-core'
import type { UseQueryResult } from '@tanstack/react-query'
import { useState } from 'react'
import type { AppError } from '../../../shared/errors/index.ts'
import type { Hardware, Machine, MachineDetail } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { Age, Banner, EmptyState, type Fact, Facts, Panel, Skeleton, useLate } from '../../ui/index.ts'
import { type PendingChange, pendingChanges } from './pending.ts'
import { TextView } from './text-view.tsx'

type Version = 'running' | 'inactive'

export interface HardwareTabProps {
  readonly machine: Machine
  readonly detail: UseQueryResult<MachineDetail, AppError>
}

/** The virtual hardware as it is defined, and the definition itself. Read-only. */
export function HardwareTab({ machine, detail }: HardwareTabProps) {
  const i18n = useI18n()
  const { t } = i18n
  const [view, setView] = useState<'devices' | 'text'>('devices')
  const [version, setVersion] = useState<Version>('running')
  const late = useLate(detail.isPending)
  if (!detail.data) {
    if (detail.error) {
      return (
        <EmptyState
          title={t('machine.hardware-failed', { name: machine.name })}
          actions={
            <Button variant="secondary" onClick={() => void detail.refetch()}>
              {t('offline.try-now')}
            </Button>
          }
        >
          <p>{i18n.error(detail.error)}</p>
        </EmptyState>
      )
    }
    return late ? (
      <div className="rows-waiting">
        <Skeleton width={300} />
        <Skeleton width={440} />
        <Skeleton width={380} />
      </div>
    ) : null
  }
  const { hardware, xml, format, inactiveXml, observedAtMs } = detail.data
  const differs = inactiveXml !== null && inactiveXml !== xml
  const pending = format === 'xml' ? pendingChanges(xml, inactiveXml) : []
  return (
    <div className="hardware">
      <div className="hardware-bar">
        <span className="segmented" role="radiogroup" aria-label={t('machine.hardware-view')}>
          {(['devices', 'text'] as const).map((one) => (
            <button key={one} type="button" role="radio" aria-checked={view === one} onClick={() => setView(one)}>
              {t(one === 'devices' ? 'machine.view.devices' : `machine.view.${format}`)}
            </button>
          ))}
        </span>
        {view === 'text' && differs && (
          <span className="segmented" role="radiogroup" aria-label={t('machine.xml-version')}>
            {(['running', 'inactive'] as const).map((one) => (
              <button key={one} type="button" role="radio" aria-checked={version === one} onClick={() => setVersion(one)}>
                {t(`machine.xml.${one}`)}
              </button>
            ))}
          </span>
        )}
        {view === 'text' && differs && <span className="sub">{t('machine.xml-differs')}</span>}
        <span className="grow" />
        <span className="sub num">
          {detail.error ? i18n.error(detail.error) : null} {t('machine.read')} <Age atMs={observedAtMs} ago />
        </span>
      </div>
      {pending.length > 0 && <Pending changes={pending} />}
      {view === 'devices' ? (
        <Devices hardware={hardware} isCloud={machine.cloud !== null} />
      ) : (
        <TextView format={format} text={version === 'inactive' && inactiveXml !== null ? inactiveXml : xml} />
      )}
    </div>
  )
}

/** What waits for the next start, in one line a change. */
function Pending({ changes }: { readonly changes: readonly PendingChange[] }) {
  const { t } = useI18n()
  return (
    <Banner tone="info">
      <b>{t('machine.pending', { count: changes.length })}</b>{' '}
      {changes
        .map(({ what, name, now, next }) => `${t(`machine.pending.${what}`)}${name ? ` ${name}` : ''}: ${now || '–'} → ${next || '–'}`)
        .join('; ')}
    </Banner>
  )
}

function Devices({ hardware, isCloud }: { readonly hardware: Hardware; readonly isCloud: boolean }) {
  const i18n = useI18n()
  const { t, format } = i18n
  const { cpu } = hardware
  const topology = [
    cpu.sockets === null ? null : t('host.sockets', { count: cpu.sockets }),
    cpu.cores === null ? null : t('host.cores', { count: cpu.cores }),
    cpu.threads === null ? null : t('host.threads', { count: cpu.threads }),
  ].filter((part) => part !== null)
  // Clouds tell little of it: there an empty line would only ask why it is empty.
  const shown = (facts: readonly Fact[]) => (isCloud ? facts.filter(({ value }) => value !== null && value !== '') : facts)
  return (
    <>
      <Panel title={t('machine.platform')}>
        <div className="fact-columns">
          <Facts
            facts={shown([
              {
                label: t(isCloud ? 'cloud.fact.type' : 'machine.machine-type'),
                value: hardware.machineType && <span className="mono">{hardware.machineType}</span>,
              },
              { label: t('machine.arch'), value: hardware.arch },
              {
                label: t('machine.firmware'),
                value: hardware.firmware && (i18n.optional(`firmware.${hardware.firmware}`) ?? hardware.firmware),
              },
              {
                label: t('machine.secure-boot-label'),
                value: isCloud && !hardware.secureBoot ? null : t(hardware.secureBoot ? 'word.on' : 'word.off'),
              },
            ])}
          />
          <Facts
            facts={shown([
              { label: t('query.field.model'), value: cpu.model === hardware.machineType ? null : cpu.model || null },
              {
                label: t('column.vcpu'),
                value:
                  isCloud && cpu.vcpus === 0
                    ? null
                    : `${format.number(cpu.vcpus)}${cpu.maxVcpus > cpu.vcpus ? ` ${t('machine.up-to', { amount: format.number(cpu.maxVcpus) })}` : ''}`,
              },
              { label: t('host.topology'), value: topology.join(', ') || null },
              {
                label: t('chart.memory'),
                value:
                  isCloud && hardware.memoryKiB === 0
                    ? null
                    : `${format.bytes(hardware.memoryKiB * 1_024)}${hardware.maxMemoryKiB > hardware.memoryKiB ? ` ${t('machine.up-to', { amount: format.bytes(hardware.maxMemoryKiB * 1_024) })}` : ''}`,
              },
              { label: t('machine.boot-order'), value: hardware.bootOrder.join(', ') || null },
            ])}
          />
        </div>
      </Panel>
      <table className="plain-table device-table">
        <thead>
          <tr>
            <th scope="col">{t('machine.device')}</th>
            <th scope="col">{t('column.name')}</th>
            <th scope="col">{t('machine.device-summary')}</th>
            <th scope="col">{t('machine.device-properties')}</th>
          </tr>
        </thead>
        <tbody>
          {hardware.devices.map((device, place) => (
            // A device may have no name, and two may share all that is shown of them.
            // biome-ignore lint/suspicious/noArrayIndexKey: the list is replaced as a whole
            <tr key={`${device.kind}/${device.name}/${place}`}>
              <td>{i18n.optional(`device.${device.kind}`) ?? device.kind}</td>
              <td className="mono small">{device.name || '–'}</td>
              <td>{device.summary}</td>
              <td className="device-properties">
                {device.properties.map((property) => (
                  <span key={property.key}>
                    <span className="sub">{property.key}</span> <span className="num">{property.value}</span>
                  </span>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}
