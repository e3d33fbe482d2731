import { addressNumber, addressText, subnetOf, unusable } from '../../../shared/model/index.ts'

/** Whether it is an address at all, by its kind. */
export function familyOf(text: string): 4 | 6 | null {
  if (/^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(text)) return 4
  if (!/^[0-9a-f:]+$/i.test(text) || !text.includes(':')) return null
  const halves = text.split('::')
  if (halves.length > 2) return null
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  if (groups.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) return null
  return halves.length === 2 ? (groups.length <= 7 ? 6 : null) : groups.length === 8 ? 6 : null
}

export interface Cidr {
  readonly address: string
  readonly prefix: number
}

/** `192.168.100.1/24`; null: it is none. */
export function cidrOf(text: string): Cidr | null {
  const [address = '', prefixText = '', ...rest] = text.trim().split('/')
  const family = familyOf(address)
  const prefix = Number(prefixText)
  if (family === null || rest.length > 0 || !/^\d{1,3}$/.test(prefixText) || prefix < 1 || prefix > (family === 4 ? 32 : 128)) return null
  return { address, prefix }
}

/** The one of `taken` that a subnet overlaps. */
export function overlapping(subnet: Cidr, taken: readonly string[]): string | null {
  const own = subnetOf(`${subnet.address}/${subnet.prefix}`)
  return (
    taken.find((each) => {
      const cidr = cidrOf(each)
      if (!cidr) return false
      const other = subnetOf(`${cidr.address}/${cidr.prefix}`)
      return own.isV6 === other.isV6 && own.first <= other.last && other.first <= own.last
    }) ?? null
  )
}

/** The first private subnet of 254 machines that nothing on the host overlaps: 192.168.100.0/24 and on, then 10.100.0.0/24 and on. */
export function freeSubnet(taken: readonly string[]): Cidr | null {
  for (let third = 100; third < 255; third += 1) {
    const candidate = { address: `192.168.${third}.1`, prefix: 24 }
    if (overlapping(candidate, taken) === null) return candidate
  }
  for (let second = 100; second < 255; second += 1) {
    const candidate = { address: `10.${second}.0.1`, prefix: 24 }
    if (overlapping(candidate, taken) === null) return candidate
  }
  return null
}

/** The upper half of a subnet, without its ends: the lower one is left for addresses that are given by hand. */
export function usualRange({ address, prefix }: Cidr): { readonly start: string; readonly end: string } | null {
  const { first, last, isV6 } = subnetOf(`${address}/${prefix}`)
  if (last - first < 7n) return null
  const middle = first + (last - first + 1n) / 2n
  const end = isV6 ? middle + 0xffn : last - 1n
  return { start: addressText(middle, isV6), end: addressText(end < last ? end : last, isV6) }
}

export const ADDRESS_PROBLEMS = ['not-an-address', 'outside', 'reserved', 'gateway'] as const
export type AddressProblem = (typeof ADDRESS_PROBLEMS)[number]

/** Why a machine of that subnet cannot have the address; null: it can. */
export function addressProblem(address: string, subnet: Cidr): AddressProblem | null {
  if (familyOf(address) === null) return 'not-an-address'
  const own = subnetOf(`${subnet.address}/${subnet.prefix}`)
  if (own.isV6 !== address.includes(':')) return 'outside'
  return unusable(addressNumber(address), own, own.address)
}

/** The subnet's own address, or its broadcast: the host needs one as machines have them. */
export function isReserved({ address, prefix }: Cidr): boolean {
  const own = subnetOf(`${address}/${prefix}`)
  return unusable(own.address, own, null) !== null
}

/** How many addresses lie between them, both included; at most what a number can say exactly. */
export function rangeSize(start: string, end: string): number {
  if (familyOf(start) === null || familyOf(start) !== familyOf(end)) return 0
  const size = addressNumber(end) - addressNumber(start) + 1n
  return size < 0n ? 0 : Number(size > BigInt(Number.MAX_SAFE_INTEGER) ? BigInt(Number.MAX_SAFE_INTEGER) : size)
}

/** The network's own address: 192.168.100.0/24. */
export function networkAddress({ address, prefix }: Cidr): string {
  const { first, isV6 } = subnetOf(`${address}/${prefix}`)
  return `${addressText(first, isV6)}/${prefix}`
}
