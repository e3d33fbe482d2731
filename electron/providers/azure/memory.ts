import type { VirtualMachine, VirtualMachineInstanceView } from '@azure/arm-compute'
import type { Clock } from '../provider.ts'
import { type Surroundings, stateOf } from './facts.ts'
import { subscriptionOf } from './ids.ts'

interface Kept {
  isRunning: boolean
  startedAtMs: number | null
  osName: string | null
}

/** What Azure tells in one answer and leaves out in the next, or does not tell at all: it has no time of a machine's start. */
export class Memory {
  readonly #clock: Clock
  readonly #kept = new Map<string, Kept>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  note(ref: string, vm: VirtualMachine, view: VirtualMachineInstanceView | undefined): Pick<Surroundings, 'startedAtMs' | 'osName'> {
    const before = this.#kept.get(ref)
    const isRunning = stateOf(vm, view).state === 'running'
    const osName =
      view?.osName === undefined || view.osName === '' ? (before?.osName ?? null) : [view.osName, view.osVersion].join(' ').trim()
    const startedAtMs = !isRunning || before === undefined ? null : before.isRunning ? before.startedAtMs : this.#startOf(view)
    this.#kept.set(ref, { isRunning, startedAtMs, osName })
    return { startedAtMs, osName }
  }

  /** What is gone is forgotten. */
  keepOnly(subscription: string, refs: readonly string[]): void {
    const there = new Set(refs)
    for (const ref of this.#kept.keys()) if (subscriptionOf(ref) === subscription && !there.has(ref)) this.#kept.delete(ref)
  }

  restarted(ref: string): void {
    const kept = this.#kept.get(ref)
    if (kept?.isRunning === true) kept.startedAtMs = this.#clock.nowMs()
  }

  /** The last operation on a machine that has just come up was its start. */
  #startOf(view: VirtualMachineInstanceView | undefined): number {
    const status = view?.statuses?.find(({ code }) => code?.startsWith('ProvisioningState/') === true)
    return status?.time?.getTime() ?? this.#clock.nowMs()
  }
}
