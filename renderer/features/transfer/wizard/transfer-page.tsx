import '../transfer.css'
import type { Machine } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { useIdParam } from '../../../lib/id-param.ts'
import { useInAddress } from '../../../lib/in-address.ts'
import { useEntity, useLivePhase } from '../../../lib/live/index.ts'
import { EmptyState } from '../../../ui/index.ts'
import { useTargets } from './queries.ts'
import { readWish, type Wish, writeWish } from './wish.ts'
import { Wizard } from './wizard.tsx'

const isSameStep = (before: Wish, after: Wish) => before.step === after.step

/** `/machines/…/transfer?to=…&step=…`: a machine that is off to another world. Everything that is chosen stands in the address. */
export function TransferPage() {
  const { t } = useI18n()
  const phase = useLivePhase()
  const machine = useEntity('machine', useIdParam('machineId'))
  if (machine) return <OfMachine key={machine.id} machine={machine} />
  return phase === 'ready' ? (
    <EmptyState title={t('transfer.gone')}>
      <p>{t('transfer.gone-text')}</p>
    </EmptyState>
  ) : null
}

function OfMachine({ machine }: { readonly machine: Machine }) {
  const { t } = useI18n()
  const [wish, onWish] = useInAddress(readWish, writeWish, isSameStep)
  const targets = useTargets(machine)
  if (targets.length > 0) return <Wizard wish={wish} machine={machine} targets={targets} onWish={onWish} />
  return (
    <EmptyState title={t('transfer.nowhere')}>
      <p>{t('transfer.nowhere-text')}</p>
    </EmptyState>
  )
}
