import type { Machine } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { useBusyTask, useLive } from '../../../lib/live/index.ts'
import { usePermissions } from '../../../lib/session/index.ts'
import { ActionButton, Banner } from '../../../ui/index.ts'
import { OFFERS, planOffer, requestAction } from '../../machine-actions/index.ts'

const OFF: ReadonlySet<Machine['state']> = new Set<Machine['state']>(['stopped', 'crashed', 'saved'])

/** What is on does not move between worlds: it can be shut down right here. */
export function OnBanner({ machine }: { readonly machine: Machine }) {
  const i18n = useI18n()
  const { t } = i18n
  const live = useLive()
  const may = usePermissions()
  const busy = useBusyTask(machine.id)
  if (OFF.has(machine.state)) return null
  const offer = OFFERS.find(({ id }) => id === 'shutdown')
  const refused = offer && planOffer(offer, [machine.id], live, may).refused[0]
  const isGoing = machine.state === 'stopping' || busy !== undefined
  return (
    <Banner
      tone="warn"
      actions={
        offer && (
          <ActionButton
            variant="secondary"
            size="sm"
            isLoading={isGoing}
            disabledReason={isGoing ? t('transfer.on.going') : refused && i18n.reason(refused.reason)}
            onClick={() => requestAction('shutdown', [machine.id])}
          >
            {t('transfer.on.shut-down')}
          </ActionButton>
        )
      }
    >
      <b>{t('transfer.on', { name: machine.name })}</b> {t('transfer.on.text')}
    </Banner>
  )
}
