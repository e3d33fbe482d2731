import { useEffect, useState, useSyncExternalStore } from 'react'
import type { ConsoleKind, MachineId } from '../../../shared/model/index.ts'
import { type EngineChannel, useApi, useEngineLink } from '../../lib/api/index.ts'
import { ConsoleSession, type ConsoleSnapshot } from './console-session.ts'

export interface ConsoleTarget {
  readonly machineId: MachineId
  /** A shell inside the machine is asked for otherwise: see useSshSession. */
  readonly kind: Exclude<ConsoleKind, 'ssh'>
  readonly index: number
}

/** The session of one console for as long as the component is there. Another kind or index needs another key. */
export function useConsoleSession({ machineId, kind, index }: ConsoleTarget, allowed: boolean): readonly [ConsoleSession, ConsoleSnapshot] {
  const api = useApi()
  const link = useEngineLink()
  return useSession(
    machineId,
    {
      open: async (machine, takeOver, signal) => {
        const { token } = await api.consoles.open({ machineId: machine, kind, index, takeOver }, { signal })
        return link.channel(token)
      },
      reopensEnded: true,
    },
    allowed,
  )
}

export interface SessionWay {
  readonly open: (machineId: MachineId, takeOver: boolean, signal: AbortSignal) => Promise<EngineChannel>
  readonly reopensEnded: boolean
}

/**
 * A session for as long as the component is there. The way that is given first counts. The machine may be another later, which it is once it
 * has moved to another host: the next try goes there.
 */
export function useSession(machineId: MachineId, way: SessionWay, allowed: boolean): readonly [ConsoleSession, ConsoleSnapshot] {
  const [{ session, moveTo }] = useState(() => createSession(machineId, way))
  useEffect(() => moveTo(machineId), [moveTo, machineId])
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

function createSession(first: MachineId, { open, reopensEnded }: SessionWay) {
  let machineId = first
  const session = new ConsoleSession({
    open: (takeOver, signal) => open(machineId, takeOver, signal),
    reopensEnded,
    nowMs: () => Date.now(),
    random: () => Math.random(),
    setTimer: (run, delayMs) => {
      const timer = setTimeout(run, delayMs)
      return () => clearTimeout(timer)
    },
    isSeen: () => !document.hidden,
  })
  const moveTo = (next: MachineId): void => {
    if (next === machineId) return
    machineId = next
    // what the old host has refused says nothing of the new one
    session.retry()
  }
  return { session, moveTo }
}
