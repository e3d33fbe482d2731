import type { EventRecord } from '../../../shared/model/index.ts'
import type { I18n } from '../../lib/i18n/index.ts'
import { eventText } from './event-words.ts'

const COLUMNS = ['time', 'severity', 'code', 'text', 'object', 'actor', 'source', 'connectionId', 'hostId', 'machineId', 'taskId'] as const

/** A cell as spreadsheets read it; what they would take for a formula is kept as text by a leading apostrophe. */
export function csvCell(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** RFC 4180, times in ISO 8601. */
export function eventsCsv(events: readonly EventRecord[], i18n: I18n): string {
  const rows = events.map((event) =>
    [
      new Date(event.atMs).toISOString(),
      event.severity,
      event.code,
      eventText(event, i18n),
      event.objectName ?? '',
      event.actor ?? '',
      event.source,
      event.connectionId ?? '',
      event.hostId ?? '',
      event.machineId ?? '',
      event.taskId ?? '',
    ]
      .map(csvCell)
      .join(','),
  )
  return `${[COLUMNS.join(','), ...rows].join('\r\n')}\r\n`
}

export function eventsJson(events: readonly EventRecord[]): string {
  return `${JSON.stringify(events, null, 2)}\n`
}

/** Hands a text to the browser as a file. */
export function downloadText(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The download has begun by then; the address is not needed any more.
  setTimeout(() => URL.revokeObjectURL(url), 1_000)
}
