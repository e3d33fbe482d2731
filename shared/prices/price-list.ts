import { type PricedProvider, type PriceListFile, type PriceSource, priceListSchema, type TYPE_PURPOSES } from './schema.ts'

/** The hours that the clouds count a month as: 365 days of 24 hours, divided by 12. */
export const HOURS_PER_MONTH = 730

/** A machine type as its cloud describes it, wherever it runs. */
export interface MachineType {
  readonly type: string
  /** As the cloud groups its types: `m7i`, `Ds_v5` with Azure's letters, `n2`. */
  readonly family: string
  readonly purpose: (typeof TYPE_PURPOSES)[number]
  readonly generation: number
  /** What the guest sees, also where a burstable type is given a fraction of them. */
  readonly vcpus: number
  readonly memoryKiB: number
  readonly arch: 'x86_64' | 'aarch64'
}

/** What a type costs before discounts, taxes, disks and traffic. */
export interface ListPrice {
  readonly usdPerHour: number
  readonly kind: 'list'
  /** An ISO date. */
  readonly asOf: string
  /** `notEarlierThan`: the source has no date of its own, and cannot be older than `asOf`. */
  readonly dateIs: PriceSource['dateIs']
  /** Name of the source, as it can be shown. */
  readonly source: string
}

/** `windows`: with the licence that the cloud rents out. null, as a cloud that says nothing means it: none, priced as Linux is. */
export type PricedPlatform = 'linux' | 'windows' | null

interface Region {
  readonly source: PriceSource
  readonly exceptions: ReadonlyMap<string, PriceSource>
  readonly linux: readonly (number | null)[]
  readonly windows: readonly (number | null)[] | null
}

interface ProviderPrices {
  readonly asOf: string
  readonly sources: readonly PriceSource[]
  readonly types: readonly MachineType[]
  /** Where a type stands in `types` and in each list of prices. */
  readonly place: ReadonlyMap<string, number>
  readonly regions: ReadonlyMap<string, Region>
}

/** A list that was read; what is in it is asked for with the functions below. */
export type PriceList = Readonly<Record<PricedProvider, ProviderPrices>>

export interface PriceQuestion {
  readonly provider: PricedProvider
  /** As the cloud spells it: `eu-central-1`, `westeurope`, `europe-west3`. A zone is not a region. */
  readonly region: string
  /** As the cloud spells it: `m7i.large`, `Standard_D2s_v5`, `n2-standard-4`. */
  readonly type: string
  readonly platform: PricedPlatform
}

function indexed({ asOf, sources, types, regions }: PriceListFile['providers'][PricedProvider]): ProviderPrices {
  const sourceOf = (key: string): PriceSource => {
    const source = sources[key]
    if (source === undefined) throw new Error(`no source ${key}`)
    return source
  }
  return {
    asOf,
    sources: Object.values(sources),
    types: types.map(([type, family, purpose, generation, vcpus, memoryMiB, arch]) => ({
      type,
      family,
      purpose,
      generation,
      vcpus,
      memoryKiB: memoryMiB * 1024,
      arch,
    })),
    place: new Map(types.map(([name], index) => [name, index])),
    regions: new Map(
      Object.entries(regions).map(([name, { source, exceptions, linux, windows }]) => [
        name,
        {
          source: sourceOf(source),
          exceptions: new Map(Object.entries(exceptions).map(([type, key]) => [type, sourceOf(key)])),
          linux,
          windows,
        },
      ]),
    ),
  }
}

/**
 * Reads `resources/list-prices.json`, which the caller hands in.
 *
 * @throws ZodError - it is not such a list, or contradicts itself
 */
export function parsePriceList(json: unknown): PriceList {
  const { providers } = priceListSchema.parse(json)
  return { aws: indexed(providers.aws), azure: indexed(providers.azure), gcp: indexed(providers.gcp) }
}

function priceAt(region: Region, type: string, place: number, platform: PricedPlatform): ListPrice | null {
  const usdPerHour = (platform === 'windows' ? region.windows : region.linux)?.[place] ?? null
  if (usdPerHour === null) return null
  const { name, asOf, dateIs } = region.exceptions.get(type) ?? region.source
  return { usdPerHour, kind: 'list', asOf, dateIs, source: name }
}

/** What an hour of a type costs; null: the list has no figure for it there. */
export function priceOf(list: PriceList, { provider, region, type, platform }: PriceQuestion): ListPrice | null {
  const prices = list[provider]
  const found = prices.regions.get(region)
  const place = prices.place.get(type)
  return found === undefined || place === undefined ? null : priceAt(found, type, place, platform)
}

/** The types that have a price in a region, family by family, small ones first; none where the list does not know the region. */
export function typesOf(
  list: PriceList,
  provider: PricedProvider,
  region: string,
  platform: PricedPlatform = null,
): readonly (MachineType & { readonly price: ListPrice })[] {
  const prices = list[provider]
  const found = prices.regions.get(region)
  if (found === undefined) return []
  return prices.types.flatMap((type, place) => {
    const price = priceAt(found, type.type, place, platform)
    return price === null ? [] : [{ ...type, price }]
  })
}

/** A type by its name, also where no price of it is known; null: the list does not have it. */
export function knownType(list: PriceList, provider: PricedProvider, type: string): MachineType | null {
  const { types, place } = list[provider]
  return types[place.get(type) ?? -1] ?? null
}

/** The regions that the list has prices for. */
export function regionsOf(list: PriceList, provider: PricedProvider): readonly string[] {
  return [...list[provider].regions.keys()]
}

/** Where a cloud's figures come from; `asOf` is the oldest of their dates. */
export function originOf(list: PriceList, provider: PricedProvider): { readonly asOf: string; readonly sources: readonly PriceSource[] } {
  const { asOf, sources } = list[provider]
  return { asOf, sources }
}
