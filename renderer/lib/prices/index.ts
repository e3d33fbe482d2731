export { type CostRemark, costOfMachine, listPriceOf, type MachineCost, type NoCost, type PricedType } from './list-price.ts'
export { costRemark, priceDifference, priceLabel, priceOrigin } from './price-words.ts'
export { useListPrices } from './use-list-prices.ts'
