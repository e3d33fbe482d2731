import type { Machine } from '../../../shared/model/index.ts'
import { HOURS_PER_MONTH } from '../../../shared/prices/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useLive } from '../../lib/live/index.ts'
import { listPriceOf, priceLabel, useListPrices } from '../../lib/prices/index.ts'
import { costsNote } from './costs.ts'
import { MachineNames } from './machine-list.tsx'

export interface CostsPartProps {
  readonly costing: readonly Machine[]
  readonly total: number
}

/** Which of the machines go on costing, by name and list price, and what would end that. */
export function CostsPart({ costing, total }: CostsPartProps) {
  const i18n = useI18n()
  const { t } = i18n
  const live = useLive()
  if (costing.length === 0) return null
  return (
    <div className="dialog-costs">
      <p>
        <b>{costsNote(costing, total, live, i18n)}</b>
      </p>
      <CostingNames machines={costing} />
      <p>{t('costs.address')}</p>
    </div>
  )
}

/** Names, each with what it costs by the list where that is known. */
export function CostingNames({ machines }: { readonly machines: readonly Machine[] }) {
  const i18n = useI18n()
  const { t, format } = i18n
  const { store } = useLive()
  const prices = useListPrices()
  const priceOf = ({ cloud, connectionId }: Machine) =>
    cloud ? listPriceOf(prices, { ...cloud, providerId: store.get('connection', connectionId)?.providerId }) : null
  const first = machines.map(priceOf).find((price) => price !== null)
  return (
    <>
      <MachineNames
        machines={machines}
        word={(machine) => {
          const price = priceOf(machine)
          return price === null
            ? machine.name
            : t('costs.named', { name: machine.name, amount: format.usd(price.usdPerHour * HOURS_PER_MONTH) })
        }}
      />
      {first && <p className="sub">{priceLabel(first, i18n)}</p>}
    </>
  )
}
