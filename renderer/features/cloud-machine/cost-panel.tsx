import type { CloudFacts, Machine } from '../../../shared/model/index.ts'
import { HOURS_PER_MONTH } from '../../../shared/prices/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useMachineScene } from '../../lib/live/index.ts'
import { costOfMachine, costRemark, listPriceOf, priceLabel, priceOrigin, useListPrices } from '../../lib/prices/index.ts'
import { ActionButton, type Fact, Facts, Panel } from '../../ui/index.ts'
import { requestAction } from '../machine-actions/index.ts'
import { useOfferReason } from './use-offer-reason.ts'

export interface CostPanelProps {
  readonly machine: Machine
  readonly cloud: CloudFacts
  readonly gone: boolean
}

/** What is paid for as it is now, what that is by the list, and how to end what need not be. */
export function CostPanel({ machine, cloud, gone }: CostPanelProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const { connection } = useMachineScene(machine.id)
  const prices = useListPrices()
  const { billing, purchase, stopBills, hibernates } = cloud
  const cost = costOfMachine(prices, machine, connection?.providerId)
  // of one that costs nothing for its type now, what it would cost again
  const price = listPriceOf(prices, { ...cloud, providerId: connection?.providerId })
  const remark = costRemark(cost, i18n)
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
    ...(price === null
      ? []
      : [
          {
            label: t(billing === 'storage' ? 'cloud.cost.when-on' : 'cloud.cost.month'),
            value: (
              <span className="num" title={priceOrigin(price, i18n)}>
                {t('price.per-month', { amount: format.usd(price.usdPerHour * HOURS_PER_MONTH) })}{' '}
                <span className="sub">{t('price.per-hour', { amount: format.usdPerHour(price.usdPerHour) })}</span>
              </span>
            ),
          },
        ]),
    ...(purchase === null ? [] : [{ label: t('cloud.cost.purchase'), value: t(`cloud.purchase.${purchase}`) }]),
  ]
  if (facts.length === 0) return null
  const notes = [
    price === null ? null : priceLabel(price, i18n),
    cost.remark === 'storage-only' ? null : remark,
    machine.state === 'running' && stopBills ? t('cloud.cost.stop-bills') : null,
    machine.state === 'running' && hibernates === true ? t('cloud.cost.hibernates') : null,
    purchase === 'spot' ? t('cloud.cost.spot') : null,
  ]
  return (
    <Panel title={t('cloud.cost')}>
      <Facts facts={facts} />
      {costsForNothing && (
        <div className="cloud-hint">
          <p>{t('cloud.cost.off-billed')}</p>
          {stopBills && <Deallocate machine={machine} gone={gone} />}
        </div>
      )}
      {notes.map(
        (note) =>
          note !== null && (
            <p key={note} className="form-note">
              {note}
            </p>
          ),
      )}
    </Panel>
  )
}

function Deallocate({ machine, gone }: Pick<CostPanelProps, 'machine' | 'gone'>) {
  const [label, reason] = useOfferReason('deallocate', machine, gone)
  return (
    <ActionButton variant="secondary" size="sm" disabledReason={reason} onClick={() => requestAction('deallocate', [machine.id])}>
      {label}
    </ActionButton>
  )
}
