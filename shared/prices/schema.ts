import { z } from 'zod'

/** The clouds that have a list; their names are those of the providers. */
export const PRICED_PROVIDERS = ['aws', 'azure', 'gcp'] as const
export type PricedProvider = (typeof PRICED_PROVIDERS)[number]

/** What a family of types is made for. */
export const TYPE_PURPOSES = ['general', 'burstable', 'compute', 'memory', 'storage', 'gpu'] as const

/** A price in USD an hour. */
const usdPerHour = z.number().positive()

const sourceSchema = z.object({
  name: z.string().min(1),
  /** The file the figures were read in, at one commit. */
  url: z.url({ protocol: /^https$/ }),
  licence: z.string().min(1),
  asOf: z.iso.date(),
  /** `stated`: the source says that date itself; `notEarlierThan`: it has none, and cannot be older than this. */
  dateIs: z.enum(['stated', 'notEarlierThan']),
  note: z.string(),
})
/** Where figures come from, and of when they are. */
export type PriceSource = Readonly<z.infer<typeof sourceSchema>>

/** name, family, purpose, generation, vCPUs, memory in MiB, architecture */
const typeRow = z.tuple([
  z.string().min(1),
  z.string().min(1),
  z.enum(TYPE_PURPOSES),
  z.number().int().min(1),
  z.number().int().min(1),
  z.number().int().min(1),
  z.enum(['x86_64', 'aarch64']),
])

const prices = z.array(usdPerHour.nullable())

const regionSchema = z.object({
  /** Key of the source of this region's figures … */
  source: z.string(),
  /** … but of those of these types. */
  exceptions: z.record(z.string(), z.string()),
  /** In the order of the types; null: no figure was found, which says nothing about whether the type exists there. */
  linux: prices,
  /** The whole price with the licence; null: not known for any type. */
  windows: prices.nullable(),
})

const providerSchema = z
  .object({
    /** The oldest date of its sources. */
    asOf: z.iso.date(),
    sources: z.record(z.string(), sourceSchema),
    types: z.array(typeRow).min(1),
    regions: z.record(z.string(), regionSchema),
  })
  .superRefine(({ asOf, sources, types, regions }, context) => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', message })
    const names = new Set(types.map(([name]) => name))
    if (names.size !== types.length) refuse('a type is listed twice')
    const dates = Object.values(sources).map((source) => source.asOf)
    if (dates.toSorted()[0] !== asOf) refuse('asOf is not the oldest date of the sources')
    for (const [region, { source, exceptions, linux, windows }] of Object.entries(regions)) {
      for (const list of windows === null ? [linux] : [linux, windows])
        if (list.length !== types.length) refuse(`${region}: ${list.length} prices for ${types.length} types`)
      for (const key of [source, ...Object.values(exceptions)])
        if (!Object.hasOwn(sources, key)) refuse(`${region}: there is no source ${key}`)
      for (const name of Object.keys(exceptions)) if (!names.has(name)) refuse(`${region}: there is no type ${name}`)
    }
  })

/** `resources/list-prices.json`, as it is written. */
export const priceListSchema = z.object({
  version: z.literal(1),
  currency: z.literal('USD'),
  providers: z.object({ aws: providerSchema, azure: providerSchema, gcp: providerSchema }),
})
export type PriceListFile = z.infer<typeof priceListSchema>
