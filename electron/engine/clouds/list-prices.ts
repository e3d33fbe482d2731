import file from '../../../resources/list-prices.json' with { type: 'json' }
import { type PriceListFile, priceListSchema } from '../../../shared/prices/index.ts'

let parsed: PriceListFile | null = null

/** The prices that ship with the console, from `resources/list-prices.json`; parsed once, when they are first asked for. */
export function listPrices(): PriceListFile {
  parsed ??= priceListSchema.parse(file)
  return parsed
}
