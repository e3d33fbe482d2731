import { useI18n } from '../../lib/i18n/index.ts'
import { ConfirmDialog } from '../../ui/index.ts'
import type { Offer } from './actions.ts'
import type { ActionDialogProps } from './dialog.ts'
import { LeftOut, MachineNames } from './machine-list.tsx'

/** Asks for a yes, says what is lost by it, and names the machines. */
export function ConfirmAction({ offer, plan, onRun, onCancel }: ActionDialogProps & { readonly offer: Offer }) {
  const i18n = useI18n()
  const { t, format } = i18n
  const { fits } = plan
  const first = fits[0]
  const object = fits.length === 1 && first ? first.name : t('fleet.machines', { count: fits.length, shown: format.number(fits.length) })
  const verb = t(offer.label).replace(/…$/, '')
  return (
    <ConfirmDialog
      title={t('act.confirm-title', { action: verb, object })}
      confirm={t('act.confirm', { action: verb, object })}
      cancel={t('action.cancel')}
      danger={offer.danger === true}
      onCancel={onCancel}
      onConfirm={() => {
        if (offer.input)
          onRun(
            fits.map((machine) => machine.id),
            offer.input,
          )
      }}
    >
      <p>{i18n.optional(`act.loss.${offer.id}`)}</p>
      {fits.length > 1 && <MachineNames machines={fits} />}
      <LeftOut plan={plan} />
    </ConfirmDialog>
  )
}
