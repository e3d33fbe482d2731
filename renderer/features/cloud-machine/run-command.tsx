import { useState } from 'react'
import type { CloudFacts, CloudId, Machine } from '../../../shared/model/index.ts'
import { isCloudId } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useMachineScene } from '../../lib/live/index.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { ActionButton, Panel } from '../../ui/index.ts'
import { RunCommandDialog } from './run-command-dialog.tsx'

/** Clouds with a call for it. Google Cloud has none. */
const RUNS: ReadonlySet<CloudId> = new Set<CloudId>(['aws', 'azure'])

export interface RunCommandProps {
  readonly machine: Machine
  readonly cloud: CloudFacts
  readonly live: boolean
}

/** A script for the cloud's own agent in the machine: who runs it, and why it cannot be run now. */
export function RunCommand({ machine, cloud, live }: RunCommandProps) {
  const { t } = useI18n()
  const may = usePermissions()
  const { connection } = useMachineScene(machine.id)
  const [open, setOpen] = useState(false)
  const providerId = connection?.providerId
  const hasCall = isCloudId(providerId) && RUNS.has(providerId)
  const refusal = !may('machine.modify')
    ? t('route.forbidden.text', { permission: 'machine.modify' })
    : !hasCall
      ? t('cloud.run.no-call')
      : !live
        ? t('guest.no-link')
        : machine.state === 'running'
          ? undefined
          : t('guest.off', { name: machine.name })
  return (
    <Panel title={t('cloud.run')}>
      <p className="cloud-prose">
        {hasCall
          ? `${t(`cloud.run.by.${providerId}`)} ${t(cloud.platform === 'windows' ? 'cloud.run.as.windows' : 'cloud.run.as.linux')}`
          : t('cloud.run.no-call')}
      </p>
      <ActionButton variant="secondary" disabledReason={refusal} onClick={() => setOpen(true)}>
        {t('cloud.run.open')}
      </ActionButton>
      {open && <RunCommandDialog machine={machine} cloud={cloud} onClose={() => setOpen(false)} />}
    </Panel>
  )
}
