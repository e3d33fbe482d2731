import type { EventRecord } from '../../../shared/model/index.ts'
import type { I18n } from '../../lib/i18n/index.ts'
import type { StateShape } from '../../ui/index.ts'

/** What happened, in the chosen language: the catalogue's words for the code, else the English text that came along. */
export function eventText(event: EventRecord, i18n: I18n): string {
  // The English text is the more exact one, but a task's speaks in codes.
  if (i18n.language === 'en' && event.text !== '' && event.source !== 'task') return event.text
  const params: Record<string, string | number> = { name: event.objectName ?? '' }
  for (const [key, value] of Object.entries(event.params)) {
    if (typeof value === 'string' || typeof value === 'number') params[key] = value
    else if (Array.isArray(value)) params[key] = value.filter((one) => typeof one === 'string').join(', ')
  }
  const { kind, error, reason, attention } = event.params
  if (typeof kind === 'string') params.action = i18n.code('task', kind, kind)
  const cause = typeof error === 'string' ? error : typeof reason === 'string' ? reason : null
  // Codes of errors are worded by the same catalogue; what it does not know is left out rather than shown as a code.
  if (typeof attention === 'string') params.cause = i18n.optional(`attention.${attention}`) ?? event.text
  else params.cause = cause === null ? '' : (i18n.wording(`cause.${cause}`, params) ?? i18n.wording(`error.${cause}`, params) ?? '')
  try {
    return (i18n.wording(`event.${event.code}`, params) ?? event.text).trim()
  } catch {
    // The event lacks a parameter that this wording wants: its own text says it all the same.
    return event.text
  }
}

export const SEVERITY_SHAPES: Readonly<Record<EventRecord['severity'], StateShape | null>> = {
  info: null,
  warning: 'attention',
  error: 'failed',
}

/** Who or what saw it. */
export function eventOrigin(event: EventRecord, i18n: I18n): string {
  return event.actor ?? i18n.t(`event-source.${event.source}`)
}
