import type { Permission } from '../../../shared/contract/index.ts'
import type { Machine } from '../../../shared/model/index.ts'
import type { Command } from '../../lib/commands/index.ts'
import type { I18n } from '../../lib/i18n/index.ts'
import type { Live } from '../../lib/live/index.ts'
import { paths } from '../../lib/paths.ts'
import type { MenuEntry } from '../../ui/index.ts'
import { OFFERS, type OfferId } from './actions.ts'
import { disabledReason, planOffer } from './plan.ts'
import { requestAction } from './request.ts'

const DIVIDER_BEFORE: ReadonlySet<OfferId> = new Set<OfferId>(['reboot', 'managedSave', 'autostartOn', 'delete'])

/** Every action for these machines, as entries of a menu: what cannot be done now says why. */
export function machineMenu(
  ids: readonly string[],
  live: Live,
  may: (permission: Permission) => boolean,
  i18n: I18n,
  only?: ReadonlySet<OfferId>,
): readonly MenuEntry[] {
  const entries: MenuEntry[] = []
  for (const offer of OFFERS) {
    if (only ? !only.has(offer.id) : offer.rare) continue
    const plan = planOffer(offer, ids, live, may)
    const partly = plan.refused.length > 0 && plan.fits.length > 0
    if (DIVIDER_BEFORE.has(offer.id) && entries.length > 0) entries.push({ kind: 'divider', id: `before-${offer.id}` })
    entries.push({
      kind: 'item',
      id: offer.id,
      label: partly ? i18n.t('act.some', { action: i18n.t(offer.label), fits: plan.fits.length, total: ids.length }) : i18n.t(offer.label),
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
  return OFFERS.map((offer) => ({
    id: `machine-action.${offer.id}`,
    title: `${i18n.t(offer.label).replace(/…$/, '')}: ${object}`,
    group: i18n.t('palette.group.actions'),
    disabledReason: disabledReason(planOffer(offer, ids, live, may), i18n),
    run: () => requestAction(offer.id, ids),
  }))
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
