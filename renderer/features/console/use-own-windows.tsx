import { Button } from '@patternfly/react-core'
import { type ReactNode, useRef, useState } from 'react'
import type { MachineConsole } from '../../../shared/model/index.ts'
import { isDesktop } from '../../lib/api/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { paths } from '../../lib/paths.ts'
import { canWait } from './obstacle.ts'
import { type Area, monitorsOf, placesFor } from './window-places.ts'

/** Consoles in windows of their own. */
export interface OwnWindows {
  /** The one that is shown; null: there is none, or it stands in such a window already. */
  readonly openOwn: (() => void) | null
  /** Every display of the machine, on a monitor each as far as they go; null: there are not several. */
  readonly openEvery: (() => void) | null
  /** What the browser has not let happen. */
  readonly note: ReactNode | undefined
}

/** `plain`: this is such a window. */
export function useOwnWindows(
  machineId: string,
  consoles: readonly MachineConsole[],
  chosen: MachineConsole | null,
  plain: boolean,
): OwnWindows {
  const { t } = useI18n()
  const opened = useRef(new Map<string, Window>())
  const [blocked, setBlocked] = useState<{ readonly count: number; readonly of: number } | null>(null)
  const displays = consoles.filter(({ kind, reason }) => kind === 'vnc' && canWait(reason))

  const open = async (wanted: readonly MachineConsole[], isSpread: boolean): Promise<void> => {
    const monitors = isSpread && !isDesktop() ? await monitorsOf(window) : await monitorsOf({ screen: window.screen })
    const places = placesFor(wanted.length, monitors)
    let count = 0
    for (const [index, one] of wanted.entries()) {
      const url = paths.consoleWindow(machineId, one.kind, one.index)
      if (!openWindow(url, places[index], isSpread ? index : null, opened.current)) count += 1
    }
    setBlocked(count > 0 ? { count, of: wanted.length } : null)
  }

  return {
    openOwn: plain || !chosen ? null : () => void open([chosen], false),
    openEvery: plain || displays.length < 2 ? null : () => void open(displays, true),
    note: blocked ? (
      <>
        <span className="warn-text" role="alert">
          {t('console.windows-blocked', { ...blocked, address: window.location.host })}
        </span>
        <Button variant="link" size="sm" isInline onClick={() => setBlocked(null)}>
          {t('action.close')}
        </Button>
      </>
    ) : undefined,
  }
}

/** One that is open already comes to the front. False: the browser has not opened it. */
function openWindow(url: string, place: Area | undefined, monitor: number | null, opened: Map<string, Window>): boolean {
  const { left = 0, top = 0, width = 0, height = 0 } = place ?? {}
  if (isDesktop()) {
    // the shell makes the window itself, and knows the monitors; the page gets no hold of it
    window.open(monitor === null ? url : `${url}&monitor=${monitor}`, '_blank', 'noopener')
    return true
  }
  const there = opened.get(url)
  if (there && !there.closed) {
    there.focus()
    return true
  }
  const made = window.open(url, '_blank', `popup,left=${left},top=${top},width=${width},height=${height}`)
  if (!made) return false
  // not by `noopener`: with it nobody learns whether the browser has opened it
  made.opener = null
  opened.set(url, made)
  return true
}
