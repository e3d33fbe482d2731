import type { Permission } from '../../../shared/contract/index.ts'
import { capabilityOf, heldAs, type Machine, type Reason } from '../../../shared/model/index.ts'
import type { I18n } from '../../lib/i18n/index.ts'
import type { Live } from '../../lib/live/index.ts'
import type { Offer } from './actions.ts'

export interface Refusal {
  readonly machine: Machine
  readonly reason: Reason
  /** No state of it would change that: machines of its kind do not know this. */
  readonly forGood?: boolean
}

/** What pressing it would do, before anybody presses it. */
export interface ActionPlan {
  readonly fits: readonly Machine[]
  readonly refused: readonly Refusal[]
}

/** The same judgement as the engine's, on what the page knows. */
export function planOffer(offer: Offer, ids: Iterable<string>, live: Live, may: (permission: Permission) => boolean): ActionPlan {
  const fits: Machine[] = []
  const refused: Refusal[] = []
  const allowed = may(offer.permission)
  let several = 0
  for (const id of ids) {
    const machine = live.store.get('machine', id)
    if (!machine) continue
    several += 1
    if (!allowed) {
      refused.push({
        machine,
        reason: { code: 'auth.forbidden', text: `It needs the permission ${offer.permission}.`, params: { permission: offer.permission } },
      })
      continue
    }
    const connection = live.store.get('connection', machine.connectionId)
    const answer = capabilityOf(offer.action, machine, {
      connection,
      host: live.store.get('host', machine.hostId),
      ...heldAs(id, live.busy.of(id)),
    })
    const isLook = !answer.ok && offer.looksFirst === true && answer.reason.code === 'machine.wrong-state'
    const reason = answer.ok || isLook ? pointless(offer, machine) : answer.reason
    const forGood = connection?.capabilities?.unsupported[offer.action] !== undefined
    if (reason) refused.push({ machine, reason, ...(forGood && { forGood }) })
    else fits.push(machine)
  }
  if (offer.single && several > 1) {
    return {
      fits: [],
      refused: [
        ...fits.map((machine) => ({ machine, reason: { code: 'machine.one-only', text: 'This works on one machine at a time.' } })),
        ...refused,
      ],
    }
  }
  return { fits, refused }
}

/** What could be done and would change nothing, or has nothing to work on. */
function pointless({ input, needsDisk }: Offer, { name, autostart, cloud }: Machine): Reason | null {
  const isSo =
    (input?.action === 'setAutostart' && autostart === input.autostart) ||
    (input?.action === 'setProtection' && cloud?.isProtected === input.isProtected)
  if (isSo) return { code: 'machine.already-so', text: `${name} is set so already.`, params: { name } }
  const disks = cloud?.disks ?? []
  if (needsDisk === 'any' && disks.length === 0) return { code: 'machine.no-disk', text: `${name} has no disk.`, params: { name } }
  if (needsDisk === 'data' && !disks.some((disk) => !disk.boot)) {
    return { code: 'machine.no-data-disk', text: `${name} has no disk but the one it boots from.`, params: { name } }
  }
  return null
}

/** The refusals in a few lines: the reasons by how many they are, worded once each. */
export function refusalLines(refused: readonly Refusal[], i18n: I18n, limit = 4): readonly string[] {
  if (refused.length === 0) return []
  if (refused.length === 1 && refused[0]) return [i18n.reason(refused[0].reason)]
  const groups = new Map<string, Refusal[]>()
  for (const one of refused) {
    const key = `${one.reason.code}/${one.reason.params?.['state'] ?? ''}`
    const group = groups.get(key)
    if (group) group.push(one)
    else groups.set(key, [one])
  }
  const lines = [...groups.values()]
    .sort((a, b) => b.length - a.length)
    .map((group) => {
      const first = group[0]
      if (!first) return ''
      if (group.length === 1) return i18n.reason(first.reason)
      return (
        i18n.wording(`reason-many.${first.reason.code}`, { ...first.reason.params, count: group.length }) ??
        `${group.length} × ${i18n.reason(first.reason)}`
      )
    })
  return lines.length <= limit ? lines : [...lines.slice(0, limit - 1), i18n.t('act.more-reasons', { count: lines.length - limit + 1 })]
}

/** Why a button that fits nothing is disabled; undefined: it fits something. */
export function disabledReason(plan: ActionPlan, i18n: I18n): string | undefined {
  if (plan.fits.length > 0) return undefined
  if (plan.refused.length === 0) return i18n.t('act.nothing-selected')
  return refusalLines(plan.refused, i18n, 3).join(' ')
}
