import { HOURS_PER_MONTH, type ListPrice } from '../../../shared/prices/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { priceDifference } from '../../lib/prices/index.ts'
import type { PricedMachineType } from './type-list.ts'

/** As much of a type as is compared: of a machine's present one, the cloud may list nothing. */
export type ComparedType = Pick<PricedMachineType, 'name' | 'vcpus' | 'memoryKiB' | 'arch' | 'price'>

export interface TypeComparisonProps {
  readonly beside: ComparedType
  /** `beside` is what the machine has now, else what was chosen beside. */
  readonly isPresent: boolean
  readonly then: ComparedType
  readonly remark: string | null
}

/** The chosen type beside another. */
export function TypeComparison({ beside, isPresent, then, remark }: TypeComparisonProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const price = (of: ListPrice | null) => (of ? t('price.per-month', { amount: format.usd(of.usdPerHour * HOURS_PER_MONTH) }) : '–')
  const rows: ReadonlyArray<readonly [string, string, string]> = [
    [t('column.vcpu'), format.number(beside.vcpus), format.number(then.vcpus)],
    [t('column.memory'), format.gib(beside.memoryKiB), format.gib(then.memoryKiB)],
    [t('type.arch'), beside.arch ?? '–', then.arch ?? '–'],
    [t('column.price'), price(beside.price), price(then.price)],
  ]
  const difference = priceDifference(beside.price, then.price, i18n)
  return (
    <table className="type-comparison">
      <caption className="visually-hidden">{t(isPresent ? 'type.comparison' : 'type.comparison-before')}</caption>
      <thead>
        <tr>
          <th scope="col">
            <span className="visually-hidden">{t('type.property')}</span>
          </th>
          <th scope="col">{t(isPresent ? 'type.now-is' : 'type.before-is', { type: beside.name })}</th>
          <th scope="col">{then.name}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([label, a, b]) => (
          <tr key={label}>
            <th scope="row">{label}</th>
            <td className="num">{a}</td>
            <td className={`num${a === b ? '' : ' differs'}`}>
              {b}
              {label === t('column.price') && difference !== null && <span className="sub"> {difference}</span>}
            </td>
          </tr>
        ))}
      </tbody>
      {remark !== null && (
        <tfoot>
          <tr>
            <td colSpan={3} className="sub">
              {remark}
            </td>
          </tr>
        </tfoot>
      )}
    </table>
  )
}
