import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core'
import { type ReactNode, useState } from 'react'
import { toWireError } from '../../../shared/errors/index.ts'
import type { Machine, SnapshotOperation, SnapshotOperationInput, SnapshotTree } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useLive } from '../../lib/live/index.ts'
import { useDebounced } from '../../lib/time/use-debounced.ts'
import { Banner, Problem, Skeleton, useLate } from '../../ui/index.ts'
import { TypedConfirmation } from '../machine-actions/index.ts'
import { PlanView } from './plan-view.tsx'
import { useSnapshotAct, useSnapshotPlan } from './queries.ts'

const TYPING_MS = 250

export interface DialogContext {
  readonly machine: Machine
  readonly tree: SnapshotTree
  /** Another operation in place of this one. */
  readonly onInstead: (operation: SnapshotOperation) => void
  /** Reads the tree anew: somebody else has changed it. */
  readonly onLookAgain: () => void
  readonly onClose: () => void
}

export interface OperationDialogProps extends DialogContext {
  readonly title: string
  /** The verb that does it. */
  readonly verb: string
  /** Null: something is missing in the form. */
  readonly operation: SnapshotOperationInput | null
  readonly isDanger?: boolean
  /** CSS selector of what has the focus first. */
  readonly focus?: string
  /** A form above the plan. */
  readonly children?: ReactNode
}

/** One operation with its plan, which is asked anew whenever the form or the tree changes. What is lost is typed. */
export function OperationDialog(props: OperationDialogProps) {
  const { machine, tree, operation, title, verb, isDanger = false, focus, children, onInstead, onLookAgain, onClose } = props
  const { t } = useI18n()
  const [typed, setTyped] = useState({ of: '', text: '' })
  const text = operation === null ? '' : JSON.stringify(operation)
  const settled = useDebounced(text, TYPING_MS)
  const asked: SnapshotOperationInput | null = text === '' || settled === '' ? null : (JSON.parse(settled) as SnapshotOperationInput)
  const query = useSnapshotPlan(machine.id, asked, tree.revision)
  const isCurrent = asked !== null && settled === text
  const plan = asked === null ? undefined : query.data
  // while another one is asked for, the last one stays readable, and nothing can be agreed to
  const [last, setLast] = useState(plan)
  if (plan !== undefined && plan !== last) setLast(plan)
  const shown = operation === null ? undefined : (plan ?? last)
  const late = useLate(operation !== null && shown === undefined && query.error === null)
  const act = useSnapshotAct()
  const { busy } = useLive()
  const losses = shown?.reason === null ? shown.losses : []
  const loses = losses.length > 0
  // who agreed to a loss has not agreed to another one
  const lossKey = JSON.stringify(losses)
  const agreed = typed.of === lossKey ? typed.text : ''
  const isReady = isCurrent && plan !== undefined && plan.reason === null && (!loses || agreed.trim() === machine.name)
  const error = act.error ?? (asked === null ? null : query.error)
  const run = () => {
    if (operation === null || !isReady || act.isPending) return
    act.mutate(
      { machineId: machine.id, operation, revision: tree.revision, acceptsLosses: loses },
      {
        onSuccess: () => {
          // until its task shows up nothing else can be begun
          busy.expect([machine.id], 'machine.snapshot')
          onClose()
        },
      },
    )
  }
  return (
    // from the top: in the middle all of it would move while somebody presses, as the plan arrives
    <Modal isOpen variant="medium" position="top" aria-label={title} onClose={onClose} elementToFocus={focus ?? '#snapshot-cancel'}>
      <ModalHeader title={title} />
      <ModalBody>
        <form
          id="snapshot-form"
          className="snap-form"
          onSubmit={(event) => {
            event.preventDefault()
            run()
          }}
        >
          {children}
          {shown ? (
            <PlanView plan={shown} tree={tree} onInstead={onInstead} />
          ) : late ? (
            <p className="snap-plan">
              <Skeleton width={320} />
            </p>
          ) : null}
          {loses && (
            <TypedConfirmation
              wanted={machine.name}
              isName
              value={agreed}
              onChange={(value) => setTyped({ of: lossKey, text: value })}
              label={t('snapshots.type-name', { name: machine.name })}
            />
          )}
          {error && (
            <Banner
              tone="bad"
              actions={
                error.code === 'snapshot.changed-meanwhile' && (
                  <Button
                    variant="secondary"
                    onClick={() => {
                      act.reset()
                      onLookAgain()
                    }}
                  >
                    {t('snapshots.look-again')}
                  </Button>
                )
              }
            >
              <Problem error={toWireError(error)} />
            </Banner>
          )}
        </form>
      </ModalBody>
      <ModalFooter>
        <Button
          variant={isDanger || loses ? 'danger' : 'primary'}
          type="submit"
          form="snapshot-form"
          isDisabled={!isReady || act.isPending}
          isLoading={act.isPending}
        >
          {verb}
        </Button>
        <Button id="snapshot-cancel" variant="secondary" onClick={onClose}>
          {t('action.cancel')}
        </Button>
      </ModalFooter>
    </Modal>
  )
}
