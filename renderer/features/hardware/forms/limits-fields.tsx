import type { IoLimits, NicLimits } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { Field, NumberInput } from '../field.tsx'
import { asText, MIB, wholeOrNone } from '../numbers.ts'

export const IO_KEYS = ['totalBytesPerS', 'readBytesPerS', 'writeBytesPerS', 'totalIops', 'readIops', 'writeIops'] as const
export type IoTexts = Readonly<Record<keyof IoLimits, string>>

function isBytes(key: keyof IoLimits): boolean {
  return key.endsWith('BytesPerS')
}

export function ioTexts(limits: IoLimits): IoTexts {
  return Object.fromEntries(
    IO_KEYS.map((key) => [key, asText(limits[key] !== null && isBytes(key) ? (limits[key] ?? 0) / MIB : limits[key])]),
  ) as IoTexts
}

/** Null: one of them is no number. */
export function ioLimitsOf(texts: IoTexts): IoLimits | null {
  const limits: Record<string, number | null> = {}
  for (const key of IO_KEYS) {
    const value = wholeOrNone(texts[key])
    if (value === undefined) return null
    limits[key] = value === null ? null : isBytes(key) ? value * MIB : value
  }
  return limits as IoLimits
}

export interface IoFieldsProps {
  readonly texts: IoTexts
  readonly name?: string
  readonly onChange: (texts: IoTexts) => void
}

/** A total, or reading and writing apart: both at once make no sense to the host. */
export function IoFields({ texts, name, onChange }: IoFieldsProps) {
  const { t } = useI18n()
  const isTaken = (key: keyof IoLimits) => {
    const kind = isBytes(key) ? 'BytesPerS' : 'Iops'
    const parts = texts[`read${kind}`] !== '' || texts[`write${kind}`] !== ''
    return key.startsWith('total') ? parts : texts[`total${kind}`] !== ''
  }
  return (
    <>
      {IO_KEYS.map((key) => (
        <Field
          key={key}
          label={t(`hw.field.limits.${key}`)}
          {...(key === 'writeIops' && name !== undefined && { name })}
          note={isTaken(key) && texts[key] !== '' ? t('hw.note.total-excludes') : null}
        >
          {(id, describedBy) => (
            <NumberInput
              id={id}
              describedBy={describedBy}
              value={texts[key]}
              unit={isBytes(key) ? 'MiB/s' : t('hw.per-second')}
              placeholder={t('hw.no-limit')}
              onChange={(next) => onChange({ ...texts, [key]: next })}
            />
          )}
        </Field>
      ))}
    </>
  )
}

const DIRECTIONS = ['inbound', 'outbound'] as const
const RATE_KEYS = ['averageKiBPerS', 'peakKiBPerS', 'burstKiB'] as const
type Direction = (typeof DIRECTIONS)[number]
export type RateTexts = Readonly<Record<Direction, Readonly<Record<(typeof RATE_KEYS)[number], string>>>>

export function rateTexts(limits: NicLimits): RateTexts {
  const texts = (rate: NicLimits['inbound']) => ({
    averageKiBPerS: asText(rate?.averageKiBPerS ?? null),
    peakKiBPerS: asText(rate?.peakKiBPerS ?? null),
    burstKiB: asText(rate?.burstKiB ?? null),
  })
  return { inbound: texts(limits.inbound), outbound: texts(limits.outbound) }
}

/** Null: one of them is no number, or a peak stands without an average. */
export function nicLimitsOf(texts: RateTexts): NicLimits | null {
  const rate = (direction: Direction): NicLimits['inbound'] | undefined => {
    const [average, peak, burst] = RATE_KEYS.map((key) => wholeOrNone(texts[direction][key]))
    if (average === undefined || peak === undefined || burst === undefined) return undefined
    if (average === null) return peak === null && burst === null ? null : undefined
    return { averageKiBPerS: average, peakKiBPerS: peak, burstKiB: burst }
  }
  const [inbound, outbound] = [rate('inbound'), rate('outbound')]
  return inbound === undefined || outbound === undefined ? null : { inbound, outbound }
}

export interface RateFieldsProps {
  readonly texts: RateTexts
  readonly name?: string
  readonly onChange: (texts: RateTexts) => void
}

export function RateFields({ texts, name, onChange }: RateFieldsProps) {
  const { t } = useI18n()
  return (
    <>
      {DIRECTIONS.map((direction) => (
        <fieldset key={direction} className="hw-group">
          <legend>{t(`hw.${direction}`)}</legend>
          {RATE_KEYS.map((key) => (
            <Field
              key={key}
              label={t(`hw.field.rate.${key}`)}
              {...(direction === 'outbound' && key === 'burstKiB' && name !== undefined && { name })}
            >
              {(id, describedBy) => (
                <NumberInput
                  id={id}
                  describedBy={describedBy}
                  value={texts[direction][key]}
                  unit={key === 'burstKiB' ? 'KiB' : 'KiB/s'}
                  placeholder={t(key === 'averageKiBPerS' ? 'hw.no-limit' : 'hw.usual')}
                  onChange={(next) => onChange({ ...texts, [direction]: { ...texts[direction], [key]: next } })}
                />
              )}
            </Field>
          ))}
        </fieldset>
      ))}
    </>
  )
}
