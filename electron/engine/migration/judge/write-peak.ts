import { timeOf } from '../../../../shared/model/index.ts'
import { type Check, mend, passes, warns } from './judge.ts'
import { sizeText, spanText } from './words.ts'

/** Longer by less is nothing to wait for. */
const LEAST_LONGER_MS = 5_000
const LEAST_LONGER_SHARE = 0.1

/** It begins, or goes on, while the guest writes much more than usual. Of what is not known nothing is said, for that is as a rule no trouble. */
export const writePeak: Check = ({ writing }) => {
  if (!writing) return []
  const { peak, usualBytesPerS } = writing
  if (!peak) return [passes('writes-usual', { params: { usual: sizeText(usualBytesPerS) } })]
  const { fromMs, untilMs, bytesPerS, days, longerMs, usualMs, isEndless, calmFromMs } = peak
  const params = {
    from: timeOf(fromMs),
    fromMs: String(fromMs),
    until: timeOf(untilMs),
    untilMs: String(untilMs),
    peak: sizeText(bytesPerS),
    usual: sizeText(usualBytesPerS),
    days: String(days),
    longer: spanText(longerMs),
  }
  if (!isEndless && longerMs < Math.max(LEAST_LONGER_MS, usualMs * LEAST_LONGER_SHARE)) return [passes('write-peak-harmless', { params })]
  const later = { at: timeOf(calmFromMs ?? 0), atMs: String(calmFromMs) }
  const mends = calmFromMs === null ? [] : [mend('plan-for', { mend: 'when', atMs: calmFromMs }, later)]
  return [warns(isEndless ? 'write-peak-endless' : 'write-peak', { params, mends })]
}
