import { useEffect, useRef, useState } from 'react'
import { AppError } from '../../../shared/errors/index.ts'
import type { HostKeyInfo, LoginPrompt, MachineId, TerminalSize } from '../../../shared/model/index.ts'
import { toPageError, useApi, useEngineLink } from '../../lib/api/index.ts'
import type { ConsoleSession, ConsoleSnapshot } from './console-session.ts'
import type { GuestLoginChoice } from './kept-login.ts'
import { useSession } from './use-console-session.ts'

export interface SshSessionOptions {
  readonly machineId: MachineId
  readonly login: GuestLoginChoice
  readonly allowed: boolean
  /** Of the terminal, once it is there. */
  readonly size: () => TerminalSize | undefined
}

export interface SshSession {
  readonly session: ConsoleSession
  readonly snapshot: ConsoleSnapshot
  /** What the machine asks now. */
  readonly prompt: LoginPrompt | null
  /** The person has compared that key: try again with it. */
  readonly trust: (key: HostKeyInfo) => void
}

/** A shell inside a machine for as long as the component is there; after a break it is logged in to anew. What is given first counts. */
export function useSshSession({ machineId, login, allowed, size }: SshSessionOptions): SshSession {
  const api = useApi()
  const link = useEngineLink()
  const [prompt, setPrompt] = useState<LoginPrompt | null>(null)
  const trusted = useRef<HostKeyInfo | null>(null)
  const sizeNow = useRef(size)
  useEffect(() => {
    sizeNow.current = size
  }, [size])
  const open = async (machine: MachineId, _takeOver: boolean, signal: AbortSignal) => {
    const key = trusted.current
    trusted.current = null
    const { user, port, address, method, keyFile } = login
    const terminal = sizeNow.current()
    try {
      const messages = await api.consoles.logIn(
        {
          machineId: machine,
          user,
          port,
          method,
          prompts: true,
          ...(address !== null && { address }),
          ...(keyFile !== null && { keyFile }),
          ...(terminal && { size: terminal }),
          ...(key && { acceptHostKey: choiceOf(key) }),
        },
        { signal },
      )
      for await (const message of messages) {
        if (message.type === 'opened') return link.channel(message.token)
        if (!signal.aborted) setPrompt(message.prompt)
      }
    } catch (thrown) {
      throw toPageError(thrown, 'stream')
    } finally {
      setPrompt(null)
    }
    throw new AppError({ kind: 'cancelled', code: 'cancelled', message: 'Cancelled.' })
  }
  const [session, snapshot] = useSession(machineId, { open, reopensEnded: false }, allowed)
  const trust = (key: HostKeyInfo) => {
    trusted.current = key
    session.retry()
  }
  return { session, snapshot, prompt, trust }
}

function choiceOf({ host, port, keyType, fingerprint, status }: HostKeyInfo) {
  return { host, port, keyType, fingerprint, replace: status === 'changed' }
}
