import { Button } from '@patternfly/react-core'
import { RhUiExpandArrowsIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-expand-arrows-icon'
import { RhUiExternalLinkIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-external-link-icon'
import type { ReactNode, RefObject } from 'react'
import type { MachineConsole } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { paths } from '../../lib/paths.ts'
import { Fresh, Reason } from '../../ui/index.ts'
import type { ConsoleSnapshot } from './console-session.ts'
import { canWait } from './obstacle.ts'

export interface ConsolePickerProps {
  readonly consoles: readonly MachineConsole[]
  readonly chosen: MachineConsole | null
  readonly onChoose: (console: MachineConsole) => void
}

/** Which console: its displays and its ports. One that cannot be opened says why. */
export function ConsolePicker({ consoles, chosen, onChoose }: ConsolePickerProps) {
  const i18n = useI18n()
  const { t } = i18n
  return (
    <span className="segmented" role="radiogroup" aria-label={t('console.which')}>
      {consoles.map((one) => {
        const usable = canWait(one.reason)
        const label = t(`console.which.${one.kind}`, { number: one.index + 1 })
        return (
          <Reason key={`${one.kind}/${one.index}`} content={usable || !one.reason ? null : i18n.reason(one.reason)}>
            {(describedBy) => (
              <button
                type="button"
                role="radio"
                aria-checked={one === chosen}
                aria-disabled={!usable}
                aria-describedby={describedBy}
                title={one.label}
                onClick={() => {
                  if (usable) onChoose(one)
                }}
              >
                {label}
              </button>
            )}
          </Reason>
        )
      })}
    </span>
  )
}

export interface ConsoleBarProps {
  readonly machineId: string
  readonly target: MachineConsole | null
  readonly picker: ReactNode
  readonly tools?: ReactNode
  readonly status?: ReactNode
  /** What may fill the screen. */
  readonly stage?: RefObject<HTMLElement | null>
  /** It stands in a window of its own already. */
  readonly plain: boolean
}

/** One line over the console: which one, what can be done with it, how it stands. */
export function ConsoleBar({ machineId, target, picker, tools, status, stage, plain }: ConsoleBarProps) {
  const { t } = useI18n()
  return (
    <div className="console-bar">
      {picker}
      {tools && <span className="console-divider" />}
      {tools}
      {target && <span className="console-divider" />}
      {stage && document.fullscreenEnabled && (
        <Button
          variant="plain"
          size="sm"
          icon={<RhUiExpandArrowsIcon />}
          // a browser may refuse: then nothing changes, and the person sees that
          onClick={() => void stage.current?.requestFullscreen().catch(() => {})}
        >
          {t('console.full-screen')}
        </Button>
      )}
      {target && !plain && (
        <Button
          variant="plain"
          size="sm"
          icon={<RhUiExternalLinkIcon />}
          onClick={() => window.open(paths.consoleWindow(machineId, target.kind, target.index), '_blank', 'noopener,width=1080,height=820')}
        >
          {t('console.own-window')}
        </Button>
      )}
      <span className="grow" />
      {status}
    </div>
  )
}

/** How the connection stands, in a word. `detail` follows it while it is open. */
export function ConsoleStatus({ snapshot, detail }: { readonly snapshot: ConsoleSnapshot; readonly detail?: string | null }) {
  const { t } = useI18n()
  const { phase } = snapshot
  const word = phase === 'open' ? 'open' : phase === 'opening' ? 'opening' : 'not-open'
  return (
    <span className="console-status sub num" role="status">
      <Fresh shape={phase === 'open' ? 'live' : phase === 'opening' ? 'partly' : 'lost'} />
      {t(`console.status.${word}`)}
      {phase === 'open' && detail ? `, ${detail}` : ''}
    </span>
  )
}
