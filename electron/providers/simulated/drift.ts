import { beginShutdown, freeKiBOf, perform } from './actions.ts'
import { ATTENTIONS } from './data/sites.ts'
import type { SimulatedHost, SimulatedMachine } from './fleet.ts'
import { pick } from './random.ts'
import type { World } from './world.ts'

const TRIES = 40

/** What somebody has built is left to them, and templates are never started. */
function isFleets({ shape, edited, facts }: SimulatedMachine): boolean {
  return shape === null && edited === null && facts.template === null
}

/** Machines that change by themselves: one timer for the whole site, the next change chosen when it fires. */
export class Drift {
  readonly #world: World
  #cancel: (() => void) | null = null

  constructor(world: World) {
    this.#world = world
  }

  start(): void {
    if (this.#cancel || this.#world.config.changesPerMinute === 0 || this.#world.fleet.machines.size === 0) return
    this.#schedule()
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = null
  }

  #schedule(): void {
    const meanMs = 60_000 / this.#world.config.changesPerMinute
    this.#cancel = this.#world.clock.after(meanMs * (0.3 + this.#world.random() * 1.4), () => {
      this.#schedule()
      this.#change()
    })
  }

  /** Weights keep the fleet about as it was: what stops is started again, what crashed too. */
  #change(): void {
    const at = this.#world.random()
    if (at < 0.2) this.#someStart()
    else if (at < 0.38) this.#someStop()
    else if (at < 0.42) this.#someCrash()
    else if (at < 0.62) this.#someMigrate()
    else if (at < 0.82) this.#someAttention()
    else this.#somePause()
  }

  #find(fits: (machine: SimulatedMachine) => boolean): SimulatedMachine | null {
    const refs = [...this.#world.fleet.hosts.keys()]
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const machines = [...this.#world.host(pick(refs, this.#world.random())).machines.values()]
      if (machines.length === 0) continue
      const machine = pick(machines, this.#world.random())
      if (machine.job === null && machine.facts.persistent && isFleets(machine) && fits(machine)) return machine
    }
    return null
  }

  #act(machine: SimulatedMachine, action: 'start' | 'suspend' | 'resume'): void {
    // It is nobody's wish, so nobody hears when the host refuses.
    perform(this.#world, machine.ref, { action }).catch(() => undefined)
  }

  #someStart(): void {
    const machine = this.#find(({ facts }) => facts.state === 'crashed') ?? this.#find(({ facts }) => facts.state === 'stopped')
    if (machine) this.#act(machine, 'start')
  }

  #someStop(): void {
    const machine = this.#find(({ facts, environment }) => facts.state === 'running' && environment !== 'prod')
    if (machine) beginShutdown(this.#world, machine)
  }

  #someCrash(): void {
    const machine = this.#find(({ facts }) => facts.state === 'running')
    if (!machine) return
    this.#world.enter(machine, 'crashed')
    this.#world.tell('machine.crashed', machine, `${machine.facts.name} crashed: the guest panicked.`, 'error')
  }

  #someMigrate(): void {
    const machine = this.#find(({ facts }) => facts.state === 'running')
    const target = machine && this.#targetFor(machine)
    if (!machine || !target) return
    const from = machine.facts.hostRef
    machine.job = 'migrate'
    this.#world.enter(machine, 'migrating')
    this.#world.tell('machine.migrating', machine, `${machine.facts.name} moves from ${from} to ${target.ref}.`, 'info', {
      from,
      to: target.ref,
    })
    this.#world.later(4_000 + machine.facts.memoryKiB / 1_500, () => {
      if (machine.job !== 'migrate') return
      machine.job = null
      if (machine.facts.state !== 'migrating') return
      const networkRefs = machine.facts.networkRefs.map((ref) => ref.replace(from, target.ref))
      this.#world.update(machine, { hostRef: target.ref, networkRefs, state: 'running', nativeState: 'running (migrated)' })
      this.#world.tell('machine.migrated', machine, `${machine.facts.name} moved to ${target.ref}.`, 'info', { from, to: target.ref })
    })
  }

  #targetFor(machine: SimulatedMachine): SimulatedHost | null {
    const hosts = [...this.#world.fleet.hosts.values()]
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const host = pick(hosts, this.#world.random())
      if (host.ref === machine.facts.hostRef || freeKiBOf(this.#world, host.ref) < machine.facts.memoryKiB) continue
      // what its cards need has to be there as well
      if (!machine.facts.networkRefs.every((ref) => host.networks.get(ref.replace(machine.facts.hostRef, host.ref))?.active)) continue
      if ([...host.machines.values()].every((other) => other.facts.name !== machine.facts.name)) return host
    }
    return null
  }

  #someAttention(): void {
    const bothered = this.#world.random() < 0.5 ? this.#find(({ facts }) => facts.attention !== null) : null
    if (bothered) {
      this.#world.update(bothered, { attention: null })
      this.#world.tell('machine.attention-cleared', bothered, `${bothered.facts.name} is well again.`)
      return
    }
    const machine = this.#find(({ facts }) => facts.state === 'running' && facts.attention === null)
    if (!machine) return
    const attention = pick(ATTENTIONS, this.#world.random())
    this.#world.update(machine, { attention })
    this.#world.tell('machine.attention', machine, `${machine.facts.name}: ${attention.text}`, 'warning', { attention: attention.code })
  }

  #somePause(): void {
    const paused = this.#find(({ facts }) => facts.state === 'paused')
    const running = paused ? null : this.#find(({ facts, environment }) => facts.state === 'running' && environment === 'dev')
    if (paused) this.#act(paused, 'resume')
    if (running) this.#act(running, 'suspend')
  }
}
