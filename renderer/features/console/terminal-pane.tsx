import { RhUiClipboardIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-clipboard-icon'
import { RhUiCopyIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-copy-icon'
import { type ReactNode, useEffect, useEffectEvent, useRef, useState } from 'react'
import type { TerminalSize } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { ActionButton } from '../../ui/index.ts'
import { ConsoleBar, ConsoleStatus } from './console-bar.tsx'
import { ConsoleMessage } from './console-message.tsx'
import type { ConsoleSession, ConsoleSnapshot } from './console-session.ts'
import { ConsoleStage } from './console-stage.tsx'
import type { PaneProps } from './pane.ts'
import { PasteDialog } from './paste-dialog.tsx'
import { RecordTools } from './record-tools.tsx'
import { TerminalScreen } from './terminal-screen.ts'
import { useRecording } from './use-recording.ts'

export interface TerminalPaneProps extends Omit<PaneProps, 'allowed'> {
  /** Its name, such as `Serial 1`. */
  readonly name: string
  readonly session: ConsoleSession
  readonly snapshot: ConsoleSnapshot
  /** A terminal of this page alone: see TerminalScreen. */
  readonly own: boolean
  readonly onSize?: (size: TerminalSize) => void
  readonly tools?: ReactNode
  /** Worded already: what stands between the old text and that of a new connection. */
  readonly gapText: (time: string) => string
}

/** A terminal with its bar, whatever stands behind it. */
export function TerminalPane(props: TerminalPaneProps) {
  const { machine, target, obstacle, plain, picker, onListAgain, name, session, snapshot, own, onSize, tools, gapText } = props
  const { t, format } = useI18n()
  const stage = useRef<HTMLDivElement>(null)
  const box = useRef<HTMLDivElement>(null)
  const screen = useRef<TerminalScreen | null>(null)
  const [selected, setSelected] = useState(false)
  const [dialog, setDialog] = useState(false)
  const recording = useRecording(machine.name, screen)
  const { channel } = snapshot
  const open = channel !== null
  const hasText = open || snapshot.lostAtMs !== null
  const label = t('console.of', { console: name, name: machine.name })
  const gap = useEffectEvent(() => gapText(format.time(Date.now())))
  const create = useEffectEvent(
    (element: HTMLElement) => new TerminalScreen(element, label, { own, onSelection: setSelected, onSize, gapText: () => gap() }),
  )

  useEffect(() => {
    if (!box.current) return undefined
    const made = create(box.current)
    screen.current = made
    return () => {
      screen.current = null
      made.dispose()
    }
  }, [])
  useEffect(() => {
    if (!channel) return
    screen.current?.attach(channel)
    // whoever came to type may begin; whoever is elsewhere on the page stays there
    if (document.activeElement === document.body || stage.current?.contains(document.activeElement)) screen.current?.focus()
  }, [channel])

  const notOpen = open ? undefined : t('console.not-open-reason')
  return (
    <>
      <ConsoleBar
        machineId={machine.id}
        target={target}
        plain={plain}
        picker={picker}
        stage={stage}
        tools={
          <>
            <ActionButton
              variant="plain"
              size="sm"
              icon={<RhUiCopyIcon />}
              disabledReason={selected ? undefined : t('console.copy-reason')}
              onClick={() => void navigator.clipboard?.writeText(screen.current?.selection() ?? '').catch(() => {})}
            >
              {t('console.copy')}
            </ActionButton>
            <ActionButton variant="plain" size="sm" icon={<RhUiClipboardIcon />} disabledReason={notOpen} onClick={() => setDialog(true)}>
              {t('console.paste')}
            </ActionButton>
            <RecordTools recording={recording} disabledReason={notOpen} />
            {tools}
          </>
        }
        status={<ConsoleStatus snapshot={snapshot} />}
      />
      <ConsoleStage
        stage={stage}
        label={label}
        kind="serial"
        takesKeys={open}
        isOld={!open && hasText}
        message={
          <ConsoleMessage
            machine={machine}
            obstacle={obstacle}
            snapshot={snapshot}
            session={session}
            hasPicture={hasText}
            plain={plain}
            onListAgain={onListAgain}
            isShell={own}
          />
        }
      >
        <div ref={box} className="console-screen" />
      </ConsoleStage>
      {dialog && (
        <PasteDialog
          onPaste={(text) => {
            setDialog(false)
            screen.current?.paste(text)
            screen.current?.focus()
          }}
          onCancel={() => setDialog(false)}
        />
      )}
    </>
  )
}
