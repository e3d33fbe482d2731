import { type PriceListFile, priceListSchema } from '../../../shared/prices/index.ts'

let parsed: Promise<PriceListFile> | null = null

/** The prices that ship with the console, from `resources/list-prices.json`; read and parsed once, when they are first asked for. */
export function listPrices(): Promise<PriceListFile> {
  parsed ??= import('../../../resources/list-prices.json', { with: { type: 'json' } }).then((file) => priceListSchema.parse(file.default))
  return parsed
}
