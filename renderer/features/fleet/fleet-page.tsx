import { useI18n } from '../../lib/i18n/index.ts'
import { useLivePhase } from '../../lib/live/index.ts'

export function FleetPage() {
  const { t } = useI18n()
  const phase = useLivePhase()
  return (
    <h1>
      {t('fleet.title')} {phase}
    </h1>
  )
}
