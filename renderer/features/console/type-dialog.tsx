import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core'
import { useId, useMemo, useState } from 'react'
import { useI18n } from '../../lib/i18n/index.ts'
import { ActionButton, StateIcon } from '../../ui/index.ts'
import { keepLayout, keptLayout } from './kept-layout.ts'
import { LAYOUT_IDS, LAYOUTS, type LayoutId } from './layouts/index.ts'
import { TextField } from './text-field.tsx'
import { charactersOf, Typist } from './typing.ts'
import type { KeyStroke } from './vnc-screen.ts'

/** More of them are not looked at one by one. */
const NAMED = 20

export interface TypeDialogProps {
  readonly machineId: string
  /** The guest has shown that it shares its clipboard. */
  readonly sharesClipboard: boolean
  readonly onType: (characters: readonly (readonly KeyStroke[])[]) => void
  readonly onOffer: (text: string) => void
  readonly onCancel: () => void
}

/** A text into a display: as key presses on the layout that the guest has, or onto the clipboard it shares. */
export function TypeDialog({ machineId, sharesClipboard, onType, onOffer, onCancel }: TypeDialogProps) {
  const { t, language } = useI18n()
  const id = useId()
  const [text, setText] = useState('')
  const [layout, setLayout] = useState<LayoutId>(() => keptLayout(machineId, language))
  const typist = useMemo(() => new Typist(LAYOUTS[layout]), [layout])
  const missing = useMemo(() => typist.missing(text), [typist, text])
  const count = charactersOf(text).length
  const empty = text === '' ? t('console.text-empty') : undefined
  return (
    <Modal
      isOpen
      variant="small"
      className="console-dialog"
      aria-label={t('console.type-title')}
      elementToFocus=".console-text"
      onClose={onCancel}
    >
      <ModalHeader title={t('console.type-title')} description={t('console.type-text')} />
      <ModalBody>
        <div className="console-form">
          <TextField text={text} onChange={setText} />
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
        </div>
      </ModalBody>
      <ModalFooter>
        <ActionButton
          variant="primary"
          disabledReason={empty ?? (missing.length > 0 ? t('console.untypable-reason') : undefined)}
          onClick={() => onType(charactersOf(text).flatMap((character) => [typist.strokes(character) ?? []]))}
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
        <Button variant="link" onClick={onCancel}>
          {t('action.cancel')}
        </Button>
      </ModalFooter>
    </Modal>
  )
}
