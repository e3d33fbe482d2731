import type { Machine } from '../../../shared/model/index.ts'
import { HOURS_PER_MONTH, type ListPrice } from '../../../shared/prices/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { priceDifference } from '../../lib/prices/index.ts'
import type { PricedMachineType } from './type-list.ts'

export interface TypeComparisonProps {
  readonly now: PricedMachineType | null
  readonly then: PricedMachineType
  readonly machine: Machine
}

/** The chosen type beside the present one. What the cloud did not list of the present one is known from the machine. */
export function TypeComparison({ now, then, machine }: TypeComparisonProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const { cloud } = machine
  const before = now ?? {
    name: cloud?.type ?? '–',
    vcpus: machine.vcpus,
    memoryKiB: machine.memoryKiB,
    arch: cloud?.arch ?? null,
    price: null,
  }
  const price = (of: ListPrice | null) => (of ? t('price.per-month', { amount: format.usd(of.usdPerHour * HOURS_PER_MONTH) }) : '–')
  const rows: ReadonlyArray<readonly [string, string, string]> = [
    [t('column.vcpu'), format.number(before.vcpus), format.number(then.vcpus)],
    [t('column.memory'), format.gib(before.memoryKiB), format.gib(then.memoryKiB)],
    [t('type.arch'), before.arch ?? '–', then.arch ?? '–'],
    [t('column.price'), price(before.price), price(then.price)],
  ]
  const difference = priceDifference(before.price, then.price, i18n)
  return (
    <table className="type-comparison">
      <caption className="visually-hidden">{t('type.comparison')}</caption>
      <thead>
        <tr>
          <th scope="col">
            <span className="visually-hidden">{t('type.property')}</span>
          </th>
          <th scope="col">{t('type.now-is', { type: before.name })}</th>
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
      {cloud?.purchase && cloud.purchase !== 'on-demand' && (
        <tfoot>
          <tr>
            <td colSpan={3} className="sub">
              {t(`price.remark.${cloud.purchase}`)}
            </td>
          </tr>
        </tfoot>
      )}
    </table>
  )
}
