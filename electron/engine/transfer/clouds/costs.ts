import type { CloudId, TransferCost } from '../../../../shared/model/index.ts'
import { HOURS_PER_MONTH, type PriceList, parsePriceList, typesOf } from '../../../../shared/prices/index.ts'
import { listPrices } from '../../clouds/list-prices.ts'
import { say } from '../say.ts'
import { CLOUD_NAMES } from './words.ts'

let read: Promise<PriceList> | null = null

export interface ComputeQuestion {
  readonly cloud: CloudId
  readonly region: string
  readonly vcpus: number
  readonly memoryKiB: number
  readonly isWindows: boolean
  /** The one that is meant; absent: the cheapest that is large enough. */
  readonly type?: string | undefined
}

/** List prices an hour in US dollars, by type. */
export async function hourlyPrices(cloud: CloudId, region: string, isWindows: boolean): Promise<ReadonlyMap<string, number>> {
  read ??= listPrices().then(parsePriceList)
  const types = typesOf(await read, cloud, region, isWindows ? 'windows' : 'linux')
  return new Map(types.map(({ type, price }) => [type, price.usdPerHour]))
}

/** The cheapest type that is at least as large, at its list price. Only of x86: the machine's programs are built for it. */
export async function computeCost(question: ComputeQuestion): Promise<{ readonly type: string | null; readonly cost: TransferCost }> {
  read ??= listPrices().then(parsePriceList)
  const { cloud, region, vcpus, memoryKiB, isWindows } = question
  const fitting = typesOf(await read, cloud, region, isWindows ? 'windows' : 'linux').filter((type) =>
    question.type === undefined
      ? type.arch === 'x86_64' && type.purpose !== 'gpu' && type.vcpus >= vcpus && type.memoryKiB >= memoryKiB
      : type.type === question.type,
  )
  const [cheapest] = fitting.toSorted((a, b) => a.price.usdPerHour - b.price.usdPerHour || a.type.localeCompare(b.type))
  if (!cheapest) {
    const what = say('cost.compute-unknown', 'The machine itself: the price list knows no price for {vcpus} vCPUs in {region}.', {
      vcpus: String(vcpus),
      region,
    })
    return { type: null, cost: { what, usdPerMonth: null, source: null } }
  }
  const { type, price } = cheapest
  const what = say('cost.compute', 'The machine itself, as {type} in {region}, on all month, before discounts and taxes', { type, region })
  const usdPerMonth = Math.round(price.usdPerHour * HOURS_PER_MONTH * 100) / 100
  return { type, cost: { what, usdPerMonth, source: `${price.source}, ${price.asOf}` } }
}

/** The price list has no disks: what is charged for is said, and no figure made up. */
export function storageCost(cloud: CloudId, disks: ReadonlyArray<{ readonly capacityBytes: number | null }>): TransferCost {
  const bytes = disks.reduce((sum, { capacityBytes }) => sum + (capacityBytes ?? 0), 0)
  const what = say(
    'cost.storage',
    'Its disks: {size} GiB by their whole capacity, every month, also when it is off. {cloud}’s calculator has the price.',
    {
      size: String(Math.ceil(bytes / 1_073_741_824)),
      cloud: CLOUD_NAMES[cloud],
    },
  )
  return { what, usdPerMonth: null, source: null }
}
