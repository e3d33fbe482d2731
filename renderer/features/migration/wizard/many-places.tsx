import { useState } from 'react'
import type { Machine, MigrationSpec, Preflight } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { useEntity } from '../../../lib/live/index.ts'
import { Chevron } from '../../../ui/index.ts'
import { MachinePlaces, type PlacesStepProps, placesOf, SourceFiles } from './places-step.tsx'
import type { Looked } from './queries.ts'
import { StepHead } from './step-head.tsx'
import type { OfMachine } from './wish.ts'

export interface ManyPlacesProps {
  readonly machines: readonly Machine[]
  readonly looked: readonly Looked[]
  readonly own: Readonly<Record<string, OfMachine>>
  readonly sourceDisks: MigrationSpec['sourceDisks']
  readonly onOwn: (machine: Machine, change: OfMachine) => void
  readonly onSourceDisks: (value: MigrationSpec['sourceDisks']) => void
  readonly onInvalid: PlacesStepProps['onInvalid']
}

/** Several machines keep their pools and networks by name, but for what is chosen in the row of one. */
export function ManyPlaces({ machines, looked, own, sourceDisks, onOwn, onSourceDisks, onInvalid }: ManyPlacesProps) {
  const { t } = useI18n()
  const [open, setOpen] = useState<string | null>(null)
  const byId = new Map(looked.map((one) => [one.id as string, one]))
  return (
    <>
      <StepHead title={t('migrate.step.places')} text={t('migrate.many.places')} />
      <SourceFiles value={sourceDisks} onChange={onSourceDisks} />
      <div className="migrate-table">
        <table className="plain-table num" aria-label={t('migrate.step.places')}>
          <thead>
            <tr>
              <th>{t('column.name')}</th>
              <th>{t('migrate.disks')}</th>
              <th>{t('migrate.nics')}</th>
              <th>{t('migrate.rename')}</th>
            </tr>
          </thead>
          <tbody>
            {machines.map((machine) => (
              <PlaceRows
                key={machine.id}
                machine={machine}
                preflight={byId.get(machine.id)?.preflight ?? null}
                isPending={byId.get(machine.id)?.pending ?? false}
                own={own[machine.id] ?? {}}
                isOpen={open === machine.id}
                onOpen={() => setOpen(open === machine.id ? null : machine.id)}
                onOwn={(change) => onOwn(machine, change)}
                onInvalid={onInvalid}
              />
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}

interface PlaceRowsProps extends Pick<PlacesStepProps, 'machine' | 'own' | 'onOwn' | 'onInvalid'> {
  readonly preflight: Preflight | null
  readonly isPending: boolean
  readonly isOpen: boolean
  readonly onOpen: () => void
}

/** What is to become of one machine in a line, and opened all of it to be chosen. */
function PlaceRows({ machine, preflight, isPending, own, isOpen, onOpen, onOwn, onInvalid }: PlaceRowsProps) {
  const { t } = useI18n()
  const places = preflight && placesOf(preflight, own)
  const host = useEntity('host', machine.hostId)
  return (
    <>
      <tr>
        <td>
          <button
            type="button"
            className="migrate-count"
            aria-expanded={isOpen}
            aria-label={t('migrate.many.places-of', { name: machine.name })}
            onClick={onOpen}
          >
            <Chevron open={isOpen} />
            <b>{machine.name}</b>
            <span className="sub small">{host?.name}</span>
          </button>
        </td>
        <td>
          {isPending && !places && <span className="sub">{t('migrate.rail.checking')}</span>}
          {places?.disks.map(({ target, how, pool }) => (
            <span key={target} className="migrate-line">
              {target}: {t(`migrate.disk.${how}`)} {how === 'copy' && pool}
            </span>
          ))}
        </td>
        <td>
          {places?.nics.map(({ mac, on }) => (
            <span key={mac} className="migrate-line">
              {on.name}
            </span>
          ))}
        </td>
        <td>{own.rename}</td>
      </tr>
      {isOpen && (
        <tr className="migrate-opened">
          <td colSpan={4}>
            {preflight ? (
              <MachinePlaces machine={machine} preflight={preflight} own={own} onOwn={onOwn} onInvalid={onInvalid} />
            ) : (
              <p className="sub">{t('migrate.places.not-yet')}</p>
            )}
          </td>
        </tr>
      )}
    </>
  )
}
