import { useState } from 'react'
import type { DrainItem, DrainOrder, Host, MachineId } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { Reason, StateIcon } from '../../../ui/index.ts'
import { spanOf, tellingOf } from './words.ts'

export type Chosen = DrainOrder['chosen'][number]['toHostId']

export interface PlanTableProps {
  readonly items: readonly DrainItem[]
  /** Hosts that a person may choose. */
  readonly targets: readonly Pick<Host, 'id' | 'name'>[]
  readonly chosen: ReadonlyMap<MachineId, Chosen>
  readonly onChoose: (machineId: MachineId, to: Chosen | undefined) => void
}

/** What becomes of each machine, in the order in which they go. */
export function PlanTable({ items, targets, chosen, onChoose }: PlanTableProps) {
  const { t } = useI18n()
  // a list of hosts for each of a hundred rows would be long: only the row that is being changed has one
  const [changing, setChanging] = useState<MachineId | null>(null)
  return (
    <table className="plain-table maintenance-plan num">
      <thead>
        <tr>
          <th scope="col">{t('column.name')}</th>
          <th scope="col" className="end">
            {t('column.memory')}
          </th>
          <th scope="col">{t('maintenance.goes-to')}</th>
          <th scope="col" className="end">
            {t('maintenance.time')}
          </th>
          <th scope="col">{t('maintenance.findings')}</th>
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <PlanRow
            key={item.machineId}
            item={item}
            targets={targets}
            to={chosen.get(item.machineId)}
            isChanging={changing === item.machineId}
            onChange={() => setChanging(item.machineId)}
            onChoose={(to) => {
              setChanging(null)
              onChoose(item.machineId, to)
            }}
          />
        ))}
      </tbody>
    </table>
  )
}

interface PlanRowProps {
  readonly item: DrainItem
  readonly targets: PlanTableProps['targets']
  /** What a person has chosen; undefined: nothing. */
  readonly to: Chosen | undefined
  readonly isChanging: boolean
  readonly onChange: () => void
  readonly onChoose: (to: Chosen | undefined) => void
}

const AUTOMATIC = 'automatic'
const STAYS = 'stays'

function PlanRow({ item, targets, to, isChanging, onChange, onChoose }: PlanRowProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const { name, what, toHostId, prediction } = item
  const where = what === 'move' ? (targets.find(({ id }) => id === toHostId)?.name ?? '') : t(`maintenance.what.${what}`)
  return (
    <tr>
      <td className="ellipsis" title={name}>
        {name}
      </td>
      <td className="end">{format.gib(item.memoryKiB)}</td>
      <td className="ellipsis">
        {what === 'off' ? (
          <span className="sub">{where}</span>
        ) : isChanging ? (
          <select
            className="text-input"
            aria-label={t('maintenance.target-of', { name })}
            // it stands in the place of the button that was pressed
            ref={(element) => element?.focus()}
            value={to === undefined ? AUTOMATIC : (to ?? STAYS)}
            onChange={({ target: { value } }) =>
              onChoose(value === AUTOMATIC ? undefined : value === STAYS ? null : (targets.find(({ id }) => id === value)?.id ?? null))
            }
            onBlur={() => onChoose(to)}
          >
            <option value={AUTOMATIC}>{t('maintenance.automatic')}</option>
            {targets.map(({ id, name: host }) => (
              <option key={id} value={id}>
                {host}
              </option>
            ))}
            <option value={STAYS}>{t('maintenance.what.stays')}</option>
          </select>
        ) : (
          <button type="button" className="link-button" aria-label={t('maintenance.change', { name, where })} onClick={onChange}>
            {where}
          </button>
        )}
      </td>
      <td className="end">{prediction === null ? <span className="none">–</span> : spanOf(prediction.totalMs, i18n)}</td>
      <td>
        <Findings item={item} />
      </td>
    </tr>
  )
}

function Findings({ item }: { readonly item: DrainItem }) {
  const i18n = useI18n()
  const { t } = i18n
  const telling = tellingOf(item.findings)
  const [first, ...rest] = telling
  if (!first) return <span className="none">–</span>
  const blocks = first.severity === 'blocks'
  const line = (
    <>
      <StateIcon shape={blocks ? 'failed' : 'attention'} />{' '}
      <span className="visually-hidden">{t(`maintenance.severity.${blocks ? 'blocks' : 'warns'}`)}</span>
      {i18n.reason(first.reason)}
    </>
  )
  if (rest.length === 0) return <span className={`maintenance-finding ${blocks ? 'blocks' : 'warns'}`}>{line}</span>
  const all = (
    <ul className="dialog-list">
      {telling.map((one) => (
        <li key={one.id}>{i18n.reason(one.reason)}</li>
      ))}
    </ul>
  )
  return (
    <span className={`maintenance-finding ${blocks ? 'blocks' : 'warns'}`}>
      {line}{' '}
      <Reason content={all}>
        {(describedBy) => (
          <button type="button" className="link-button" aria-describedby={describedBy}>
            {t('maintenance.more-findings', { count: rest.length })}
          </button>
        )}
      </Reason>
    </span>
  )
}
