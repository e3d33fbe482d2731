import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core'
import { useId, useState } from 'react'
import type { LoginPrompt } from '../../../shared/model/index.ts'
import { type Api, useApiCommand } from '../../lib/api/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'

export interface PromptDialogProps {
  /** Who asks: a host, by default, or a machine whose console is opened. */
  readonly of?: 'connections' | 'consoles'
  readonly prompt: LoginPrompt
  /** Told what was sent, for a form that keeps it. */
  readonly onAnswered?: (answers: readonly string[], remember: boolean) => void
  readonly onRefused?: () => void
}

type Answer = Parameters<Api['connections']['answerPrompt']>[0]

/**
 * What a host asks while logging in, in its own words. Answers are hidden unless the host wants them seen, and sent once; what comes of them
 * is told by the attempt. The prompt's id is its key.
 */
export function PromptDialog({ of = 'connections', prompt, onAnswered, onRefused }: PromptDialogProps) {
  const i18n = useI18n()
  const { t } = i18n
  const id = useId()
  const [answers, setAnswers] = useState<readonly string[]>(() => prompt.prompts.map(() => ''))
  const [remember, setRemember] = useState(false)
  const send = useApiCommand(`${of}.answerPrompt`, (api, { remember: kept, ...answer }: Answer) =>
    of === 'consoles'
      ? api.consoles.answerPrompt(answer)
      : api.connections.answerPrompt({ ...answer, ...(kept !== undefined && { remember: kept }) }),
  )
  const refuse = () => {
    send.mutate({ promptId: prompt.id, answers: null })
    onRefused?.()
  }
  const where = prompt.port === 22 ? prompt.host : `${prompt.host}:${prompt.port}`
  const title =
    prompt.keyPath === null ? t('prompt.title', { who: `${prompt.user}@${where}` }) : t('prompt.title-key', { key: prompt.keyPath })
  return (
    <Modal isOpen variant="small" onClose={refuse} aria-label={title} elementToFocus={`#${CSS.escape(`${id}-0`)}`}>
      <ModalHeader title={title} />
      <ModalBody>
        <form
          id={`${id}-form`}
          autoComplete="off"
          onSubmit={(event) => {
            event.preventDefault()
            // The dialog stands elsewhere in the page, but React passes its events to the form that opened it.
            event.stopPropagation()
            if (send.isPending) return
            send.mutate({ promptId: prompt.id, answers: [...answers], remember })
            onAnswered?.(answers, remember)
          }}
        >
          {prompt.refusedBefore && (
            <p className="dialog-text bad-text" role="alert">
              {t(prompt.keyPath === null ? 'prompt.refused' : 'prompt.refused-key')}
            </p>
          )}
          {[prompt.name, prompt.instructions].map((text) => text !== '' && <ServerText key={text} text={text} />)}
          {prompt.prompts.map(({ text, echo }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: questions have no name but their place, and their number does not change
            <div key={index}>
              <label htmlFor={`${id}-${index}`} className="dialog-label">
                {labelOf(prompt, text) || t('prompt.answer')}
              </label>
              <input
                id={`${id}-${index}`}
                type={echo ? 'text' : 'password'}
                className="text-input"
                value={answers[index] ?? ''}
                autoComplete="off"
                autoCapitalize="off"
                spellCheck={false}
                onChange={(event) => setAnswers(answers.with(index, event.target.value))}
              />
            </div>
          ))}
          {prompt.secret === null ? (
            <p className="form-note">{t('prompt.once')}</p>
          ) : (
            <label className="check-line">
              <input type="checkbox" className="check-input" checked={remember} onChange={(event) => setRemember(event.target.checked)} />
              {t(prompt.keyPath === null ? 'prompt.remember' : 'prompt.remember-key')}
            </label>
          )}
          {send.error && <p className="form-note bad-text">{i18n.error(send.error)}</p>}
        </form>
      </ModalBody>
      <ModalFooter>
        <Button type="submit" form={`${id}-form`} isDisabled={send.isPending} isLoading={send.isPending}>
          {t('prompt.do')}
        </Button>
        <Button variant="secondary" onClick={refuse}>
          {t('action.cancel')}
        </Button>
      </ModalFooter>
    </Modal>
  )

  /** The provider words a plain password and a passphrase itself, in English: these are ours. */
  function labelOf({ kind }: LoginPrompt, text: string): string {
    return kind === 'keyboard-interactive' ? text.trim().replace(/:$/, '') : t(`prompt.${kind}`)
  }
}

/** As the server wrote it, its line breaks included. */
function ServerText({ text }: { readonly text: string }) {
  return <p className="dialog-text prompt-server-text">{text}</p>
}
