import type { MenuItemConstructorOptions } from 'electron'
import type { Task } from '../../shared/model/index.ts'
import { pagePaths } from './page-paths.ts'
import type { Words } from './words.ts'

export interface TrayActions {
  readonly open: (path: string | null) => void
  readonly quit: () => void
}

const SHOWN_TASKS = 8

/** The tray's menu as data: each running task a click away, then the console and the way out. */
export function trayTemplate(running: readonly Task[], words: Words, actions: TrayActions): MenuItemConstructorOptions[] {
  const rest = running.length - SHOWN_TASKS
  return [
    ...running.slice(0, SHOWN_TASKS).map((task) => ({
      label: words('tray.task', {
        task: words.task(task.kind),
        target: task.target?.name ?? words('notify.machines', { count: task.children?.total ?? 0 }),
        percent: Math.round(task.progress.fraction * 100),
      }),
      click: () => actions.open(pagePaths.task(task.id)),
    })),
    ...(rest > 0 ? [{ label: words('tray.moreTasks', { count: rest }), click: () => actions.open(pagePaths.tasks) }] : []),
    ...(running.length > 0 ? [{ type: 'separator' as const }] : []),
    { label: words('tray.open'), click: () => actions.open(null) },
    { label: words('menu.quit'), click: actions.quit },
  ]
}
