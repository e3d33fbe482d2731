import type { BuildInput } from '../../../shared/contract/build.ts'
import { addressNumber, addressText, type Subnet, subnetOf, unusable } from '../../../shared/model/addresses.ts'
import type { BuildFinding } from '../../../shared/model/index.ts'
import { blocks, warns } from './finding.ts'

const FIELD = 'cloudInit.network.address'
/** How far a free range is looked for. */
const MOST_TRIED = 4_096

/** What is wrong with the addresses that are given out. `known`: address → the machine that has it. */
export function addressFindings(
  { cloudInit, count }: Pick<BuildInput, 'cloudInit' | 'count'>,
  cards: number,
  known: ReadonlyMap<string, string>,
): BuildFinding[] {
  const network = cloudInit?.network
  if (!network) return []
  if (cards === 0) {
    const text = 'The first start is to set up a network, but the machine has no card.'
    return [blocks({ code: 'build.no-card', field: 'spec.nics', text })]
  }
  if (network.kind === 'dhcp') return []
  const subnet = subnetOf(network.address)
  if (network.gateway !== undefined && network.gateway.includes(':') !== subnet.isV6) {
    const text = `The gateway ${network.gateway} is not of the addresses’ family.`
    return [blocks({ code: 'build.gateway-family', field: 'cloudInit.network.gateway', text, params: { gateway: network.gateway } })]
  }
  const gateway = network.gateway === undefined ? null : addressNumber(network.gateway)
  const range = new Range(subnet, gateway, count, takenIn(subnet, known))
  return [...range.findings(), ...gatewayFinding(subnet, gateway)]
}

/** The addresses of one family that are known, as numbers. */
function takenIn(subnet: Subnet, known: ReadonlyMap<string, string>): ReadonlyMap<bigint, string> {
  const taken = new Map<bigint, string>()
  for (const [text, machine] of known) {
    // with a zone or a prefix it is none to count with
    if (text.includes(':') === subnet.isV6 && !/[%/]/.test(text)) taken.set(addressNumber(text), machine)
  }
  return taken
}

class Range {
  readonly #subnet: Subnet
  readonly #gateway: bigint | null
  readonly #count: number
  readonly #taken: ReadonlyMap<bigint, string>

  constructor(subnet: Subnet, gateway: bigint | null, count: number, taken: ReadonlyMap<bigint, string>) {
    this.#subnet = subnet
    this.#gateway = gateway
    this.#count = count
    this.#taken = taken
  }

  findings(): BuildFinding[] {
    const subnet = this.#subnet
    const addresses = this.#from(subnet.address)
    const why = addresses.map((address) => unusable(address, subnet, this.#gateway))
    if (why.includes('outside')) {
      const fits = why.indexOf('outside')
      const params = { count: this.#count, fits, prefix: subnet.prefix }
      const text = `From there on the prefix /${subnet.prefix} has ${fits} addresses, not ${this.#count}.`
      return [blocks({ code: 'build.addresses-run-out', field: FIELD, text, params, mend: this.#mend() })]
    }
    const bad = why.findIndex((reason) => reason !== null)
    if (bad !== -1) {
      const address = addressText(addresses[bad] ?? 0n, subnet.isV6)
      const isGateway = why[bad] === 'gateway'
      const text = isGateway
        ? `${address} is the gateway, and one of the machines would get it.`
        : `${address} is not for a machine: it stands for the subnet or its broadcast.`
      const code = isGateway ? 'build.address-is-gateway' : 'build.address-reserved'
      return [blocks({ code, field: FIELD, text, params: { address }, mend: this.#mend() })]
    }
    const clash = addresses.find((address) => this.#taken.has(address))
    if (clash === undefined) return []
    const params = { address: addressText(clash, subnet.isV6), machine: this.#taken.get(clash) ?? '' }
    const text = `${params.machine} has the address ${params.address}.`
    return [warns({ code: 'build.address-taken', field: FIELD, text, params, mend: this.#mend() })]
  }

  #from(start: bigint): bigint[] {
    return Array.from({ length: this.#count }, (_, index) => start + BigInt(index))
  }

  /** The next range in which every machine gets an address that is free. */
  #mend(): BuildFinding['mend'] {
    const subnet = this.#subnet
    const isFree = (address: bigint) => unusable(address, subnet, this.#gateway) === null && !this.#taken.has(address)
    const size = subnet.last - subnet.first + 1n
    const tries = size < MOST_TRIED ? Number(size) : MOST_TRIED
    for (let n = 1; n < tries; n += 1) {
      const start = subnet.first + ((subnet.address - subnet.first + BigInt(n)) % size)
      if (!this.#from(start).every(isFree)) continue
      return { code: 'build.next-address', field: FIELD, value: `${addressText(start, subnet.isV6)}/${subnet.prefix}` }
    }
    return null
  }
}

function gatewayFinding(subnet: Subnet, gateway: bigint | null): BuildFinding[] {
  // a router of IPv6 is often known by its link-local address
  if (gateway === null || (gateway >= subnet.first && gateway <= subnet.last) || (subnet.isV6 && gateway >> 118n === 0x3fan)) return []
  const params = { gateway: addressText(gateway, subnet.isV6), prefix: subnet.prefix }
  const text = `The gateway ${params.gateway} lies outside the machines’ own subnet, so they will not find it.`
  return [warns({ code: 'build.gateway-outside', field: 'cloudInit.network.gateway', text, params })]
}
