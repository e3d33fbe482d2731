import { useCallback, useState } from 'react'
import { useNavigate } from 'react-router'
import { type CloudId, type Connection, type Host, type HostId, worseFreshness } from '../../../../shared/model/index.ts'
import { useApi } from '../../../lib/api/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { paths } from '../../../lib/paths.ts'
import { listPriceOf, useListPrices } from '../../../lib/prices/index.ts'
import { useDebounced } from '../../../lib/time/use-debounced.ts'
import { dropCloudDraft, keepCloudDraft, useDrafts } from '../drafts.ts'
import { FormContext } from '../fields/form-context.ts'
import { Frame, type Step } from '../frame.tsx'
import { Findings } from '../side/findings.tsx'
import { useKeptDraft } from '../use-kept-draft.ts'
import { whyNot } from '../why-not.ts'
import { findingsOf, issuesOf } from './checks.ts'
import { type CloudDraft, formFor, specOf } from './draft.ts'
import { Plan } from './plan.tsx'
import { regionOf } from './region.ts'
import { RULES } from './rules.ts'
import {
  CLOUD_SECTIONS,
  type CloudSectionId,
  cloudSectionOf,
  ImageSection,
  LoginSection,
  NetworkSection,
  PlaceSection,
  TagsSection,
} from './sections.tsx'
import { TypeSection } from './type-section.tsx'
import { useCloudFields } from './use-cloud-fields.ts'
import { useCreate } from './use-create.ts'
import { usePlaceKnowledge } from './use-place-knowledge.ts'

const REST_MS = 400

export interface CloudFormProps {
  readonly cloud: CloudId
  readonly place: Host
  readonly account: Connection
  readonly places: readonly Host[]
  readonly accountOf: (place: Host) => string
  readonly onPlace: (hostId: HostId) => void
}

/** The form for one machine of a cloud. */
export function CloudForm({ cloud, place, account, places, accountOf, onPlace }: CloudFormProps) {
  const i18n = useI18n()
  const { t } = i18n
  const api = useApi()
  const navigate = useNavigate()
  const rules = RULES[cloud]
  const [form, setForm] = useState(() => formFor(place.id, useDrafts.getState().cloud))
  if (form.hostId !== place.id) setForm(formFor(place.id, form))
  const { draft, image } = form
  const setDraft = (to: (before: CloudDraft) => CloudDraft) => setForm((before) => ({ ...before, draft: to(before.draft) }))
  const forget = useKeptDraft(() => keepCloudDraft(form), dropCloudDraft)
  const [search, setSearch] = useState('')
  const live = worseFreshness(account.freshness, place.freshness).state === 'live'
  const known = usePlaceKnowledge(place.id, useDebounced(search, REST_MS), live)
  // what was chosen stays in the list, whatever is searched for afterwards
  const images =
    image && image.id === draft.imageId && !known.images.some(({ id }) => id === image.id) ? [image, ...known.images] : known.images
  const chosenImage = images.find(({ id }) => id === draft.imageId)
  const { types, subnets, groups, names } = known
  const around = { rules, types, images, subnets, groups, names }
  const issues = issuesOf(draft, around)
  const findings = issues.length > 0 ? [] : findingsOf(draft, around)
  const zoneOfSubnet = cloud === 'aws' ? (subnets.find(({ id }) => id === draft.subnetId)?.zone ?? null) : null
  const fields = useCloudFields({
    draft,
    issues,
    findings,
    onChange: setDraft,
    locked: (path) => (path === 'cloud.zone' && zoneOfSubnet !== null ? t('cloud.zone-of-subnet', { zone: zoneOfSubnet }) : null),
  })
  const spec = specOf(draft)
  const { pending, error, create } = useCreate(
    JSON.stringify([place.id, spec]),
    (token) => api.clouds.create({ hostId: place.id, spec, token }),
    ({ taskId }) => {
      forget()
      void navigate(paths.tasks(taskId))
    },
  )
  const prices = useListPrices()
  const region = regionOf(cloud, place, draft, subnets)
  const priceOf = useCallback(
    (type: string) => (region === null ? null : listPriceOf(prices, { providerId: cloud, region, type, platform: 'linux' })),
    [prices, cloud, region],
  )
  const check = { status: issues.length > 0 ? 'waiting' : 'done', answer: { names: [], findings }, error: null, again: () => {} } as const
  const blocked = findings.filter(({ severity }) => severity === 'blocks').length
  return (
    <FormContext value={fields.context}>
      <Frame
        title={t('cloud-build.title')}
        crumbs={[
          { label: account.name, path: paths.connections(account.id) },
          { label: place.name, path: paths.host(place.id) },
        ]}
        kind={t('cloud-build.title')}
        object={`${place.name}, ${account.name}`}
        steps={stepsOf(draft, fields.told, known.typeOf(draft.type)?.name ?? draft.type, t)}
        action={t('build.create', { count: 1 })}
        disabledReason={live ? whyNot({ missing: fields.missing, blocked }, i18n) : t('resource.not-live', { name: place.name })}
        pending={pending}
        error={error}
        onCreate={create}
        onDiscard={() => {
          dropCloudDraft()
          setForm(formFor(place.id, null))
        }}
        side={
          <>
            <Plan draft={draft} place={place} price={priceOf(draft.type)} type={known.typeOf(draft.type)} imageName={chosenImage?.name} />
            <Findings missing={fields.missing} check={check} onMend={() => {}} />
          </>
        }
      >
        <PlaceSection place={place} places={places} accountOf={accountOf} zones={known} rules={rules} onPlace={onPlace} />
        <ImageSection
          images={images}
          value={draft.imageId}
          rules={rules}
          reading={known.reading.images}
          failed={known.failed.images && i18n.error(known.failed.images)}
          onSearch={setSearch}
          onPick={(imageId) => {
            const picked = images.find(({ id }) => id === imageId) ?? null
            setForm((before) => ({ ...before, image: picked, draft: { ...before.draft, imageId } }))
          }}
        />
        <TypeSection
          types={types}
          priceOf={priceOf}
          isUnplaced={region === null}
          image={chosenImage}
          rules={rules}
          reading={known.reading.types}
          failed={known.failed.types && i18n.error(known.failed.types)}
        />
        <NetworkSection
          rules={rules}
          subnets={subnets}
          groups={groups}
          failed={{
            subnets: known.failed.subnets && i18n.error(known.failed.subnets),
            groups: known.failed.groups && i18n.error(known.failed.groups),
          }}
        />
        <LoginSection rules={rules} keys={known.keys} failed={known.failed.keys && i18n.error(known.failed.keys)} />
        <TagsSection draft={draft} onChange={(tags) => setDraft((before) => ({ ...before, tags }))} />
      </Frame>
    </FormContext>
  )
}

function stepsOf(draft: CloudDraft, told: readonly string[], type: string, t: ReturnType<typeof useI18n>['t']): readonly Step[] {
  const summaries: Readonly<Record<CloudSectionId, string>> = {
    place: draft.name.trim() || t('build.step.no-name'),
    image: draft.imageId === '' ? '' : draft.imageId.split('/').at(-1) || '',
    type,
    network: t(draft.publicAddress ? 'cloud.step.public' : 'cloud.step.private'),
    login: draft.keyName || draft.user || (draft.sshKey.trim() === '' ? t('cloud.step.no-key') : t('cloud.step.key')),
    tags: t('cloud.step.tags', { count: draft.tags.length }),
  }
  return CLOUD_SECTIONS.map((id) => ({
    id,
    title: t(`cloud.section.${id}`),
    summary: summaries[id],
    wrong: told.some((path) => cloudSectionOf(path) === id),
  }))
}
