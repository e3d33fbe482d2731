import type { AppError } from '../../../shared/errors/index.ts'
import type { Freshness, Machine, MachineConsole, Reason } from '../../../shared/model/index.ts'

/** Why a console may not be open now, whatever the engine would say; the nearest reason first. */
export type Obstacle =
  | { readonly kind: 'gone' }
  | { readonly kind: 'forbidden' }
  /** Nobody vouches for the machine: its host, or the console's own engine, does not answer. */
  | { readonly kind: 'no-link'; readonly reason: string | null }
  | { readonly kind: 'off'; readonly saved: boolean }
  | { readonly kind: 'unlisted'; readonly error: AppError }
  | { readonly kind: 'none' }
  | { readonly kind: 'closed'; readonly reason: Reason }

export interface Surroundings {
  readonly machine: Pick<Machine, 'state'> | undefined
  readonly freshness: Freshness
  readonly linkProblem: string | null
  readonly mayOpen: boolean
  /** As listed; undefined: not known yet. */
  readonly consoles: readonly MachineConsole[] | undefined
  readonly listError: AppError | null
  readonly chosen: MachineConsole | null
}

/** Where a list says that the machine is off while its state says otherwise, the state is the news: the list is read anew. */
const STATE_KNOWS_BETTER = 'console.not-running'

export function obstacleOf(around: Surroundings): Obstacle | null {
  const { machine, freshness, consoles, chosen } = around
  if (!machine) return { kind: 'gone' }
  if (!around.mayOpen) return { kind: 'forbidden' }
  if (freshness.state !== 'live') return { kind: 'no-link', reason: around.linkProblem }
  if (machine.state === 'stopped' || machine.state === 'saved') return { kind: 'off', saved: machine.state === 'saved' }
  if (!consoles) return around.listError ? { kind: 'unlisted', error: around.listError } : null
  if (!chosen) return { kind: 'none' }
  return chosen.reason && chosen.reason.code !== STATE_KNOWS_BETTER ? { kind: 'closed', reason: chosen.reason } : null
}

/** The console that is meant: the named one, else the first that can be opened, else the first. */
export function chooseConsole(consoles: readonly MachineConsole[], kind: string | null, index: string | null): MachineConsole | null {
  const named = consoles.find((one) => one.kind === kind && String(one.index) === (index ?? '0'))
  return named ?? consoles.find(({ reason }) => canWait(reason)) ?? consoles[0] ?? null
}

/** It can be opened now, or as soon as the machine runs. */
export function canWait(reason: Reason | null): boolean {
  return reason === null || reason.code === STATE_KNOWS_BETTER
}
