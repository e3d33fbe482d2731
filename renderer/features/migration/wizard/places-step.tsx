import { type ReactNode, useId, useState } from 'react'
import { type DiskMove, type Machine, type MigrationSpec, machineNameSchema, type Preflight } from '../../../../shared/model/index.ts'
import { useApiQuery } from '../../../lib/api/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { DiskRows } from './disk-rows.tsx'
import { NicRows } from './nic-rows.tsx'
import { StepHead } from './step-head.tsx'
import type { OfMachine } from './wish.ts'

export interface PlacesStepProps {
  readonly machine: Machine
  readonly preflight: Preflight | null
  readonly own: OfMachine
  readonly sourceDisks: MigrationSpec['sourceDisks']
  readonly onOwn: (change: OfMachine) => void
  readonly onSourceDisks: (keep: MigrationSpec['sourceDisks']) => void
  /** A field holds what is not right; null: it is right again. */
  readonly onInvalid: (field: string, problem: string | null) => void
}

/** Where each disk goes, on what each card hangs there, and what it is called. */
export function PlacesStep({ sourceDisks, onSourceDisks, ...props }: PlacesStepProps) {
  const { t } = useI18n()
  const { preflight, own } = props
  if (!preflight) return <StepHead title={t('migrate.step.places')} text={t('migrate.places.not-yet')} />
  const isCopied = placesOf(preflight, own).disks.some(({ how }) => how === 'copy')
  return (
    <>
      <StepHead title={t('migrate.step.places')} text={t('migrate.places.text', { target: preflight.target.name })} />
      <MachinePlaces {...props} preflight={preflight}>
        {isCopied && <SourceFiles value={sourceDisks} onChange={onSourceDisks} />}
      </MachinePlaces>
    </>
  )
}

/** What the engine filled in, and over it what was chosen. */
export function placesOf({ spec }: Preflight, own: OfMachine): Pick<MigrationSpec, 'disks' | 'nics'> {
  return {
    disks: spec.disks.map((filled) => own.disks?.find(({ target }) => target === filled.target) ?? filled),
    nics: spec.nics.map((filled) => own.nics?.find(({ mac }) => mac === filled.mac) ?? filled),
  }
}

export interface MachinePlacesProps extends Pick<PlacesStepProps, 'machine' | 'own' | 'onOwn' | 'onInvalid'> {
  readonly preflight: Preflight
  /** Beneath the disks. */
  readonly children?: ReactNode
}

/** The disks, the cards and the name of one machine. */
export function MachinePlaces({ machine, preflight, own, onOwn, onInvalid, children }: MachinePlacesProps) {
  const { t } = useI18n()
  const devices = useDevices(machine)
  const { disks, nics } = placesOf(preflight, own)
  const { hostId } = preflight.target
  const change = (disk: DiskMove) => onOwn({ disks: [...(own.disks ?? []).filter(({ target }) => target !== disk.target), disk] })
  return (
    <>
      <section className="migrate-part" aria-label={t('migrate.disks')}>
        <h2>{t('migrate.disks')}</h2>
        {disks.length === 0 ? (
          <p className="sub">{t('migrate.disks.none')}</p>
        ) : (
          <DiskRows disks={disks} about={devices} targetHostId={hostId} onChange={change} />
        )}
        {children}
      </section>
      <section className="migrate-part" aria-label={t('migrate.nics')}>
        <h2>{t('migrate.nics')}</h2>
        {nics.length === 0 ? (
          <p className="sub">{t('migrate.nics.none')}</p>
        ) : (
          <NicRows
            nics={nics}
            targetHostId={hostId}
            onChange={(nic) => onOwn({ nics: [...(own.nics ?? []).filter(({ mac }) => mac !== nic.mac), nic] })}
          />
        )}
      </section>
      <Rename machine={machine} value={own.rename ?? null} onChange={(rename) => onOwn({ rename })} onInvalid={onInvalid} />
    </>
  )
}

export interface SourceFilesProps {
  readonly value: MigrationSpec['sourceDisks']
  readonly onChange: (value: MigrationSpec['sourceDisks']) => void
}

/** What becomes of the files that were copied. */
export function SourceFiles({ value, onChange }: SourceFilesProps) {
  const { t } = useI18n()
  return (
    <fieldset className="field">
      <legend className="visually-hidden">{t('migrate.source-files')}</legend>
      <span className="field-label">{t('migrate.source-files')}</span>
      <div>
        {(['keep', 'delete'] as const).map((one) => (
          <label key={one} className="check-line">
            <input type="radio" name="source-files" className="check-input" checked={value === one} onChange={() => onChange(one)} />
            <span>
              {t(`migrate.source-files.${one}`)}
              <span className="form-note block">{t(`migrate.source-files.${one}-text`)}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

export interface RenameProps {
  readonly machine: Pick<Machine, 'id' | 'name'>
  readonly value: string | null
  readonly onChange: (value: string | null) => void
  readonly onInvalid: PlacesStepProps['onInvalid']
}

/** What is no name stays in the field alone, and is said. */
export function Rename({ machine, value, onChange, onInvalid }: RenameProps) {
  const { t } = useI18n()
  const id = useId()
  const [typed, setTyped] = useState<string | null>(null)
  const text = typed ?? value ?? machine.name
  const isBad = !isName(text)
  function type(next: string) {
    setTyped(next)
    onInvalid(`rename ${machine.id}`, isName(next) ? null : t('migrate.rename.bad-of', { name: machine.name }))
    if (isName(next)) onChange(next === machine.name ? null : next)
  }
  return (
    <div className="field migrate-part">
      <label htmlFor={id}>{t('migrate.rename')}</label>
      <div>
        <input
          id={id}
          className="text-input migrate-name"
          value={text}
          aria-invalid={isBad || undefined}
          aria-describedby={`${id}-note`}
          onChange={({ target }) => type(target.value)}
        />
        <p id={`${id}-note`} className={`form-note${isBad ? ' bad-text' : ''}`}>
          {t(isBad ? 'migrate.rename.bad' : 'migrate.rename.text')}
        </p>
      </div>
    </div>
  )
}

function isName(text: string): boolean {
  return machineNameSchema.safeParse(text).success
}

/** What the hardware says of each disk, by its target in the guest. */
export function useDevices({ id }: Machine): ReadonlyMap<string, string> {
  const detail = useApiQuery('machines.detail', { machineId: id }, (api, signal) => api.machines.detail({ machineId: id }, { signal }))
  const devices = detail.data?.hardware.devices ?? []
  return new Map(devices.filter(({ kind }) => kind === 'disk' || kind === 'cdrom').map(({ name, summary }) => [name, summary]))
}
