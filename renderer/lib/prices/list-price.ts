import { isCloudId, type Machine } from '../../../shared/model/index.ts'
import { HOURS_PER_MONTH, type ListPrice, type PriceList, priceOf } from '../../../shared/prices/index.ts'

/** A type of machine in a place, as a list of prices knows it. */
export interface PricedType {
  readonly providerId: string | undefined
  readonly region: string
  readonly type: string | null
  readonly platform: 'linux' | 'windows' | null
}

/** What an hour of a type costs by the list; null: there is no list (yet), or it has no figure. Never 0 for what is not known. */
export function listPriceOf(prices: PriceList | null, { providerId, region, type, platform }: PricedType): ListPrice | null {
  if (prices === null || type === null || !isCloudId(providerId)) return null
  return priceOf(prices, { provider: providerId, region, type, platform })
}

/** Why the list's figure is not what is paid. `storage-only`: its CPU and memory cost nothing now; `unpriced`: the list has none. */
export type CostRemark = 'storage-only' | 'unpriced' | 'spot' | 'reserved'

export interface MachineCost {
  readonly listPrice: ListPrice
  readonly usdPerMonth: number
  readonly remark: Extract<CostRemark, 'spot' | 'reserved'> | null
}

export interface NoCost {
  readonly listPrice: null
  readonly usdPerMonth: null
  readonly remark: Extract<CostRemark, 'storage-only' | 'unpriced'> | null
}

const NOT_OF_A_CLOUD: NoCost = { listPrice: null, usdPerMonth: null, remark: null }

/** What a machine costs by the list as it is now, for a month of 730 hours. */
export function costOfMachine(
  prices: PriceList | null,
  { cloud }: Pick<Machine, 'cloud'>,
  providerId: string | undefined,
): MachineCost | NoCost {
  if (!cloud) return NOT_OF_A_CLOUD
  if (cloud.billing === 'storage') return { ...NOT_OF_A_CLOUD, remark: 'storage-only' }
  const listPrice = listPriceOf(prices, { ...cloud, providerId })
  if (listPrice === null) return { ...NOT_OF_A_CLOUD, remark: prices === null ? null : 'unpriced' }
  const remark = cloud.purchase === 'spot' || cloud.purchase === 'reserved' ? cloud.purchase : null
  return { listPrice, usdPerMonth: listPrice.usdPerHour * HOURS_PER_MONTH, remark }
}
