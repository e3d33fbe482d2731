import type { MoveChange, MoveOptions, MoveOutcome } from '../../provider.ts'
import type { MoveFault } from '../config.ts'

/** A move that runs at the site, whoever listens. */
export interface MoveUnderWay {
  readonly sourceRef: string
  readonly targetRef: string
  readonly outcome: Promise<MoveOutcome>
  /** Answers what ends the listening. */
  listen(options: MoveOptions): () => void
  tune(change: MoveChange): void
  /** Throws `precondition` migration.no-way-back. */
  cancel(): void
}

/** One that broke in post-copy. */
export interface BrokenMove extends MoveUnderWay {
  /** It goes on under its new `outcome`. Throws migration.cannot-resume. */
  takeUp(): void
}

/** The moves of a site that run now or are broken, and what hosts remember of their clocks. */
export class MoveBook {
  fault: MoveFault | null
  readonly #running = new Map<string, MoveUnderWay>()
  readonly #broken = new Map<string, BrokenMove>()
  readonly #clocksSet = new Set<string>()

  constructor(fault: MoveFault | null) {
    this.fault = fault
  }

  get(machineRef: string): MoveUnderWay | undefined {
    return this.#running.get(machineRef)
  }

  broken(machineRef: string): BrokenMove | undefined {
    return this.#broken.get(machineRef)
  }

  begin(machineRef: string, move: MoveUnderWay): void {
    this.#broken.delete(machineRef)
    this.#running.set(machineRef, move)
  }

  /** A part of its memory is at each end from now on. */
  breakOff(machineRef: string, move: BrokenMove): void {
    this.#broken.set(machineRef, move)
  }

  end(machineRef: string): void {
    this.#running.delete(machineRef)
  }

  /** How many come in at a host. */
  incomingAt(hostRef: string): number {
    return [...this.#running.values()].filter((move) => move.targetRef === hostRef).length
  }

  setClock(hostRef: string): void {
    this.#clocksSet.add(hostRef)
  }

  isClockSet(hostRef: string): boolean {
    return this.#clocksSet.has(hostRef)
  }
}
