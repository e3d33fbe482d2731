import { Button, Checkbox } from '@patternfly/react-core'
import { useState } from 'react'
import type { DeletionPlan, MachineActionInput } from '../../../shared/model/index.ts'
import { useApiQuery } from '../../lib/api/index.ts'
import { type I18n, useI18n } from '../../lib/i18n/index.ts'
import { ConfirmDialog, Skeleton } from '../../ui/index.ts'
import { CloudLosses } from './cloud-losses.tsx'
import type { ActionDialogProps } from './dialog.ts'
import { LeftOut, MachineNames } from './machine-list.tsx'
import { requestAction } from './request.ts'
import { TypedConfirmation } from './typed-confirmation.tsx'

interface Choice {
  readonly diskKeys: ReadonlySet<string>
  readonly withSnapshots: boolean
  readonly withNvram: boolean
  readonly withTpm: boolean
  readonly withManagedSave: boolean
}

const NOTHING: Choice = { diskKeys: new Set(), withSnapshots: false, withNvram: false, withTpm: false, withManagedSave: false }

/**
 * Shows what a deletion would take away and lets each part be kept. Nothing is ticked beforehand. What a cloud deletes is gone as it runs
 * and for good, so there the name or the number is typed.
 */
export function DeleteDialog({ plan, onRun, onCancel }: ActionDialogProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const { fits } = plan
  const ids = fits.slice(0, 1_000).map((machine) => machine.id)
  const [choice, setChoice] = useState<Choice>(NOTHING)
  const asked = useApiQuery(
    'machines.deletionPlan',
    { ids, at: 'dialog' },
    (api, signal) => api.machines.deletionPlan({ machineIds: ids }, { signal }),
    {
      staleMs: 0,
    },
  )
  const plans = (asked.data ?? []).flatMap((one) => (one.plan ? [one.plan] : []))
  const problems = (asked.data ?? []).flatMap((one) => (one.error === null ? [] : [one.error]))
  const first = fits[0]
  const object = fits.length === 1 && first ? first.name : t('fleet.machines', { count: fits.length, shown: format.number(fits.length) })
  const ofClouds = fits.filter((machine) => machine.cloud !== null)
  const wanted = fits.length === 1 && first ? first.name : String(fits.length)
  const [typed, setTyped] = useState('')
  const isProtected = plan.refused.filter(({ reason }) => reason.code === 'machine.protected')
  return (
    <ConfirmDialog
      title={t('delete.title', { object })}
      confirm={t('delete.confirm', { object, disks: choice.diskKeys.size })}
      cancel={t('action.cancel')}
      danger
      disabled={asked.isPending || (ofClouds.length > 0 && typed.trim() !== wanted)}
      onCancel={onCancel}
      onConfirm={() => onRun(ids, deletionOf(choice, plans))}
    >
      {ofClouds.length < fits.length && <p>{t('delete.text')}</p>}
      {fits.length > 1 && <MachineNames machines={fits} />}
      <CloudLosses machines={ofClouds} />
      {asked.isPending && <Skeleton width={240} />}
      {asked.error && <p className="dialog-problem">{i18n.error(asked.error)}</p>}
      {problems.map((problem) => (
        <p key={problem} className="dialog-problem">
          {problem}
        </p>
      ))}
      {plans.length > 0 && <Parts plans={plans} choice={choice} onChange={setChoice} />}
      <LeftOut plan={plan} />
      {isProtected.length > 0 && (
        <Button
          className="delete-unprotect"
          variant="link"
          isInline
          onClick={() => {
            onCancel()
            requestAction(
              'protectOff',
              isProtected.map(({ machine }) => machine.id),
            )
          }}
        >
          {t('delete.unprotect', { count: isProtected.length })}
        </Button>
      )}
      {ofClouds.length > 0 && <TypedConfirmation wanted={wanted} isName={fits.length === 1} value={typed} onChange={setTyped} />}
    </ConfirmDialog>
  )
}

/** Of several machines each is told its own disks. */
function deletionOf(choice: Choice, plans: readonly DeletionPlan[]): MachineActionInput {
  const { diskKeys, ...rest } = choice
  if (plans.length <= 1 || diskKeys.size === 0) return { action: 'delete', ...rest, diskKeys: [...diskKeys] }
  const own = (plan: DeletionPlan) => plan.disks.filter((disk) => disk.deletable && diskKeys.has(disk.key)).map((disk) => disk.key)
  return { action: 'delete', ...rest, diskKeysOf: Object.fromEntries(plans.map((plan) => [plan.machineId, own(plan)])) }
}

interface PartsProps {
  readonly plans: readonly DeletionPlan[]
  readonly choice: Choice
  readonly onChange: (choice: Choice) => void
}

/** Of one machine each disk by itself; of several all disks or none: the same path may mean another file elsewhere. */
function Parts({ plans, choice, onChange }: PartsProps) {
  const { t, format } = useI18n()
  const disks = plans.flatMap((plan) => plan.disks)
  const deletable = disks.filter((disk) => disk.deletable)
  const kept = disks.length - deletable.length
  const bytes = deletable.reduce((sum, disk) => sum + (sizeOf(disk) ?? 0), 0)
  const toggle = (key: string, on: boolean) => {
    const diskKeys = new Set(choice.diskKeys)
    if (on) diskKeys.add(key)
    else diskKeys.delete(key)
    onChange({ ...choice, diskKeys })
  }
  return (
    <fieldset className="delete-parts">
      <legend>{t('delete.also')}</legend>
      {plans.length === 1 &&
        disks.map((disk) => (
          <Checkbox
            key={disk.key}
            id={`delete-disk-${disk.target}`}
            label={t('delete.disk', {
              target: disk.target,
              size: sizeText(disk, format),
            })}
            description={
              disk.deletable ? (
                <span className="mono">{disk.key}</span>
              ) : (
                (disk.reason ?? t('delete.shared', { names: disk.sharedWith.join(', ') }))
              )
            }
            isDisabled={!disk.deletable}
            isChecked={choice.diskKeys.has(disk.key)}
            onChange={(_event, on) => toggle(disk.key, on)}
          />
        ))}
      {plans.length > 1 && deletable.length > 0 && (
        <Checkbox
          id="delete-disks"
          label={t('delete.disks', { count: deletable.length, size: format.bytes(bytes) })}
          description={kept > 0 ? t('delete.disks-kept', { count: kept }) : undefined}
          isChecked={choice.diskKeys.size > 0}
          onChange={(_event, on) => onChange({ ...choice, diskKeys: new Set(on ? deletable.map((disk) => disk.key) : []) })}
        />
      )}
      <UnseenImages plans={plans} />
      <StateParts plans={plans} choice={choice} onChange={onChange} />
    </fieldset>
  )
}

/** Where nobody could look for images that stand on these disks. */
function UnseenImages({ plans }: Pick<PartsProps, 'plans'>) {
  const i18n = useI18n()
  const pools = [...new Set(plans.flatMap(({ unseen }) => unseen?.pools ?? []))].join(', ')
  const images = [...new Set(plans.flatMap(({ unseen }) => unseen?.images ?? []))].join(', ')
  return (
    <>
      {pools !== '' && (
        <p className="dialog-left-out">{i18n.reason({ code: 'snapshot.warn-pools-unseen', text: '', params: { pools } })}</p>
      )}
      {images !== '' && (
        <p className="dialog-left-out">{i18n.reason({ code: 'snapshot.warn-images-unseen', text: '', params: { images } })}</p>
      )}
    </>
  )
}

/** What is taken up, or what is paid for where nobody says what is taken up. */
function sizeOf({ allocationBytes, capacityBytes }: DeletionPlan['disks'][number]): number | null {
  return allocationBytes ?? capacityBytes
}

function sizeText(disk: DeletionPlan['disks'][number], format: I18n['format']): string {
  const bytes = sizeOf(disk)
  return bytes === null ? '–' : format.bytes(bytes)
}

/** What a machine has beside its disks. */
function StateParts({ plans, choice, onChange }: PartsProps) {
  const { t } = useI18n()
  const snapshots = plans.reduce((sum, plan) => sum + plan.snapshots.length, 0)
  const checkpoints = plans.reduce((sum, plan) => sum + plan.checkpoints.length, 0)
  const only = plans.length === 1 ? plans[0] : undefined
  const nvram = plans.filter((plan) => plan.nvram !== null).length
  const tpms = plans.flatMap((plan) => (plan.tpm === null ? [] : [plan.tpm]))
  const saved = plans.filter((plan) => plan.hasManagedSave).length
  return (
    <>
      {snapshots + checkpoints > 0 && (
        <Checkbox
          id="delete-snapshots"
          label={[
            ...(snapshots > 0 ? [t('delete.snapshots', { count: snapshots })] : []),
            ...(checkpoints > 0 ? [t('delete.checkpoints', { count: checkpoints })] : []),
          ].join(', ')}
          description={only && [...only.snapshots, ...only.checkpoints].join(', ')}
          isChecked={choice.withSnapshots}
          onChange={(_event, on) => onChange({ ...choice, withSnapshots: on })}
        />
      )}
      {nvram > 0 && (
        <Checkbox
          id="delete-nvram"
          label={t('delete.nvram', { count: nvram })}
          isChecked={choice.withNvram}
          onChange={(_event, on) => onChange({ ...choice, withNvram: on })}
        />
      )}
      {tpms.length > 0 && (
        <Checkbox
          id="delete-tpm"
          label={t('delete.tpm', { count: tpms.length })}
          description={tpmNote(tpms, t)}
          isDisabled={tpms.every((fate) => fate === 'stays')}
          isChecked={choice.withTpm}
          onChange={(_event, on) => onChange({ ...choice, withTpm: on })}
        />
      )}
      {saved > 0 && (
        <Checkbox
          id="delete-saved"
          label={t('delete.saved', { count: saved })}
          isChecked={choice.withManagedSave}
          onChange={(_event, on) => onChange({ ...choice, withManagedSave: on })}
        />
      )}
    </>
  )
}

/** What hangs on the TPM, and where its host leaves no choice. */
function tpmNote(tpms: ReadonlyArray<NonNullable<DeletionPlan['tpm']>>, t: I18n['t']): string {
  const goes = tpms.filter((fate) => fate === 'goes').length
  if (goes > 0) return t('delete.tpm-goes', { count: goes, total: tpms.length })
  return t(tpms.every((fate) => fate === 'stays') ? 'delete.tpm-stays' : 'delete.tpm-keys')
}
