import type { MoveChange, MoveOptions, MoveOrder, MoveOutcome, MoveProgress } from '../../provider.ts'
import { deferred } from '../deferred.ts'
import type { SimulatedMachine } from '../fleet.ts'
import type { World } from '../world.ts'
import { isCancelledByPerson } from './cancelled-by-person.ts'
import { FAULTS, IN_TWO_PARTS, NO_WAY_YET, WAY_BROKE } from './faults.ts'
import { land } from './land.ts'
import type { BrokenMove } from './move-book.ts'
import { cannotResume, moveCancelled, moveFailed, noWayBack, postCopyFailed } from './problems.ts'
import { dirtyBytesPerS, linkBytesPerS, residentBytes, WORKING_SET_SHARE } from './rates.ts'

const TICK_MS = 250
const PREPARE_MS = 300
const SWITCH_MS = 30
const DEFAULT_DOWNTIME_MS = 300
/** Rounds after which auto-converge begins, and how much it takes at first and each round. */
const THROTTLE = { from: 2, first: 20, more: 10, most: 99 }

type Listener = (progress: MoveProgress) => void

/** One move at the site, in its rounds over the memory, as real hosts do it. It goes on whoever listens. */
export class RunningMove implements BrokenMove {
  readonly sourceRef: string
  readonly targetRef: string
  outcome: Promise<MoveOutcome>
  readonly #world: World
  readonly #machine: SimulatedMachine
  readonly #order: MoveOrder
  readonly #listeners = new Set<Listener>()
  readonly #startedAtMs: number
  readonly #memoryTotal: number
  readonly #diskTotal: number
  #phase: MoveProgress['phase'] = 'preparing'
  #limit: number | null
  #downtimeMs: number
  #wantsPostCopy = false
  #isCancelled = false
  #wake: (() => void) | null = null
  #memoryLeft: number
  #memoryDone = 0
  #diskLeft: number
  #rewritten = 0
  #round = 1
  #downtimeHadMs: number | null = null
  /** What else wants attention at the machine; undefined: it has not broken. */
  #attentionBefore: SimulatedMachine['facts']['attention'] | undefined
  #refusals = 0

  constructor(world: World, machine: SimulatedMachine, order: MoveOrder, targetRef: string, diskBytes: number) {
    this.#world = world
    this.#machine = machine
    this.#order = order
    this.#startedAtMs = world.clock.nowMs()
    this.sourceRef = machine.facts.hostRef
    this.targetRef = targetRef
    this.#limit = order.spec.bandwidthBytesPerS
    this.#downtimeMs = order.spec.maxDowntimeMs ?? DEFAULT_DOWNTIME_MS
    this.#memoryTotal = order.spec.mode === 'cold' ? 0 : residentBytes(machine)
    this.#memoryLeft = this.#memoryTotal
    this.#diskTotal = diskBytes
    this.#diskLeft = diskBytes
    this.outcome = this.#run()
  }

  get isPostCopy(): boolean {
    return this.#phase === 'post-copy'
  }

  listen({ onMove, onProgress, signal }: MoveOptions): () => void {
    const listener: Listener = (progress) => {
      onMove?.(progress)
      const bytesTotal = this.#memoryTotal + this.#diskTotal
      const bytesDone = Math.max(0, bytesTotal - this.#memoryLeft - this.#diskLeft)
      onProgress?.({ bytesDone, bytesTotal, fraction: bytesTotal === 0 ? 0 : bytesDone / bytesTotal })
    }
    const given = () => {
      // whoever merely leaves, such as a console that closes, leaves the hosts to themselves; in post-copy it is too late
      if (signal && isCancelledByPerson(signal) && !this.isPostCopy) this.cancel()
    }
    this.#listeners.add(listener)
    if (signal?.aborted) given()
    else signal?.addEventListener('abort', given, { once: true })
    return () => {
      this.#listeners.delete(listener)
      signal?.removeEventListener('abort', given)
    }
  }

  tune({ bandwidthBytesPerS, maxDowntimeMs, postCopy }: MoveChange): void {
    if (bandwidthBytesPerS !== undefined) this.#limit = bandwidthBytesPerS
    if (maxDowntimeMs !== undefined) this.#downtimeMs = maxDowntimeMs
    if (postCopy) this.#wantsPostCopy = true
  }

  /** Throws `precondition` migration.no-way-back. */
  cancel(): void {
    if (this.isPostCopy) throw noWayBack(this.#machine.facts.name)
    this.#isCancelled = true
    this.#wake?.()
  }

  takeUp(): void {
    if (this.#refusals < this.#world.config.faults.resumesRefused) {
      this.#refusals += 1
      throw cannotResume(this.#machine.facts.name, NO_WAY_YET)
    }
    this.outcome = this.#goOn()
  }

  async #run(): Promise<MoveOutcome> {
    const machine = this.#machine
    const { state, nativeState, hostRef } = machine.facts
    const isOff = this.#order.spec.mode === 'cold'
    machine.job = 'migrate'
    this.#world.moves.begin(machine.ref, this)
    try {
      if (this.#order.spec.mode === 'live' && state === 'running') this.#world.enter(machine, 'migrating')
      else if (!isOff && state === 'running') this.#world.enter(machine, 'paused', 'paused (migrating)')
      await this.#pause(PREPARE_MS)
      while (this.#diskLeft > 0) await this.#copyDisks()
      if (!isOff) await this.#copyMemory()
      if (!isOff) this.#downtimeHadMs = this.#downtime
      this.#enter('switching')
      await this.#pause(this.#downtimeHadMs ?? 0)
      land(this.#world, machine, this.#order, this.targetRef, { state, nativeState: isOff ? nativeState : 'running (migrated)' })
      if (this.#wantsPostCopy && !isOff) await this.#fetchRest()
      return this.#arrived()
    } catch (error) {
      const isThere = machine.facts.hostRef === hostRef && machine.job === 'migrate'
      if (isThere && state === 'running') this.#world.enter(machine, 'running', 'running (migration canceled)')
      throw error
    } finally {
      this.#end()
    }
  }

  /** What is left of its memory, over a way that is there again. */
  async #goOn(): Promise<MoveOutcome> {
    const machine = this.#machine
    this.#world.moves.begin(machine.ref, this)
    try {
      this.#world.update(machine, { nativeState: 'running (post-copy)', attention: this.#attentionBefore ?? null })
      await this.#fetchRest()
      this.#world.update(machine, { nativeState: 'running (migrated)' })
      return this.#arrived()
    } finally {
      this.#end()
    }
  }

  #arrived(): MoveOutcome {
    const { sourceRef: from, targetRef: to } = this
    const isOff = this.#order.spec.mode === 'cold'
    const { name } = this.#machine.facts
    this.#world.tell('machine.migrated', this.#machine, `${name} moved to ${to}.`, 'info', { from, to })
    return {
      totalMs: this.#world.clock.nowMs() - this.#startedAtMs,
      downtimeMs: this.#downtimeHadMs,
      dataBytes: this.#memoryDone + this.#diskTotal,
      memoryBytesPerS: isOff ? null : this.#bandwidth,
      passes: isOff ? null : this.#round,
    }
  }

  /** One in two parts is still held: its hosts do nothing else to it. */
  #end(): void {
    const { moves } = this.#world
    if (this.#machine.job === 'migrate' && !moves.broken(this.#machine.ref)) this.#machine.job = null
    moves.end(this.#machine.ref)
  }

  get #isPaused(): boolean {
    return this.#order.spec.mode === 'paused'
  }

  get #bandwidth(): number {
    const { facts } = this.#machine
    const link = linkBytesPerS(this.#world, this.#world.host(facts.hostRef), this.#world.host(this.targetRef))
    return Math.min(link, this.#limit ?? link)
  }

  /** In post-copy it stands still only until the rest of it but its memory is there. */
  get #downtime(): number {
    const bytes = this.#wantsPostCopy ? 0 : this.#isPaused ? this.#memoryTotal : this.#memoryLeft
    return Math.round(SWITCH_MS + (bytes / this.#bandwidth) * 1_000)
  }

  get #throttle(): number | null {
    const { from, first, more, most } = THROTTLE
    if (!this.#order.spec.autoConverge || this.#round <= from) return null
    return Math.min(most, first + more * (this.#round - from - 1))
  }

  get #dirty(): number {
    return dirtyBytesPerS(this.#world, this.#machine) * (1 - (this.#throttle ?? 0) / 100)
  }

  /** What goes over the wire in one tick. */
  get #tickBytes(): number {
    return (this.#bandwidth * TICK_MS * this.#world.config.speed) / 1_000
  }

  async #copyDisks(): Promise<void> {
    this.#enter('copying-disks')
    await this.#pause(TICK_MS)
    this.#diskLeft = Math.max(0, this.#diskLeft - this.#tickBytes)
    this.#mayFail(1 - this.#diskLeft / (this.#diskTotal + this.#memoryTotal))
  }

  /** Round after round, until what is left fits into the downtime. */
  async #copyMemory(): Promise<void> {
    for (;;) {
      this.#enter('copying-memory')
      await this.#pause(TICK_MS)
      const sent = Math.min(this.#memoryLeft, this.#tickBytes)
      this.#memoryLeft -= sent
      this.#memoryDone += sent
      const most = this.#memoryTotal * WORKING_SET_SHARE
      this.#rewritten = Math.min(most, this.#rewritten + (this.#dirty * TICK_MS * this.#world.config.speed) / 1_000)
      this.#mayFail(this.#memoryDone / Math.max(1, this.#memoryTotal))
      if (this.#wantsPostCopy) return
      if (this.#memoryLeft > 0) continue
      this.#memoryLeft = this.#isPaused ? 0 : this.#rewritten
      this.#rewritten = 0
      if (this.#memoryLeft <= (this.#bandwidth * this.#downtimeMs) / 1_000) return
      this.#round += 1
    }
  }

  async #fetchRest(): Promise<void> {
    while (this.#memoryLeft > 0) {
      this.#enter('post-copy')
      await this.#pause(TICK_MS)
      this.#mayBreak()
      const sent = Math.min(this.#memoryLeft, this.#tickBytes)
      this.#memoryLeft -= sent
      this.#memoryDone += sent
    }
  }

  #mayFail(fraction: number): void {
    const { fault } = this.#world.moves
    if (fault === null || fault === 'post-copy-breaks' || fraction < 0.5) return
    const [side, said] = FAULTS[fault]
    throw moveFailed(this.#machine.facts.name, side, said)
  }

  #mayBreak(): void {
    const world = this.#world
    const machine = this.#machine
    const { name, attention } = machine.facts
    if (world.moves.fault !== 'post-copy-breaks' || this.#attentionBefore !== undefined) return
    this.#attentionBefore = attention
    world.moves.breakOff(machine.ref, this)
    world.update(machine, { nativeState: 'running (post-copy failed)', attention: IN_TWO_PARTS })
    world.tell('machine.postcopy-failed', machine, `The migration of ${name} broke in post-copy.`, 'error')
    throw postCopyFailed(name, WAY_BROKE)
  }

  #enter(phase: MoveProgress['phase']): void {
    this.#phase = phase
    const isCold = this.#order.spec.mode === 'cold'
    const progress: MoveProgress = {
      phase,
      memory: isCold
        ? null
        : { total: this.#memoryTotal, done: Math.min(this.#memoryDone, this.#memoryTotal), remaining: this.#memoryLeft },
      disk: this.#diskTotal === 0 ? null : { total: this.#diskTotal, done: this.#diskTotal - this.#diskLeft, remaining: this.#diskLeft },
      iteration: isCold ? null : this.#round,
      dirtyBytesPerS: isCold ? null : Math.round(this.#dirty),
      bandwidthBytesPerS: phase === 'post-copy' ? null : this.#bandwidth,
      throttlePercent: this.#throttle,
    }
    for (const listener of this.#listeners) listener(progress)
  }

  /** Throws when it was cancelled, or somebody has stopped or deleted the machine meanwhile. */
  async #pause(guestMs: number): Promise<void> {
    const { promise, resolve } = deferred<void>()
    const end = () => {
      cancelTimer()
      resolve()
    }
    const cancelTimer = this.#world.clock.after(guestMs === TICK_MS ? TICK_MS : guestMs / this.#world.config.speed, end)
    this.#wake = end
    await promise
    this.#wake = null
    const { name } = this.#machine.facts
    if (this.#isCancelled) throw moveCancelled(name)
    if (this.#machine.job !== 'migrate' || !this.#world.fleet.machines.has(this.#machine.ref)) {
      throw moveFailed(name, 'source', 'operation failed: domain is no longer running')
    }
  }
}
