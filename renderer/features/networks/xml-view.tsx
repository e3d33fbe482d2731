import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core'
import { useEffect, useEffectEvent, useState } from 'react'
import type { TaskId } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { piecesOf } from '../../lib/xml/pieces.ts'
import { CommandNote } from './command-note.tsx'
import type { NetworkCommand } from './queries.ts'

/** A definition to read, coloured. */
export function XmlView({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a long text has to be scrolled by keyboard, too
    <pre className="net-xml mono" tabIndex={0} role="region" aria-label={label}>
      {text
        .trimEnd()
        .split('\n')
        .map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line has no other name than its number
          <span key={index}>
            {piecesOf(line).map((piece, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: parts of one immutable line
              <i key={place} className={piece.role}>
                {piece.text}
              </i>
            ))}
            {'\n'}
          </span>
        ))}
    </pre>
  )
}

export interface XmlDialogProps {
  readonly title: string
  readonly note: string
  /** What it is now; empty: it is a new one. */
  readonly xml: string
  /** What is to be changed first, where that is another text. */
  readonly start?: string
  readonly submit: string
  readonly command: NetworkCommand
  readonly onSubmit: (xml: string) => void
  readonly onClose: () => void
}

/** A definition to change as text. It stays open until the host has taken it. */
export function XmlDialog({ title, note, xml, start = xml, submit, command, onSubmit, onClose }: XmlDialogProps) {
  const { t } = useI18n()
  const [text, setText] = useState(start)
  /** The command's task before this text was sent; undefined: it was not sent yet. */
  const [before, setBefore] = useState<TaskId | null | undefined>(undefined)
  const { task } = command
  const isTaken = before !== undefined && task?.state === 'succeeded' && task.id !== before
  const close = useEffectEvent(() => onClose())
  useEffect(() => {
    if (isTaken) close()
  }, [isTaken])
  return (
    <Modal isOpen variant="large" aria-label={title} onClose={onClose} elementToFocus="#net-xml-text">
      <ModalHeader title={title} />
      <ModalBody>
        <p className="sub">{note}</p>
        <textarea
          id="net-xml-text"
          className="text-input mono net-xml-text"
          aria-label={title}
          value={text}
          spellCheck={false}
          onChange={({ target }) => setText(target.value)}
        />
        {(before !== undefined || command.isBusy) && <CommandNote command={command} />}
      </ModalBody>
      <ModalFooter>
        <Button
          variant="primary"
          isLoading={command.isBusy}
          isDisabled={command.isBusy || text === xml || text.trim() === ''}
          onClick={() => {
            setBefore(command.task?.id ?? null)
            onSubmit(text)
          }}
        >
          {submit}
        </Button>
        <Button variant="secondary" onClick={onClose}>
          {t('action.cancel')}
        </Button>
      </ModalFooter>
    </Modal>
  )
}
