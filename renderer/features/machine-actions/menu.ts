import type { Permission } from '../../../shared/contract/index.ts'
import type { Machine } from '../../../shared/model/index.ts'
import type { Command } from '../../lib/commands/index.ts'
import type { I18n } from '../../lib/i18n/index.ts'
import type { Live } from '../../lib/live/index.ts'
import { paths } from '../../lib/paths.ts'
import type { MenuEntry } from '../../ui/index.ts'
import { OFFERS, type OfferId, type OfferSection } from './actions.ts'
import { menuLabel, offerLabel, withoutDots } from './offer-words.ts'
import { disabledReason, planOffer } from './plan.ts'
import { possibleOffers } from './possible.ts'
import { requestAction } from './request.ts'

/**
 * Every action for these machines, as entries of a menu: what cannot be done now says why, and what none of them could ever have done is
 * not there.
 */
export function machineMenu(
  ids: readonly string[],
  live: Live,
  may: (permission: Permission) => boolean,
  i18n: I18n,
  only?: ReadonlySet<OfferId>,
): readonly MenuEntry[] {
  const entries: MenuEntry[] = []
  const possible = possibleOffers(ids, live)
  let section: OfferSection | null = null
  for (const offer of OFFERS) {
    if (only ? !only.has(offer.id) : offer.rare) continue
    if (!possible.has(offer.id)) continue
    const plan = planOffer(offer, ids, live, may)
    if (section !== null && section !== offer.section) entries.push({ kind: 'divider', id: `before-${offer.section}` })
    section = offer.section
    entries.push({
      kind: 'item',
      id: offer.id,
      label: menuLabel(offer, plan, i18n),
      disabledReason: disabledReason(plan, i18n),
      danger: offer.danger === true,
      run: () => requestAction(offer.id, ids),
    })
  }
  return entries
}

/** The same for the palette. `object` names what they would act on. */
export function machineCommands(
  ids: readonly string[],
  object: string,
  live: Live,
  may: (permission: Permission) => boolean,
  i18n: I18n,
): readonly Command[] {
  const possible = possibleOffers(ids, live)
  return OFFERS.filter((offer) => possible.has(offer.id)).map((offer) => {
    const plan = planOffer(offer, ids, live, may)
    return {
      id: `machine-action.${offer.id}`,
      title: `${withoutDots(offerLabel(offer, plan, i18n))}: ${object}`,
      group: i18n.t('palette.group.actions'),
      disabledReason: disabledReason(plan, i18n),
      run: () => requestAction(offer.id, ids),
    }
  })
}

/** Sits down in front of a machine: no change to it, so no task. What stands in the way is said there. */
export function consoleCommand(
  machine: Pick<Machine, 'id' | 'name'>,
  may: (permission: Permission) => boolean,
  i18n: I18n,
  go: (path: string) => void,
): Command {
  return {
    id: 'machine.console',
    title: i18n.t('console.open-of', { name: machine.name }),
    group: i18n.t('palette.group.actions'),
    keywords: 'vnc serial screen display terminal',
    disabledReason: may('machine.console') ? undefined : i18n.t('route.forbidden.text', { permission: 'machine.console' }),
    run: () => go(paths.console(machine.id)),
  }
}
