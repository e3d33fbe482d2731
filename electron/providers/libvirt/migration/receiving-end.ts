import type { TypedParam } from '../../../libvirt/index.ts'
import type { MachineStanding, MoveOutcome } from '../../provider.ts'

export interface Finished {
  readonly cookie: Uint8Array
  /** As the target counted it. */
  readonly outcome: MoveOutcome
}

/** The receiving end's words, and what else is asked of it. */
export interface ReceivingEnd {
  /** Starts what will receive. Answers where it listens. */
  prepare(
    params: readonly TypedParam[],
    cookie: Uint8Array,
    flags: number,
  ): Promise<{ readonly uri: string | null; readonly cookie: Uint8Array }>
  /** Lets it run there, or, `cancelled`, ends what received. Throws when it does not run there. */
  finish(params: readonly TypedParam[], cookie: Uint8Array, flags: number, cancelled: boolean): Promise<Finished>
  /** Settles only when the way to it breaks, or with the signal. */
  whenLost(signal: AbortSignal): Promise<unknown>
  standing(machineRef: string, options: { readonly timeoutMs?: number }): Promise<MachineStanding>
  counted(machineRef: string): Promise<MoveOutcome>
  /** Ends what the machine receives over, when nobody sends any more: see `drop-line.ts`. Answers why that cannot be done; null: it was. */
  dropLine(name: string): Promise<string | null>
  /** The last that its QEMU said of a machine; null: nothing, or it cannot be read. */
  lastWords(name: string): Promise<string | null>
}
