import { type PredictInput, predict } from '../predict.ts'
import { type Foreseen, foresee } from './foresee.ts'
import type { WriteProfile } from './write-profile.ts'

/** What it means for a move that it begins at a time. */
export interface WritesThen {
  readonly usualBytesPerS: number
  /** Null: it writes no more than usual. */
  readonly peak:
    | (NonNullable<Foreseen['peak']> & {
        /** Than at other times. */
        readonly longerMs: number
        /** At other times it takes so long. */
        readonly usualMs: number
        /** It would end by itself at other times, and not then. */
        readonly isEndless: boolean
      })
    | null
}

export interface WritesThenInput {
  /** Undefined: nothing is known of the machine. */
  readonly profile: WriteProfile | undefined
  readonly move: PredictInput
  readonly beginsAtMs: number
}

/** Null: there is nothing to say, as it writes nothing meanwhile, or what it writes then is not known. */
export function writesThen({ profile, move, beginsAtMs }: WritesThenInput): WritesThen | null {
  const { spec, out, nowMs } = move
  if (!profile || !out.isRunning || spec.mode !== 'live') return null
  const known = foresee(profile, { fromMs: beginsAtMs, forMs: 0 }, nowMs)
  if (!known) return null
  const { usualBytesPerS } = known
  const usually = at(move, usualBytesPerS, usualBytesPerS, null)
  if (!usually) return null
  const then = foresee(profile, { fromMs: beginsAtMs, forMs: usually.totalMs.likely }, nowMs)
  if (!then) return null
  if (!then.peak) return { usualBytesPerS, peak: null }
  const peaked = at(move, then.meanBytesPerS, usualBytesPerS, then.dirtyBytesPerS)
  if (!peaked) return null
  const usualMs = usually.totalMs.likely
  const longerMs = Math.max(0, peaked.totalMs.likely - usualMs)
  return { usualBytesPerS, peak: { ...then.peak, longerMs, usualMs, isEndless: usually.converges && !peaked.converges } }
}

/** With that rate to its disks. What goes to a disk went through its memory first; a measurement has what was written when it was taken. */
function at(move: PredictInput, bytesPerS: number, usualBytesPerS: number, leastBytesPerS: number | null) {
  const before = move.measured ? (move.diskWriteBytesPerS ?? usualBytesPerS) : usualBytesPerS
  return predict({ ...move, diskWriteBytesPerS: bytesPerS, writesThen: { moreBytesPerS: bytesPerS - before, leastBytesPerS } })
}
