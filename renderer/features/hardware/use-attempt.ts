import { useEffect, useRef } from 'react'
import { toWireError } from '../../../shared/errors/index.ts'
import type { EditTime, HardwareEdit } from '../../../shared/model/index.ts'
import { toPageError, useApi } from '../../lib/api/index.ts'
import { useEntity } from '../../lib/live/index.ts'
import { type Attempt, baseOf, setAttempt, settle, useDrafts } from './drafts.ts'
import { useHardware } from './hardware-context.ts'

export interface Sending {
  readonly attempt: Attempt | undefined
  readonly isUnderWay: boolean
  readonly send: (edit: HardwareEdit, when: EditTime, revision: string) => void
}

/** Sends a form's edit: a second click is none, and what comes back is kept wherever the page is by then. */
export function useAttempt(key: string): Sending {
  const { machine, refetch } = useHardware()
  const api = useApi()
  const attempt = useDrafts(({ attempts }) => attempts[key])
  const isUnderWay = attempt !== undefined && attempt.error === null
  return {
    attempt,
    isUnderWay,
    send(edit, when, revision) {
      const now = useDrafts.getState().attempts[key]
      if (now && now.error === null) return
      setAttempt(key, { base: revision, taskId: null, error: null })
      const input = { machineId: machine.id, edit, when, revision, token: crypto.randomUUID() }
      api.hardware.apply(input).then(
        ({ taskId }) => setAttempt(key, { base: revision, taskId, error: null }),
        (thrown: unknown) => {
          setAttempt(key, { base: revision, taskId: null, error: toWireError(toPageError(thrown, 'command')) })
          // whatever it says of the machine: it is looked at again
          void refetch()
        },
      )
    },
  }
}

/** Follows one attempt to its end. */
export function AttemptWatch({ attemptKey, attempt }: { readonly attemptKey: string; readonly attempt: Attempt }) {
  const { machine, refetch } = useHardware()
  const task = useEntity('task', attempt.taskId)
  const ended = useRef<string | null>(null)
  const { state, error } = task ?? {}
  const { base, taskId } = attempt
  useEffect(() => {
    if (attempt.error !== null || taskId === null || state === undefined || ended.current === taskId) return
    if (state === 'succeeded') {
      ended.current = taskId
      void refetch().then((view) => {
        if (view) settle(machine.id, attemptKey, base, baseOf(view))
        else setAttempt(attemptKey, null)
      })
    } else if (state === 'failed' || state === 'cancelled' || state === 'needs-attention') {
      ended.current = taskId
      const why = error ?? { code: 'task.cancelled', message: '', details: {} }
      setAttempt(attemptKey, { base, taskId, error: why })
      void refetch()
    }
  }, [attempt.error, attemptKey, base, error, machine.id, refetch, state, taskId])
  return null
}
