import { type RefObject, useEffect, useEffectEvent, useRef, useState } from 'react'
import { useI18n } from '../../lib/i18n/index.ts'
import { Recording } from './recording.ts'
import { fileNameOf, saveFile } from './save-file.ts'
import type { TerminalScreen } from './terminal-screen.ts'

export interface RecordingState {
  /** Unix milliseconds; null: nothing is recorded. */
  readonly startedAtMs: number | null
  /** It holds as much as it may, and waits to be saved. */
  readonly full: boolean
  readonly start: (withInput: boolean) => void
  /** Ends it and saves it. */
  readonly stop: () => void
}

/** The recording of a terminal, for as long as the component is there: leaving saves it. Only ever started by a person. */
export function useRecording(name: string, screen: RefObject<TerminalScreen | null>): RecordingState {
  const { t } = useI18n()
  const current = useRef<{ readonly recording: Recording; readonly leave: () => void } | null>(null)
  const [startedAtMs, setStartedAtMs] = useState<number | null>(null)
  const [full, setFull] = useState(false)
  const start = (withInput: boolean) => {
    const terminal = screen.current
    if (!terminal || current.current) return
    const recording = new Recording({
      size: terminal.size,
      title: name,
      withInput,
      againText: t('console.record.again'),
      startedAtMs: Date.now(),
      nowMs: () => performance.now(),
      onFull: () => setFull(true),
    })
    current.current = { recording, leave: terminal.listen(recording) }
    setStartedAtMs(recording.startedAtMs)
    terminal.focus()
  }
  const save = () => {
    const ended = current.current
    current.current = null
    ended?.leave()
    if (ended) saveFile(ended.recording.finish(), fileNameOf(ended.recording.title, ended.recording.startedAtMs, 'cast'))
  }
  const stop = () => {
    save()
    setStartedAtMs(null)
    setFull(false)
  }
  const isRecording = startedAtMs !== null
  useEffect(() => {
    if (!isRecording) return undefined
    // the browser asks whether to leave: a page that is being closed saves nothing
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [isRecording])
  const left = useEffectEvent(save)
  useEffect(() => () => left(), [])
  return { startedAtMs, full, start, stop }
}
