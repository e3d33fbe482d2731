import type { ReactNode } from 'react'
import type { CloudResource, Host, HostId } from '../../../../shared/model/index.ts'
import { type MessageKey, useI18n } from '../../../lib/i18n/index.ts'
import { TagRows } from '../../cloud-machine/index.ts'
import { CheckField, type Choice, ListField, SelectField, TextField } from '../fields/fields.tsx'
import { Picker } from '../fields/picker.tsx'
import type { CloudDraft } from './draft.ts'
import { GroupsField } from './groups-field.tsx'
import type { CloudRules } from './rules.ts'
import { type KnownZones, ZoneField } from './zone-field.tsx'

export const CLOUD_SECTIONS = ['place', 'image', 'type', 'network', 'login', 'tags'] as const
export type CloudSectionId = (typeof CLOUD_SECTIONS)[number]

const SECTION_OF: Readonly<Record<keyof CloudDraft, CloudSectionId>> = {
  name: 'place',
  zone: 'place',
  imageId: 'image',
  type: 'type',
  subnetId: 'network',
  groupIds: 'network',
  publicAddress: 'network',
  keyName: 'login',
  sshKey: 'login',
  user: 'login',
  tags: 'tags',
}

/** The part of the form that a field stands in. */
export function cloudSectionOf(path: string): CloudSectionId {
  return SECTION_OF[path.split('.')[1] as keyof CloudDraft] ?? 'place'
}

/** A part of the form, under its title. */
export function Section({ id, children }: { readonly id: CloudSectionId; readonly children: ReactNode }) {
  const { t } = useI18n()
  return (
    <section className="build-section" id={`section-${id}`}>
      <h2 id={`section-${id}-title`} tabIndex={-1}>
        {t(`cloud.section.${id}`)}
      </h2>
      {children}
    </section>
  )
}

export interface PlaceSectionProps {
  readonly place: Host
  readonly places: readonly Host[]
  readonly accountOf: (place: Host) => string
  readonly zones: KnownZones
  readonly rules: CloudRules
  readonly onPlace: (hostId: HostId) => void
}

export function PlaceSection({ place, places, accountOf, zones, rules, onPlace }: PlaceSectionProps) {
  const { t } = useI18n()
  const picks = places.map((one) => ({ id: one.id, label: one.name, side: accountOf(one), words: one.hypervisor }))
  return (
    <Section id="place">
      <Picker path="cloud.hostId" picks={picks} value={place.id} empty={t('build.no-hosts')} onPick={(id) => onPlace(id as HostId)} />
      <TextField path="cloud.name" placeholder="web-1" maxLength={64} />
      <ZoneField zones={zones} rules={rules} />
    </Section>
  )
}

export interface ImageSectionProps {
  readonly images: readonly CloudResource[]
  readonly value: string
  readonly rules: CloudRules
  readonly reading: boolean
  readonly failed: string | null
  readonly onSearch: (text: string) => void
  readonly onPick: (id: string) => void
}

/** Searched by the cloud itself; one that no search finds can be named. */
export function ImageSection({ images, value, rules, reading, failed, onSearch, onPick }: ImageSectionProps) {
  const { t, format } = useI18n()
  const picks = images.map(({ id, name, createdAtMs, properties }) => ({
    id,
    label: name || id,
    side: createdAtMs === null ? '' : format.date(createdAtMs),
    words: [id, ...properties.map((one) => one.value)].join(' '),
  }))
  return (
    <Section id="image">
      <Picker
        path="cloud.imageId"
        picks={picks}
        value={value}
        empty={t(reading ? 'cloud.image.searching' : 'cloud.image.none')}
        placeholder={t('cloud.image.search')}
        note={failed === null ? t('cloud.image.form', { form: rules.imageForm }) : <span className="bad-text">{failed}</span>}
        free={rules.imageId}
        onSearch={onSearch}
        onPick={onPick}
      />
    </Section>
  )
}

export interface NetworkSectionProps {
  readonly rules: CloudRules
  readonly subnets: readonly CloudResource[]
  readonly groups: readonly CloudResource[]
  /** Why they could not be read, in words. */
  readonly failed: Readonly<Record<'subnets' | 'groups', string | null>>
}

export function NetworkSection({ rules, subnets, groups, failed }: NetworkSectionProps) {
  const { t } = useI18n()
  const none: MessageKey = rules.subnet === 'optional' ? 'cloud.subnet.default' : 'cloud.subnet.choose'
  const choices: readonly Choice[] = [
    { id: '', label: t(none) },
    ...subnets.map(({ id, name, zone, region, properties }) => ({
      id,
      label: [name || id, zone ?? region, properties.find(({ key }) => key === 'cidr')?.value].filter(Boolean).join(', '),
    })),
  ]
  return (
    <Section id="network">
      <SelectField
        path="cloud.subnetId"
        choices={choices}
        note={failed.subnets === null ? undefined : <span className="bad-text">{failed.subnets}</span>}
      />
      {rules.groups === 'words' ? (
        <ListField path="cloud.groupIds" apart="words" placeholder="http-server" note={t('cloud.groups.words')} />
      ) : (
        <GroupsField groups={groups} single={rules.groups === 'one'} failed={failed.groups} />
      )}
      <CheckField path="cloud.publicAddress" />
    </Section>
  )
}

export interface LoginSectionProps {
  readonly rules: CloudRules
  readonly keys: readonly CloudResource[]
  readonly failed: string | null
}

export function LoginSection({ rules, keys, failed }: LoginSectionProps) {
  const { t } = useI18n()
  return (
    <Section id="login">
      {rules.keyPairs && (
        <SelectField
          path="cloud.keyName"
          choices={[{ id: '', label: t('cloud.key.none') }, ...keys.map(({ name }) => ({ id: name, label: name }))]}
          note={failed === null ? undefined : <span className="bad-text">{failed}</span>}
        />
      )}
      <TextField path="cloud.sshKey" placeholder="ssh-ed25519 AAAA… maja@workstation" mono />
      <TextField path="cloud.user" placeholder={rules.usualUser} maxLength={32} />
    </Section>
  )
}

export function TagsSection({ draft, onChange }: { readonly draft: CloudDraft; readonly onChange: (tags: CloudDraft['tags']) => void }) {
  return (
    <Section id="tags">
      <div className="cloud-tags">
        <TagRows lines={draft.tags} onChange={onChange} />
      </div>
    </Section>
  )
}
