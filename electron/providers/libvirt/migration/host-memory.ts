import { at, attributeOf, childrenOf, parseXml, type XmlElement } from '../../../xml/index.ts'
import type { MigrationContext } from './migration-context.ts'

/** Sizes of pages that a host's processor and kernel can give, in KiB, the smallest first: that one is no huge page. */
export function pageSizesOf(capabilities: XmlElement): readonly number[] {
  const pages = childrenOf(at(capabilities, 'host', 'cpu'), 'pages').map((page) => Number(attributeOf(page, 'size')))
  return pages.filter((size) => size > 0).toSorted((one, other) => one - other)
}

/** What a definition asks for. Without a size it is the host's own, which is the smallest huge one. */
export function hugePagesOf(domain: XmlElement, capabilities: XmlElement): readonly number[] {
  const wanted = at(domain, 'memoryBacking', 'hugepages')
  if (!wanted) return []
  const named = childrenOf(wanted, 'page').flatMap(({ attributes: { size, unit } }) => (size ? [inKiB(Number(size), unit ?? 'KiB')] : []))
  return named.length > 0 ? [...new Set(named)] : pageSizesOf(capabilities).slice(1, 2)
}

const UNITS: Readonly<Record<string, number>> = { b: 1 / 1_024, kib: 1, k: 1, mib: 1_024, m: 1_024, gib: 1_048_576, g: 1_048_576 }

function inKiB(size: number, unit: string): number {
  return size * (UNITS[unit.toLowerCase()] ?? 1)
}

/** Free pages by size in KiB, over all nodes of the host. A size that it does not have is free nought times. */
export async function freePages({ host, work }: MigrationContext, sizes: readonly number[]): Promise<ReadonlyMap<number, number>> {
  if (sizes.length === 0) return new Map()
  const bounds = { signal: work.signal }
  const { capabilities } = await host.call('connectGetCapabilities', {}, bounds)
  const root = parseXml(capabilities)
  const nodes = Math.max(1, childrenOf(at(root, 'host', 'topology', 'cells'), 'cell').length)
  const known = sizes.filter((size) => pageSizesOf(root).includes(size))
  const none = sizes.map((size) => [size, 0] as const)
  if (known.length === 0) return new Map(none)
  const { counts } = await host.call('nodeGetFreePages', { pages: known, startCell: 0, cellCount: nodes, flags: 0 }, bounds)
  // of each node all sizes, one node after another
  const sum = (index: number) => counts.reduce((total, count, place) => (place % known.length === index ? total + Number(count) : total), 0)
  return new Map([...none, ...known.map((size, index) => [size, sum(index)] as const)])
}
