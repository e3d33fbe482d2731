import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import type { AppError } from '../../../shared/errors/index.ts'
import type { Machine, MachineDetail } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useEntity, useLive, useMachineScene } from '../../lib/live/index.ts'
import { paths } from '../../lib/paths.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { ActionButton, CopyButton, type Fact, Facts, Panel } from '../../ui/index.ts'
import { disabledReason, offerOf, planOffer, requestAction } from '../machine-actions/index.ts'

export interface MachineFactsProps {
  readonly machine: Machine
  readonly detail: UseQueryResult<MachineDetail, AppError>
  readonly gone: boolean
}

/** What it is made of, and what its guest says. Only what is known. */
export function MachineFacts({ machine, detail, gone }: MachineFactsProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const { store } = useLive()
  const host = useEntity('host', machine.hostId)
  const hardware = detail.data?.hardware
  const disks = hardware?.devices.filter((device) => device.kind === 'disk') ?? []
  const nics = hardware?.devices.filter((device) => device.kind === 'interface' || device.kind === 'network') ?? []
  const networks = machine.networkIds.map((id) => store.get('network', id)?.name).filter((name) => name !== undefined)
  const platform = [
    hardware?.machineType,
    hardware?.firmware ? (i18n.optional(`firmware.${hardware.firmware}`) ?? hardware.firmware) : null,
    hardware?.secureBoot ? t('machine.secure-boot') : null,
  ]
    .filter(Boolean)
    .join(', ')
  const facts: readonly Fact[] = [
    { label: t('query.field.uuid'), value: <Copyable text={machine.nativeRef} mono what={t('query.field.uuid')} /> },
    ...(machine.title ? [{ label: t('query.field.title'), value: machine.title }] : []),
    { label: t('machine.platform'), value: platform || null },
    {
      label: t('column.cpu'),
      value: `${t('machine.vcpus', { count: machine.vcpus })}${hardware?.cpu.model ? `, ${hardware.cpu.model}` : ''}`,
    },
    {
      label: t('chart.memory'),
      value: (
        <span className="num">
          {format.bytes(machine.memoryKiB * 1_024)}
          {machine.maxMemoryKiB > machine.memoryKiB && (
            <span className="sub"> {t('machine.up-to', { amount: format.bytes(machine.maxMemoryKiB * 1_024) })}</span>
          )}
        </span>
      ),
    },
    { label: t('machine.disks'), value: disks.length > 0 ? list(disks.map((disk) => `${disk.name} ${sizeOf(disk)}`.trim())) : null },
    {
      label: t('chart.network'),
      value:
        networks.length > 0 || nics.length > 0
          ? `${networks.join(', ') || '–'}${nics.length > 0 ? `, ${t('machine.nics', { count: nics.length })}` : ''}`
          : null,
    },
    { label: t('query.field.autostart'), value: machine.autostart === null ? null : <Autostart machine={machine} gone={gone} /> },
    { label: t('machine.definition'), value: t(machine.persistent ? 'machine.persistent' : 'machine.transient') },
    ...(machine.hasManagedSave ? [{ label: t('machine.saved-state'), value: t('machine.saved-state-there') }] : []),
  ]
  const agent = machine.agent === null ? null : t(`machine.agent.${machine.agent}`)
  const guest: readonly Fact[] = [
    { label: t('column.system'), value: machine.os },
    {
      label: t('machine.addresses'),
      value:
        machine.addresses.length > 0 ? (
          <span className="address-list">
            {machine.addresses.map((address) => (
              <Copyable key={address} text={address} what={address} />
            ))}
          </span>
        ) : null,
    },
    { label: t('query.field.agent'), value: agent },
    { label: t('machine.native-state'), value: machine.nativeState || null },
    {
      label: t('machine.started'),
      value:
        machine.startedAtMs === null ? null : <span title={format.absolute(machine.startedAtMs)}>{format.when(machine.startedAtMs)}</span>,
    },
  ]
  return (
    <>
      <Panel title={t('machine.facts')} side={detail.error ? <span className="sub">{t('machine.hardware-unread')}</span> : undefined}>
        <Facts facts={facts} />
      </Panel>
      <Panel title={t('machine.guest')}>
        <Facts facts={guest} />
      </Panel>
      {host && (
        <Panel title={t('column.host')} side={<Link to={paths.host(host.id)}>{host.name}</Link>}>
          <Facts
            facts={[
              { label: t('query.field.hypervisor'), value: host.hypervisor },
              ...(host.cpuModel ? [{ label: t('query.field.model'), value: host.cpuModel }] : []),
              {
                label: t('query.field.memory-free'),
                value:
                  host.memoryFreeKiB === null || host.memoryKiB === null ? null : (
                    <span className="num">
                      {format.gib(host.memoryFreeKiB)} <span className="sub">/ {format.gib(host.memoryKiB)} GiB</span>
                    </span>
                  ),
              },
            ]}
          />
        </Panel>
      )}
    </>
  )
}

/** Whether it starts with its host, and the switch. Why it cannot be switched now stands in its pop-over. */
function Autostart({ machine, gone }: { readonly machine: Machine; readonly gone: boolean }) {
  const i18n = useI18n()
  const { t } = i18n
  const live = useLive()
  const may = usePermissions()
  useMachineScene(machine.id)
  const offer = machine.autostart ? 'autostartOff' : 'autostartOn'
  const reason = gone ? t('machine.gone-action') : disabledReason(planOffer(offerOf(offer), [machine.id], live, may), i18n)
  return (
    <span className="with-copy">
      {t(machine.autostart ? 'word.yes' : 'word.no')}
      <ActionButton variant="link" isInline disabledReason={reason} onClick={() => requestAction(offer, [machine.id])}>
        {t(machine.autostart ? 'machine.switch-off' : 'machine.switch-on')}
      </ActionButton>
    </span>
  )
}

function list(parts: readonly string[]): ReactNode {
  return parts.slice(0, 4).join(', ') + (parts.length > 4 ? ` +${parts.length - 4}` : '')
}

function sizeOf(device: MachineDetail['hardware']['devices'][number]): string {
  return device.properties.find((property) => property.key === 'capacity' || property.key === 'size')?.value ?? ''
}

function Copyable({ text, what, mono = false }: { readonly text: string; readonly what: string; readonly mono?: boolean }) {
  return (
    <span className="with-copy">
      <span className={`ellipsis ${mono ? 'mono' : 'num'}`} title={text}>
        {text}
      </span>
      <CopyButton text={text} what={what} />
    </span>
  )
}
