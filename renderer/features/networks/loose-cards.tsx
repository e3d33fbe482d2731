import { Button } from '@patternfly/react-core'
import { useEffect, useRef } from 'react'
import { FINAL_TASK_STATES, type Network, type NetworkDetail } from '../../../shared/model/index.ts'
import { isCutOff } from '../../../shared/networks/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { ActionButton, Banner } from '../../ui/index.ts'
import { CommandNote } from './command-note.tsx'
import { useNetworkCommand } from './queries.ts'

const NAMED = 5

export interface LooseCardsProps {
  readonly detail: NetworkDetail
  readonly blocked: string | undefined
  readonly isBusy: boolean
  readonly onPlugIn: () => void
}

/** Cards of running machines that hang beside their network, and the way back for all of them. Nothing, where there are none. */
export function LooseCards({ detail, blocked, isBusy, onPlugIn }: LooseCardsProps) {
  const { t } = useI18n()
  const loose = detail.ports.filter(isCutOff)
  if (loose.length === 0) return null
  const names = [...new Set(loose.map(({ machine }) => machine))]
  const more = names.length > NAMED ? ` ${t('network.more-machines', { count: names.length - NAMED })}` : ''
  return (
    <Banner
      tone="warn"
      actions={
        <ActionButton variant="link" isInline disabledReason={blocked} isLoading={isBusy} onClick={onPlugIn}>
          {t('network.plug-in-all')}
        </ActionButton>
      }
    >
      <b>{t('network.loose', { count: loose.length, machines: names.slice(0, NAMED).join(', ') + more })}</b> {t('network.loose-text')}
    </Banner>
  )
}

export interface PlugInProps {
  readonly network: Network
  readonly mac: string
  /** Whose card it is. */
  readonly machine: string
  /** Why it cannot be done now; undefined: it can. */
  readonly disabledReason: string | undefined
  /** Its task has ended, however it did. */
  readonly onEnded: () => void
}

/** Plugs one card back in, wherever it is shown. */
export function PlugInButton({ network, mac, machine, disabledReason, onEnded }: PlugInProps) {
  const { t } = useI18n()
  const may = usePermissions()
  const plugIn = useNetworkCommand('plugIn', (api, _none: null) => api.networks.plugIn({ networkId: network.id, macs: [mac] }))
  const hasEnded = plugIn.task !== undefined && FINAL_TASK_STATES.has(plugIn.task.state)
  const tell = useRef(onEnded)
  useEffect(() => {
    tell.current = onEnded
  }, [onEnded])
  useEffect(() => {
    if (hasEnded) tell.current()
  }, [hasEnded])
  if (!may('network.write')) return null
  return (
    <>
      {disabledReason === undefined ? (
        <Button
          variant="secondary"
          size="sm"
          isLoading={plugIn.isBusy}
          isDisabled={plugIn.isBusy}
          aria-label={t('network.plug-in-of', { name: machine })}
          onClick={() => plugIn.begin(null)}
        >
          {t('network.plug-in')}
        </Button>
      ) : (
        <ActionButton variant="secondary" size="sm" disabledReason={disabledReason}>
          {t('network.plug-in')}
        </ActionButton>
      )}
      <CommandNote command={plugIn} />
    </>
  )
}
