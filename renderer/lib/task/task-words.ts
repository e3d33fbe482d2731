import type { Task } from '../../../shared/model/index.ts'
import type { I18n } from '../i18n/index.ts'
import { transferOf } from './transfer-task.ts'

/** The verb of a task: "Start", "Shut down". */
export function taskVerb(task: Task, i18n: I18n): string {
  return i18n.code('task', task.kind, task.kind)
}

/** What it works on: its name, or how many. */
export function taskObject(task: Task, i18n: I18n): string {
  if (task.children && !task.target) {
    const { total } = task.children
    const shown = i18n.format.number(total)
    // its verb names what it is about: "Delete volume × 14"
    return task.kind.startsWith('volume.') ? `× ${shown}` : i18n.t('fleet.machines', { count: total, shown })
  }
  return task.target?.name ?? ''
}

export function taskTitle(task: Task, i18n: I18n): string {
  return `${taskVerb(task, i18n)} ${taskObject(task, i18n)}`.trim()
}

/** What is known beyond the bar: children done, bytes, or what is waited for. */
export function taskNote(task: Task, i18n: I18n): string {
  const { t, format } = i18n
  if (task.error && (task.state === 'failed' || task.state === 'needs-attention')) return i18n.error(task.error)
  if (task.children) {
    const { succeeded, failed, cancelled, total } = task.children
    const done = t('tasks.children', { done: format.number(succeeded + failed + cancelled), total: format.number(total) })
    return failed > 0 ? `${done}, ${t('tasks.children-failed', { count: failed })}` : done
  }
  const { bytesDone, bytesTotal, note } = task.progress
  // what a person has to know of the outcome
  if (note?.startsWith('outcome-')) return i18n.code('note', note, note)
  if (bytesDone !== null && bytesTotal !== null) return t('tasks.bytes', { done: format.bytes(bytesDone), total: format.bytes(bytesTotal) })
  return note ? i18n.code('note', note, note) : ''
}

/** What the far side itself calls it, such as `IncorrectInstanceState`: what its own documents and support know. Null: it has no word. */
export function nativeCode({ error }: Task): string | null {
  const code = error?.remote?.['code']
  return typeof code === 'string' && /[A-Za-z]/.test(code) ? code : null
}

/** The name of one step: "Start", "Make disk 1", "Convert disk 1". */
export function stepWord(id: string, i18n: I18n): string {
  const [, what, disk] = /^(disk|convert|volume|clean|copy|flatten|tidy|purge)-(\d+)$/.exec(id) ?? []
  if (what === undefined) return i18n.code('step', id, id)
  return i18n.code('step', what, id, { number: Number(disk) + 1 })
}

const STANDS_STILL: ReadonlySet<string> = new Set(['post-copy-broken', 'post-copy-resumes', 'waiting-for-link'])

/** How long it will go on at the rate of now; null: not known. The bytes of a move between worlds are those of one disk on one of its two ways. */
export function leftMs(task: Task): number | null {
  const { state, progress } = task
  const { bytesDone, bytesTotal, bytesPerS } = progress
  // what it had done in a second before its way broke says nothing
  if (transferOf(task) || STANDS_STILL.has(progress.note ?? '')) return null
  if (state !== 'running' || bytesDone === null || bytesTotal === null || bytesPerS === null || bytesPerS <= 0) return null
  return (Math.max(0, bytesTotal - bytesDone) / bytesPerS) * 1_000
}
