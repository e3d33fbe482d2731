import type { I18n } from '../../lib/i18n/index.ts'
import type { Offer } from './actions.ts'
import { keepCosting } from './costs.ts'
import type { ActionPlan } from './plan.ts'

export function withoutDots(label: string): string {
  return label.replace(/…$/, '')
}

/** What it does to these machines. Of what goes on costing afterwards the words say so: "Shut down, 2 keep costing". */
export function offerLabel(offer: Offer, { fits, refused }: ActionPlan, { t, format }: I18n): string {
  if (offer.id === 'deallocate' && fits.length > 0 && fits.every((machine) => machine.state === 'stopped')) return t('act.deallocate-off')
  // Of a single machine the words stay, whatever its state: nothing moves beside them.
  const meant = fits.length + refused.length === 1 ? [...fits, ...refused.map(({ machine }) => machine)] : fits
  if (offer.id === 'managedSave' && meant.length > 0 && meant.every(({ cloud }) => cloud?.hibernates === true)) {
    return t('act.managedSave-hibernates')
  }
  const costing = keepCosting(offer, meant).length
  if (costing === 0) return t(offer.label)
  if (fits.length + refused.length === 1) return t(offer.action === 'powerOff' ? 'act.powerOff-costs' : 'act.shutdown-costs')
  return t('act.some-cost', { action: withoutDots(t(offer.label)), count: costing, shown: format.number(costing) })
}

/** The same in a menu, where how many of the selection it fits stands in the words. */
export function menuLabel(offer: Offer, plan: ActionPlan, i18n: I18n): string {
  const label = offerLabel(offer, plan, i18n)
  const { fits, refused } = plan
  if (fits.length === 0 || refused.length === 0) return label
  return i18n.t('act.some', { action: label, fits: fits.length, total: fits.length + refused.length })
}
