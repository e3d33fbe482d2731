import type { EditTime, HardwarePreview, Reason } from '../../../shared/model/index.ts'
import type { I18n } from '../../lib/i18n/index.ts'

export interface TimeChoice {
  readonly when: EditTime
  /** Why it cannot count then; null: it can. */
  readonly reason: Reason | null
}

/** When an edit can count, the best first: what runs and what is kept stay the same by `both`, and as far as they can by `split`. */
export function timesOf({ now, nextStart, split }: HardwarePreview): readonly TimeChoice[] {
  const why = (possible: HardwarePreview['now']) => (possible.ok ? null : possible.reason)
  return [
    { when: 'both', reason: why(now) ?? why(nextStart) },
    ...(split ? [{ when: 'split' as const, reason: null }] : []),
    { when: 'now', reason: why(now) },
    { when: 'next-start', reason: why(nextStart) },
  ]
}

/** What was chosen if it can be, else the best that can. Null: it cannot be done at all. */
export function chosenTime(times: readonly TimeChoice[], wanted: EditTime | null): EditTime | null {
  const possible = times.filter(({ reason }) => reason === null).map(({ when }) => when)
  if (wanted !== null && possible.includes(wanted)) return wanted
  return possible[0] ?? null
}

/** One field's own words: when a change of it alone would count. */
export function takesEffect({ now, nextStart }: HardwarePreview, i18n: I18n): { readonly text: string; readonly isBad: boolean } {
  if (now.ok) return { text: i18n.t('hw.takes.now'), isBad: false }
  if (nextStart.ok) return { text: i18n.t('hw.takes.next-start'), isBad: false }
  const { reason } = nextStart.reason.code === 'hardware.transient' ? now : nextStart
  return { text: i18n.reason(reason), isBad: true }
}

/** The reason that says most of an edit that can count at no time. */
export function refusalOf({ now, nextStart }: HardwarePreview): Reason | null {
  if (now.ok || nextStart.ok) return null
  const general = nextStart.reason.code === 'hardware.transient' || nextStart.reason.code === 'hardware.resize-at-once'
  return general && now.reason.code !== 'hardware.machine-off' ? now.reason : nextStart.reason
}
