import type { Host, MachineType } from '../../../../shared/model/index.ts'
import { HOURS_PER_MONTH, type ListPrice } from '../../../../shared/prices/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { priceLabel, priceOrigin } from '../../../lib/prices/index.ts'
import { Facts } from '../../../ui/index.ts'
import type { CloudDraft } from './draft.ts'

export interface PlanProps {
  readonly draft: CloudDraft
  readonly place: Host
  readonly type: MachineType | undefined
  readonly imageName: string | undefined
  /** Of the type, where it will run; null: not known. */
  readonly price: ListPrice | null
}

/** What will be made, in a few lines. */
export function Plan({ draft, place, type, imageName, price }: PlanProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  return (
    <div className="cloud-plan">
      <h2>{t('build.side')}</h2>
      <Facts
        facts={[
          { label: t('column.name'), value: draft.name.trim() || null },
          { label: t(`place.kind.${place.kind}`), value: place.name },
          { label: t('cloud.fact.image'), value: (imageName ?? draft.imageId) || null },
          {
            label: t('cloud.fact.type'),
            value: type ? (
              <span className="num">
                {type.name}{' '}
                <span className="sub">
                  {t('machine.vcpus', { count: type.vcpus })}, {format.bytes(type.memoryKiB * 1_024)}
                </span>
              </span>
            ) : (
              draft.type || null
            ),
          },
          {
            label: t('cloud.cost.month'),
            value: price && (
              <span className="num" title={priceOrigin(price, i18n)}>
                {t('price.per-month', { amount: format.usd(price.usdPerHour * HOURS_PER_MONTH) })}
              </span>
            ),
          },
        ]}
      />
      {price && <p className="form-note">{t('cloud.cost.without-disks', { label: priceLabel(price, i18n) })}</p>}
    </div>
  )
}
