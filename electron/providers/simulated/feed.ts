import type { MachineFacts, NetworkFacts, PoolFacts, ProviderChange, ProviderEvent, ProviderSink } from '../provider.ts'
import type { SimulatedHost, SimulatedMachine } from './fleet.ts'
import type { World, WorldListener } from './world.ts'

const MACHINES_A_TURN = 1_000

/** Sends one link's sink the state of the site and what changes in it. A host's changes start with its snapshot. */
export class Feed implements WorldListener {
  readonly #world: World
  readonly #sink: ProviderSink
  readonly #sent = new Set<string>()

  constructor(world: World, sink: ProviderSink) {
    this.#world = world
    this.#sink = sink
  }

  put(machine: SimulatedMachine): void {
    if (this.#sent.has(machine.facts.hostRef)) this.#sink.changes([this.#machine(machine, this.#world.clock.nowMs())])
  }

  patch(machine: SimulatedMachine, patch: Partial<MachineFacts>): void {
    if (this.#sent.has(machine.facts.hostRef)) this.#sink.changes([{ op: 'patch', entity: 'machine', ref: machine.ref, patch }])
  }

  removed(machine: SimulatedMachine): void {
    if (this.#sent.has(machine.facts.hostRef)) this.#sink.changes([{ op: 'remove', entity: 'machine', ref: machine.ref }])
  }

  pool(ref: string, patch: Partial<PoolFacts>): void {
    if (this.#sent.has(ref.slice(0, ref.indexOf('/')))) this.#sink.changes([{ op: 'patch', entity: 'pool', ref, patch }])
  }

  network(ref: string, hostRef: string, facts: NetworkFacts | null): void {
    if (!this.#sent.has(hostRef)) return
    this.#sink.changes([facts ? { op: 'put', entity: 'network', ref, facts } : { op: 'remove', entity: 'network', ref }])
  }

  poolMade(ref: string, facts: PoolFacts): void {
    if (this.#sent.has(facts.hostRef)) this.#sink.changes([{ op: 'put', entity: 'pool', ref, facts }])
  }

  poolGone(ref: string): void {
    if (this.#sent.has(ref.slice(0, ref.indexOf('/')))) this.#sink.changes([{ op: 'remove', entity: 'pool', ref }])
  }

  event(event: ProviderEvent): void {
    this.#sink.event(event)
  }

  /** The whole state, some hosts a turn so that no turn is long. `breathe` lets others run in between. */
  async sendAll(breathe: () => Promise<void>): Promise<void> {
    const { hosts } = this.#world.fleet
    let batch: ProviderChange[] = [{ op: 'complete', entity: 'host', hostRef: null, refs: [...hosts.keys()] }]
    let machines = 0
    let confirmed: string[] = []
    const flush = () => {
      this.#sink.changes(batch)
      for (const hostRef of confirmed) this.#sink.confirmed(hostRef, this.#world.clock.nowMs())
      batch = []
      confirmed = []
      machines = 0
    }
    // Hosts first, all of them: a tree of hosts is worth showing before its machines are there.
    for (const host of hosts.values()) batch.unshift({ op: 'put', entity: 'host', ref: host.ref, facts: host.facts })
    for (const host of hosts.values()) {
      if (machines >= MACHINES_A_TURN) {
        flush()
        await breathe()
      }
      this.#appendHost(host, batch)
      machines += host.machines.size
      confirmed.push(host.ref)
      this.#sent.add(host.ref)
    }
    flush()
  }

  #appendHost(host: SimulatedHost, batch: ProviderChange[]): void {
    for (const [ref, facts] of host.networks) batch.push({ op: 'put', entity: 'network', ref, facts })
    batch.push({ op: 'complete', entity: 'network', hostRef: host.ref, refs: [...host.networks.keys()] })
    for (const [ref, facts] of host.pools) batch.push({ op: 'put', entity: 'pool', ref, facts })
    batch.push({ op: 'complete', entity: 'pool', hostRef: host.ref, refs: [...host.pools.keys()] })
    const atMs = this.#world.clock.nowMs()
    for (const machine of host.machines.values()) batch.push(this.#machine(machine, atMs))
    batch.push({ op: 'complete', entity: 'machine', hostRef: host.ref, refs: [...host.machines.keys()] })
  }

  #machine(machine: SimulatedMachine, atMs: number): ProviderChange {
    const metrics = this.#world.sample(machine, atMs)
    return { op: 'put', entity: 'machine', ref: machine.ref, facts: metrics ? { ...machine.facts, metrics } : machine.facts }
  }
}
