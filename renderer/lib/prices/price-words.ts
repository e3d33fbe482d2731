import { HOURS_PER_MONTH, type ListPrice } from '../../../shared/prices/index.ts'
import type { I18n } from '../i18n/index.ts'
import type { MachineCost, NoCost } from './list-price.ts'

/** "list price, 9 Feb 2026": stands with every figure, in its place or on hover. */
export function priceLabel(price: Pick<ListPrice, 'asOf' | 'dateIs'>, { t, format }: I18n): string {
  return t('price.label', { date: format.day(price.asOf), dateIs: price.dateIs })
}

/** How a figure came about: an hour, a month, of when, where from. */
export function priceOrigin(price: ListPrice, i18n: I18n): string {
  const { t, format } = i18n
  return t('price.origin', {
    hour: format.usdPerHour(price.usdPerHour),
    month: format.usd(price.usdPerHour * HOURS_PER_MONTH),
    label: priceLabel(price, i18n),
    source: price.source,
  })
}

/** Why there is no figure, or why it is not what is paid; null: nothing to say. */
export function costRemark({ remark }: MachineCost | NoCost, { t }: I18n): string | null {
  return remark === null ? null : t(`price.remark.${remark}`)
}

/** "+$31 a month list": what another type costs more or less; null: one of both is not known. */
export function priceDifference(now: ListPrice | null, then: ListPrice | null, { t, format }: I18n): string | null {
  if (now === null || then === null) return null
  const perMonth = (then.usdPerHour - now.usdPerHour) * HOURS_PER_MONTH
  const amount = format.usd(Math.abs(perMonth))
  if (Math.abs(perMonth) < 0.005) return t('price.same')
  return t(perMonth > 0 ? 'price.more' : 'price.less', { amount })
}
