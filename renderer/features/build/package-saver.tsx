import { useEffect, useEffectEvent, useState } from 'react'
import type { AppError } from '../../../shared/errors/index.ts'
import { FINAL_TASK_STATES } from '../../../shared/model/index.ts'
import { toPageError, useApi } from '../../lib/api/index.ts'
import { useEntity } from '../../lib/live/index.ts'
import { ExportProgress } from './export-progress.tsx'
import { type AskedPackage, forgetAsked, requestExport, useExportRequest } from './export-request.ts'
import { savePackage } from './save-package.ts'

export interface PackageSaverProps {
  readonly machineId: string
  readonly asked: AskedPackage
}

/** Saves a package once it is there, whatever screen is open; shows the dialog where it is wanted, or something went wrong. */
export function PackageSaver({ machineId, asked }: PackageSaverProps) {
  const api = useApi()
  const machine = useEntity('machine', machineId)
  const task = useEntity('task', asked.taskId)
  const isOpen = useExportRequest((state) => state.machineId === machineId)
  const [error, setError] = useState<AppError | null>(null)
  const isReady = task?.state === 'running' && task.steps.some(({ id, state }) => id === 'hand-over' && state === 'running')
  const isWaiting = isReady && task.progress.note === 'waiting-for-download'
  const isOver = task !== undefined && FINAL_TASK_STATES.has(task.state)

  function failed(thrown: unknown) {
    setError(toPageError(thrown, 'command'))
    requestExport(machineId)
  }
  const save = () => {
    setError(null)
    savePackage(api, asked.exportId).catch(failed)
  }
  const saveWaiting = useEffectEvent(() => {
    savePackage(api, asked.exportId).catch(failed)
  })
  useEffect(() => {
    if (isWaiting && asked.isOwn) saveWaiting()
  }, [isWaiting, asked.isOwn])
  useEffect(() => {
    // what is open says how it ended
    if (isOver && !isOpen) forgetAsked(machineId)
  }, [isOver, isOpen, machineId])
  if (!isOpen || !machine) return null
  return <ExportProgress machine={machine} asked={asked} task={task} error={error} onSave={isReady ? save : null} />
}
