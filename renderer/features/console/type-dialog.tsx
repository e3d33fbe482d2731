import { useId, useMemo, useState } from 'react'
import { useI18n } from '../../lib/i18n/index.ts'
import { ActionButton, StateIcon } from '../../ui/index.ts'
import { keepLayout, keptLayout } from './kept-layout.ts'
import { LAYOUT_IDS, LAYOUTS, type LayoutId } from './layouts/index.ts'
import { TextDialog } from './text-dialog.tsx'
import { charactersOf, Typist } from './typing.ts'
import type { KeyStroke } from './vnc-screen.ts'

/** More of them are not looked at one by one. */
const NAMED = 20

/** Guests keep few keys, and lose what comes faster than they read; firmware reads slowest of all. */
const SPEEDS_MS = { normal: 25, slow: 120, slowest: 400 } as const
type Speed = keyof typeof SPEEDS_MS
const SPEEDS = ['normal', 'slow', 'slowest'] as const satisfies readonly Speed[]

export interface TypeDialogProps {
  readonly machineId: string
  /** The guest has shown that it shares its clipboard. */
  readonly sharesClipboard: boolean
  /** `characterMs`: from one character to the next. */
  readonly onType: (characters: readonly (readonly KeyStroke[])[], characterMs: number) => void
  readonly onOffer: (text: string) => void
  readonly onCancel: () => void
}

/** A text into a display: as key presses on the layout that the guest has, or onto the clipboard it shares. */
export function TypeDialog({ machineId, sharesClipboard, onType, onOffer, onCancel }: TypeDialogProps) {
  const { t, language } = useI18n()
  const id = useId()
  const [text, setText] = useState('')
  const [layout, setLayout] = useState<LayoutId>(() => keptLayout(machineId, language))
  const speedId = useId()
  const [speed, setSpeed] = useState<Speed>('normal')
  const typist = useMemo(() => new Typist(LAYOUTS[layout]), [layout])
  const missing = useMemo(() => typist.missing(text), [typist, text])
  const count = charactersOf(text).length
  const empty = text === '' ? t('console.text-empty') : undefined
  return (
    <TextDialog
      title={t('console.type-title')}
      description={t('console.type-text')}
      text={text}
      onText={setText}
      onCancel={onCancel}
      actions={
        <>
          <ActionButton
            variant="primary"
            disabledReason={empty ?? (missing.length > 0 ? t('console.untypable-reason') : undefined)}
            onClick={() =>
              onType(
                charactersOf(text).flatMap((character) => [typist.strokes(character) ?? []]),
                SPEEDS_MS[speed],
              )
            }
          >
            {t('console.type-do', { count })}
          </ActionButton>
          <ActionButton
            variant="secondary"
            disabledReason={sharesClipboard ? empty : t('console.no-clipboard')}
            onClick={() => onOffer(text)}
          >
            {t('console.offer')}
          </ActionButton>
        </>
      }
    >
      <div className="field">
        <label htmlFor={id}>{t('console.layout')}</label>
        <select
          id={id}
          className="text-input"
          value={layout}
          onChange={(event) => {
            const chosen = LAYOUT_IDS.find((one) => one === event.target.value) ?? 'us'
            setLayout(chosen)
            keepLayout(machineId, chosen)
          }}
        >
          {LAYOUT_IDS.map((one) => (
            <option key={one} value={one}>
              {t(`console.layout.${one}`)}
            </option>
          ))}
        </select>
      </div>
      <p className="console-verdict" role="status">
        {text !== '' && <StateIcon shape={missing.length > 0 ? 'attention' : 'running'} />}
        {text === ''
          ? t('console.layout-note')
          : missing.length === 0
            ? t('console.typable', { count })
            : t('console.untypable', { count: missing.length, characters: missing.slice(0, NAMED).join(' ') })}
      </p>
      <div className="field">
        <label htmlFor={speedId}>{t('console.speed')}</label>
        <select
          id={speedId}
          className="text-input"
          value={speed}
          onChange={(event) => setSpeed(SPEEDS.find((one) => one === event.target.value) ?? 'normal')}
        >
          {SPEEDS.map((one) => (
            <option key={one} value={one}>
              {t(`console.speed.${one}`, { count: Math.round(1_000 / SPEEDS_MS[one]) })}
            </option>
          ))}
        </select>
      </div>
    </TextDialog>
  )
}
