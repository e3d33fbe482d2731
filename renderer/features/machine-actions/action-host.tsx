import './machine-actions.css'
import { Button } from '@patternfly/react-core'
import { RhUiCloseIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-close-icon'
import { RhUiErrorFillIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-error-fill-icon'
import { useCallback, useEffect, useEffectEvent, useState } from 'react'
import type { MachineActionInput } from '../../../shared/model/index.ts'
import { toPageError } from '../../lib/api/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useLive } from '../../lib/live/index.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { type Offer, offerOf } from './actions.ts'
import { ConfirmAction } from './confirm-action.tsx'
import { keepCosting } from './costs.ts'
import { DeleteDialog } from './delete-dialog.tsx'
import type { ActionDialogProps } from './dialog.ts'
import { DiskDialog } from './disk-dialog.tsx'
import { ImageDialog } from './image-dialog.tsx'
import { type ActionPlan, disabledReason, planOffer } from './plan.ts'
import { RenameDialog } from './rename-dialog.tsx'
import { type ActionRequest, clearRequest, useActionRequest } from './request.ts'
import { TagsDialog } from './tags-dialog.tsx'
import { TypeDialog } from './type-dialog.tsx'
import { useAct } from './use-act.ts'

/** More than this at once is asked about, even where it could be undone. */
const MANY = 20

interface Open {
  readonly request: ActionRequest
  readonly offer: Offer
  readonly plan: ActionPlan
}

interface Failure {
  readonly id: number
  readonly title: string
  readonly text: string
}

let failureIds = 0

/** Felt by many, or some of several would go on costing money, which the words of a button say without names. */
function isWorthAsking(offer: Offer, { fits }: ActionPlan): boolean {
  return (offer.disturbs === true && fits.length > MANY) || (fits.length > 1 && keepCosting(offer, fits).length > 0)
}

/** Mounted once in the frame: carries out what `requestAction` asks for, with its dialogs and its failures. */
export function ActionHost() {
  const i18n = useI18n()
  const { t } = i18n
  const live = useLive()
  const may = usePermissions()
  const { act } = useAct()
  const [open, setOpen] = useState<Open | null>(null)
  const [failures, setFailures] = useState<readonly Failure[]>([])

  const fail = useCallback((title: string, text: string) => {
    failureIds += 1
    setFailures((before) => [...before, { id: failureIds, title, text }])
  }, [])

  const run = useCallback(
    (offer: Offer, ids: readonly string[], input: MachineActionInput) => {
      setOpen(null)
      act(ids, input).catch((thrown: unknown) =>
        fail(t('act.failed', { action: t(offer.label) }), i18n.error(toPageError(thrown, 'command'))),
      )
    },
    [act, fail, i18n, t],
  )

  const take = useEffectEvent((request: ActionRequest) => {
    const offer = offerOf(request.offer)
    const plan = planOffer(offer, request.ids, live, may)
    const refused = disabledReason(plan, i18n)
    if (refused !== undefined) fail(t('act.impossible', { action: t(offer.label) }), refused)
    else if (offer.asks === 'nothing' && offer.input && !isWorthAsking(offer, plan)) {
      run(
        offer,
        plan.fits.map((machine) => machine.id),
        offer.input,
      )
    } else setOpen({ request, offer, plan })
  })
  useEffect(
    () =>
      useActionRequest.subscribe(({ request }) => {
        if (!request) return
        clearRequest()
        take(request)
      }),
    [],
  )

  const close = () => setOpen(null)
  return (
    <>
      {open && <Asked offer={open.offer} plan={open.plan} onRun={(ids, input) => run(open.offer, ids, input)} onCancel={close} />}
      <div className="refusals" role="log" aria-label={t('act.failures')}>
        {failures.map((failure) => (
          <div key={failure.id} className="refusal">
            <RhUiErrorFillIcon />
            <p>
              <b>{failure.title}</b>
              {failure.text}
            </p>
            <Button
              variant="plain"
              size="sm"
              aria-label={t('action.close')}
              icon={<RhUiCloseIcon />}
              onClick={() => setFailures((before) => before.filter((one) => one.id !== failure.id))}
            />
          </div>
        ))}
      </div>
    </>
  )
}

/** What has to be asked before it is done. */
function Asked({ offer, ...dialog }: ActionDialogProps & { readonly offer: Offer }) {
  switch (offer.asks) {
    case 'nothing':
    case 'confirm':
      return <ConfirmAction offer={offer} {...dialog} />
    case 'delete':
      return <DeleteDialog {...dialog} />
    case 'tags':
      return <TagsDialog {...dialog} />
    case 'name':
      return <RenameDialog {...dialog} />
    case 'type':
      return <TypeDialog {...dialog} />
    case 'image':
      return <ImageDialog {...dialog} />
    case 'disk':
      return <DiskDialog offer={offer} {...dialog} />
  }
}
