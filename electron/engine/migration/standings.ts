import type { MachineStanding } from '../../providers/provider.ts'

/** What two standings of one machine come to, and so what is to be done. */
export type Verdict =
  /** At the target, and nothing of it at the source. */
  | 'moved'
  /** At the target; what it has left at the source is to be given up. */
  | 'rest-here'
  /** It has left the source for good and stands still at the target, where it may run. */
  | 'runs-there'
  /** At the source, and nothing of it at the target. */
  | 'stayed'
  /** It stands still at the source and may run there: the target has nothing of it. */
  | 'runs-here'
  /** At the source; what it has left at the target is to be given up. */
  | 'rest-there'
  /** The target still receives; what does so for nobody is given up after a while. */
  | 'receiving'
  /** A daemon is at it, or has to end what it began. */
  | 'under-way'
  /** In post-copy, with a part of its memory at each end and no way between them: it is to be taken up again. */
  | 'broken'
  /** At both, or at neither: a person has to look. */
  | 'unclear'

type State = MachineStanding['state']

const THERE = ['absent', 'off', 'running', 'paused', 'incoming', 'outgoing', 'left-paused', 'post-copy-failed'] as const

const LETTERS: Readonly<Record<string, Verdict>> = {
  m: 'moved',
  M: 'rest-here',
  r: 'runs-there',
  s: 'stayed',
  h: 'runs-here',
  G: 'rest-there',
  R: 'receiving',
  w: 'under-way',
  b: 'broken',
  x: 'unclear',
}

/**
 * A row for each standing at the source, a column for each at the target, in the order of {@link THERE}. What it rests on: the target keeps a
 * definition before it lets the guest run, so that a guest which ran there leaves one; the source lets it go on only when told that it does not
 * run there; and the target had nothing of it when the move began.
 */
const TABLE: Readonly<Record<State, string>> = {
  absent: /*          */ 'xmmmwmrx',
  off: /*             */ 'sxMMRxwx',
  running: /*         */ 'sGxwRxwx',
  paused: /*          */ 'sGxwRxwx',
  incoming: /*        */ 'wwwwxxwx',
  outgoing: /*        */ 'wwwwwwwb',
  'left-paused': /*   */ 'hMMMRxwx',
  'post-copy-failed': 'xxxxbxxb',
}

/** What is so when the target cannot be asked: a guest that goes on at the source was told that it does not run there. */
const ALONE: Readonly<Partial<Record<State, Verdict>>> = { running: 'stayed', paused: 'stayed' }

/** `there`: null when the target cannot be asked now. `isCold`: the move is one of a definition alone. */
export function verdictOf(here: State, there: State | null, isCold: boolean): Verdict {
  if (there === null) return ALONE[here] ?? 'under-way'
  // both ends have the definition: the target's was made by this move, as there was none
  if (isCold && here === 'off' && there === 'off') return 'rest-here'
  return LETTERS[TABLE[here][THERE.indexOf(there)] ?? ''] ?? 'unclear'
}

/** It is at the target for good, whatever is left to tidy up. */
export function isThere(verdict: Verdict): boolean {
  return verdict === 'moved' || verdict === 'rest-here' || verdict === 'runs-there'
}
