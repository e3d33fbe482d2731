import { MenuItem, MenuList } from '@patternfly/react-core'
import { RhUiExpandArrowsIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-expand-arrows-icon'
import { RhUiExternalLinkIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-external-link-icon'
import { RhUiWindowsIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-windows-icon'
import type { ReactNode, RefObject } from 'react'
import type { MachineConsole } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { Fresh, MenuButton, Reason } from '../../ui/index.ts'
import { type BarItem, BarItems } from './bar-items.tsx'
import type { ConsoleSnapshot } from './console-session.ts'
import { canChoose } from './obstacle.ts'
import type { OwnWindows } from './use-own-windows.tsx'

export interface ConsolePickerProps {
  readonly consoles: readonly MachineConsole[]
  readonly chosen: MachineConsole | null
  readonly onChoose: (console: MachineConsole) => void
  /** Its serial port is what a cloud keeps of it, to read. */
  readonly isOutput?: boolean
}

/** More of them are in a menu. */
const SIDE_BY_SIDE = 3

/** Which console: its displays and its ports. One that cannot be opened says why. */
export function ConsolePicker({ consoles, chosen, onChoose, isOutput = false }: ConsolePickerProps) {
  const i18n = useI18n()
  const { t } = i18n
  const labelOf = ({ kind, index }: MachineConsole) =>
    kind === 'serial' && isOutput ? t('console.which.output') : t(`console.which.${kind}`, { number: index + 1 })
  if (consoles.length > SIDE_BY_SIDE) {
    return (
      <MenuButton label={t('console.which')} toggle={{ size: 'sm', children: chosen ? labelOf(chosen) : t('console.which') }}>
        {(close) => (
          <MenuList aria-label={t('console.which')}>
            {consoles.map((one) => (
              <MenuItem
                key={`${one.kind}/${one.index}`}
                isSelected={one === chosen}
                isAriaDisabled={!canChoose(one, consoles)}
                description={one.reason ? i18n.reason(one.reason) : one.label}
                onClick={() => {
                  if (!canChoose(one, consoles)) return
                  close()
                  onChoose(one)
                }}
              >
                {labelOf(one)}
              </MenuItem>
            ))}
          </MenuList>
        )}
      </MenuButton>
    )
  }
  return (
    <span className="segmented" role="radiogroup" aria-label={t('console.which')}>
      {consoles.map((one) => {
        const usable = canChoose(one, consoles)
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
                {labelOf(one)}
              </button>
            )}
          </Reason>
        )
      })}
    </span>
  )
}

export interface ConsoleBarProps {
  readonly picker: ReactNode
  /** What can be done with this kind of console. */
  readonly items?: readonly BarItem[]
  readonly status?: ReactNode
  /** What may fill the screen. */
  readonly stage?: RefObject<HTMLElement | null>
  readonly windows?: OwnWindows | undefined
}

const NO_ITEMS: readonly BarItem[] = []

/** One line over the console: which one, what can be done with it, how it stands. */
export function ConsoleBar({ picker, items = NO_ITEMS, status, stage, windows }: ConsoleBarProps) {
  const { t } = useI18n()
  const all: BarItem[] = [...items]
  if (stage && document.fullscreenEnabled) {
    all.push({
      kind: 'button',
      id: 'full-screen',
      label: t('console.full-screen'),
      icon: <RhUiExpandArrowsIcon />,
      apart: items.length > 0,
      // a browser may refuse: then nothing changes, and the person sees that
      run: () => void stage.current?.requestFullscreen().catch(() => {}),
    })
  }
  if (windows?.openOwn) {
    all.push({
      kind: 'button',
      id: 'own-window',
      label: t('console.own-window'),
      icon: <RhUiExternalLinkIcon />,
      run: windows.openOwn,
    })
  }
  if (windows?.openEvery) {
    all.push({
      kind: 'button',
      id: 'every-display',
      label: t('console.every-display'),
      icon: <RhUiWindowsIcon />,
      run: windows.openEvery,
    })
  }
  return (
    <div className="console-bar">
      {picker}
      {picker && all.length > 0 && <span className="console-divider" />}
      <BarItems items={all} />
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
      <span className="ellipsis">
        {t(`console.status.${word}`)}
        {phase === 'open' && detail ? `, ${detail}` : ''}
      </span>
    </span>
  )
}
