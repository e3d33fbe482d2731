import type { HardwareView, PendingChange } from '../../../shared/model/index.ts'
import type { I18n } from '../../lib/i18n/index.ts'
import { deviceIn, deviceTitle } from './items.ts'

/** What a field is called; one that nobody has words for by its own name. */
export function fieldWord(field: string, { optional }: I18n): string {
  const last = field.slice(field.indexOf('.') + 1)
  return optional(`hw.field.${field}`) ?? optional(`hw.field.${last}`) ?? optional(`device.${field}`) ?? field
}

/** What changes: "Memory", "Disk vda: Cache". */
export function pendingTitle({ device, field }: PendingChange, view: HardwareView, i18n: I18n): string {
  if (device === null) return fieldWord(field, i18n)
  const found = deviceIn(view, device)
  const title = found ? deviceTitle(found, i18n) : device
  return field === 'device' ? title : `${title}: ${fieldWord(field, i18n)}`
}

const KIB = /KiB$/

/** A value as it is read: sizes with their unit, yes and no, limits in a few words. */
export function pendingValue(field: string, value: string | null, { t, format }: I18n): string {
  if (value === null) return field === 'device' ? t('hw.pending.none') : '–'
  if (KIB.test(field) && /^\d+$/.test(value)) return format.bytes(Number(value) * 1_024)
  if (value === 'true' || value === 'false') return t(value === 'true' ? 'word.yes' : 'word.no')
  return value.startsWith('{') ? value.replaceAll(/[{}"]/g, '').replaceAll(',', ', ').replaceAll(':', ' ') : value
}
