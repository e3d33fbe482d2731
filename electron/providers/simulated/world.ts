import { AppError } from '../../../shared/errors/index.ts'
import type { MachineMetrics, VolumePlace } from '../../../shared/model/index.ts'
import type { Clock, MachineFacts, NetworkFacts, PoolFacts, ProviderEvent } from '../provider.ts'
import { VolumeStore } from './build/volume-store.ts'
import type { SimulatedConfig } from './config.ts'
import { deferred } from './deferred.ts'
import { buildFleet, type Fleet, holdsMemory, NATIVE_STATES, type SimulatedHost, type SimulatedMachine } from './fleet.ts'
import { figuresAfter } from './hardware/life.ts'
import { metricsAt } from './load.ts'
import { MoveBook } from './migration/move-book.ts'
import { FilterStore } from './networks/filters.ts'
import { NetworkStore } from './networks/network-store.ts'
import { createRandom, hashText, share } from './random.ts'
import { SnapshotStore } from './snapshots/snapshot-store.ts'
import { PoolBook } from './storage/pool-book.ts'

/** Told of everything that happens at the site, at once. */
export interface WorldListener {
  /** New, or moved to another host: all facts count. */
  put(machine: SimulatedMachine): void
  patch(machine: SimulatedMachine, patch: Partial<MachineFacts>): void
  removed(machine: SimulatedMachine): void
  pool(ref: string, patch: Partial<PoolFacts>): void
  /** New or changed; null: it is gone. */
  network(ref: string, hostRef: string, facts: NetworkFacts | null): void
  poolMade(ref: string, facts: PoolFacts): void
  poolGone(ref: string): void
  event(event: ProviderEvent): void
}

interface Watcher {
  readonly done: (machine: SimulatedMachine, gone: boolean) => boolean
  readonly settle: () => void
}

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined
  /** Unscaled: a deadline is somebody's, not the guest's. */
  readonly deadlineMs?: number | undefined
}

/** The site itself: it lives on without a link, and every link to it sees the same. Time comes from the clock alone. */
export class World {
  readonly config: SimulatedConfig
  readonly clock: Clock
  readonly fleet: Fleet
  readonly random: () => number
  readonly volumes: VolumeStore
  readonly networks: NetworkStore
  readonly filters = new FilterStore()
  readonly pools: PoolBook
  readonly snapshots = new SnapshotStore()
  readonly moves: MoveBook
  /** Disks whose machine is gone, and where they lie: what a deletion that was cut in the middle has left. */
  readonly leftDisks = new Map<string, { readonly hostRef: string; readonly place: VolumePlace | null }>()
  #built = 0
  readonly #attempts = new Map<string, number>()
  readonly #listeners = new Set<WorldListener>()
  readonly #watchers = new Map<string, Set<Watcher>>()

  constructor(config: SimulatedConfig, clock: Clock) {
    this.config = config
    this.clock = clock
    this.fleet = buildFleet(config, clock.nowMs())
    this.random = createRandom(this.fleet.seed ^ 0x5eed)
    this.moves = new MoveBook(config.faults.moves)
    this.volumes = new VolumeStore(this.fleet, (ref, patch) => {
      for (const listener of this.#listeners) listener.pool(ref, patch)
    })
    this.networks = new NetworkStore(this.fleet, (ref, hostRef, facts) => {
      for (const listener of this.#listeners) listener.network(ref, hostRef, facts)
    })
    this.pools = new PoolBook(this.fleet, {
      changed: (ref, patch) => {
        for (const listener of this.#listeners) listener.pool(ref, patch)
      },
      made: (ref, facts) => {
        for (const listener of this.#listeners) listener.poolMade(ref, facts)
      },
      gone: (ref) => {
        for (const listener of this.#listeners) listener.poolGone(ref)
      },
    })
  }

  /** The number of the next machine that is built here. */
  nextIndex(): number {
    return this.config.machines + this.#built++
  }

  /**
   * Whether this piece of work fails by chance; the share of those that do is the configuration's. It is for the work's name and how often it was
   * tried to say, not for the hour: what else happens at the site changes nothing of it.
   */
  failsByChance(work: string): boolean {
    const { failureRate } = this.config
    if (failureRate === 0) return false
    const attempt = this.#attempts.get(work) ?? 0
    this.#attempts.set(work, attempt + 1)
    return share(this.fleet.seed, hashText(work), attempt) < failureRate
  }

  get watched(): boolean {
    return this.#listeners.size > 0
  }

  listen(listener: WorldListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  machine(ref: string): SimulatedMachine {
    const machine = this.fleet.machines.get(ref)
    if (machine) return machine
    throw new AppError({
      kind: 'not-found',
      code: 'machine.not-found',
      message: 'The host knows no such machine any more. Somebody else may have deleted it.',
      details: { ref },
    })
  }

  host(ref: string): SimulatedHost {
    const host = this.fleet.hosts.get(ref)
    if (!host) throw new AppError({ kind: 'not-found', code: 'host.not-found', message: `There is no host ${ref}.`, details: { ref } })
    return host
  }

  /** Runs later, the sooner the faster the world. What it changes must be checked again then. */
  later(guestMs: number, run: () => void): () => void {
    return this.clock.after(guestMs / this.config.speed, run)
  }

  /** Changes facts and tells everybody. */
  update(machine: SimulatedMachine, patch: Partial<MachineFacts>): void {
    const before = machine.facts
    machine.facts = { ...before, ...patch }
    const held = holdsMemory(before.state) ? before.memoryKiB : 0
    const holds = holdsMemory(machine.facts.state) ? machine.facts.memoryKiB : 0
    this.#account(before.hostRef, -held)
    this.#account(machine.facts.hostRef, holds)
    if (before.hostRef !== machine.facts.hostRef) {
      this.host(before.hostRef).machines.delete(machine.ref)
      this.host(machine.facts.hostRef).machines.set(machine.ref, machine)
      for (const listener of this.#listeners) listener.put(machine)
    } else {
      for (const listener of this.#listeners) listener.patch(machine, patch)
    }
    this.#wake(machine, false)
  }

  /** Enters a state; the hypervisor's words and what follows from it come along. */
  enter(machine: SimulatedMachine, state: MachineFacts['state'], nativeState = NATIVE_STATES[state]): void {
    const off = !holdsMemory(state)
    if (off && !machine.facts.persistent) {
      this.remove(machine)
      return
    }
    const began = !off && !holdsMemory(machine.facts.state)
    if (began) machine.boots++
    this.update(machine, {
      state,
      nativeState,
      ...(off && { startedAtMs: null, metrics: null, attention: null, agent: machine.facts.agent === 'none' ? 'none' : 'disconnected' }),
      ...(began && { startedAtMs: this.clock.nowMs() }),
      ...figuresAfter(machine, { began: began && !machine.facts.hasManagedSave, off: off && state !== 'saved' }),
    })
  }

  /** A new one, off. */
  add(machine: SimulatedMachine): void {
    this.fleet.machines.set(machine.ref, machine)
    this.host(machine.facts.hostRef).machines.set(machine.ref, machine)
    for (const listener of this.#listeners) listener.put(machine)
    this.tell('machine.defined', machine, `${machine.facts.name} was defined.`)
  }

  /** Its disks stay, but those whose keys are named. */
  remove(machine: SimulatedMachine, diskKeys: readonly string[] = []): void {
    if (!this.fleet.machines.has(machine.ref)) return
    this.volumes.keepDisks(machine, new Set(diskKeys))
    this.snapshots.forget(machine)
    this.fleet.machines.delete(machine.ref)
    const host = this.host(machine.facts.hostRef)
    host.machines.delete(machine.ref)
    if (holdsMemory(machine.facts.state)) host.usedKiB -= machine.facts.memoryKiB
    for (const listener of this.#listeners) listener.removed(machine)
    this.#wake(machine, true)
  }

  tell(
    code: string,
    machine: SimulatedMachine,
    text: string,
    severity: ProviderEvent['severity'] = 'info',
    params: ProviderEvent['params'] = {},
  ): void {
    const { name, hostRef } = machine.facts
    const event = { atMs: this.clock.nowMs(), severity, code, params: { name, ...params }, text, machineRef: machine.ref, hostRef }
    for (const listener of this.#listeners) listener.event(event)
  }

  /**
   * Resolves true once `done` says so, false at the deadline. Rejects with the signal's reason: what was waited for goes
   * on. `done` is asked now and after each change of the machine, with `gone` when there is no machine any more.
   */
  waitUntil(machine: SimulatedMachine, done: Watcher['done'], options: WaitOptions = {}): Promise<boolean> {
    const { signal, deadlineMs } = options
    if (signal?.aborted) return Promise.reject(signal.reason as Error)
    if (done(machine, !this.fleet.machines.has(machine.ref))) return Promise.resolve(true)
    const { promise, resolve, reject } = deferred<boolean>()
    const watchers = this.#watchersOf(machine)
    const leave = () => {
      this.#dismiss(machine, watchers, watcher)
      cancelTimer?.()
      signal?.removeEventListener('abort', aborted)
    }
    const settle = (met: boolean) => {
      leave()
      resolve(met)
    }
    const aborted = () => {
      leave()
      reject(signal?.reason as Error)
    }
    const watcher: Watcher = { done, settle: () => settle(true) }
    watchers.add(watcher)
    const cancelTimer = deadlineMs === undefined ? undefined : this.clock.after(deadlineMs, () => settle(false))
    signal?.addEventListener('abort', aborted)
    return promise
  }

  /** Calls back after each change of the machine, with `gone` when there is none any more. The answer ends it. */
  follow(machine: SimulatedMachine, onChange: (gone: boolean) => void): () => void {
    const watchers = this.#watchersOf(machine)
    const watcher: Watcher = {
      done: (_machine, gone) => {
        onChange(gone)
        return false
      },
      settle: () => undefined,
    }
    watchers.add(watcher)
    return () => this.#dismiss(machine, watchers, watcher)
  }

  /** What a look at the machine gives now; null while it is off. */
  sample(machine: SimulatedMachine, atMs: number): MachineMetrics | null {
    const { facts } = machine
    if (!holdsMemory(facts.state)) return null
    return metricsAt(
      {
        shape: machine.role.load,
        salt: machine.salt,
        memoryKiB: facts.memoryKiB,
        paused: facts.state === 'paused' || facts.state === 'suspended',
        swapping: facts.attention?.code === 'guest.swapping',
        balloon: facts.agent !== 'none' || machine.salt % 3 !== 0,
        startedAtMs: facts.startedAtMs,
      },
      atMs,
    )
  }

  #account(hostRef: string, kib: number): void {
    if (kib !== 0) this.host(hostRef).usedKiB += kib
  }

  #watchersOf(machine: SimulatedMachine): Set<Watcher> {
    const watchers = this.#watchers.get(machine.ref) ?? new Set<Watcher>()
    this.#watchers.set(machine.ref, watchers)
    return watchers
  }

  #dismiss(machine: SimulatedMachine, watchers: Set<Watcher>, watcher: Watcher): void {
    watchers.delete(watcher)
    if (watchers.size === 0 && this.#watchers.get(machine.ref) === watchers) this.#watchers.delete(machine.ref)
  }

  #wake(machine: SimulatedMachine, gone: boolean): void {
    for (const watcher of this.#watchers.get(machine.ref) ?? []) if (watcher.done(machine, gone)) watcher.settle()
  }
}
