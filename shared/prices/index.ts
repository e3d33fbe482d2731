export {
  HOURS_PER_MONTH,
  knownType,
  type ListPrice,
  type MachineType,
  originOf,
  type PricedPlatform,
  type PriceList,
  type PriceQuestion,
  parsePriceList,
  priceOf,
  regionsOf,
  typesOf,
} from './price-list.ts'
export { PRICED_PROVIDERS, type PricedProvider, type PriceListFile, type PriceSource, priceListSchema, TYPE_PURPOSES } from './schema.ts'
