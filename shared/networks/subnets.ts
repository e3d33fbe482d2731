import { addressNumber, type NetworkSpec, overlaps, type Subnet, subnetOf, unusable } from '../model/index.ts'
import { noSuchSubnet, oneDhcp, outsideSubnet, rangeBackwards, subnetTaken } from './problems.ts'

type SpecSubnet = NetworkSpec['subnets'][number]

/** A subnet that is in use on the host, and by what. */
export interface TakenSubnet {
  readonly cidr: string
  readonly by: string
}

export function cidrOf({ address, prefix }: Pick<SpecSubnet, 'address' | 'prefix'>): string {
  return `${address}/${prefix}`
}

export function contains(each: Pick<SpecSubnet, 'address' | 'prefix'>, address: string): boolean {
  const { isV6, first, last } = subnetOf(cidrOf(each))
  if (isV6 !== address.includes(':')) return false
  const value = addressNumber(address)
  return value >= first && value <= last
}

/** Throws `conflict` network.subnet-taken: libvirt itself only refuses what is exactly the same as a route of the host. */
export function needFreeSubnets(subnets: readonly SpecSubnet[], taken: readonly TakenSubnet[], name: string): void {
  const known = taken.map(({ cidr, by }) => ({ cidr, by, subnet: subnetOf(cidr) }))
  for (const each of subnets) {
    const cidr = cidrOf(each)
    const subnet = subnetOf(cidr)
    const other = known.find((one) => overlaps(one.subnet, subnet))
    if (other) throw subnetTaken(cidr, other.by, other.cidr)
    known.push({ cidr, by: name, subnet })
  }
}

/** Throws `invalid-input` network.outside-subnet, network.range-backwards. */
export function needSoundSubnet(each: SpecSubnet): void {
  const cidr = cidrOf(each)
  if (each.prefix > (each.address.includes(':') ? 128 : 32)) throw outsideSubnet(each.address, cidr)
  const subnet = subnetOf(cidr)
  if (unusable(subnet.address, subnet, null) !== null) throw outsideSubnet(each.address, cidr)
  if (each.dhcp) needSoundRange(each, each.dhcp)
}

export function needSoundRange(each: Pick<SpecSubnet, 'address' | 'prefix'>, { start, end }: NonNullable<SpecSubnet['dhcp']>): void {
  const cidr = cidrOf(each)
  const subnet = subnetOf(cidr)
  for (const address of [start, end]) needUsable(address, subnet, cidr)
  if (addressNumber(start) > addressNumber(end)) throw rangeBackwards(start, end)
}

function needUsable(address: string, subnet: Subnet, cidr: string): void {
  if (address.includes(':') !== subnet.isV6 || unusable(addressNumber(address), subnet, null) !== null) throw outsideSubnet(address, cidr)
}

/**
 * libvirt has one name server a network, which gives out addresses in one subnet of each family. `withDhcp` tells which subnets have ranges
 * or hosts. Throws `invalid-input` network.one-dhcp.
 */
export function needOneDhcp(subnets: readonly SpecSubnet[], withDhcp: (subnet: SpecSubnet) => boolean): void {
  for (const isV6 of [false, true]) {
    const [first, second] = subnets.filter((each) => each.address.includes(':') === isV6 && withDhcp(each))
    if (first && second) throw oneDhcp(cidrOf(second), cidrOf(first))
  }
}

/** Which subnet of the network an address of a machine belongs to, by its place. Throws `invalid-input` network.no-such-subnet, network.outside-subnet. */
export function subnetIndexFor(address: string, subnets: readonly SpecSubnet[]): number {
  const value = addressNumber(address)
  const index = subnets.findIndex((each) => contains(each, address))
  const found = subnets[index]
  if (!found) throw noSuchSubnet(address)
  const subnet = subnetOf(cidrOf(found))
  if (unusable(value, subnet, subnet.address) !== null) throw outsideSubnet(address, cidrOf(found))
  return index
}
