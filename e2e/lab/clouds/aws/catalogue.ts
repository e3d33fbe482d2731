/** Instance types that the loopback cloud knows, small ones first. */
export interface InstanceType {
  readonly name: string
  readonly vcpus: number
  readonly memoryMiB: number
  readonly arch: 'x86_64' | 'arm64'
  readonly burstable: boolean
  readonly network: string
  readonly gpus: number
  /** GB of instance store; 0: EBS only. */
  readonly storeGb: number
  /** Dollars an hour in us-east-1, Linux. */
  readonly hourly: number
}

type Row = readonly [string, number, number, 'x86_64' | 'arm64', string, number]

const ROWS: readonly Row[] = [
  ['t3.micro', 2, 1024, 'x86_64', 'Up to 5 Gigabit', 0.0104],
  ['t3.small', 2, 2048, 'x86_64', 'Up to 5 Gigabit', 0.0208],
  ['t4g.small', 2, 2048, 'arm64', 'Up to 5 Gigabit', 0.0168],
  ['t3.medium', 2, 4096, 'x86_64', 'Up to 5 Gigabit', 0.0416],
  ['t3.large', 2, 8192, 'x86_64', 'Up to 5 Gigabit', 0.0832],
  ['m6i.large', 2, 8192, 'x86_64', 'Up to 12.5 Gigabit', 0.096],
  ['m7g.large', 2, 8192, 'arm64', 'Up to 12.5 Gigabit', 0.0816],
  ['c6i.xlarge', 4, 8192, 'x86_64', 'Up to 12.5 Gigabit', 0.17],
  ['m6i.xlarge', 4, 16384, 'x86_64', 'Up to 12.5 Gigabit', 0.192],
  ['r6i.xlarge', 4, 32768, 'x86_64', 'Up to 12.5 Gigabit', 0.252],
  ['m6i.2xlarge', 8, 32768, 'x86_64', 'Up to 12.5 Gigabit', 0.384],
  ['m5d.2xlarge', 8, 32768, 'x86_64', 'Up to 10 Gigabit', 0.452],
  ['g5.xlarge', 4, 16384, 'x86_64', 'Up to 10 Gigabit', 1.006],
]

export const INSTANCE_TYPES: readonly InstanceType[] = ROWS.map(([name, vcpus, memoryMiB, arch, network, hourly]) => ({
  name,
  vcpus,
  memoryMiB,
  arch,
  network,
  hourly,
  burstable: name.startsWith('t'),
  gpus: name.startsWith('g') ? 1 : 0,
  storeGb: name.startsWith('m5d') ? 300 : name.startsWith('g') ? 250 : 0,
}))

/** A machine's type that no list of types names: retired, or not yet public. */
export const UNKNOWN_TYPE = 'x9z.metal-99xl'

export function typeNamed(name: string): InstanceType | undefined {
  return INSTANCE_TYPES.find((type) => type.name === name)
}

export function bootModesOf({ arch }: InstanceType): string[] {
  return arch === 'arm64' ? ['uefi'] : ['legacy-bios', 'uefi']
}

/** The first are those an account has from the start; `me-south-1` has to be opted in to. */
export const ALL_REGIONS: ReadonlyArray<{ readonly name: string; readonly location: string; readonly optIn: boolean }> = [
  { name: 'eu-central-1', location: 'EU (Frankfurt)', optIn: false },
  { name: 'us-east-1', location: 'US East (N. Virginia)', optIn: false },
  { name: 'ap-southeast-2', location: 'Asia Pacific (Sydney)', optIn: false },
  { name: 'eu-west-1', location: 'EU (Ireland)', optIn: false },
  { name: 'me-south-1', location: 'Middle East (Bahrain)', optIn: true },
]
