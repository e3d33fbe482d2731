import { Inventory } from '../../electron/engine/inventory/inventory.ts'
import { systemClock } from '../../electron/engine/system-clock.ts'
import type { Clock, ProviderChange, ProviderSink } from '../../electron/providers/provider.ts'
import { providers } from '../../electron/providers/registry.ts'
import type { ConnectionId } from '../../shared/model/index.ts'

/**
 * One account of one cloud in a process of its own, so that its time and memory can be told: started with `--expose-gc`, told by a message
 * what to connect to, answers with what it took.
 */
export interface ProbeRequest {
  readonly providerId: string
  readonly config: Readonly<Record<string, unknown>>
  readonly secrets: Readonly<Record<string, string>>
  readonly dataDirectory: string
}

export interface ProbeAnswer {
  readonly machines: number
  /** From nothing loaded to everything in the inventory. */
  readonly firstMs: number
  /** The same again, with the library loaded: connecting and reading all of it. */
  readonly againMs: number
  /** Processor time of one look in which nothing had changed, of the kind that comes every half minute. */
  readonly lookCpuMs: number
  /** The same of a whole list, which comes every few minutes where the cloud can tell what changed. */
  readonly wholeCpuMs: number
  /** Kept memory after everything was read, less that of the inventory alone. */
  readonly memoryMb: number
}

/** Timers pass so many times as fast: nobody waits half a minute for a look. */
const HASTE = 30
const LOOKS = 5
const silent = () => undefined
const MB = 1_048_576

function hurried(): Clock {
  return { nowMs: () => systemClock.nowMs(), random: () => 0.5, after: (ms, run) => systemClock.after(ms / HASTE, run) }
}

function keptBytes(): number {
  for (let round = 0; round < 3; round += 1) globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** An inventory as the engine keeps one, and a count of the looks that were confirmed. */
function sinkInto(inventory: Inventory, told?: ProviderChange[]): ProviderSink & { looks: number } {
  return {
    looks: 0,
    changes(batch) {
      told?.push(...batch)
      inventory.applyChanges('c1' as ConnectionId, batch, { state: 'live' })
    },
    metrics: silent,
    event: silent,
    confirmed(hostRef, atMs) {
      this.looks += 1
      inventory.confirmHost('c1' as ConnectionId, hostRef, atMs)
    },
    unseen: (hostRef, _sinceMs, why) => {
      throw new Error(`${hostRef}: ${why.message}`)
    },
  }
}

async function probe({ providerId, config, secrets, dataDirectory }: ProbeRequest): Promise<ProbeAnswer> {
  const provider = providers.find(({ id }) => id === providerId)
  if (!provider) throw new Error(`no provider ${providerId}`)
  const parsed = provider.configSchema.parse(config)
  const ports = (clock: Clock) => ({
    clock,
    log: { debug: silent, info: silent, warn: silent, error: silent },
    dataDirectory,
    homeDirectory: dataDirectory,
  })
  const open = async (clock: Clock, sink: ProviderSink) => {
    const startedMs = performance.now()
    const link = await provider.connect(parsed, secrets, ports(clock), {})
    await link.watch(sink, {})
    return { link, tookMs: performance.now() - startedMs }
  }
  const beforeBytes = keptBytes()
  const inventory = new Inventory(systemClock)
  const first = await open(systemClock, sinkInto(inventory))
  const withLinkBytes = keptBytes()
  const machines = inventory.count('machine')
  const wholeCpuMs = await cpuOf(LOOKS, () => first.link.refresh({}))
  await first.link.close()
  const told: ProviderChange[] = []
  const again = await open(systemClock, sinkInto(new Inventory(systemClock), told))
  await again.link.close()
  const aloneBytes = inventoryBytes(told)
  const lookCpuMs = await looksOf(open)
  return {
    machines,
    firstMs: first.tookMs,
    againMs: again.tookMs,
    lookCpuMs,
    wholeCpuMs,
    memoryMb: (withLinkBytes - beforeBytes - aloneBytes) / MB,
  }
}

/** Processor time of one run, on average. */
async function cpuOf(times: number, run: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  for (let round = 0; round < times; round += 1) await run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000 / times
}

/** What an inventory takes that was told the same: as text, so that no string of the answers is shared with it. */
function inventoryBytes(told: readonly ProviderChange[]): number {
  const text = JSON.stringify(told)
  const before = keptBytes()
  const inventory = new Inventory(systemClock)
  inventory.applyChanges('c1' as ConnectionId, JSON.parse(text) as ProviderChange[], { state: 'live' })
  const bytes = keptBytes() - before
  if (inventory.count('machine') === 0) throw new Error('the inventory is empty')
  return bytes
}

/** Processor time of one look at all places, each of which comes by itself. */
async function looksOf(open: (clock: Clock, sink: ProviderSink) => Promise<{ link: { close(): Promise<void> } }>): Promise<number> {
  const sink = sinkInto(new Inventory(systemClock))
  const { link } = await open(hurried(), sink)
  const places = sink.looks
  const before = process.cpuUsage()
  const wanted = sink.looks + places * LOOKS
  while (sink.looks < wanted) await new Promise((resolve) => setTimeout(resolve, 20))
  const { user, system } = process.cpuUsage(before)
  await link.close()
  return (user + system) / 1_000 / LOOKS
}

// The engine's timers keep no process alive.
setInterval(silent, 60_000)
process.once('message', (message) => {
  void probe(message as ProbeRequest).then(
    (answer) => process.send?.({ answer }, () => process.exit(0)),
    (error: unknown) =>
      process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, () => process.exit(1)),
  )
})
