import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core'
import { useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { toWireError } from '../../../../shared/errors/index.ts'
import type { Pool, PoolRemoval } from '../../../../shared/model/index.ts'
import { useApiCommand, useApiQuery } from '../../../lib/api/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { useEntity } from '../../../lib/live/index.ts'
import { paths } from '../../../lib/paths.ts'
import { Banner, ConfirmDialog, CopyButton, Problem, Skeleton } from '../../../ui/index.ts'
import { closeQuestion, showProblem, usePoolRequest } from './pool-request.ts'

const NAMES_SHOWN = 8

/** The dialogs of pools, and what was refused: once on each page that has pools. `onRemoved`: where a page about that pool goes to. */
export function PoolDialogs({ onRemoved }: { readonly onRemoved?: (pool: Pool) => string }) {
  const question = usePoolRequest((state) => state.question)
  const pool = useEntity('pool', question?.poolId)
  if (!question || !pool) return null
  if (question.kind === 'stop') return <StopDialog pool={pool} />
  if (question.kind === 'definition') return <DefinitionDialog pool={pool} />
  return <RemoveDialog pool={pool} {...(onRemoved && { onRemoved })} />
}

/** What a pool's host refused at once. */
export function PoolProblem() {
  const { t } = useI18n()
  const problem = usePoolRequest((state) => state.problem)
  if (!problem) return null
  return (
    <Banner
      tone="bad"
      actions={
        <Button variant="link" isInline onClick={() => showProblem(null)}>
          {t('action.close')}
        </Button>
      }
    >
      <b>{problem.name}</b> <Problem error={toWireError(problem.error)} />
    </Banner>
  )
}

function useRemoval(pool: Pool) {
  return useApiQuery(
    'storage.removal',
    { poolId: pool.id, at: 'dialog' },
    (api, signal) => api.storage.removal({ poolId: pool.id }, { signal }),
    {
      staleMs: 0,
    },
  )
}

function StopDialog({ pool }: { readonly pool: Pool }) {
  const i18n = useI18n()
  const { t } = i18n
  const asked = useRemoval(pool)
  const stop = useApiCommand('storage.stopPool', (api, poolId: Pool['id']) => api.storage.stopPool({ poolId }))
  return (
    <ConfirmDialog
      title={t('storage.stop.title', { name: pool.name })}
      confirm={t('storage.stop.confirm')}
      cancel={t('action.cancel')}
      disabled={asked.isPending || asked.data?.reason != null}
      busy={stop.isPending}
      onCancel={closeQuestion}
      onConfirm={() => stop.mutate(pool.id, { onSuccess: closeQuestion })}
    >
      <p>{t('storage.stop.text')}</p>
      <Meaning removal={asked.data} pending={asked.isPending} />
      {asked.error && <Problem error={toWireError(asked.error)} />}
      {stop.error && <Problem error={toWireError(stop.error)} />}
    </ConfirmDialog>
  )
}

/** Whose disks lie in it, and why it stays. */
function Meaning({ removal, pending }: { readonly removal: PoolRemoval | undefined; readonly pending: boolean }) {
  const i18n = useI18n()
  const { t } = i18n
  if (pending) return <Skeleton width={260} />
  if (!removal) return null
  const { usedBy, reason } = removal
  return (
    <>
      {reason && <p className="dialog-problem">{i18n.reason(reason)}</p>}
      {usedBy.length > 0 && (
        <p>
          {t('storage.used-by', { count: usedBy.length })}{' '}
          {usedBy.slice(0, NAMES_SHOWN).map(({ machineId, name }, at) => (
            <span key={name}>
              {at > 0 && ', '}
              {machineId === null ? name : <Link to={paths.machine(machineId)}>{name}</Link>}
            </span>
          ))}
          {usedBy.length > NAMES_SHOWN && ` ${t('storage.and-more', { count: usedBy.length - NAMES_SHOWN })}`}
        </p>
      )}
    </>
  )
}

/** Pools that are made of something libvirt can delete. */
const DELETABLE: ReadonlySet<string> = new Set(['dir', 'netfs', 'logical'])

function RemoveDialog({ pool, onRemoved }: { readonly pool: Pool; readonly onRemoved?: (pool: Pool) => string }) {
  const i18n = useI18n()
  const { t, format } = i18n
  const navigate = useNavigate()
  const asked = useRemoval(pool)
  const [deleteTarget, setDeleteTarget] = useState(false)
  const remove = useApiCommand('storage.removePool', (api, input: { readonly poolId: Pool['id']; readonly deleteTarget: boolean }) =>
    api.storage.removePool(input),
  )
  const removal = asked.data
  const noTarget = !DELETABLE.has(pool.type)
    ? t('storage.remove.target-stays')
    : !pool.active
      ? t('storage.remove.off')
      : removal && removal.volumes > 0
        ? t('storage.remove.not-empty')
        : undefined
  return (
    <ConfirmDialog
      title={t('storage.remove.title', { name: pool.name })}
      confirm={t(deleteTarget ? 'storage.remove.confirm-target' : 'storage.remove.confirm')}
      cancel={t('action.cancel')}
      danger
      disabled={!removal || removal.reason !== null}
      busy={remove.isPending}
      onCancel={closeQuestion}
      onConfirm={() =>
        remove.mutate(
          { poolId: pool.id, deleteTarget },
          {
            onSuccess: () => {
              closeQuestion()
              if (onRemoved) void navigate(onRemoved(pool))
            },
          },
        )
      }
    >
      <p>{t('storage.remove.text')}</p>
      {removal && pool.active && (
        <p>
          {t('storage.remove.volumes', { count: removal.volumes, shown: format.number(removal.volumes) })}
          {removal.allocationBytes !== null && ` ${t('storage.remove.size', { size: format.bytes(removal.allocationBytes) })}`}
        </p>
      )}
      <Meaning removal={removal} pending={asked.isPending} />
      <label className="check-line storage-line">
        <input
          type="checkbox"
          className="check-input"
          checked={deleteTarget}
          disabled={noTarget !== undefined || !removal}
          onChange={(event) => setDeleteTarget(event.target.checked)}
        />
        <span>
          {t('storage.remove.target', { target: pool.target ?? pool.name })}
          {noTarget && <span className="form-note block">{noTarget}</span>}
        </span>
      </label>
      {asked.error && <Problem error={toWireError(asked.error)} />}
      {remove.error && <Problem error={toWireError(remove.error)} />}
    </ConfirmDialog>
  )
}

function DefinitionDialog({ pool }: { readonly pool: Pool }) {
  const { t } = useI18n()
  const read = useApiQuery(
    'storage.definition',
    { poolId: pool.id },
    (api, signal) => api.storage.definition({ poolId: pool.id }, { signal }),
    { staleMs: 0 },
  )
  const title = t('storage.definition.title', { name: pool.name })
  return (
    <Modal isOpen variant="medium" aria-label={title} onClose={closeQuestion}>
      <ModalHeader title={title} />
      <ModalBody>
        {read.isPending && <Skeleton width={320} />}
        {read.error && <Problem error={toWireError(read.error)} />}
        {read.data && <pre className="storage-xml mono">{read.data.xml}</pre>}
      </ModalBody>
      <ModalFooter>
        {read.data && <CopyButton text={read.data.xml} what="XML" word={t('copy.copy', { what: 'XML' })} />}
        <Button variant="secondary" onClick={closeQuestion}>
          {t('action.close')}
        </Button>
      </ModalFooter>
    </Modal>
  )
}
