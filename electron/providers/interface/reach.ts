import type { EndFacts } from './migration.ts'

/**
 * By what one host reaches another: the first of its addresses. One that both call their own, such as that of the bridge of a default network,
 * leads back to the host that asks.
 */
export function reachedAt({ addresses, hostName }: Pick<EndFacts, 'addresses' | 'hostName'>, from: Pick<EndFacts, 'addresses'>): string {
  return addresses.find((address) => !from.addresses.includes(address)) ?? addresses[0] ?? hostName
}
