import { useI18n } from '../../../lib/i18n/index.ts'
import { useLivePhase } from '../../../lib/live/index.ts'
import { EmptyState } from '../../../ui/index.ts'
import { useMachines } from './use-machines.ts'
import { useWish } from './use-wish.ts'
import { Wizard } from './wizard.tsx'

/** `/migrate?m=…&to=…&step=…`: machines to another host. Everything that is chosen stands in the address. */
export function MigratePage() {
  const { t } = useI18n()
  const phase = useLivePhase()
  const [wish, onWish] = useWish()
  const machines = useMachines(wish.ids)
  if (machines.length === 0) {
    if (phase !== 'ready') return null
    return (
      <EmptyState title={t('migrate.no-machine')}>
        <p>{t('migrate.no-machine-text')}</p>
      </EmptyState>
    )
  }
  return <Wizard wish={wish} machines={machines} onWish={onWish} />
}
