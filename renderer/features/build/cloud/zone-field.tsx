import { compareNames, useI18n } from '../../../lib/i18n/index.ts'
import { type Choice, SelectField } from '../fields/fields.tsx'
import type { CloudRules } from './rules.ts'
import { SuggestField } from './suggest-field.tsx'
import type { PlaceKnowledge } from './use-place-knowledge.ts'

export type KnownZones = Pick<PlaceKnowledge, 'zones' | 'usedZones' | 'reading'>

/** Chosen from what the place has. Only where that cannot be read, a zone is typed. */
export function ZoneField({ zones: { zones, usedZones, reading }, rules }: { readonly zones: KnownZones; readonly rules: CloudRules }) {
  const { t } = useI18n()
  const none = t(rules.zone === 'optional' ? 'cloud.any' : 'cloud.zone.choose')
  const offered: readonly Choice[] =
    zones.length > 0
      ? zones
          .toSorted((a, b) => compareNames(a.name, b.name))
          .map(({ id, name, state }) => ({ id, label: name, reason: state === null ? null : t('cloud.zone.closed', { state }) }))
      : rules.zones.map((id) => ({ id, label: id }))
  if (offered.length === 0 && reading.zones) return <SelectField path="cloud.zone" choices={[{ id: '', label: t('cloud.zone.reading') }]} />
  if (offered.length > 0) return <SelectField path="cloud.zone" choices={[{ id: '', label: none }, ...offered]} />
  return <SuggestField path="cloud.zone" suggestions={usedZones} placeholder={rules.zone === 'optional' ? none : 'europe-west3-a'} />
}
