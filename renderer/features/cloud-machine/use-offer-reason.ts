import type { Machine } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useLive, useMachineScene } from '../../lib/live/index.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { disabledReason, type OfferId, offerLabel, offerOf, planOffer } from '../machine-actions/index.ts'

/** What an action of this machine is called now, and why it cannot be asked for; undefined: it can. */
export function useOfferReason(id: OfferId, machine: Machine, gone: boolean): readonly [string, string | undefined] {
  const i18n = useI18n()
  const live = useLive()
  const may = usePermissions()
  // what may be done depends on all of these; the plan itself reads them from the store
  useMachineScene(machine.id)
  const offer = offerOf(id)
  const plan = planOffer(offer, [machine.id], live, may)
  return [offerLabel(offer, plan, i18n), gone ? i18n.t('machine.gone-action') : disabledReason(plan, i18n)]
}
