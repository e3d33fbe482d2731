import { useState } from 'react'
import { toWireError } from '../../../../shared/errors/index.ts'
import type { Pool, PoolId, TaskId } from '../../../../shared/model/index.ts'
import { useApiCommand } from '../../../lib/api/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { ConfirmDialog, Problem } from '../../../ui/index.ts'
import { TypedConfirmation } from '../../machine-actions/index.ts'
import { noteBegun } from '../begun.ts'
import { inUseReason } from './volume-entries.ts'
import { closeVolume, type VolumeQuestion } from './volume-request.ts'

/** What would be deleted. */
export interface Doomed {
  readonly poolId: PoolId
  readonly name: string
  /** Where it lies, in words: its pool, and its host where there are several. */
  readonly place: string
  /** Null: not read. */
  readonly bytes: number | null
  /** Why it stays; null: it goes. */
  readonly stays: string | null
  /** What is to be thought of first; null: nothing. */
  readonly warning: string | null
}

export function DeleteVolumesDialog({ question, pool }: { readonly question: VolumeQuestion; readonly pool: Pool }) {
  const i18n = useI18n()
  const items = question.rows.map(
    (row): Doomed => ({
      poolId: pool.id,
      name: row.name,
      place: pool.name,
      bytes: row.facts?.allocationBytes ?? null,
      stays: inUseReason(row, question.overlay ?? question.bases?.get(row.path), i18n) ?? null,
      warning: null,
    }),
  )
  return <DeleteDialog items={items} onClose={closeVolume} onBegun={question.onBegun} />
}

/** So many are named; nobody reads thousands. */
const SHOWN = 200
/** As the contract takes them. */
const MOST = 10_000

export interface DeleteDialogProps {
  readonly items: readonly Doomed[]
  readonly onClose: () => void
  readonly onBegun?: ((taskId: TaskId) => void) | undefined
}

/** Names what goes and what stays, with sizes, and has the name or the number typed. */
export function DeleteDialog({ items, onClose, onBegun }: DeleteDialogProps) {
  const { t, format } = useI18n()
  const [typed, setTyped] = useState('')
  const remove = useApiCommand('storage.removeVolumes', (api, volumes: readonly Doomed[]) =>
    api.storage.removeVolumes({ volumes: volumes.map(({ poolId, name }) => ({ poolId, name })) }),
  )
  const going = items.filter(({ stays }) => stays === null).slice(0, MOST)
  const staying = items.filter(({ stays }) => stays !== null)
  const bytes = going.reduce((sum, one) => sum + (one.bytes ?? 0), 0)
  const unread = going.filter((one) => one.bytes === null).length
  const [first] = going
  const isOne = going.length === 1
  const wanted = isOne && first ? first.name : String(going.length)
  const warnings = [...new Set(going.flatMap(({ warning }) => warning ?? []))]
  return (
    <ConfirmDialog
      title={t('storage.delete.title', { count: going.length, name: first?.name ?? '', shown: format.number(going.length) })}
      confirm={t('storage.delete.confirm', { count: going.length, shown: format.number(going.length) })}
      cancel={t('action.cancel')}
      danger
      disabled={going.length === 0 || typed.trim() !== wanted}
      busy={remove.isPending}
      onCancel={onClose}
      onConfirm={() =>
        remove.mutate(going, {
          onSuccess: ({ taskId }) => {
            noteBegun(new Set(going.map(({ poolId }) => poolId)), taskId)
            onClose()
            onBegun?.(taskId)
          },
        })
      }
    >
      {going.length === 0 ? (
        <p>{t('storage.delete.nothing')}</p>
      ) : (
        <>
          <p>
            {t('storage.delete.text', { count: going.length, size: format.bytes(bytes) })}
            {unread > 0 && ` ${t('storage.delete.unread', { count: unread })}`}
          </p>
          <ul className="storage-names num">
            {going.slice(0, SHOWN).map((one) => (
              <li key={`${one.poolId}/${one.name}`}>
                <span className="ellipsis" title={one.name}>
                  {one.name}
                </span>
                <span className="sub ellipsis">{one.place}</span>
                <span>{one.bytes === null ? <span className="none">–</span> : format.bytes(one.bytes)}</span>
              </li>
            ))}
            {going.length > SHOWN && <li className="sub">{t('storage.and-more', { count: going.length - SHOWN })}</li>}
          </ul>
        </>
      )}
      {warnings.map((warning) => (
        <p key={warning} className="warn-text">
          {warning}
        </p>
      ))}
      {staying.length > 0 && (
        <>
          <p>{t('storage.delete.staying', { count: staying.length })}</p>
          <ul className="storage-names">
            {staying.slice(0, SHOWN).map((one) => (
              <li key={`${one.poolId}/${one.name}`}>
                <span className="ellipsis" title={one.name}>
                  {one.name}
                </span>
                <span className="sub storage-why">{one.stays}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      {going.length > 0 && (
        <TypedConfirmation
          wanted={wanted}
          isName={isOne}
          value={typed}
          onChange={setTyped}
          label={t(isOne ? 'delete.type-name' : 'storage.delete.type-count', { wanted })}
        />
      )}
      {remove.error && <Problem error={toWireError(remove.error)} />}
    </ConfirmDialog>
  )
}
