import { useEffect, useRef } from 'react'
import { HOURS_PER_MONTH } from '../../../shared/prices/index.ts'
import { type MessageKey, useI18n } from '../../lib/i18n/index.ts'
import { priceDifference, priceLabel, priceOrigin } from '../../lib/prices/index.ts'
import type { ComparedType } from './type-comparison.tsx'
import type { PricedMachineType, TypeSort, TypeSortKey } from './type-list.ts'

/** More rows than anybody reads: the rest is found by searching. */
const SHOWN = 100

const HEADS: ReadonlyArray<readonly [TypeSortKey, MessageKey]> = [
  ['name', 'column.type'],
  ['vcpus', 'column.vcpu'],
  ['memory', 'column.memory'],
  ['price', 'type.price-head'],
]

export interface TypeTableProps {
  readonly types: readonly PricedMachineType[]
  /** What the machine has now: it cannot be chosen. */
  readonly present: ComparedType | null
  readonly chosen: string | null
  /** What the prices are compared with. */
  readonly base: ComparedType | null
  /** In the place of an empty table, and of the prices' date. */
  readonly empty: string
  readonly noPrices: string
  readonly sort: TypeSort
  readonly onSort: (sort: TypeSort) => void
  readonly onChoose: (name: string) => void
}

export function TypeTable({ types, present, chosen, base, empty, noPrices, sort, onSort, onChoose }: TypeTableProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const rows = types.slice(0, SHOWN)
  const scroller = useRef<HTMLDivElement>(null)
  // what others are compared with is in view at first
  useEffect(() => {
    const row = scroller.current?.querySelector<HTMLElement>('tr.now, tr.picked')
    if (row && scroller.current) scroller.current.scrollTop = row.offsetTop - scroller.current.clientHeight / 2
  }, [])
  const dated = types.find(({ price }) => price !== null)?.price ?? base?.price
  return (
    <>
      <div className="type-scroll" ref={scroller}>
        <table className="type-table">
          <caption className="visually-hidden">{t('type.table')}</caption>
          <thead>
            <tr>
              {HEADS.map(([by, label]) => (
                <th
                  key={by}
                  scope="col"
                  className={by === 'name' ? undefined : 'end'}
                  aria-sort={sort.by === by ? (sort.descending ? 'descending' : 'ascending') : 'none'}
                >
                  <button type="button" onClick={() => onSort({ by, descending: sort.by === by && !sort.descending })}>
                    {t(label)}
                    <span aria-hidden className="type-arrow">
                      {sort.by === by ? (sort.descending ? '↓' : '↑') : ''}
                    </span>
                  </button>
                </th>
              ))}
              <th scope="col" className="end difference">
                {t('type.difference')}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((type) => (
              <Row
                key={type.name}
                type={type}
                base={base}
                isNow={type.name === present?.name}
                isChosen={type.name === chosen}
                onChoose={onChoose}
              />
            ))}
          </tbody>
        </table>
        {rows.length === 0 && <p className="sub type-none">{empty}</p>}
      </div>
      <p className="sub type-foot">
        {types.length > SHOWN && <span>{t('type.more', { count: format.number(types.length - SHOWN) })} </span>}
        {dated ? priceLabel(dated, i18n) : noPrices}
      </p>
    </>
  )
}

interface RowProps {
  readonly type: PricedMachineType
  readonly base: ComparedType | null
  readonly isNow: boolean
  readonly isChosen: boolean
  readonly onChoose: (name: string) => void
}

function Row({ type, base, isNow, isChosen, onChoose }: RowProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const { name, vcpus, memoryKiB, arch, gpus, price, reason } = type
  const id = `type-${name}`
  return (
    <tr className={`${isNow ? 'now' : ''}${isChosen ? ' picked' : ''}${reason === null ? '' : ' unfit'}`}>
      <td>
        <input
          type="radio"
          id={id}
          name="machine-type"
          checked={isChosen}
          disabled={isNow || reason !== null}
          onChange={() => onChoose(name)}
          onKeyDown={(event) => {
            // in a form it would send the form
            if (event.key === 'Enter') event.preventDefault()
          }}
          aria-describedby={reason === null ? undefined : `${id}-reason`}
        />{' '}
        <label htmlFor={id}>
          {name} {isNow && <span className="tag">{t('type.now')}</span>}
        </label>{' '}
        <span className="sub">{[arch, ...(gpus > 0 ? [t('type.gpus', { count: gpus })] : [])].filter(Boolean).join(', ')}</span>
        {reason !== null && (
          <span id={`${id}-reason`} className="type-reason">
            {reason}
          </span>
        )}
      </td>
      <td className="num end">{format.number(vcpus)}</td>
      <td className="num end">{format.gib(memoryKiB)}</td>
      <td className="num end" title={price ? priceOrigin(price, i18n) : undefined}>
        {price ? (
          <>
            {format.usdPerHour(price.usdPerHour)} <i className="unit-of">/ {format.usd(price.usdPerHour * HOURS_PER_MONTH)}</i>
          </>
        ) : (
          '–'
        )}
      </td>
      <td className="num end difference">{name === base?.name ? '' : (priceDifference(base?.price ?? null, price, i18n) ?? '–')}</td>
    </tr>
  )
}
