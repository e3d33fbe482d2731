import { FormGroup, Radio, TextInput } from '@patternfly/react-core'
import { useState } from 'react'
import type { CloudFacts, Machine, MachineActionInput } from '../../../shared/model/index.ts'
import { type I18n, useI18n } from '../../lib/i18n/index.ts'
import type { Offer } from './actions.ts'
import { AttachDisk } from './attach-disk.tsx'
import type { ActionDialogProps } from './dialog.ts'
import { FormDialog } from './form-dialog.tsx'
import { Help } from './help.tsx'
import { nameFor } from './names.ts'
import { withoutDots } from './offer-words.ts'

const GIB = 1_073_741_824
type Disk = CloudFacts['disks'][number]

/** What is done to a disk of one machine of a cloud: which one, and what more has to be known. */
export function DiskDialog({ offer, plan, ...dialog }: ActionDialogProps & { readonly offer: Offer }) {
  const machine = plan.fits[0]
  if (!machine?.cloud) return null
  if (offer.action === 'attachDisk') return <AttachDisk machine={machine} cloud={machine.cloud} {...dialog} />
  const disks = machine.cloud.disks.filter((disk) => offer.needsDisk !== 'data' || !disk.boot)
  return <OwnDisk offer={offer} machine={machine} disks={disks} {...dialog} />
}

interface OwnDiskProps extends Omit<ActionDialogProps, 'plan'> {
  readonly offer: Offer
  readonly machine: Machine
  readonly disks: readonly Disk[]
}

function OwnDisk({ offer, machine, disks, onRun, onCancel }: OwnDiskProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const [diskId, setDiskId] = useState(disks[0]?.id ?? '')
  const [typedGib, setTypedGib] = useState<string | null>(null)
  const [typedName, setTypedName] = useState<string | null>(null)
  const [today] = useState(() => new Date())
  const disk = disks.find(({ id }) => id === diskId)
  const nowGib = disk?.sizeBytes === null || disk === undefined ? null : Math.ceil(disk.sizeBytes / GIB)
  const gib = typedGib ?? (nowGib === null ? '' : String(nowGib * 2))
  const name = typedName ?? nameFor([machine.name, disk?.name ?? ''], today)
  const input = disk === undefined ? null : inputOf(offer, disk, { gib: Number(gib), nowGib, name: name.trim() })
  const verb = withoutDots(t(offer.label))
  return (
    <FormDialog
      title={t('disk.title', { action: verb, name: machine.name })}
      submit={i18n.wording(`disk.submit.${offer.action}`, { disk: disk?.name ?? '' }) ?? verb}
      disabled={input === null}
      focus="#disk-choice-0"
      onSubmit={() => {
        if (input) onRun([machine.id], input)
      }}
      onCancel={onCancel}
    >
      <FormGroup role="radiogroup" label={t('disk.which')} fieldId="disk-which">
        {disks.map((one, index) => (
          <Radio
            key={one.id}
            id={`disk-choice-${index}`}
            name="disk"
            label={one.name}
            description={describeDisk(one, i18n)}
            isChecked={one.id === diskId}
            onChange={() => {
              setDiskId(one.id)
              setTypedGib(null)
              setTypedName(null)
            }}
          />
        ))}
      </FormGroup>
      {offer.action === 'growDisk' && (
        <FormGroup label={t('disk.new-size')} fieldId="disk-size">
          <TextInput
            id="disk-size"
            type="number"
            min={(nowGib ?? 0) + 1}
            value={gib}
            validated={input === null ? 'error' : 'default'}
            aria-describedby="disk-size-help"
            onChange={(_event, value) => setTypedGib(value)}
          />
          <Help id="disk-size-help">
            {nowGib === null ? '' : t('disk.never-smaller', { size: format.number(nowGib) })} {t('disk.guest-grows')}
          </Help>
        </FormGroup>
      )}
      {offer.action === 'snapshotDisk' && (
        <FormGroup label={t('disk.snapshot-name')} fieldId="snapshot-name">
          <TextInput
            id="snapshot-name"
            maxLength={63}
            value={name}
            aria-describedby="snapshot-help"
            onChange={(_event, value) => setTypedName(value)}
          />
          <Help id="snapshot-help">{t('disk.snapshot-note')}</Help>
        </FormGroup>
      )}
      {offer.action === 'detachDisk' && <p>{t(machine.state === 'running' ? 'disk.detach-running' : 'disk.detach-stopped')}</p>}
    </FormDialog>
  )
}

function describeDisk({ sizeBytes, type, boot }: Disk, { t, format }: I18n): string {
  return [sizeBytes === null ? '–' : format.bytes(sizeBytes), type, boot ? t('disk.boot') : null].filter((part) => part !== null).join(', ')
}

interface Typed {
  readonly gib: number
  readonly nowGib: number | null
  readonly name: string
}

/** Null: something is missing, or makes no sense. */
function inputOf({ action }: Offer, { id: diskId }: Disk, { gib, nowGib, name }: Typed): MachineActionInput | null {
  switch (action) {
    case 'growDisk':
      return Number.isInteger(gib) && gib > (nowGib ?? 0) ? { action, diskId, sizeBytes: gib * GIB } : null
    case 'snapshotDisk':
      return name === '' ? null : { action, diskId, name }
    case 'detachDisk':
      return { action, diskId }
    default:
      return null
  }
}
