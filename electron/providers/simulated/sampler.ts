import type { MachineMetrics } from '../../../shared/model/index.ts'
import type { Interest, ProviderSink } from '../provider.ts'
import type { SimulatedHost, SimulatedMachine } from './fleet.ts'
import type { World } from './world.ts'

const FOCUSED_MS = 500
const VISIBLE_MS = 1_000
/** Everything is looked at once in this time, host after host, in slices of about this many machines. */
const REST_MS = 20_000
const SLICE_MACHINES = 500
const MAX_SLICES = 20
const HEARTBEAT_MS = 5_000

interface Sample {
  readonly ref: string
  readonly metrics: MachineMetrics
}

/** Looks at what the eye is on often and at the rest seldom. One timer for each rhythm, none for a machine. */
export class Sampler {
  readonly #world: World
  readonly #sink: ProviderSink
  readonly #timers = new Map<string, () => void>()
  #interest: Interest = { visibleRefs: new Set(), focusedRef: null }
  #slice = 0
  #running = false

  constructor(world: World, sink: ProviderSink) {
    this.#world = world
    this.#sink = sink
  }

  start(): void {
    if (this.#running) return
    this.#running = true
    const slices = this.#slices()
    this.#every('rest', REST_MS / slices, () => this.#sampleSlice(slices))
    this.#every('heartbeat', HEARTBEAT_MS, () => this.confirmHosts())
    this.setInterest(this.#interest)
  }

  stop(): void {
    this.#running = false
    for (const cancel of this.#timers.values()) cancel()
    this.#timers.clear()
  }

  /** What has just come into view is sampled at once. */
  setInterest(interest: Interest): void {
    this.#interest = interest
    if (!this.#running) return
    this.#every('visible', interest.visibleRefs.size > 0 ? VISIBLE_MS : null, () => this.#sampleVisible(), 0)
    this.#every('focused', interest.focusedRef === null ? null : FOCUSED_MS, () => this.#sampleFocused(), 0)
  }

  confirmHosts(): void {
    const atMs = this.#world.clock.nowMs()
    for (const hostRef of this.#world.fleet.hosts.keys()) this.#sink.confirmed(hostRef, atMs)
  }

  #slices(): number {
    const { machines, hosts } = this.#world.fleet
    return Math.max(1, Math.min(MAX_SLICES, hosts.size, Math.ceil(machines.size / SLICE_MACHINES)))
  }

  #every(name: string, everyMs: number | null, run: () => void, firstMs = everyMs): void {
    this.#timers.get(name)?.()
    this.#timers.delete(name)
    if (everyMs === null) return
    const tick = () => {
      this.#timers.set(name, this.#world.clock.after(everyMs, tick))
      run()
    }
    this.#timers.set(name, this.#world.clock.after(firstMs ?? everyMs, tick))
  }

  #send(samples: readonly Sample[]): void {
    if (samples.length > 0) this.#sink.metrics(samples)
  }

  #look(machine: SimulatedMachine | undefined, atMs: number, into: Sample[]): MachineMetrics | null {
    const metrics = machine ? this.#world.sample(machine, atMs) : null
    if (machine && metrics) into.push({ ref: machine.ref, metrics })
    return metrics
  }

  #sampleVisible(): void {
    const samples: Sample[] = []
    const atMs = this.#world.clock.nowMs()
    for (const ref of this.#interest.visibleRefs) {
      if (ref !== this.#interest.focusedRef) this.#look(this.#world.fleet.machines.get(ref), atMs, samples)
    }
    this.#send(samples)
  }

  #sampleFocused(): void {
    const samples: Sample[] = []
    const { focusedRef } = this.#interest
    if (focusedRef !== null) this.#look(this.#world.fleet.machines.get(focusedRef), this.#world.clock.nowMs(), samples)
    this.#send(samples)
  }

  #sampleSlice(slices: number): void {
    const samples: Sample[] = []
    const atMs = this.#world.clock.nowMs()
    const changed: Array<{ host: SimulatedHost; cpuPercent: number; memoryFreeKiB: number }> = []
    let index = 0
    for (const host of this.#world.fleet.hosts.values()) {
      if (index++ % slices !== this.#slice) continue
      const load = this.#sampleHost(host, atMs, samples)
      if (load.cpuPercent !== host.facts.cpuPercent || load.memoryFreeKiB !== host.facts.memoryFreeKiB) changed.push({ host, ...load })
    }
    this.#slice = (this.#slice + 1) % slices
    this.#send(samples)
    for (const { host, ...load } of changed) host.facts = { ...host.facts, ...load }
    if (changed.length === 0) return
    this.#sink.changes(changed.map(({ host, ...load }) => ({ op: 'patch', entity: 'host', ref: host.ref, patch: load })))
  }

  #sampleHost(host: SimulatedHost, atMs: number, into: Sample[]): { cpuPercent: number; memoryFreeKiB: number } {
    let busyCpus = 0
    for (const machine of host.machines.values()) {
      const metrics = this.#look(machine, atMs, into)
      if (metrics) busyCpus += ((metrics.cpuPercent ?? 0) / 100) * machine.facts.vcpus
    }
    const cpuPercent = Math.min(99, Math.round((busyCpus / Math.max(1, host.facts.cpus ?? 1)) * 100 + 1))
    return { cpuPercent, memoryFreeKiB: Math.max(0, (host.facts.memoryKiB ?? 0) - host.usedKiB) }
  }
}
