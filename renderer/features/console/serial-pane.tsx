import { RhUiClipboardIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-clipboard-icon'
import { RhUiCopyIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-copy-icon'
import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { useI18n } from '../../lib/i18n/index.ts'
import { ActionButton } from '../../ui/index.ts'
import { ConsoleBar, ConsoleStatus } from './console-bar.tsx'
import { ConsoleMessage } from './console-message.tsx'
import { ConsoleStage } from './console-stage.tsx'
import type { PaneProps } from './pane.ts'
import { PasteDialog } from './paste-dialog.tsx'
import { SerialScreen } from './serial-screen.ts'
import { useConsoleSession } from './use-console-session.ts'

/** A serial port of the machine, with its bar. */
export function SerialPane({ machine, target, obstacle, allowed, plain, picker, onListAgain }: PaneProps) {
  const { t, format } = useI18n()
  const [session, snapshot] = useConsoleSession({ machineId: machine.id, ...target }, allowed)
  const stage = useRef<HTMLDivElement>(null)
  const box = useRef<HTMLDivElement>(null)
  const screen = useRef<SerialScreen | null>(null)
  const [selected, setSelected] = useState(false)
  const [dialog, setDialog] = useState(false)
  const { channel } = snapshot
  const open = channel !== null
  const hasText = open || snapshot.lostAtMs !== null
  const label = t('console.of', { console: t('console.which.serial', { number: target.index + 1 }), name: machine.name })
  const gapText = useEffectEvent(() => t('console.gap', { time: format.time(Date.now()) }))
  const create = useEffectEvent(
    (element: HTMLElement) =>
      new SerialScreen(element, label, {
        onSelection: setSelected,
        gapText: () => gapText(),
      }),
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
