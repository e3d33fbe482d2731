import type { Machine } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { ConfirmDialog } from '../../ui/index.ts'
import { type Offer, offerOf } from './actions.ts'
import { keepCosting } from './costs.ts'
import { CostsPart } from './costs-part.tsx'
import type { ActionDialogProps } from './dialog.ts'
import { LeftOut, MachineNames } from './machine-list.tsx'
import { withoutDots } from './offer-words.ts'

/** Asks for a yes, says what is lost by it and what goes on costing, and names the machines. */
export function ConfirmAction({ offer, plan, onRun, onCancel }: ActionDialogProps & { readonly offer: Offer }) {
  const i18n = useI18n()
  const { t, format } = i18n
  const { fits } = plan
  const first = fits[0]
  const object = fits.length === 1 && first ? first.name : t('fleet.machines', { count: fits.length, shown: format.number(fits.length) })
  const verb = withoutDots(t(offer.label))
  const plain = t('act.confirm', { action: verb, object })
  const costing = keepCosting(offer, fits)
  const runPlain = () => {
    if (offer.input) onRun(idsOf(fits), offer.input)
  }
  const runBetter = () => {
    const deallocate = offerOf('deallocate').input
    const shutdown = offerOf('shutdownDeallocate').input
    if (offer.action === 'shutdown' && shutdown) onRun(idsOf(fits), shutdown)
    else if (deallocate && offer.input) {
      const others = fits.filter((machine) => !costing.includes(machine))
      if (others.length > 0) onRun(idsOf(others), offer.input)
      onRun(idsOf(costing), deallocate)
    }
  }
  const words = {
    object,
    count: costing.length,
    shown: format.number(costing.length),
    several: fits.length > 1 ? 'yes' : 'no',
  }
  return (
    <ConfirmDialog
      title={t('act.confirm-title', { action: verb, object })}
      confirm={costing.length === 0 ? plain : t(offer.action === 'powerOff' ? 'costs.better-powerOff' : 'costs.better-shutdown', words)}
      other={costing.length === 0 ? undefined : { label: t('costs.worse', { ...words, action: plain }), run: runPlain }}
      cancel={t('action.cancel')}
      danger={offer.danger === true}
      onCancel={onCancel}
      onConfirm={costing.length === 0 ? runPlain : runBetter}
    >
      <p>{i18n.optional(`act.loss.${offer.id}`)}</p>
      {fits.length > 1 && <MachineNames machines={fits} />}
      <CostsPart costing={costing} total={fits.length} />
      <LeftOut plan={plan} />
    </ConfirmDialog>
  )
}

function idsOf(machines: readonly Machine[]): readonly string[] {
  return machines.map((machine) => machine.id)
}
