import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { type AppError, toWireError, type WireError } from '../../../../shared/errors/index.ts'
import { FINAL_TASK_STATES, type MigrationMend, type MigrationSpec, type TaskId } from '../../../../shared/model/index.ts'
import { toPageError, useApi } from '../../../lib/api/index.ts'
import { useEntity } from '../../../lib/live/index.ts'

export interface Mending {
  readonly isRunning: boolean
  readonly running: MigrationMend | null
  readonly error: WireError | null
  readonly run: (mend: MigrationMend) => void
}

/** Has a host mended by a task, and waits for its end. A second press while it runs is the first. */
export function useMend(spec: MigrationSpec, onMended: () => void): Mending {
  const api = useApi()
  const [running, setRunning] = useState<MigrationMend | null>(null)
  const [taskId, setTaskId] = useState<TaskId | null>(null)
  const [refused, setRefused] = useState<AppError | null>(null)
  const isSent = useRef(false)
  const task = useEntity('task', taskId)
  const isEnded = task !== undefined && (FINAL_TASK_STATES.has(task.state) || task.state === 'needs-attention')
  const isMended = task?.state === 'succeeded'
  const mended = useEffectEvent(() => {
    isSent.current = false
    if (isMended) onMended()
  })
  useEffect(() => {
    if (isEnded) mended()
  }, [isEnded])

  async function send(mend: MigrationMend) {
    isSent.current = true
    setRefused(null)
    setTaskId(null)
    setRunning(mend)
    try {
      const begun = await api.migrations.mend({ spec, mend, token: crypto.randomUUID() })
      setTaskId(begun.taskId)
    } catch (thrown) {
      isSent.current = false
      setRefused(toPageError(thrown, 'command'))
      setRunning(null)
    }
  }
  return {
    isRunning: running !== null && !isEnded,
    running,
    error: refused ? toWireError(refused) : isEnded && !isMended ? task.error : null,
    run: (mend) => void (isSent.current || send(mend)),
  }
}
