/** What the loopback Google Cloud sells, and where. Figures are the real ones' size, not their exact value. */
export interface MachineType {
  readonly name: string
  readonly cpus: number
  readonly memoryMiB: number
  readonly shared: boolean
  readonly arm: boolean
}

const type = (name: string, cpus: number, memoryMiB: number, more: Partial<MachineType> = {}): MachineType => ({
  name,
  cpus,
  memoryMiB,
  shared: false,
  arm: false,
  ...more,
})

/** Small ones first, as the roster counts them. */
export const MACHINE_TYPES: readonly MachineType[] = [
  type('e2-micro', 2, 1024, { shared: true }),
  type('e2-small', 2, 2048, { shared: true }),
  type('e2-medium', 2, 4096, { shared: true }),
  type('e2-standard-2', 2, 8192),
  type('n2-standard-2', 2, 8192),
  type('e2-standard-4', 4, 16_384),
  type('n2-standard-4', 4, 16_384),
  type('t2a-standard-4', 4, 16_384, { arm: true }),
  type('n2-highmem-8', 8, 65_536),
  type('c3-standard-22', 22, 90_112),
]

/** In use by machines of the roster and sold in no zone, as old and private types are. */
export const UNLISTED_TYPE = 'x9-mystery-96'

export const ZONES = ['europe-west1-b', 'europe-west3-a', 'us-central1-a', 'us-central1-c'] as const
/** Zones without any machine: an aggregated list warns about each. */
export const EMPTY_ZONES = ['asia-northeast1-a', 'southamerica-east1-b'] as const
export const ALL_ZONES: readonly string[] = [...ZONES, ...EMPTY_ZONES]
export const regionOf = (zone: string): string => zone.slice(0, zone.lastIndexOf('-'))
export const REGIONS: readonly string[] = [...new Set(ALL_ZONES.map(regionOf))]

export interface PublicImage {
  readonly project: string
  readonly name: string
  readonly family: string
  readonly diskSizeGb: number
  readonly description: string
  readonly arm: boolean
}

export const PUBLIC_IMAGES: readonly PublicImage[] = [
  {
    project: 'debian-cloud',
    name: 'debian-12-bookworm-v20261110',
    family: 'debian-12',
    diskSizeGb: 10,
    description: 'Debian 12 (bookworm), amd64',
    arm: false,
  },
  {
    project: 'debian-cloud',
    name: 'debian-12-bookworm-arm64-v20261110',
    family: 'debian-12-arm64',
    diskSizeGb: 10,
    description: 'Debian 12 (bookworm), arm64',
    arm: true,
  },
  {
    project: 'ubuntu-os-cloud',
    name: 'ubuntu-2404-noble-amd64-v20261106',
    family: 'ubuntu-2404-lts-amd64',
    diskSizeGb: 10,
    description: 'Ubuntu 24.04 LTS, amd64',
    arm: false,
  },
  {
    project: 'windows-cloud',
    name: 'windows-server-2022-dc-v20261112',
    family: 'windows-2022',
    diskSizeGb: 50,
    description: 'Windows Server 2022 Datacenter',
    arm: false,
  },
]

export interface SkuFacts {
  readonly id: string
  readonly description: string
  readonly group: 'CPU' | 'RAM' | 'SSD'
  readonly usage: 'OnDemand' | 'Preemptible'
  readonly regions: readonly string[]
  readonly unit: 'h' | 'GiBy.h' | 'GiBy.mo'
  readonly nanos: number
}

const SERIES = [
  { name: 'E2', cpu: 23_981_000, ram: 3_214_000 },
  { name: 'N2', cpu: 34_773_000, ram: 4_661_000 },
  { name: 'C3', cpu: 37_650_000, ram: 5_040_000 },
] as const

/** Prices of processors and memory apart, as the catalogue keeps them. */
export const SKUS: readonly SkuFacts[] = [
  ...REGIONS.flatMap((region, place) =>
    SERIES.flatMap((series, index): SkuFacts[] =>
      (['OnDemand', 'Preemptible'] as const).flatMap((usage): SkuFacts[] => {
        const share = usage === 'OnDemand' ? 1 : 0.3
        const head = usage === 'OnDemand' ? '' : 'Spot Preemptible '
        const id = (kind: number) => `A${place}${index}${usage === 'OnDemand' ? 0 : 1}-${kind}C0F-FEE0`
        const at = { usage, regions: [region] }
        return [
          {
            id: id(1),
            description: `${head}${series.name} Instance Core running in ${region}`,
            group: 'CPU',
            unit: 'h',
            nanos: Math.round(series.cpu * share),
            ...at,
          },
          {
            id: id(2),
            description: `${head}${series.name} Instance Ram running in ${region}`,
            group: 'RAM',
            unit: 'GiBy.h',
            nanos: Math.round(series.ram * share),
            ...at,
          },
        ]
      }),
    ),
  ),
  {
    id: 'B000-1C0F-FEE0',
    description: 'Balanced PD Capacity',
    group: 'SSD',
    usage: 'OnDemand',
    regions: REGIONS,
    unit: 'GiBy.mo',
    nanos: 100_000_000,
  },
]
