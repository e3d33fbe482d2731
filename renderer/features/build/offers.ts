import type { Permission } from '../../../shared/contract/index.ts'
import { type Machine, machineFreshness, type Reason } from '../../../shared/model/index.ts'
import type { Command } from '../../lib/commands/index.ts'
import type { I18n } from '../../lib/i18n/index.ts'
import type { Live } from '../../lib/live/index.ts'
import { paths } from '../../lib/paths.ts'
import type { MenuEntry } from '../../ui/index.ts'
import { requestExport } from './export-request.ts'
import { requestTemplate } from './template-request.ts'

/** Something that a machine can be the beginning of. */
export interface BuildOffer {
  readonly kind: 'item'
  readonly id: 'clone' | 'make-template' | 'export' | 'transfer'
  readonly label: string
  readonly disabledReason: string | undefined
  readonly run: () => void
}

function refusal(
  machine: Machine,
  live: Live,
  may: (permission: Permission) => boolean,
  i18n: I18n,
  permission: Permission,
): string | undefined {
  if (!may(permission)) return i18n.t('route.forbidden.text', { permission })
  const connection = live.store.get('connection', machine.connectionId)
  if (machineFreshness(connection, live.store.get('host', machine.hostId)).state !== 'live') {
    const reason: Reason = { code: 'link.not-live', text: 'There is no link.', params: { connection: connection?.name ?? '' } }
    return i18n.reason(reason)
  }
  return undefined
}

const OFF: ReadonlySet<Machine['state']> = new Set<Machine['state']>(['stopped', 'crashed'])

/** Copies of a machine, as entries of its menu: what cannot be done now says why. A machine of a cloud has an image for that. */
export function buildEntries(
  machine: Machine,
  live: Live,
  may: (permission: Permission) => boolean,
  i18n: I18n,
  go: (path: string) => void,
): readonly BuildOffer[] {
  const { t } = i18n
  const transfer: BuildOffer = {
    kind: 'item',
    id: 'transfer',
    label: t('transfer.do'),
    disabledReason: refusal(machine, live, may, i18n, 'inventory.read'),
    run: () => go(paths.transfer(machine.id)),
  }
  if (machine.cloud) return [transfer]
  const refused = refusal(machine, live, may, i18n, 'machine.create')
  const running = OFF.has(machine.state) ? undefined : t('template.needs-off', { name: machine.name })
  return [
    {
      kind: 'item',
      id: 'clone',
      label: t(machine.template ? 'template.use' : 'build.clone-do'),
      disabledReason: refused,
      run: () => go(paths.clone(machine.id)),
    },
    {
      kind: 'item',
      id: 'make-template',
      label: t(machine.template ? 'template.next' : 'template.make'),
      disabledReason: refused ?? running,
      run: () => requestTemplate(machine.id),
    },
    {
      kind: 'item',
      id: 'export',
      label: t('export.do'),
      disabledReason: refusal(machine, live, may, i18n, 'volume.read') ?? running,
      run: () => requestExport(machine.id),
    },
    transfer,
  ]
}

/** A machine's menu with the entries for copies of it, before what deletes it. */
export function withCopies(menu: readonly MenuEntry[], copies: readonly BuildOffer[]): readonly MenuEntry[] {
  if (copies.length === 0) return menu
  const at = menu.findIndex((entry) => entry.id === 'before-delete')
  const place = at === -1 ? menu.length : at
  return [...menu.slice(0, place), { kind: 'divider', id: 'before-copies' }, ...copies, ...menu.slice(place)]
}

/** The same for the palette. */
export function buildCommands(
  machine: Machine,
  live: Live,
  may: (permission: Permission) => boolean,
  i18n: I18n,
  go: (path: string) => void,
): readonly Command[] {
  return buildEntries(machine, live, may, i18n, go).map(({ id, label, disabledReason, run }) => ({
    id: `machine-action.${id}`,
    title: `${label.replace(/…$/, '')}: ${machine.name}`,
    group: i18n.t('palette.group.actions'),
    disabledReason,
    run,
  }))
}
