import type { Permission } from '../../../shared/contract/index.ts'
import { type Machine, machineFreshness } from '../../../shared/model/index.ts'
import type { Command } from '../../lib/commands/index.ts'
import type { I18n } from '../../lib/i18n/index.ts'
import type { Live } from '../../lib/live/index.ts'
import { paths } from '../../lib/paths.ts'
import type { MenuEntry } from '../../ui/index.ts'

type May = (permission: Permission) => boolean
type MoveItem = Extract<MenuEntry, { readonly kind: 'item' }>

/** Where nobody can be moved from, and why; null: here. */
function refusal(machine: Machine, live: Live, i18n: I18n): string | null {
  if (machine.template) return i18n.t('migrate.no.template', { name: machine.name })
  const connection = live.store.get('connection', machine.connectionId)
  if (machineFreshness(connection, live.store.get('host', machine.hostId)).state !== 'live') {
    return i18n.reason({ code: 'link.not-live', text: 'There is no link.', params: { connection: connection?.name ?? '' } })
  }
  const task = live.busy.of(machine.id)
  return task ? i18n.t('migrate.no.busy', { name: machine.name }) : null
}

/** Moving these machines, as an entry of their menu; null: machines of a cloud have no hosts to move between. */
export function migrateEntry(ids: readonly string[], live: Live, may: May, i18n: I18n, go: (path: string) => void): MoveItem | null {
  const all = ids.flatMap((id) => live.store.get('machine', id) ?? [])
  const machines = all.filter(({ cloud }) => cloud === null)
  if (machines.length === 0) return null
  const refused = machines.map((machine) => refusal(machine, live, i18n))
  const fit = machines.filter((_machine, at) => refused[at] === null)
  const why = may('machine.migrate')
    ? fit.length === 0
      ? (refused[0] ?? undefined)
      : undefined
    : i18n.t('route.forbidden.text', { permission: 'machine.migrate' })
  return {
    kind: 'item',
    id: 'migrate',
    label: i18n.t('migrate.do'),
    disabledReason: why,
    run: () => go(paths.migrate(fit.map(({ id }) => id))),
  }
}

/** A machine's menu with it, before what changes settings. */
export function withMigrate(menu: readonly MenuEntry[], entry: MoveItem | null): readonly MenuEntry[] {
  if (!entry) return menu
  const found = menu.findIndex(({ id }) => id === 'before-settings')
  const place = found === -1 ? menu.length : found
  return [...menu.slice(0, place), { kind: 'divider', id: 'before-migrate' }, entry, ...menu.slice(place)]
}

/** The same for the palette. `object` names what would move. */
export function migrateCommand(entry: MoveItem | null, object: string, i18n: I18n): readonly Command[] {
  if (!entry) return []
  return [
    {
      id: 'machine-action.migrate',
      title: `${entry.label.replace(/…$/, '')}: ${object}`,
      group: i18n.t('palette.group.actions'),
      keywords: 'migrate move host live migration vmotion',
      disabledReason: entry.disabledReason,
      run: entry.run,
    },
  ]
}
