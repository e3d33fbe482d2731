/** Addresses as numbers, to count with. Texts come from schemas that take whole, valid addresses only. */

export interface Subnet {
  readonly isV6: boolean
  readonly address: bigint
  readonly prefix: number
  readonly first: bigint
  readonly last: bigint
}

/** `192.0.2.10/24`, `2001:db8::10/64`. */
export function subnetOf(cidr: string): Subnet {
  const [text = '', prefixText = ''] = cidr.split('/')
  const isV6 = text.includes(':')
  const bits = isV6 ? 128 : 32
  const prefix = Number(prefixText)
  const address = addressNumber(text)
  const size = 1n << BigInt(bits - prefix)
  const first = address - (address % size)
  return { isV6, address, prefix, first, last: first + size - 1n }
}

export function addressNumber(text: string): bigint {
  return text.includes(':') ? v6Number(text) : v4Number(text)
}

function v4Number(text: string): bigint {
  return text.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n)
}

function v6Number(text: string): bigint {
  // the last two groups may be written as an IPv4 address [RFC 4291 2.2]
  const dotted = /(\d+(?:\.\d+){3})$/.exec(text)?.[1]
  const low = dotted === undefined ? 0n : v4Number(dotted)
  const plain = dotted === undefined ? text : `${text.slice(0, -dotted.length)}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`
  const [head = '', tail] = plain.split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - front.length - back.length }, () => '0')
  return [...front, ...zeros, ...back].reduce((sum, group) => (sum << 16n) + BigInt(`0x${group}`), 0n)
}

/** As people write it; IPv6 shortened as RFC 5952 has it. */
export function addressText(value: bigint, isV6: boolean): string {
  if (!isV6) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.')
  const groups = Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16))
  const run = longestZeros(groups)
  if (run.length < 2) return groups.join(':')
  return `${groups.slice(0, run.at).join(':')}::${groups.slice(run.at + run.length).join(':')}`
}

function longestZeros(groups: readonly string[]): { at: number; length: number } {
  let best = { at: 0, length: 0 }
  for (let at = 0; at < groups.length; at += 1) {
    let length = 0
    while (groups[at + length] === '0') length += 1
    if (length > best.length) best = { at, length }
  }
  return best
}

/** Whether an address can be in both. */
export function overlaps(a: Subnet, b: Subnet): boolean {
  return a.isV6 === b.isV6 && a.first <= b.last && b.first <= a.last
}

/** Why a machine cannot have this address in its subnet; null: it can. */
export function unusable(address: bigint, subnet: Subnet, gateway: bigint | null): 'outside' | 'reserved' | 'gateway' | null {
  if (address < subnet.first || address > subnet.last) return 'outside'
  if (address === gateway) return 'gateway'
  // of two or one addresses all are for hosts [RFC 3021]; IPv6 has no broadcast, and the first is the routers' [RFC 4291 2.6.1]
  const size = subnet.last - subnet.first + 1n
  if (size > 2n && (address === subnet.first || (!subnet.isV6 && address === subnet.last))) return 'reserved'
  return null
}
