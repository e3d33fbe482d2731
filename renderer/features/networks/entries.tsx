import { Button } from '@patternfly/react-core'
import { type ReactNode, useId, useState } from 'react'
import type { NetworkDetail, NetworkEdit } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { ActionButton, Panel } from '../../ui/index.ts'
import type { EditingProps } from './subnet-table.tsx'
import { addressProblem, familyOf } from './subnets.ts'

/** Addresses that are kept for certain machines, and names that the network's own name server knows. */
export function Entries({ detail, blocked, command, onEdit }: EditingProps) {
  const { t } = useI18n()
  return (
    <>
      <Panel title={t('network.hosts')}>
        <table className="plain-table inset net-table num">
          <thead>
            <tr>
              <th scope="col">{t('network.address')}</th>
              <th scope="col">MAC</th>
              <th scope="col">{t('column.name')}</th>
              <th scope="col">
                <span className="visually-hidden">{t('network.change')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {detail.hosts.map(({ address, mac, name }) => (
              <tr key={address}>
                <td>{address}</td>
                <td className="mono small">{mac ?? <span className="none">–</span>}</td>
                <td>{name ?? <span className="none">–</span>}</td>
                <TakeAway name={address} blocked={blocked} onTake={() => onEdit({ edit: 'removeHost', address })} />
              </tr>
            ))}
            <AddHost detail={detail} blocked={blocked} isBusy={command.isBusy} onEdit={onEdit} />
          </tbody>
        </table>
      </Panel>
      <Panel title={t('network.dns-hosts')}>
        <table className="plain-table inset net-table num">
          <thead>
            <tr>
              <th scope="col">{t('network.address')}</th>
              <th scope="col" colSpan={2}>
                {t('network.dns-names')}
              </th>
              <th scope="col">
                <span className="visually-hidden">{t('network.change')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {detail.dnsHosts.map(({ address, names }) => (
              <tr key={address}>
                <td>{address}</td>
                <td colSpan={2}>{names.join(', ')}</td>
                <TakeAway name={address} blocked={blocked} onTake={() => onEdit({ edit: 'removeDnsHost', address })} />
              </tr>
            ))}
            <AddDnsHost blocked={blocked} isBusy={command.isBusy} onEdit={onEdit} />
          </tbody>
        </table>
      </Panel>
    </>
  )
}

interface TakeAwayProps {
  readonly name: string
  readonly blocked: string | undefined
  readonly onTake: () => void
}

function TakeAway({ name, blocked, onTake }: TakeAwayProps) {
  const { t } = useI18n()
  return (
    <td className="end">
      <ActionButton variant="link" isInline disabledReason={blocked} aria-label={t('network.take-away-of', { name })} onClick={onTake}>
        {t('network.take-away')}
      </ActionButton>
    </td>
  )
}

interface AddProps {
  readonly blocked: string | undefined
  readonly isBusy: boolean
  readonly onEdit: (edit: NetworkEdit, onBegun?: () => void) => void
}

const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i
const NAME = /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*\.?$/

function AddHost({ detail, blocked, isBusy, onEdit }: AddProps & { readonly detail: NetworkDetail }) {
  const { t } = useI18n()
  const [address, setAddress] = useState('')
  const [mac, setMac] = useState('')
  const [name, setName] = useState('')
  const subnet = detail.subnets.find((each) => addressProblem(address.trim(), each) !== 'outside')
  const why = subnet && addressProblem(address.trim(), subnet)
  const problem =
    address.trim() === ''
      ? null
      : familyOf(address.trim()) === null
        ? t('network.problem.address-not-an-address', { address: address.trim() })
        : !subnet
          ? t('network.problem.no-subnet', { address: address.trim() })
          : why === 'gateway' || why === 'reserved'
            ? t('network.problem.address-not-free', { address: address.trim() })
            : mac.trim() !== '' && !MAC.test(mac.trim())
              ? t('network.problem.mac-odd')
              : name.trim() !== '' && !NAME.test(name.trim())
                ? t('network.problem.host-name-odd')
                : null
  const isWhole = problem === null && address.trim() !== '' && (mac.trim() !== '' || name.trim() !== '')
  const add = () =>
    onEdit({ edit: 'addHost', host: { mac: mac.trim() || null, name: name.trim() || null, address: address.trim() } }, () => {
      setAddress('')
      setMac('')
      setName('')
    })
  return (
    <AddRow
      problem={problem}
      disabledReason={blocked ?? (isWhole ? undefined : t('network.add-host-how'))}
      isBusy={isBusy}
      label={t('network.add-host')}
      onAdd={add}
      cells={[
        <Cell
          key="address"
          label={t('network.host-field.address')}
          value={address}
          onChange={setAddress}
          placeholder={t('network.address')}
        />,
        <Cell key="mac" label={t('network.host-field.mac')} value={mac} onChange={setMac} placeholder="52:54:00:…" />,
        <Cell key="name" label={t('network.host-field.name')} value={name} onChange={setName} placeholder={t('column.name')} />,
      ]}
    />
  )
}

function AddDnsHost({ blocked, isBusy, onEdit }: AddProps) {
  const { t } = useI18n()
  const [address, setAddress] = useState('')
  const [names, setNames] = useState('')
  const list = names.split(/[\s,]+/).filter(Boolean)
  const problem =
    address.trim() !== '' && familyOf(address.trim()) === null
      ? t('network.problem.address-not-an-address', { address: address.trim() })
      : list.some((name) => !NAME.test(name))
        ? t('network.problem.host-name-odd')
        : null
  const isWhole = problem === null && address.trim() !== '' && list.length > 0
  const add = () =>
    onEdit({ edit: 'addDnsHost', host: { address: address.trim(), names: list } }, () => {
      setAddress('')
      setNames('')
    })
  return (
    <AddRow
      problem={problem}
      disabledReason={blocked ?? (isWhole ? undefined : t('network.add-dns-how'))}
      isBusy={isBusy}
      label={t('network.add-dns')}
      onAdd={add}
      wide
      cells={[
        <Cell
          key="address"
          label={t('network.dns-field.address')}
          value={address}
          onChange={setAddress}
          placeholder={t('network.address')}
        />,
        <Cell key="names" label={t('network.dns-field.names')} value={names} onChange={setNames} placeholder={t('network.dns-names')} />,
      ]}
    />
  )
}

interface CellProps {
  readonly label: string
  readonly value: string
  readonly placeholder: string
  readonly onChange: (value: string) => void
}

function Cell({ label, value, placeholder, onChange }: CellProps) {
  const id = useId()
  return (
    <>
      <label htmlFor={id} className="visually-hidden">
        {label}
      </label>
      <input
        id={id}
        className="text-input num"
        value={value}
        placeholder={placeholder}
        spellCheck={false}
        autoComplete="off"
        onChange={({ target }) => onChange(target.value)}
      />
    </>
  )
}

interface AddRowProps {
  readonly cells: readonly ReactNode[]
  /** The last cell goes over two columns. */
  readonly wide?: boolean
  readonly problem: string | null
  readonly disabledReason: string | undefined
  readonly isBusy: boolean
  readonly label: string
  readonly onAdd: () => void
}

/** A line to type into at the foot of a table; Enter adds it. */
function AddRow({ cells, wide = false, problem, disabledReason, isBusy, label, onAdd }: AddRowProps) {
  const canAdd = disabledReason === undefined && !isBusy
  return (
    <>
      <tr
        className="net-add"
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !canAdd || !(event.target instanceof HTMLInputElement)) return
          event.preventDefault()
          onAdd()
        }}
      >
        {cells.map((cell, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the cells of a line never change their places
          <td key={place} colSpan={wide && place === cells.length - 1 ? 2 : 1}>
            {cell}
          </td>
        ))}
        <td className="end">
          {canAdd ? (
            <Button variant="secondary" size="sm" onClick={onAdd}>
              {label}
            </Button>
          ) : (
            <ActionButton variant="secondary" size="sm" disabledReason={disabledReason ?? label}>
              {label}
            </ActionButton>
          )}
        </td>
      </tr>
      {problem !== null && (
        <tr>
          <td colSpan={4}>
            <span className="bad-text small" role="alert">
              {problem}
            </span>
          </td>
        </tr>
      )}
    </>
  )
}
