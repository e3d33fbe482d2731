import { type PriceList, parsePriceList } from '../../../shared/prices/index.ts'
import { useApiQuery } from '../api/index.ts'
import { useHasClouds } from '../live/index.ts'

/** The dated list that ships with the console, asked for once and only where there is an account of a cloud. Null: not there (yet). */
export function useListPrices(): PriceList | null {
  const enabled = useHasClouds()
  const { data } = useApiQuery('clouds.prices', {}, async (api, signal) => parsePriceList(await api.clouds.prices({}, { signal })), {
    enabled,
  })
  return data ?? null
}
