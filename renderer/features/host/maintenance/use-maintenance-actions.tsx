import { type ReactNode, useMemo, useState } from 'react'
import type { Host } from '../../../../shared/model/index.ts'
import { type Command, useCommands } from '../../../lib/commands/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { usePermissions } from '../../../lib/session/index.ts'
import { ActionButton } from '../../../ui/index.ts'
import { DrainDialog } from './drain-dialog.tsx'
import { MaintenancePanel } from './maintenance-panel.tsx'
import { useMaintenance } from './queries.ts'
import { ReturnDialog } from './return-dialog.tsx'

export interface MaintenanceActions {
  readonly button: ReactNode
  readonly panel: ReactNode
  readonly dialog: ReactNode
}

/** The way into maintenance and out of it, for the page of a host: in its head, among its panels, and in the palette. */
export function useMaintenanceActions(host: Host, notLive: string | undefined): MaintenanceActions {
  const { t } = useI18n()
  const may = usePermissions()
  const [open, setOpen] = useState<'drain' | 'return' | null>(null)
  const maintenance = useMaintenance(host)
  const state = host.maintenance ?? null
  const disabledReason = may('machine.migrate')
    ? (notLive ?? (state === 'draining' || state === 'returning' ? t(`maintenance.is-${state}`) : undefined))
    : t('route.forbidden.text', { permission: 'machine.migrate' })
  const next = state === null ? 'drain' : 'return'
  const title = t(state === null ? 'maintenance.command' : 'maintenance.end-command', { host: host.name })
  const commands = useMemo(
    (): readonly Command[] => [
      {
        id: 'host.maintenance',
        title,
        keywords: 'drain evacuate empty maintenance return',
        group: t('palette.group.actions'),
        disabledReason,
        run: () => setOpen(next),
      },
    ],
    [title, t, disabledReason, next],
  )
  useCommands(commands)
  const close = () => setOpen(null)
  return {
    button: (
      <ActionButton variant="secondary" disabledReason={disabledReason} onClick={() => setOpen(next)}>
        {t(state === null ? 'maintenance.open' : 'maintenance.end-open')}
      </ActionButton>
    ),
    panel: maintenance && (
      <MaintenancePanel
        host={host}
        maintenance={maintenance}
        disabledReason={state === 'maintenance' ? disabledReason : may('machine.migrate') ? undefined : disabledReason}
        onDrain={() => setOpen('drain')}
        onReturn={() => setOpen('return')}
      />
    ),
    dialog:
      open === 'drain' ? (
        <DrainDialog host={host} onClose={close} />
      ) : open === 'return' && maintenance ? (
        <ReturnDialog host={host} maintenance={maintenance} onClose={close} />
      ) : null,
  }
}
