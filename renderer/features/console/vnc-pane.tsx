import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { useI18n } from '../../lib/i18n/index.ts'
import { ConsoleBar, ConsoleStatus } from './console-bar.tsx'
import { ConsoleMessage } from './console-message.tsx'
import { ConsoleStage } from './console-stage.tsx'
import type { PaneProps } from './pane.ts'
import { TypeDialog } from './type-dialog.tsx'
import { useConsoleSession } from './use-console-session.ts'
import { useTypingRun } from './use-typing-run.tsx'
import { VncScreen } from './vnc-screen.ts'
import { VncTools } from './vnc-tools.tsx'

/** A display of the machine, with its bar. */
export function VncPane({ machine, target, obstacle, allowed, plain, picker, onListAgain }: PaneProps) {
  const { t } = useI18n()
  const [session, snapshot] = useConsoleSession({ machineId: machine.id, kind: 'vnc', index: target.index }, allowed)
  const stage = useRef<HTMLDivElement>(null)
  const box = useRef<HTMLDivElement>(null)
  const screen = useRef<VncScreen | null>(null)
  const [size, setSize] = useState<{ readonly width: number; readonly height: number } | null>(null)
  const [hasPicture, setHasPicture] = useState(false)
  const [paintedOn, setPaintedOn] = useState<object | null>(null)
  const [fits, setFits] = useState(true)
  const [viewOnly, setViewOnly] = useState(false)
  const [sharesClipboard, setSharesClipboard] = useState(false)
  const [dialog, setDialog] = useState(false)
  const run = useTypingRun((stroke) => screen.current?.send(stroke))
  const { channel } = snapshot
  const painted = channel !== null && paintedOn === channel
  const onPainted = useEffectEvent(() => {
    setHasPicture(true)
    setPaintedOn(session.get().channel)
  })
  const onClipboard = useEffectEvent((text: string) => {
    setSharesClipboard(true)
    // only for whoever sits at the console: a machine must not write into what somebody copies elsewhere
    if (stage.current?.contains(document.activeElement)) void navigator.clipboard?.writeText(text).catch(() => {})
  })

  useEffect(() => {
    if (!box.current) return undefined
    const made = new VncScreen(box.current, { onSize: setSize, onPainted: () => onPainted(), onClipboard: (text) => onClipboard(text) })
    screen.current = made
    return () => {
      screen.current = null
      made.dispose()
    }
  }, [])
  useEffect(() => {
    if (screen.current) screen.current.fits = fits
  }, [fits])
  useEffect(() => {
    if (screen.current) screen.current.viewOnly = viewOnly
  }, [viewOnly])
  const { stop: stopTyping } = run
  useEffect(() => {
    if (channel) screen.current?.attach(channel)
    return stopTyping
  }, [channel, stopTyping])

  const label = t('console.which.vnc', { number: target.index + 1 })
  return (
    <>
      <ConsoleBar
        machineId={machine.id}
        target={target}
        plain={plain}
        picker={picker}
        stage={stage}
        tools={
          <VncTools
            name={machine.name}
            painted={painted}
            fits={fits}
            viewOnly={viewOnly}
            screen={screen}
            onFits={setFits}
            onViewOnly={setViewOnly}
            onType={() => setDialog(true)}
          />
        }
        status={<ConsoleStatus snapshot={snapshot} detail={painted && size ? `${size.width} × ${size.height}` : null} />}
      />
      <ConsoleStage
        stage={stage}
        label={t('console.of', { console: label, name: machine.name })}
        kind="vnc"
        takesKeys={painted && !viewOnly}
        isOld={hasPicture && !painted}
        onPaste={painted && sharesClipboard && !viewOnly ? (text) => screen.current?.paste(text) : undefined}
        note={run.note ?? (painted && viewOnly ? <span>{t('console.view-only-note')}</span> : undefined)}
        message={
          <ConsoleMessage
            machine={machine}
            obstacle={obstacle}
            // connected is not seen yet: as long as nothing is painted it still opens
            snapshot={snapshot.phase === 'open' && !painted ? { ...snapshot, phase: 'opening' } : snapshot}
            session={session}
            hasPicture={hasPicture}
            plain={plain}
            onListAgain={onListAgain}
          />
        }
      >
        <div ref={box} className="console-screen" />
      </ConsoleStage>
      {dialog && (
        <TypeDialog
          machineId={machine.id}
          sharesClipboard={sharesClipboard}
          onType={(strokes, characterMs) => {
            setDialog(false)
            screen.current?.focus()
            run.start(strokes, characterMs)
          }}
          onOffer={(text) => {
            setDialog(false)
            screen.current?.offerText(text)
            screen.current?.focus()
          }}
          onCancel={() => setDialog(false)}
        />
      )}
    </>
  )
}
