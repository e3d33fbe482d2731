import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core'
import { useEffect, useRef, useState } from 'react'
import { toWireError, type WireError } from '../../../shared/errors/index.ts'
import type { Connection, ConnectionId, LoginPrompt } from '../../../shared/model/index.ts'
import { type Api, toPageError, useApi } from '../../lib/api/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { Problem } from '../../ui/index.ts'
import { PromptDialog } from './prompt-dialog.tsx'

interface Attempt {
  readonly prompt: LoginPrompt | null
  readonly error: WireError | null
  readonly failed: boolean
}

const TRYING: Attempt = { prompt: null, error: null, failed: false }

/** Tells how the attempt stands until it has ended, or the person has left. Never throws. */
async function follow(api: Api, connectionId: ConnectionId, left: AbortSignal, tell: (attempt: Attempt | 'online') => void): Promise<void> {
  try {
    for await (const message of await api.connections.logIn({ connectionId }, { signal: left })) {
      if (left.aborted) return
      if (message.type === 'prompt') tell({ ...TRYING, prompt: message.prompt })
      else tell(message.ok ? 'online' : { prompt: null, error: message.error, failed: true })
    }
  } catch (thrown) {
    if (!left.aborted) tell({ prompt: null, error: toWireError(toPageError(thrown)), failed: true })
  }
}

export interface LoginDialogProps {
  readonly connection: Connection
  readonly onClose: () => void
}

/** Attempts to connect with the person there, one after the other. Leaving refuses whatever is asked. */
export function LoginDialog(props: LoginDialogProps) {
  const [round, setRound] = useState(1)
  return <LoginAttempt key={round} {...props} onAgain={() => setRound(round + 1)} />
}

function LoginAttempt({ connection, onClose, onAgain }: LoginDialogProps & { readonly onAgain: () => void }) {
  const { t } = useI18n()
  const api = useApi()
  const [attempt, setAttempt] = useState<Attempt>(TRYING)
  const close = useRef(onClose)
  useEffect(() => {
    close.current = onClose
  }, [onClose])
  useEffect(() => {
    const left = new AbortController()
    void follow(api, connection.id, left.signal, (next) => (next === 'online' ? close.current() : setAttempt(next)))
    return () => left.abort()
  }, [api, connection.id])
  if (attempt.prompt) return <PromptDialog key={attempt.prompt.id} prompt={attempt.prompt} onRefused={onClose} />
  const title = t(attempt.failed ? 'login.failed' : 'login.title', { name: connection.name })
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-label={title}>
      <ModalHeader title={title} />
      <ModalBody>
        {attempt.error ? <Problem error={attempt.error} /> : <p role="status">{t(attempt.failed ? 'login.no-reason' : 'login.trying')}</p>}
      </ModalBody>
      <ModalFooter>
        {attempt.failed && <Button onClick={onAgain}>{t('login.again')}</Button>}
        <Button variant="secondary" onClick={onClose}>
          {t(attempt.failed ? 'action.close' : 'action.cancel')}
        </Button>
      </ModalFooter>
    </Modal>
  )
}
