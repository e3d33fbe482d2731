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
  /** It cannot be opened as it is; `addable`: a VNC display in its definition would help. */
  | { readonly kind: 'closed'; readonly reason: Reason; readonly addable: boolean }
  /** Its display is in the definition that the next start reads. */
  | { readonly kind: 'after-start' }

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
const NOT_VNC = 'console.not-vnc'
const AFTER_START = 'console.after-start'

export function obstacleOf(around: Surroundings): Obstacle | null {
  const { machine, freshness, consoles, chosen } = around
  if (!machine) return { kind: 'gone' }
  if (!around.mayOpen) return { kind: 'forbidden' }
  if (freshness.state !== 'live') return { kind: 'no-link', reason: around.linkProblem }
  const addable = chosen?.reason?.code === NOT_VNC && lacksVnc(consoles ?? [])
  // also of a machine that is off: a start alone would not help
  if (chosen?.reason && addable) return { kind: 'closed', reason: chosen.reason, addable }
  if (machine.state === 'stopped' || machine.state === 'saved') return { kind: 'off', saved: machine.state === 'saved' }
  if (!consoles) return around.listError ? { kind: 'unlisted', error: around.listError } : null
  if (!chosen) return { kind: 'none' }
  if (chosen.reason?.code === AFTER_START) return { kind: 'after-start' }
  return chosen.reason && chosen.reason.code !== STATE_KNOWS_BETTER ? { kind: 'closed', reason: chosen.reason, addable } : null
}

/** The console that is meant: the named one, else the first that can be opened, else the first. Of a display without VNC its VNC neighbour. */
export function chooseConsole(consoles: readonly MachineConsole[], kind: string | null, index: string | null): MachineConsole | null {
  const named = consoles.find((one) => one.kind === kind && String(one.index) === (index ?? '0'))
  if (named?.reason?.code === NOT_VNC) return consoles.find(isVnc) ?? named
  return named ?? consoles.find(({ reason }) => canWait(reason)) ?? consoles[0] ?? null
}

/** It can be opened now, or as soon as the machine runs. */
export function canWait(reason: Reason | null): boolean {
  return reason === null || reason.code === STATE_KNOWS_BETTER
}

/** It opens, or there is something to read and to do about it. */
export function canChoose({ reason }: MachineConsole, consoles: readonly MachineConsole[]): boolean {
  return canWait(reason) || reason?.code === AFTER_START || (reason?.code === NOT_VNC && lacksVnc(consoles))
}

function lacksVnc(consoles: readonly MachineConsole[]): boolean {
  return !consoles.some(isVnc)
}

function isVnc({ kind, reason }: MachineConsole): boolean {
  return kind === 'vnc' && reason?.code !== NOT_VNC
}
