import { useMemo } from 'react'
import { type CloudId, isCloudId, type Machine, type TransferPlan, type TransferWayPlan } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { listPriceOf, useListPrices } from '../../../lib/prices/index.ts'
import { type PlaceKnowledge, RULES, regionOf, usePlaceKnowledge } from '../../build/index.ts'
import { TypeChooser } from '../../machine-types/index.ts'
import { Rename, StepHead } from '../../migration/index.ts'
import type { Target } from './queries.ts'
import { SourceChoice } from './source-choice.tsx'
import type { CloudWish, Wish } from './wish.ts'

export interface CloudPlacesProps {
  readonly machine: Machine
  readonly target: Target
  readonly plan: TransferPlan | null
  readonly way: TransferWayPlan | null
  readonly wish: Wish
  readonly onChange: (change: Partial<Wish>) => void
  readonly onInvalid: (field: string, problem: string | null) => void
}

/** In a cloud: where in the place, as what type of machine, in which subnet, with which address, and its name. */
export function CloudPlaces({ machine, target, plan, way, wish, onChange, onInvalid }: CloudPlacesProps) {
  const { t } = useI18n()
  const { providerId, host } = target
  const known = usePlaceKnowledge(host.id, '', target.isLive)
  if (!isCloudId(providerId)) return null
  const { cloud } = wish
  const onCloud = (change: Partial<CloudWish>) => {
    const next = { ...cloud, ...change }
    // an AWS place is a region; of the others it is known once the zone or the subnet is
    const region = providerId === 'aws' ? null : regionIn(providerId, target, next, known)
    onChange({ cloud: next, region })
  }
  return (
    <>
      <StepHead title={t('transfer.step.cloud-places')} text={t('transfer.cloud.text', { target: host.name })} />
      <Rename machine={machine} value={wish.rename} onChange={(rename) => onChange({ rename })} onInvalid={onInvalid} />
      <Zone cloud={providerId} known={known} value={cloud.zone} onChange={(zone) => onCloud({ zone })} />
      <Subnet cloud={providerId} known={known} value={cloud.subnetId} onChange={(subnetId) => onCloud({ subnetId })} />
      <label className="check-line transfer-public">
        <input
          type="checkbox"
          className="check-input"
          checked={cloud.publicAddress}
          onChange={({ target: box }) => onCloud({ publicAddress: box.checked })}
        />
        <span>
          {t('transfer.cloud.public')}
          <span className="form-note block">{t('transfer.cloud.public-text')}</span>
        </span>
      </label>
      <Types cloud={providerId} machine={machine} target={target} known={known} chosen={cloud} onType={(type) => onCloud({ type })} />
      {way?.done === 'task' && plan && (
        <SourceChoice machine={machine} plan={plan} way={way} value={wish.source} onChange={(source) => onChange({ source })} />
      )}
    </>
  )
}

interface FieldProps {
  readonly cloud: CloudId
  readonly known: PlaceKnowledge
  readonly value: string | null
  readonly onChange: (value: string | null) => void
}

function Zone({ cloud, known, value, onChange }: FieldProps) {
  const { t } = useI18n()
  const { zone, zones } = RULES[cloud]
  const told = known.zones.map(({ name, state }) => ({ id: name, label: name, closed: state }))
  const plain = (zones.length > 0 ? zones : known.usedZones).map((id) => ({ id, label: id, closed: null }))
  const none = t(zone === 'optional' ? 'cloud.any' : 'cloud.zone.choose')
  return (
    <Choice
      id="transfer-zone"
      label={t('transfer.cloud.zone')}
      none={none}
      value={value}
      choices={told.length > 0 ? told : plain}
      note={null}
      onChange={onChange}
    />
  )
}

function Subnet({ cloud, known, value, onChange }: FieldProps) {
  const i18n = useI18n()
  const { t } = i18n
  const choices = known.subnets.map(({ id, name, zone, region, properties }) => ({
    id,
    label: [name || id, zone ?? region, properties.find(({ key }) => key === 'cidr')?.value].filter(Boolean).join(', '),
    closed: null,
  }))
  return (
    <Choice
      id="transfer-subnet"
      label={t('transfer.cloud.subnet')}
      none={t(RULES[cloud].subnet === 'optional' ? 'cloud.subnet.default' : 'cloud.subnet.choose')}
      value={value}
      choices={choices}
      note={known.failed.subnets && i18n.error(known.failed.subnets)}
      onChange={onChange}
    />
  )
}

interface ChoiceProps {
  readonly id: string
  readonly label: string
  readonly none: string
  readonly value: string | null
  /** `closed`: why it cannot be chosen. */
  readonly choices: ReadonlyArray<{ readonly id: string; readonly label: string; readonly closed: string | null }>
  /** Why they could not be read. */
  readonly note: string | null
  readonly onChange: (value: string | null) => void
}

function Choice({ id, label, none, value, choices, note, onChange }: ChoiceProps) {
  const { t } = useI18n()
  const isOther = value !== null && !choices.some((one) => one.id === value)
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div>
        <select
          id={id}
          className="text-input transfer-choice"
          value={value ?? ''}
          onChange={(event) => onChange(event.target.value === '' ? null : event.target.value)}
        >
          <option value="">{none}</option>
          {isOther && <option value={value}>{value}</option>}
          {choices.map((one) => (
            <option key={one.id} value={one.id} disabled={one.closed !== null}>
              {one.closed === null ? one.label : `${one.label} (${t('cloud.zone.closed', { state: one.closed })})`}
            </option>
          ))}
        </select>
        {note !== null && <p className="form-note bad-text">{note}</p>}
      </div>
    </div>
  )
}

interface TypesProps {
  readonly cloud: CloudId
  readonly machine: Machine
  readonly target: Target
  readonly known: PlaceKnowledge
  readonly chosen: CloudWish
  readonly onType: (type: string | null) => void
}

/** The smallest that fits, or one that is chosen; those that are too small for it say so. */
function Types({ cloud, machine, target, known, chosen, onType }: TypesProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const prices = useListPrices()
  const region = regionIn(cloud, target, chosen, known)
  const { vcpus, memoryKiB } = machine
  const platform = /windows/i.test(machine.os ?? '') ? 'windows' : 'linux'
  const memory = format.bytes(memoryKiB * 1_024)
  const types = useMemo(
    () =>
      known.types.map((type) => ({
        ...type,
        price: region === null ? null : listPriceOf(prices, { providerId: cloud, region, type: type.name, platform }),
        reason:
          type.reason ??
          (type.arch !== null && !/^(x86_64|amd64|x64)$/i.test(type.arch)
            ? t('transfer.cloud.other-processor', { arch: type.arch })
            : type.vcpus < vcpus || type.memoryKiB < memoryKiB
              ? t('transfer.cloud.too-small', { vcpus, memory })
              : null),
      })),
    [known.types, prices, cloud, region, platform, vcpus, memoryKiB, memory, t],
  )
  return (
    <section className="migrate-part" aria-label={t('transfer.cloud.type')}>
      <h2>{t('transfer.cloud.type')}</h2>
      <label className="check-line transfer-smallest">
        <input type="radio" name="type" className="check-input" checked={chosen.type === null} onChange={() => onType(null)} />
        <span>
          {t('transfer.cloud.smallest')}
          <span className="form-note block">{t('transfer.cloud.smallest-text', { vcpus, memory })}</span>
        </span>
      </label>
      <TypeChooser
        types={types}
        isReading={known.reading.types && known.types.length === 0}
        failed={known.failed.types && i18n.error(known.failed.types)}
        present={null}
        chosen={chosen.type}
        onChoose={onType}
        {...(region === null && {
          noPrices: t(RULES[cloud].zone === 'needed' ? 'cloud.type.price-by-zone' : 'cloud.type.price-by-subnet'),
        })}
      />
    </section>
  )
}

function regionIn(cloud: CloudId, { host }: Target, { zone, subnetId }: CloudWish, { subnets }: PlaceKnowledge): string | null {
  return regionOf(cloud, host, { zone: zone ?? '', subnetId: subnetId ?? '' }, subnets)
}
