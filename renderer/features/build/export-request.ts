import { create } from 'zustand'
import { FINAL_TASK_STATES, type Task } from '../../../shared/model/index.ts'

/** A package that is made of a machine. */
export interface AskedPackage {
  readonly taskId: string
  readonly exportId: string
  /** Disks that do not come along. */
  readonly leftOut: readonly string[]
  /** Asked for in this tab, which saves it by itself. Another tab's, or the command line's, is saved only on request. */
  readonly isOwn: boolean
}

interface ExportRequest {
  /** Whose dialog is open; null: none is. */
  readonly machineId: string | null
  /** By machine; they are saved also while no dialog is open. */
  readonly asked: Readonly<Record<string, AskedPackage>>
}

export const useExportRequest = create<ExportRequest>(() => ({ machineId: null, asked: {} }))

/** Asks what has to be asked, and exports the machine. Callable from a menu or the palette. */
export function requestExport(machineId: string): void {
  useExportRequest.setState({ machineId })
}

export function clearExportRequest(): void {
  useExportRequest.setState({ machineId: null })
}

/** One that this tab asked for: also when its page is loaded anew meanwhile. */
export function keepOwn(machineId: string, asked: Omit<AskedPackage, 'isOwn'>): void {
  writeOwn([...ownTasks(), asked.taskId])
  put(machineId, { ...asked, isOwn: true })
}

export function forgetAsked(machineId: string): void {
  useExportRequest.setState((before) => {
    const { [machineId]: gone, ...asked } = before.asked
    writeOwn(ownTasks().filter((taskId) => taskId !== gone?.taskId))
    return { asked }
  })
}

/** Takes up what is being made already: what this tab asked for before it was loaded anew, and that of the machine whose dialog is open. */
export function adoptRunning(tasks: readonly Task[], machineId: string | null): void {
  const { asked } = useExportRequest.getState()
  const own = ownTasks()
  for (const task of tasks) {
    const found = task.target && asked[task.target.id] === undefined ? runningPackage(task) : null
    if (!found || !task.target) continue
    const isOwn = own.includes(task.id)
    if (isOwn || task.target.id === machineId) put(task.target.id, { ...found, isOwn })
  }
}

function runningPackage({ kind, id, state, params }: Task): Omit<AskedPackage, 'isOwn'> | null {
  const { exportId, leftOut } = params
  if (kind !== 'machine.export' || FINAL_TASK_STATES.has(state) || typeof exportId !== 'string') return null
  return { taskId: id, exportId, leftOut: Array.isArray(leftOut) ? leftOut.filter((each) => typeof each === 'string') : [] }
}

function put(machineId: string, one: AskedPackage): void {
  useExportRequest.setState((before) => ({ asked: { ...before.asked, [machineId]: one } }))
}

const OWN = 'novacron.exports'

/** The tasks that this tab asked for; none where nothing may be kept: then they are its own as long as the page stands. */
function ownTasks(): readonly string[] {
  try {
    return (sessionStorage.getItem(OWN) ?? '').split(' ').filter((taskId) => taskId !== '')
  } catch {
    return []
  }
}

function writeOwn(taskIds: readonly string[]): void {
  try {
    sessionStorage.setItem(OWN, taskIds.join(' '))
  } catch {
    // see above
  }
}
