import type { CloudId, Host, MachineType } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { Facts } from '../../../ui/index.ts'
import type { CloudDraft } from './draft.ts'

export interface PlanProps {
  readonly draft: CloudDraft
  readonly cloud: CloudId
  readonly place: Host
  readonly type: MachineType | undefined
  readonly imageName: string | undefined
}

/** What will be made, in a few lines. */
export function Plan({ draft, place, type, imageName }: PlanProps) {
  const { t, format } = useI18n()
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
        ]}
      />
    </div>
  )
}
