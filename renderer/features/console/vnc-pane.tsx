import { useEffect, useRef, useState } from 'react'
import { useI18n } from '../../lib/i18n/index.ts'
import { ConsoleFrame } from './console-frame.tsx'
import type { PaneProps } from './pane.ts'
import { keepQuality, keptQuality, QUALITY_LEVELS, type Quality } from './quality.ts'
import { TypeDialog } from './type-dialog.tsx'
import { useConsoleSession } from './use-console-session.ts'
import { useScreen } from './use-screen.ts'
import { useTypingRun } from './use-typing-run.tsx'
import { vncItems } from './vnc-items.tsx'
import { type GuestSizing, type Sizing, VncScreen, type VncScreenEvents } from './vnc-screen.ts'

function makeScreen(box: HTMLElement, now: () => VncScreenEvents): VncScreen {
  return new VncScreen(box, {
    onSize: (size) => now().onSize(size),
    onGuestSizing: (sizing) => now().onGuestSizing(sizing),
    onPainted: () => now().onPainted(),
    onClipboard: (text) => now().onClipboard(text),
  })
}

/** A display of the machine, with its bar. */
export function VncPane(pane: PaneProps) {
  const { machine, target } = pane
  const i18n = useI18n()
  const { t } = i18n
  const [session, snapshot] = useConsoleSession({ machineId: machine.id, kind: 'vnc', index: target.index }, pane.allowed)
  const stage = useRef<HTMLDivElement>(null)
  const [size, setSize] = useState<{ readonly width: number; readonly height: number } | null>(null)
  const [hasPicture, setHasPicture] = useState(false)
  const [paintedOn, setPaintedOn] = useState<object | null>(null)
  const [sizing, setSizing] = useState<Sizing>('fit')
  const [guestSizing, setGuestSizing] = useState<GuestSizing>('no')
  const [quality, setQuality] = useState<Quality>(() => keptQuality(machine.connectionId))
  const [viewOnly, setViewOnly] = useState(false)
  const [sharesClipboard, setSharesClipboard] = useState(false)
  const [dialog, setDialog] = useState(false)
  const { channel } = snapshot
  const painted = channel !== null && paintedOn === channel
  const [box, screen] = useScreen(makeScreen, {
    onSize: setSize,
    onGuestSizing: setGuestSizing,
    onPainted: () => {
      setHasPicture(true)
      setPaintedOn(session.get().channel)
    },
    onClipboard: (text) => {
      setSharesClipboard(true)
      // only for whoever sits at the console: a machine must not write into what somebody copies elsewhere
      if (stage.current?.contains(document.activeElement)) void navigator.clipboard?.writeText(text).catch(() => {})
    },
  })
  const run = useTypingRun((stroke) => screen.current?.send(stroke))

  useEffect(() => {
    screen.current?.setSizing(sizing)
  }, [screen, sizing])
  useEffect(() => {
    screen.current?.setQuality(QUALITY_LEVELS[quality])
  }, [screen, quality])
  useEffect(() => {
    screen.current?.setViewOnly(viewOnly)
  }, [screen, viewOnly])
  const { stop: stopTyping } = run
  useEffect(() => {
    if (channel) screen.current?.attach(channel)
    return stopTyping
  }, [screen, channel, stopTyping])

  const items = vncItems(
    {
      name: machine.name,
      painted,
      sizing,
      guestSizing,
      quality,
      viewOnly,
      screen,
      onSizing: setSizing,
      onQuality: (chosen) => {
        setQuality(chosen)
        keepQuality(machine.connectionId, chosen)
      },
      onViewOnly: setViewOnly,
      onType: () => setDialog(true),
    },
    i18n,
  )
  const refusal = painted && sizing === 'guest' && guestSizing === 'refused' ? <span>{t('console.size.guest-refused')}</span> : undefined
  return (
    <ConsoleFrame
      pane={pane}
      session={session}
      // connected is not seen yet: as long as nothing is painted it still opens
      snapshot={snapshot.phase === 'open' && !painted ? { ...snapshot, phase: 'opening' } : snapshot}
      label={t('console.of', { console: t('console.which.vnc', { number: target.index + 1 }), name: machine.name })}
      kind="vnc"
      stage={stage}
      box={box}
      items={items}
      detail={painted && size ? `${size.width} × ${size.height}` : null}
      hasPicture={hasPicture}
      isLive={painted}
      takesKeys={painted && !viewOnly}
      onPaste={painted && sharesClipboard && !viewOnly ? (text) => screen.current?.paste(text) : undefined}
      note={run.note ?? (painted && viewOnly ? <span>{t('console.view-only-note')}</span> : refusal)}
      dialog={
        dialog && (
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
        )
      }
    />
  )
}
