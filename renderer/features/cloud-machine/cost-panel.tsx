import { useState } from 'react'
import type { AppError } from '../../../shared/errors/index.ts'
import { type CloudFacts, capabilityOf, type Machine } from '../../../shared/model/index.ts'
import { toPageError } from '../../lib/api/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useMachineScene } from '../../lib/live/index.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { ActionButton, type Fact, Facts, Panel } from '../../ui/index.ts'
import { useAct } from '../machine-actions/index.ts'

export interface CostPanelProps {
  readonly machine: Machine
  readonly cloud: CloudFacts
  readonly gone: boolean
}

/** What is paid for as it is now, and how to end what need not be. */
export function CostPanel({ machine, cloud, gone }: CostPanelProps) {
  const { t } = useI18n()
  const { billing, purchase, stopBills } = cloud
  // also while it is not known whether it runs: what costs is what the cloud says
  const costsForNothing = machine.state === 'stopped' && billing === 'compute'
  const facts: readonly Fact[] = [
    ...(billing === null
      ? []
      : [
          {
            label: t('cloud.cost.now'),
            value: <span className={costsForNothing ? 'warn-text' : undefined}>{t(`cloud.cost.${billing}`)}</span>,
          },
        ]),
    ...(purchase === null ? [] : [{ label: t('cloud.cost.purchase'), value: t(`cloud.purchase.${purchase}`) }]),
  ]
  if (facts.length === 0) return null
  return (
    <Panel title={t('cloud.cost')}>
      <Facts facts={facts} />
      {costsForNothing && (
        <div className="cloud-hint">
          <p>{t('cloud.cost.off-billed')}</p>
          {stopBills && <Deallocate machine={machine} gone={gone} />}
        </div>
      )}
      {machine.state === 'running' && stopBills && <p className="form-note">{t('cloud.cost.stop-bills')}</p>}
      {purchase === 'spot' && <p className="form-note">{t('cloud.cost.spot')}</p>}
    </Panel>
  )
}

function Deallocate({ machine, gone }: Pick<CostPanelProps, 'machine' | 'gone'>) {
  const i18n = useI18n()
  const { t } = i18n
  const may = usePermissions()
  const { connection, host, task } = useMachineScene(machine.id)
  const { act, isPending } = useAct()
  const [error, setError] = useState<AppError | null>(null)
  const capability = capabilityOf('deallocate', machine, { connection, host, busyWith: task?.kind })
  const reason = gone
    ? t('machine.gone-action')
    : !may('machine.operate')
      ? t('route.forbidden.text', { permission: 'machine.operate' })
      : capability.ok
        ? undefined
        : i18n.reason(capability.reason)
  return (
    <>
      <ActionButton
        variant="secondary"
        size="sm"
        isLoading={isPending}
        disabledReason={isPending ? t('state.queued') : reason}
        onClick={() => {
          setError(null)
          act([machine.id], { action: 'deallocate' }).catch((thrown: unknown) => setError(toPageError(thrown, 'command')))
        }}
      >
        {t('cloud.deallocate')}
      </ActionButton>
      {error && <p className="bad-text">{i18n.error(error)}</p>}
    </>
  )
}
