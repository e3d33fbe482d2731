import { useEffect, useState, useSyncExternalStore } from 'react'
import type { ConsoleKind, MachineId } from '../../../shared/model/index.ts'
import { useApi, useEngineLink } from '../../lib/api/index.ts'
import { ConsoleSession, type ConsoleSessionOptions, type ConsoleSnapshot } from './console-session.ts'

export interface ConsoleTarget {
  readonly machineId: MachineId
  /** A shell inside the machine is asked for otherwise: see useSshSession. */
  readonly kind: Exclude<ConsoleKind, 'ssh'>
  readonly index: number
}

/** The session of one console for as long as the component is there; of another target it needs another key. */
export function useConsoleSession(target: ConsoleTarget, allowed: boolean): readonly [ConsoleSession, ConsoleSnapshot] {
  const api = useApi()
  const link = useEngineLink()
  return useSession(
    {
      open: async (takeOver, signal) => {
        const { kind, index } = target
        const { token } = await api.consoles.open({ machineId: target.machineId, kind, index, takeOver }, { signal })
        return link.channel(token)
      },
    },
    allowed,
  )
}

/** What is given first counts for as long as the component is there. */
export function useSession(
  options: Pick<ConsoleSessionOptions, 'open' | 'reopensEnded'>,
  allowed: boolean,
): readonly [ConsoleSession, ConsoleSnapshot] {
  const [session] = useState(
    () =>
      new ConsoleSession({
        ...options,
        nowMs: () => Date.now(),
        random: () => Math.random(),
        setTimer: (run, delayMs) => {
          const timer = setTimeout(run, delayMs)
          return () => clearTimeout(timer)
        },
        isSeen: () => !document.hidden,
      }),
  )
  useEffect(() => () => session.stop(), [session])
  useEffect(() => session.setAllowed(allowed), [session, allowed])
  useEffect(() => {
    const seen = () => {
      if (!document.hidden) session.seen()
    }
    document.addEventListener('visibilitychange', seen)
    return () => document.removeEventListener('visibilitychange', seen)
  }, [session])
  return [session, useSyncExternalStore(session.subscribe, session.get)]
}
