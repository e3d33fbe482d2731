/** Sizes of virtual machines as the resource SKUs of Azure tell them, small ones first. */
export interface AzureSize {
  readonly name: string
  readonly family: string
  readonly cpus: number
  readonly memoryGiB: number
  readonly maxDataDisks: number
  readonly arm: boolean
  /** In US dollars an hour: Linux, Windows, Linux as spot. */
  readonly prices: readonly [number, number, number]
}

export const SIZES: readonly AzureSize[] = [
  size('Standard_B1s', 'standardBSFamily', 1, 1, 2, 0.0104),
  size('Standard_B2s', 'standardBSFamily', 2, 4, 4, 0.0416),
  size('Standard_B2ms', 'standardBSFamily', 2, 8, 4, 0.0832),
  size('Standard_D2s_v5', 'standardDSv5Family', 2, 8, 4, 0.096),
  size('Standard_D4s_v5', 'standardDSv5Family', 4, 16, 8, 0.192),
  size('Standard_D2ps_v5', 'standardDPSv5Family', 2, 8, 4, 0.077, true),
  size('Standard_E4s_v5', 'standardESv5Family', 4, 32, 8, 0.252),
  size('Standard_F8s_v2', 'standardFSv2Family', 8, 16, 16, 0.338),
  size('Standard_D16s_v5', 'standardDSv5Family', 16, 64, 32, 0.768),
]

/** One that no list of sizes knows any more. */
export const UNKNOWN_SIZE = 'Standard_A9_v0'

export const LOCATIONS = ['westeurope', 'germanywestcentral', 'northeurope'] as const

/** In the order of the arguments of `size`; a Windows licence is taken for 0.046 dollars a core. */
function size(name: string, family: string, cpus: number, memoryGiB: number, maxDataDisks: number, price: number, arm = false): AzureSize {
  return { name, family, cpus, memoryGiB, maxDataDisks, arm, prices: [price, round(price + 0.046 * cpus), round(price * 0.2)] }
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000
}
