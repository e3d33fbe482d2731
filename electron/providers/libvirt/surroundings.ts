import type { CallOptions, LibvirtHost, NetworkRef, StoragePoolRef } from '../../libvirt/index.ts'
import { at, attributeOf, childrenOf, parseXml, textOf, type XmlElement } from '../../xml/index.ts'
import type { NetworkFacts, PoolFacts } from '../provider.ts'
import type { WatchedNetwork } from './networks/network-context.ts'
import { sharedSourceOf } from './storage/shared-pools.ts'

/** Networks and pools of a host. There are few of them, so each look reads them all. */

const PER_READ_LIMIT = 16_384

export async function readNetworks(host: LibvirtHost, hostRef: string, options: CallOptions): Promise<Map<string, WatchedNetwork>> {
  const { nets } = await host.call('connectListAllNetworks', { needResults: 1, flags: 0 }, options)
  const read = await Promise.all(nets.map((net) => readNetwork(host, net, hostRef, options).catch(() => null)))
  return new Map(nets.flatMap((net, index) => (read[index] ? [[net.uuid, read[index]]] : [])))
}

async function readNetwork(host: LibvirtHost, net: NetworkRef, hostRef: string, options: CallOptions): Promise<WatchedNetwork> {
  const [{ xml }, { active }, { persistent }, autostart] = await Promise.all([
    host.call('networkGetXmlDesc', { net, flags: 0 }, options),
    host.call('networkIsActive', { net }, options),
    host.call('networkIsPersistent', { net }, options),
    host.call('networkGetAutostart', { net }, options).catch(() => null),
  ])
  const definition = parseXml(xml)
  const facts: NetworkFacts = {
    hostRef,
    name: net.name,
    active: active !== 0,
    autostart: autostart === null ? null : autostart.autostart !== 0,
    persistent: persistent !== 0,
    ...networkFactsOf(definition),
  }
  return { facts, definition }
}

/** What a network's definition says of where it leads. */
export function networkFactsOf(network: XmlElement): Pick<NetworkFacts, 'bridge'> & { readonly forward: string; readonly cidrs: string[] } {
  const forward = at(network, 'forward')
  return {
    forward: forward ? (attributeOf(forward, 'mode') ?? 'nat') : 'isolated',
    bridge: attributeOf(at(network, 'bridge'), 'name') ?? attributeOf(forward, 'dev'),
    cidrs: childrenOf(network, 'ip')
      .map(cidrOf)
      .filter((cidr) => cidr !== null),
  }
}

function cidrOf(ip: XmlElement): string | null {
  const { address, prefix, netmask, family } = ip.attributes
  if (address === undefined) return null
  if (prefix !== undefined) return `${address}/${prefix}`
  if (netmask === undefined) return `${address}/${family === 'ipv6' ? 64 : 24}`
  const bits = netmask.split('.').reduce((sum, part) => sum + Number(part).toString(2).replaceAll('0', '').length, 0)
  return `${address}/${bits}`
}

/** Hardware address → addresses leased to it, over all active networks. */
export async function readLeases(
  host: LibvirtHost,
  nets: readonly NetworkRef[],
  options: CallOptions,
): Promise<Map<string, readonly string[]>> {
  const byMac = new Map<string, string[]>()
  const read = nets.map(
    async (net) => (await host.call('networkGetDhcpLeases', { net, mac: null, needResults: 1, flags: 0 }, options)).leases,
  )
  for (const result of await Promise.allSettled(read)) {
    if (result.status === 'rejected') continue
    for (const { mac, ipaddr } of result.value) {
      if (mac === null || mac === undefined) continue
      const known = byMac.get(mac.toLowerCase())
      if (known) known.push(ipaddr)
      else byMac.set(mac.toLowerCase(), [ipaddr])
    }
  }
  return byMac
}

export async function readPools(host: LibvirtHost, hostRef: string, options: CallOptions): Promise<Map<string, PoolFacts>> {
  const { pools } = await host.call('connectListAllStoragePools', { needResults: 1, flags: 0 }, options)
  const some = pools.slice(0, PER_READ_LIMIT)
  const read = await Promise.all(some.map((pool) => readPool(host, pool, hostRef, options).catch(() => null)))
  return new Map(some.flatMap((pool, index) => (read[index] ? [[pool.uuid, read[index]]] : [])))
}

const POOL_STATES = { inactive: 0, building: 1, running: 2, degraded: 3, inaccessible: 4 } as const

async function readPool(host: LibvirtHost, pool: StoragePoolRef, hostRef: string, options: CallOptions): Promise<PoolFacts> {
  const [{ xml }, info, { persistent }, autostart] = await Promise.all([
    host.call('storagePoolGetXmlDesc', { pool, flags: 0 }, options),
    host.call('storagePoolGetInfo', { pool }, options),
    host.call('storagePoolIsPersistent', { pool }, options),
    host.call('storagePoolGetAutostart', { pool }, options).catch(() => null),
  ])
  const element = parseXml(xml)
  const active = info.state !== POOL_STATES.inactive
  const bytes = (value: bigint) => (active ? Number(value) : null)
  return {
    hostRef,
    name: pool.name,
    type: attributeOf(element, 'type') ?? 'unknown',
    active,
    autostart: autostart === null ? null : autostart.autostart !== 0,
    persistent: persistent !== 0,
    capacityBytes: bytes(info.capacity),
    allocationBytes: bytes(info.allocation),
    availableBytes: bytes(info.available),
    target: textOf(element, 'target', 'path'),
    shared: sharedSourceOf(element),
  }
}
