import { type SimulatedConfig, simulatedConfigSchema } from './config.ts'
import { SITES } from './data/sites.ts'

/** A site with fewer machines has no template for them. */
const MACHINES_A_TEMPLATE = 100

/** Whole numbers that add up to `total`, as near to the shares as can be (largest remainder). */
function divide(total: number, shares: readonly number[]): number[] {
  const sum = shares.reduce((a, b) => a + b, 0)
  const exact = shares.map((each) => (total * each) / sum)
  const parts = exact.map(Math.floor)
  const byRemainder = exact.map((value, index) => ({ index, rest: value - Math.floor(value) })).sort((a, b) => b.rest - a.rest)
  let left = total - parts.reduce((a, b) => a + b, 0)
  for (const { index } of byRemainder) {
    if (left-- <= 0) break
    parts[index] = (parts[index] ?? 0) + 1
  }
  return parts
}

/** The demo's sites, which together have exactly so many hosts and machines. Fewer hosts than sites: fewer sites. */
export function demoConnections(
  hosts: number,
  machines: number,
  seed: number,
): ReadonlyArray<{ readonly name: string; readonly config: SimulatedConfig }> {
  const sites = SITES.slice(0, Math.max(1, Math.min(SITES.length, hosts)))
  const hostParts = divide(
    hosts,
    sites.map((site) => site.hostShare),
  )
  const used = sites.filter((_, index) => (hostParts[index] ?? 0) > 0)
  const hostCounts = hostParts.filter((count) => count > 0)
  const machineCounts = divide(
    machines,
    used.map((site) => site.machineShare),
  )
  return used.map((site, index) => {
    const count = machineCounts[index] ?? 0
    const config = simulatedConfigSchema.parse({
      site: site.name,
      hosts: hostCounts[index] ?? 1,
      machines: count,
      seed,
      latencyMs: site.edge ? 28 : 4,
      jitterMs: site.edge ? 20 : 2,
      failureRate: 0.01,
      stubbornShare: 0.03,
      changesPerMinute: Math.min(12, 1 + count / 500),
      templates: site.edge ? 0 : Math.min(3, Math.floor(count / MACHINES_A_TEMPLATE)),
    })
    return { name: site.name, config }
  })
}
