import type { TransferPlan, TransferWayPlan } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { sentBytes, usdOf } from './takes.ts'

export interface TakesSideProps {
  readonly plan: TransferPlan | null
  readonly way: TransferWayPlan | null
  readonly pending: boolean
}

/** What the chosen way takes: bytes, money, and what will be another than before. */
export function TakesSide({ plan, way, pending }: TakesSideProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  if (!plan || !way) return <h2>{t('transfer.takes')}</h2>
  const bytes = sentBytes(way)
  const usd = way.costs.filter(({ usdPerMonth }) => usdPerMonth !== null).length > 1 ? usdOf(way) : null
  return (
    <>
      <h2>{t('transfer.takes')}</h2>
      <div aria-busy={pending} className="migrate-looked">
        <div className="migrate-figure">
          <span>{t('transfer.takes.sent')}</span>
          <b className="num">{bytes === null ? '–' : format.bytes(bytes)}</b>
          <p className="sub small">
            {plan.disks.length === 0
              ? t('transfer.takes.no-disks')
              : t('transfer.takes.disks', { count: plan.disks.length, size: capacity(plan) })}
          </p>
        </div>
        <section>
          <h3>{t('transfer.costs')}</h3>
          {way.costs.length === 0 ? (
            <p className="sub">{t('transfer.costs.none')}</p>
          ) : (
            <>
              {usd !== null && <p className="num">{t('transfer.per-month', { usd: usd.toFixed(2) })}</p>}
              <ul className="transfer-list">
                {way.costs.map(({ what, usdPerMonth, source }) => (
                  <li key={what.code}>
                    {i18n.reason(what)}
                    {usdPerMonth !== null && <b className="num"> {t('transfer.per-month', { usd: usdPerMonth.toFixed(2) })}</b>}
                    {source !== null && <span className="sub small block">{source}</span>}
                  </li>
                ))}
              </ul>
            </>
          )}
        </section>
        <section>
          <h3>{t('transfer.differs')}</h3>
          {way.differs.length === 0 ? (
            <p className="sub">{t('transfer.differs.none')}</p>
          ) : (
            <ul className="transfer-list">
              {way.differs.map(({ topic, reason }) => (
                <li key={`${topic} ${reason.code}`}>
                  <b>{t(`transfer.topic.${topic}`)}</b> {i18n.reason(reason)}
                </li>
              ))}
            </ul>
          )}
        </section>
      </div>
    </>
  )

  function capacity({ disks }: TransferPlan): string {
    return format.bytes(disks.reduce((sum, { capacityBytes }) => sum + (capacityBytes ?? 0), 0))
  }
}
