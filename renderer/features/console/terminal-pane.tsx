import { RhUiClipboardIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-clipboard-icon'
import { RhUiCopyIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-copy-icon'
import { useEffect, useRef, useState } from 'react'
import type { TerminalSize } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import type { BarItem } from './bar-items.tsx'
import { ConsoleFrame } from './console-frame.tsx'
import type { ConsoleSession, ConsoleSnapshot } from './console-session.ts'
import type { PaneProps } from './pane.ts'
import { PasteDialog } from './paste-dialog.tsx'
import { RecordDialog } from './record-dialog.tsx'
import { RecordingMark } from './recording-mark.tsx'
import { TerminalScreen, type TerminalScreenOptions } from './terminal-screen.ts'
import { useRecording } from './use-recording.ts'
import { useScreen } from './use-screen.ts'

export interface TerminalPaneProps {
  readonly pane: PaneProps
  /** Its name, such as `Serial 1`. */
  readonly name: string
  readonly session: ConsoleSession
  readonly snapshot: ConsoleSnapshot
  /** A terminal of this page alone: see TerminalScreen. */
  readonly own: boolean
  /** It can be read, and not typed into. */
  readonly readOnly?: boolean
  readonly onSize?: (size: TerminalSize) => void
  readonly items?: readonly BarItem[]
  /** Worded already: what stands between the old text and that of a new connection. */
  readonly gapText: (time: string) => string
}

type Surroundings = TerminalScreenOptions & { readonly label: string }

function makeScreen(box: HTMLElement, now: () => Surroundings): TerminalScreen {
  return new TerminalScreen(box, now().label, {
    own: now().own,
    readOnly: now().readOnly ?? false,
    onSelection: (selected) => now().onSelection(selected),
    onSize: (size) => now().onSize?.(size),
    gapText: () => now().gapText(),
  })
}

const NO_ITEMS: readonly BarItem[] = []

/** A terminal with its bar, whatever stands behind it. */
export function TerminalPane({
  pane,
  name,
  session,
  snapshot,
  own,
  readOnly = false,
  onSize,
  items = NO_ITEMS,
  gapText,
}: TerminalPaneProps) {
  const { machine } = pane
  const { t, format } = useI18n()
  const stage = useRef<HTMLDivElement>(null)
  const [selected, setSelected] = useState(false)
  const [dialog, setDialog] = useState<'paste' | 'record' | null>(null)
  const { channel } = snapshot
  const open = channel !== null
  const label = t('console.of', { console: name, name: machine.name })
  const [box, screen] = useScreen(makeScreen, {
    label,
    own,
    readOnly,
    onSelection: setSelected,
    onSize,
    gapText: () => gapText(format.time(Date.now())),
  })
  const recording = useRecording(machine.name, screen)
  useEffect(() => {
    if (!channel) return
    screen.current?.attach(channel)
    // whoever came to type may begin; whoever is elsewhere on the page stays there
    if (document.activeElement === document.body || stage.current?.contains(document.activeElement)) screen.current?.focus()
  }, [channel, screen])

  const notOpen = open ? undefined : t('console.not-open-reason')
  const all: readonly BarItem[] = [
    {
      kind: 'button',
      id: 'copy',
      label: t('console.copy'),
      icon: <RhUiCopyIcon />,
      disabledReason: selected ? undefined : t('console.copy-reason'),
      run: () => void navigator.clipboard?.writeText(screen.current?.selection() ?? '').catch(() => {}),
    },
    {
      kind: 'button',
      id: 'paste',
      label: t('console.paste'),
      icon: <RhUiClipboardIcon />,
      disabledReason: readOnly ? t('console.read-only') : notOpen,
      run: () => setDialog('paste'),
    },
    {
      kind: 'button',
      id: 'record',
      label: t('console.record'),
      icon: <i className="console-record-icon" aria-hidden />,
      disabledReason: recording.startedAtMs === null ? notOpen : t('console.record.reason'),
      run: () => setDialog('record'),
    },
    ...items,
  ]
  return (
    <ConsoleFrame
      pane={pane}
      session={session}
      snapshot={snapshot}
      label={label}
      kind="serial"
      stage={stage}
      box={box}
      items={all}
      mark={recording.startedAtMs !== null && <RecordingMark {...recording} startedAtMs={recording.startedAtMs} />}
      hasPicture={open || snapshot.lostAtMs !== null}
      isLive={open}
      takesKeys={open && !readOnly}
      note={readOnly && open ? <span>{t('console.read-only')}</span> : undefined}
      readOnly={readOnly}
      isShell={own}
      dialog={
        <>
          {dialog === 'paste' && (
            <PasteDialog
              onPaste={(text) => {
                setDialog(null)
                screen.current?.paste(text)
                screen.current?.focus()
              }}
              onCancel={() => setDialog(null)}
            />
          )}
          {dialog === 'record' && (
            <RecordDialog
              onStart={(withInput) => {
                setDialog(null)
                recording.start(withInput)
              }}
              onCancel={() => setDialog(null)}
            />
          )}
        </>
      }
    />
  )
}
