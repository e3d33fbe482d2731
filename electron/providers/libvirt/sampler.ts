import { constants, type DomainRef, getAllDomainStats, type LibvirtHost } from '../../libvirt/index.ts'
import type { Clock, HostFacts, Interest, Logger, ProviderSink } from '../provider.ts'
import {
  type CpuTimes,
  countCpuFigures,
  countMemoryFigures,
  cpuPercentBetween,
  type HostMemory,
  readCpuTimes,
  readMemory,
} from './host-facts.ts'
import type { MachineTable } from './machine-table.ts'
import { toProblem } from './problems.ts'
import { type Counters, countersOf, memoryUsedKiB, metricsBetween } from './rates.ts'
import { isActive } from './states.ts'

const GROUPS = ['cpu', 'balloon', 'interface', 'block'] as const
const FOCUSED_MS = 500
const VISIBLE_MS = 1_000
/** Everything that runs, by one call. The second one soon after the first, so that rates are there. */
const REST_SOON_MS = 2_000
const REST_MS = 15_000
const REST_LONGEST_MS = 60_000
const HOST_WATCHED_MS = 3_000
const HOST_MS = 30_000
/** A reading may take at most this share of its interval; a slower host is asked less often. */
const BUSY_SHARE = 0.2
const TIMEOUT_MS = 20_000

type Lane = 'focused' | 'visible' | 'rest' | 'host'

export interface SamplerPorts {
  readonly host: LibvirtHost
  readonly clock: Clock
  readonly log: Logger
  readonly table: MachineTable
  readonly sink: ProviderSink
  readonly onHost: (load: Partial<HostFacts>) => void
  /** The host has answered. */
  readonly onAnswer: () => void
}

/** Samples figures of machines and host. Each lane has at most one call under way. */
export class Sampler {
  readonly #ports: SamplerPorts
  readonly #counters = new Map<string, Counters>()
  readonly #timers = new Map<Lane, () => void>()
  #interest: Interest = { visibleRefs: new Set(), focusedRef: null }
  #restReads = 0
  #cpuFigures: number | undefined
  #memoryFigures: number | undefined
  #cpuTimes: CpuTimes | null = null
  #sent: { cpuPercent: number | null; memory: HostMemory | null } = { cpuPercent: null, memory: null }
  #running = false

  constructor(ports: SamplerPorts) {
    this.#ports = ports
  }

  start(): void {
    if (this.#running) return
    this.#running = true
    this.#plan('rest', 0)
    this.#plan('host', 0)
    this.setInterest(this.#interest)
  }

  stop(): void {
    this.#running = false
    for (const cancel of this.#timers.values()) cancel()
    this.#timers.clear()
  }

  setInterest(interest: Interest): void {
    const { visibleRefs, focusedRef } = interest
    const watchedBefore = this.#isWatched
    this.#interest = interest
    if (!this.#running) return
    if (focusedRef !== null && !this.#timers.has('focused')) this.#plan('focused', 0)
    if (visibleRefs.size > 0 && !this.#timers.has('visible')) this.#plan('visible', 0)
    if (this.#isWatched && !watchedBefore) this.#plan('host', 0)
  }

  get #isWatched(): boolean {
    return this.#interest.visibleRefs.size > 0 || this.#interest.focusedRef !== null
  }

  #plan(lane: Lane, delayMs: number): void {
    if (!this.#running) return
    this.#timers.get(lane)?.()
    // The entry stays while the lane is at work, so that a change of interest does not start it twice.
    this.#timers.set(
      lane,
      this.#ports.clock.after(delayMs, () => void this.#run(lane)),
    )
  }

  async #run(lane: Lane): Promise<void> {
    const { clock, log, onAnswer } = this.#ports
    const startedMs = clock.nowMs()
    let wantedMs: number | null = null
    try {
      wantedMs = lane === 'host' ? await this.#sampleHost() : await this.#sampleLane(lane)
      if (this.#running && lane === 'host') onAnswer()
    } catch (error) {
      log.debug('not sampled', { lane, code: toProblem(error).code })
      wantedMs = REST_MS
    }
    if (!this.#running) return
    this.#timers.delete(lane)
    if (wantedMs === null) return
    const tookMs = clock.nowMs() - startedMs
    this.#plan(lane, Math.max(wantedMs - tookMs, Math.min(REST_LONGEST_MS, tookMs / BUSY_SHARE), 0))
  }

  /** Answers when this lane wants its turn again; null: it has nothing to do any more. */
  async #sampleLane(lane: 'focused' | 'visible' | 'rest'): Promise<number | null> {
    const { visibleRefs, focusedRef } = this.#interest
    switch (lane) {
      case 'focused':
        if (focusedRef === null) return null
        await this.#sample(this.#activeOf([focusedRef]))
        return FOCUSED_MS
      case 'visible':
        if (visibleRefs.size === 0) return null
        await this.#sample(this.#activeOf([...visibleRefs].filter((ref) => ref !== focusedRef)))
        return VISIBLE_MS
      default: {
        const rest = this.#ports.table.active().map(({ dom }) => dom)
        await this.#sample(rest.filter(({ uuid }) => uuid !== focusedRef && !visibleRefs.has(uuid)))
        this.#forget()
        return ++this.#restReads === 1 ? REST_SOON_MS : REST_MS
      }
    }
  }

  #activeOf(refs: readonly string[]): readonly DomainRef[] {
    const { table } = this.#ports
    return refs.flatMap((ref) => {
      const record = table.get(ref)
      return record && isActive(record.native) ? [record.dom] : []
    })
  }

  async #sample(domains: readonly DomainRef[]): Promise<void> {
    if (domains.length === 0) return
    const { host, clock, table, sink } = this.#ports
    const flags = constants.VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT
    const stats = await getAllDomainStats(host, { groups: GROUPS, domains, flags, timeoutMs: TIMEOUT_MS })
    if (!this.#running) return
    const atMs = clock.nowMs()
    const samples = stats.flatMap((each) => {
      const ref = each.dom.uuid
      const record = table.get(ref)
      if (record?.sent === undefined) return []
      const counters = countersOf(each, atMs)
      const metrics = metricsBetween(this.#counters.get(ref), counters, record.sent.vcpus, memoryUsedKiB(each))
      this.#counters.set(ref, counters)
      return [{ ref, metrics }]
    })
    if (samples.length > 0) sink.metrics(samples)
  }

  /** Counters of machines that are gone. */
  #forget(): void {
    for (const ref of this.#counters.keys()) if (!this.#ports.table.get(ref)) this.#counters.delete(ref)
  }

  async #sampleHost(): Promise<number> {
    const { host, onHost } = this.#ports
    const within = { timeoutMs: TIMEOUT_MS }
    this.#cpuFigures ??= await countCpuFigures(host, within).catch(() => 0)
    this.#memoryFigures ??= await countMemoryFigures(host, within).catch(() => 0)
    const [times, memory] = await Promise.all([
      this.#cpuFigures > 0 ? readCpuTimes(host, this.#cpuFigures, within).catch(() => null) : null,
      this.#memoryFigures > 0 ? readMemory(host, this.#memoryFigures, within).catch(() => null) : null,
    ])
    // Whatever the driver lacks: this one every host answers.
    if (times === null && memory === null) await host.call('connectGetHostname', {}, within)
    const first = this.#cpuTimes === null
    const cpuPercent = times && this.#cpuTimes ? cpuPercentBetween(this.#cpuTimes, times) : null
    this.#cpuTimes = times
    const before = this.#sent
    if (this.#running && (cpuPercent !== before.cpuPercent || memory?.freeKiB !== before.memory?.freeKiB)) {
      this.#sent = { cpuPercent, memory }
      onHost({ ...(memory && { memoryKiB: memory.totalKiB, memoryFreeKiB: memory.freeKiB }), ...(!first && { cpuPercent }) })
    }
    if (first && times) return VISIBLE_MS
    return this.#isWatched ? HOST_WATCHED_MS : HOST_MS
  }
}
