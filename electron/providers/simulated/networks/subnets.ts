import { addressNumber, type NetworkSpec, type Subnet, subnetOf, unusable } from '../../../../shared/model/index.ts'
import * as problems from './problems.ts'

type SpecSubnet = NetworkSpec['subnets'][number]

/** A subnet that is in use on the host, and by what. */
export interface TakenSubnet {
  readonly cidr: string
  readonly by: string
}

function overlaps(a: Subnet, b: Subnet): boolean {
  return a.isV6 === b.isV6 && a.first <= b.last && b.first <= a.last
}

function cidrOf({ address, prefix }: Pick<SpecSubnet, 'address' | 'prefix'>): string {
  return `${address}/${prefix}`
}

export function contains(subnet: Pick<SpecSubnet, 'address' | 'prefix'>, address: string): boolean {
  const { isV6, first, last } = subnetOf(cidrOf(subnet))
  if (isV6 !== address.includes(':')) return false
  const value = addressNumber(address)
  return value >= first && value <= last
}

/** Throws `conflict` network.subnet-taken. */
export function needFree(subnets: readonly SpecSubnet[], taken: readonly TakenSubnet[]): void {
  for (const each of subnets) {
    const cidr = cidrOf(each)
    const other = taken.find((one) => overlaps(subnetOf(one.cidr), subnetOf(cidr)))
    if (other) throw problems.subnetTaken(cidr, other.by, other.cidr)
  }
}

/** Throws `invalid-input` network.outside-subnet, network.range-backwards. */
export function needSound(each: SpecSubnet): void {
  const cidr = cidrOf(each)
  const subnet = subnetOf(cidr)
  if (each.prefix > (subnet.isV6 ? 128 : 32) || unusable(subnet.address, subnet, null) !== null)
    throw problems.outsideSubnet(each.address, cidr)
  if (each.dhcp) needSoundRange(each, each.dhcp)
}

export function needSoundRange(each: SpecSubnet, { start, end }: NonNullable<SpecSubnet['dhcp']>): void {
  const cidr = cidrOf(each)
  const subnet = subnetOf(cidr)
  for (const address of [start, end]) {
    if (!contains(each, address) || unusable(addressNumber(address), subnet, null) !== null) throw problems.outsideSubnet(address, cidr)
  }
  if (addressNumber(start) > addressNumber(end)) throw problems.rangeBackwards(start, end)
}

/** Throws `invalid-input` network.no-such-subnet, network.outside-subnet. */
export function needPlaceIn(subnets: readonly SpecSubnet[], address: string): void {
  const own = subnets.find((each) => contains(each, address))
  if (!own) throw problems.noSuchSubnet(address)
  const subnet = subnetOf(cidrOf(own))
  if (unusable(addressNumber(address), subnet, subnet.address) !== null) throw problems.outsideSubnet(address, cidrOf(own))
}
