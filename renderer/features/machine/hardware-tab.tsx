import type { UseQueryResult } from '@tanstack/react-query'
import { useState } from 'react'
import type { AppError } from '../../../shared/errors/index.ts'
import type { Hardware, Machine, MachineDetail } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { Age, type Fact, Facts, NotRead, Panel, Skeleton, TextView, useLate } from '../../ui/index.ts'

export interface HardwareTabProps {
  readonly machine: Machine
  readonly detail: UseQueryResult<MachineDetail, AppError>
}

/** What a cloud tells of a machine's hardware, and its own words for it. Changed by the machine's actions. */
export function HardwareTab({ machine, detail }: HardwareTabProps) {
  const i18n = useI18n()
  const { t } = i18n
  const [view, setView] = useState<'devices' | 'text'>('devices')
  const late = useLate(detail.isPending)
  if (!detail.data) {
    if (detail.error) {
      return (
        <NotRead title={t('machine.hardware-failed', { name: machine.name })} error={detail.error} onAgain={() => void detail.refetch()} />
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
  const { hardware, xml, format, observedAtMs } = detail.data
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
        <span className="grow" />
        <span className="sub num">
          {detail.error ? i18n.error(detail.error) : null} {t('machine.read')} <Age atMs={observedAtMs} ago />
        </span>
      </div>
      {view === 'devices' ? <Devices hardware={hardware} /> : <TextView format={format} text={xml} />}
    </div>
  )
}

/** A cloud tells little of it: an empty line would only ask why it is empty. */
function told(facts: readonly Fact[]): readonly Fact[] {
  return facts.filter(({ value }) => value !== null && value !== '')
}

function Devices({ hardware }: { readonly hardware: Hardware }) {
  const i18n = useI18n()
  const { t, format } = i18n
  const { cpu } = hardware
  const topology = [
    cpu.sockets === null ? null : t('host.sockets', { count: cpu.sockets }),
    cpu.cores === null ? null : t('host.cores', { count: cpu.cores }),
    cpu.threads === null ? null : t('host.threads', { count: cpu.threads }),
  ].filter((part) => part !== null)
  return (
    <>
      <Panel title={t('machine.platform')}>
        <div className="fact-columns">
          <Facts
            facts={told([
              { label: t('cloud.fact.type'), value: hardware.machineType && <span className="mono">{hardware.machineType}</span> },
              { label: t('machine.arch'), value: hardware.arch },
              {
                label: t('machine.firmware'),
                value: hardware.firmware && (i18n.optional(`firmware.${hardware.firmware}`) ?? hardware.firmware),
              },
              { label: t('machine.secure-boot-label'), value: hardware.secureBoot ? t('word.on') : null },
            ])}
          />
          <Facts
            facts={told([
              { label: t('query.field.model'), value: cpu.model === hardware.machineType ? null : cpu.model || null },
              { label: t('column.vcpu'), value: cpu.vcpus === 0 ? null : format.number(cpu.vcpus) },
              { label: t('host.topology'), value: topology.join(', ') || null },
              { label: t('chart.memory'), value: hardware.memoryKiB === 0 ? null : format.bytes(hardware.memoryKiB * 1_024) },
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
