import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { type MachineAction, statesFor } from '../../../shared/model/index.ts'
import type { ActBaseline, ActOptions, BaselineOptions, CallOptions, Clock, ProbeAnswer } from '../provider.ts'
import type { CloudApi, Operation, SeenMachine } from './api.ts'
import { goalOf, isUnderWay } from './goal.ts'
import type { SayOverdue } from './link-calls.ts'
import * as problems from './problems.ts'

const markerSchema = z.object({ requestId: z.string(), life: z.string().nullable() })
type Marker = z.infer<typeof markerSchema>

/** A probe waits so long for what is under way; after that it is asked for again, which then only waits. */
const SETTLE_MS = 120_000
const NEVER = new AbortController().signal
/** Whatever the caller's deadline, nobody waits longer. */
const PATIENCE_MS = 6 * 3_600_000

/** Actions after which a machine has another life: told apart by that, whatever became of it since. */
const POWER: ReadonlySet<MachineAction['action']> = new Set(['start', 'restore', 'shutdown', 'powerOff', 'deallocate', 'managedSave'])

export interface CloudActsOptions {
  readonly api: CloudApi
  readonly clock: Clock
  /** What is known of a machine by the last look at all. */
  readonly known: (ref: string) => SeenMachine | undefined
  /** A machine was looked at by itself; null: it is gone. */
  readonly onSeen: (ref: string, seen: SeenMachine | null) => void
}

/** Carries out actions: asks, waits until the machine is as it was wanted, and can tell afterwards what happened. */
export class CloudActs {
  readonly #with: CloudActsOptions

  constructor(options: CloudActsOptions) {
    this.#with = options
  }

  async baseline(ref: string, action: MachineAction, { earlier, signal, timeoutMs }: BaselineOptions): Promise<ActBaseline> {
    const seen = await this.#look(ref, { ...(signal && { signal }), ...(timeoutMs !== undefined && { timeoutMs }) })
    // The same token as the attempt before: a cloud that knows it does the thing once.
    const requestId = markerOf(earlier)?.requestId ?? randomUUID()
    if (!seen) {
      if (action.action === 'delete' && earlier) return earlier
      throw problems.machineNotFound()
    }
    const { state, name, startedAtMs } = seen.facts
    return { state, name, startedAtMs, marker: JSON.stringify({ requestId, life: seen.life } satisfies Marker) }
  }

  async act(ref: string, action: MachineAction, options: ActOptions, signal: AbortSignal, sayOverdue: SayOverdue): Promise<void> {
    const { api } = this.#with
    const reason = api.unsupported[action.action]
    if (reason) throw problems.unsupportedAction(action.action, reason)
    if (action.action === 'setMetadata') this.#refuseTexts(action)
    // Of a bulk, a look at each machine would cost as many calls as what is asked for; the cloud refuses a wrong state itself.
    const known = POWER.has(action.action) ? this.#with.known(ref) : undefined
    const seen = known ?? (await this.#look(ref, { signal }))
    if (!seen) {
      if (action.action === 'delete' && options.baseline) return
      throw problems.machineNotFound()
    }
    let operation: Operation | null = null
    if (!isUnderWay(action, seen)) {
      refuseWrongState(action, seen)
      const requestId = markerOf(options.baseline)?.requestId ?? randomUUID()
      operation = await api.begin(action, { seen, requestId }, { signal })
    }
    sayOverdue((afterMs) => problems.neverEnded(seen.facts.name, action.action, afterMs))
    await this.#wait(seen, action, operation, options, signal)
  }

  async probe(ref: string, action: MachineAction, baseline: ActBaseline, options: CallOptions): Promise<ProbeAnswer> {
    const { api } = this.#with
    const seen = await this.#lookWhenSettled(ref, action, options)
    const marker = markerOf(baseline)
    const goal = goalOf(action, seen)
    if (goal === 'not-shown') return marker ? await api.outcome(action, ref, marker.requestId, options) : 'unknown'
    if (goal === 'reached') return 'done'
    if (!seen) return 'unknown'
    const isAnother = marker !== null && marker.life !== null && seen.life !== null && marker.life !== seen.life
    return POWER.has(action.action) && isAnother ? 'done' : 'not-done'
  }

  /**
   * A machine that was just made is looked at until it has started. It is there: what cannot be looked at now, or is not in the cloud's own
   * answers yet, is found by the next look at all, and is no failure.
   */
  async showMade(ref: string, signal: AbortSignal): Promise<void> {
    const { api, clock, onSeen } = this.#with
    const endMs = clock.nowMs() + SETTLE_MS
    try {
      for (;;) {
        const seen = await api.machine(ref, { signal })
        if (seen) onSeen(ref, seen)
        if ((seen && seen.facts.state !== 'starting') || clock.nowMs() >= endMs) return
        await pause(clock, api.rhythm.waitMs, signal)
      }
    } catch {
      return
    }
  }

  async #wait(
    seen: SeenMachine,
    action: MachineAction,
    operation: Operation | null,
    options: ActOptions,
    signal: AbortSignal,
  ): Promise<void> {
    const { api, clock } = this.#with
    const { ref } = seen
    const endMs = clock.nowMs() + PATIENCE_MS
    options.onProgress?.({ note: 'waiting-for-cloud' })
    for (let isDone = operation === null; ; ) {
      isDone ||= (await operation?.poll({ signal })) === 'done'
      const now = await this.#look(ref, { signal })
      const goal = goalOf(action, now)
      if (isDone && goal !== 'not-reached') return
      // a machine that is deleted is often gone before its operation is done
      if (!now && goal !== 'reached') throw problems.machineNotFound()
      if (clock.nowMs() >= endMs) throw problems.neverEnded(seen.facts.name, action.action, PATIENCE_MS)
      await pause(clock, api.rhythm.waitMs, signal)
    }
  }

  /** What is under way is waited for, for a while: cut in its middle it is neither done nor not done. */
  async #lookWhenSettled(ref: string, action: MachineAction, options: CallOptions): Promise<SeenMachine | null> {
    const { api, clock } = this.#with
    const endMs = clock.nowMs() + SETTLE_MS
    for (;;) {
      const seen = await this.#look(ref, options)
      if (!seen || !isUnderWay(action, seen) || clock.nowMs() >= endMs) return seen
      await pause(clock, api.rhythm.waitMs, options.signal ?? NEVER)
    }
  }

  async #look(ref: string, options: CallOptions): Promise<SeenMachine | null> {
    const seen = await this.#with.api.machine(ref, options)
    this.#with.onSeen(ref, seen)
    return seen
  }

  #refuseTexts({ title, description, notes }: Extract<MachineAction, { action: 'setMetadata' }>): void {
    if (title || description || notes) throw problems.noTexts(this.#with.api.label)
  }
}

function refuseWrongState(action: MachineAction, { facts }: SeenMachine): void {
  const states = statesFor(action.action, facts)
  if (states && !states.includes(facts.state)) throw problems.wrongState(facts.name, facts.state, states)
  if (action.action === 'delete' && facts.cloud?.isProtected === true) throw problems.isProtected(facts.name)
}

function markerOf(baseline: ActBaseline | undefined): Marker | null {
  if (!baseline || baseline.marker === null) return null
  return markerSchema.parse(JSON.parse(baseline.marker))
}

/** Ends early, without a word, when the signal is aborted: what waits next finds that out. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve()
      return
    }
    const end = () => {
      cancel()
      signal.removeEventListener('abort', end)
      resolve()
    }
    const cancel = clock.after(ms, end)
    signal.addEventListener('abort', end)
  })
}
