import { sizeOf } from './render.ts'
import { LOCATIONS, SIZES } from './sizes.ts'
import { type ArmReply, type ArmRequest, paged, type Route } from './wire.ts'
import type { AzureWorld } from './world.ts'

const PRICES_OF_A_PAGE = 100
const HOURS_OF_A_DAY = 24
const DAY_MS = 86_400_000

export const costRoutes: readonly Route[] = [
  {
    operation: 'UsageDetails_List',
    method: 'GET',
    path: 'subscriptions/{subscription}/providers/Microsoft.Consumption/usageDetails',
    action: 'Microsoft.Consumption/usageDetails/read',
    handle: usage,
  },
]

/** What each machine that runs was charged yesterday and the day before. */
function usage(request: ArmRequest): ArmReply {
  const subscription = request.params['subscription'] ?? ''
  const rows = [...request.world.machines.values()].flatMap((vm) => {
    const size = sizeOf(vm.size)
    if (vm.subscription !== subscription || size === undefined || vm.power === 'deallocated') return []
    return [1, 2].map((daysAgo) => {
      const date = `${new Date(Date.now() - daysAgo * DAY_MS).toISOString().slice(0, 10)}T00:00:00.0000000Z`
      const unitPrice = vm.windows ? size.prices[1] : vm.spot ? size.prices[2] : size.prices[0]
      const id = `/subscriptions/${subscription}/providers/Microsoft.Consumption/usageDetails/${vm.vmId}-${daysAgo}`
      return JSON.stringify({
        kind: 'legacy',
        id,
        name: `${vm.vmId}-${daysAgo}`,
        type: 'Microsoft.Consumption/usageDetails',
        tags: vm.tags,
        properties: {
          subscriptionId: subscription,
          resourceId: vm.id,
          resourceName: vm.name,
          resourceLocation: vm.location,
          consumedService: 'Microsoft.Compute',
          date,
          quantity: HOURS_OF_A_DAY,
          unitPrice,
          cost: unitPrice * HOURS_OF_A_DAY,
          billingCurrency: 'USD',
          chargeType: 'Usage',
          pricingModel: vm.spot ? 'Spot' : 'OnDemand',
        },
      })
    })
  })
  return paged(rows, request)
}

/** The public price list, which asks for no login. */
export function retailPrices(_: AzureWorld, url: URL, origin: string): string {
  const wanted = [...(url.searchParams.get('$filter') ?? '').matchAll(/(\w+) eq '([^']*)'/g)].map(
    ([, field, value]) => [field, value] as const,
  )
  const items = priceItems().filter((item) => wanted.every(([field, value]) => item[field as keyof typeof item] === value))
  const skip = Number(url.searchParams.get('$skip') ?? 0)
  const page = items.slice(skip, skip + PRICES_OF_A_PAGE)
  const next = new URL(url.pathname + url.search, origin)
  next.searchParams.set('$skip', String(skip + PRICES_OF_A_PAGE))
  return JSON.stringify({
    BillingCurrency: 'USD',
    CustomerEntityId: 'Default',
    CustomerEntityType: 'Retail',
    Items: page,
    NextPageLink: skip + PRICES_OF_A_PAGE < items.length ? next.href : null,
    Count: page.length,
  })
}

function priceItems() {
  return LOCATIONS.flatMap((armRegionName) =>
    SIZES.flatMap((size) => {
      const series = size.name.replace('Standard_', '').replaceAll('_', ' ')
      return [
        { price: size.prices[0], product: 'Virtual Machines Series', sku: series },
        { price: size.prices[1], product: 'Virtual Machines Series Windows', sku: series },
        { price: size.prices[2], product: 'Virtual Machines Series', sku: `${series} Spot` },
        { price: Math.round(size.prices[0] * 4000) / 10_000, product: 'Virtual Machines Series', sku: `${series} Low Priority` },
      ].map(({ price, product, sku }) => ({
        currencyCode: 'USD',
        tierMinimumUnits: 0,
        retailPrice: price,
        unitPrice: price,
        armRegionName,
        location: armRegionName,
        effectiveStartDate: '2026-01-01T00:00:00Z',
        meterName: sku,
        productName: product,
        skuName: sku,
        serviceName: 'Virtual Machines',
        serviceFamily: 'Compute',
        unitOfMeasure: '1 Hour',
        type: 'Consumption',
        isPrimaryMeterRegion: true,
        armSkuName: size.name,
      }))
    }),
  )
}
