import type { SnapshotSchedule } from '../../../../shared/model/index.ts'
import type { I18n } from '../../../lib/i18n/index.ts'
import { timeText, WEEKDAYS, weekdayName } from '../model/schedule.ts'

/** "Every 6 hours", "At 02:00 every day", "At 02:00 on Mon, Tue". */
export function everyWords({ every }: SnapshotSchedule, { t, language }: I18n): string {
  if (every.unit === 'hours') return t('schedules.every-hours', { count: every.count })
  const time = timeText(every.minuteOfDay)
  if (every.weekdays.length === WEEKDAYS.length) return t('schedules.every-day', { time })
  const days = every.weekdays.toSorted((a, b) => a - b).map((day) => weekdayName(day, language))
  return t('schedules.on-days', { time, days: days.join(', ') })
}

export function keepWords({ keep }: SnapshotSchedule, { t }: I18n): string {
  const { last, days, weeks } = keep
  return [
    t('schedules.keep-last', { count: last }),
    ...(days > 0 ? [t('schedules.keep-days', { count: days })] : []),
    ...(weeks > 0 ? [t('schedules.keep-weeks', { count: weeks })] : []),
  ].join(', ')
}
