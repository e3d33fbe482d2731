import { Button } from '@patternfly/react-core'
import { RhUiEllipsisVerticalIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-ellipsis-vertical-icon'
import { type ReactNode, useMemo, useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { type Machine, machineSeenAtMs, type ProviderCapabilities } from '../../../shared/model/index.ts'
import { useCommands } from '../../lib/commands/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useLive, useMachineScene } from '../../lib/live/index.ts'
import { freshShape, isPlace, machineStatus } from '../../lib/machine/index.ts'
import { paths } from '../../lib/paths.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { useTicking } from '../../lib/time/ticker.ts'
import { ActionButton, Age, FloatingMenu, Fresh, PageHead, Prov, StateIcon, TemplateChip } from '../../ui/index.ts'
import { buildCommands, buildEntries, withCopies } from '../build/index.ts'
import {
  consoleCommand,
  disabledReason,
  machineCommands,
  machineMenu,
  type OfferId,
  offerLabel,
  offerOf,
  planOffer,
  requestAction,
} from '../machine-actions/index.ts'
import { migrateCommand, migrateEntry, withMigrate } from '../migration/index.ts'

/** In fixed places, so that nothing moves when the state changes. */
const BUTTONS: readonly OfferId[] = ['start', 'shutdown', 'reboot']

/** A cloud's own: few pause a machine, and some restart it only the hard way. */
function buttonsOf({ cloud, state }: Machine, unsupported: ProviderCapabilities['unsupported']): readonly OfferId[] {
  const paused = state === 'paused' || state === 'suspended'
  if (!cloud) return [...BUTTONS, paused ? 'resume' : 'suspend']
  const restart: OfferId = unsupported.reboot && !unsupported.reset ? 'reset' : 'reboot'
  return ['start', 'shutdown', ...(cloud.stopBills ? (['deallocate'] as const) : []), restart, ...(paused ? (['resume'] as const) : [])]
}

export interface MachineHeadProps {
  readonly machine: Machine
  readonly gone: boolean
  readonly tabs: ReactNode
}

/** Where it is, its state with its age, and what can be done with it now. */
export function MachineHead({ machine, gone, tabs }: MachineHeadProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const live = useLive()
  const may = usePermissions()
  const { host, connection, freshness, task } = useMachineScene(machine.id)
  const [menu, setMenu] = useState<{ readonly x: number; readonly y: number } | null>(null)
  const status = machineStatus(machine, gone ? { state: 'stale', sinceMs: 0, reason: '' } : freshness, gone ? undefined : task, i18n)
  const ids = useMemo(() => [machine.id], [machine.id])
  const uptime = useTicking((nowMs) =>
    machine.startedAtMs !== null && machine.state === 'running' && freshness.state === 'live' && !gone
      ? format.span(nowMs - machine.startedAtMs)
      : '',
  )
  const goneReason = gone ? t('machine.gone-action') : undefined
  // What may be done depends on all of these; the plan itself reads them from the store.
  const buttons = buttonsOf(machine, connection?.capabilities?.unsupported ?? {})
  const navigate = useNavigate()
  const commands = useMemo(
    () =>
      gone || !connection || !freshness
        ? []
        : [
            consoleCommand(machine, may, i18n, (path) => void navigate(path)),
            ...machineCommands(ids, machine.name, live, may, i18n),
            ...migrateCommand(
              migrateEntry(ids, live, may, i18n, (path) => void navigate(path)),
              machine.name,
              i18n,
            ),
            ...buildCommands(machine, live, may, i18n, (path) => void navigate(path)),
          ],
    [gone, connection, freshness, ids, machine, live, may, i18n, navigate],
  )
  useCommands(commands)
  return (
    <>
      <PageHead
        title={machine.name}
        crumbs={[
          ...(connection ? [{ label: connection.name, path: paths.fleet(`connection:${quoted(connection.name)}`) }] : []),
          ...(host && host.name !== connection?.name ? [{ label: host.name, path: paths.host(host.id) }] : []),
        ]}
        actions={
          <>
            {buttons.map((id) => {
              const reason = goneReason ?? disabledReason(planOffer(offerOf(id), ids, live, may), i18n)
              const primary = reason === undefined && (id === 'start' || id === 'resume')
              return (
                <ActionButton
                  key={id}
                  className="steady"
                  variant={primary ? 'primary' : 'secondary'}
                  disabledReason={reason}
                  onClick={() => requestAction(id, ids)}
                >
                  {offerLabel(offerOf(id), planOffer(offerOf(id), ids, live, may), i18n)}
                </ActionButton>
              )
            })}
            <Button
              variant="secondary"
              aria-label={t('machine.more-actions')}
              aria-haspopup="menu"
              aria-expanded={menu !== null}
              isDisabled={gone}
              icon={<RhUiEllipsisVerticalIcon />}
              onClick={(event) => {
                const box = event.currentTarget.getBoundingClientRect()
                setMenu({ x: box.right - 260, y: box.bottom + 4 })
              }}
            />
          </>
        }
        tabs={tabs}
      >
        <span className="page-bit" title={status.hint}>
          <StateIcon shape={status.shape} muted={status.tone === 'past'} />
          <b className={`state-word ${status.tone}`}>{status.word}</b>
          {uptime && <span className="sub num">{uptime}</span>}
        </span>
        {machine.template && <TemplateChip template={machine.template} />}
        {host && (
          <span className="page-bit wide-only">
            <Prov providerId={connection?.providerId ?? 'libvirt'} /> {t(isPlace(host) ? 'machine.in' : 'machine.on')}{' '}
            <Link to={paths.host(host.id)}>{host.name}</Link>
          </span>
        )}
        {!gone && (
          <span className={`page-bit num ${freshness.state === 'stale' ? 'lost' : 'sub'}`}>
            <Fresh shape={freshShape(freshness)} />
            {freshness.state === 'never' ? t('fleet.seen.never') : <Age atMs={machineSeenAtMs(machine, host)} ago />}
          </span>
        )}
      </PageHead>
      {menu && (
        <FloatingMenu
          label={t('machine.more-actions')}
          at={menu}
          entries={withCopies(
            withMigrate(
              machineMenu(ids, live, may, i18n),
              migrateEntry(ids, live, may, i18n, (path) => void navigate(path)),
            ),
            buildEntries(machine, live, may, i18n, (path) => void navigate(path)),
          )}
          onClose={() => setMenu(null)}
        />
      )}
    </>
  )
}

/** A value of a query: in quotes where it needs them. */
function quoted(value: string): string {
  return /^[\w.-]+$/.test(value) ? value : `"${value.replaceAll('"', '\\"')}"`
}
