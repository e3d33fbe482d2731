import { Button } from '@patternfly/react-core'
import { type ReactNode, useCallback, useEffect, useEffectEvent, useState } from 'react'
import { useI18n } from '../../lib/i18n/index.ts'
import type { KeyStroke } from './vnc-screen.ts'

export interface TypingRun {
  /** `characterMs`: from one character to the next. */
  readonly start: (characters: readonly (readonly KeyStroke[])[], characterMs: number) => void
  readonly stop: () => void
  /** How far it is, with the way to stop it; undefined: nothing is typed. */
  readonly note: ReactNode | undefined
}

/** Types a text character by character, at the pace of a keyboard. */
export function useTypingRun(send: (stroke: KeyStroke) => void): TypingRun {
  const { t } = useI18n()
  const [text, setText] = useState<{ readonly characters: readonly (readonly KeyStroke[])[]; readonly characterMs: number } | null>(null)
  const [done, setDone] = useState(0)
  const press = useEffectEvent((strokes: readonly KeyStroke[]) => {
    for (const stroke of strokes) send(stroke)
  })
  const start = useCallback((characters: readonly (readonly KeyStroke[])[], characterMs: number) => {
    setDone(0)
    setText({ characters, characterMs })
  }, [])
  const stop = useCallback(() => setText(null), [])
  useEffect(() => {
    if (!text) return undefined
    const { characters, characterMs } = text
    let at = 0
    const timer = setInterval(() => {
      const strokes = characters[at]
      at += 1
      if (strokes) press(strokes)
      setDone(at)
      if (at >= characters.length) setText(null)
    }, characterMs)
    return () => clearInterval(timer)
  }, [text])
  const note = text ? (
    <>
      <span className="num" role="status">
        {t('console.typing', { done, count: text.characters.length })}
      </span>
      <Button variant="link" size="sm" isInline onClick={stop}>
        {t('console.typing-stop')}
      </Button>
    </>
  ) : undefined
  return { start, stop, note }
}
