import { Menu, type NativeImage, Tray } from 'electron'
import type { Task } from '../../shared/model/index.ts'
import type { Words } from './words.ts'

export interface TrayActions {
  readonly open: (path: string | null) => void
  readonly quit: () => void
}

const SHOWN_TASKS = 8

/** The icon in the system's tray: how many tasks run, each one a click away. */
export class TaskTray {
  readonly #tray: Tray
  readonly #words: Words
  readonly #actions: TrayActions

  constructor(icon: NativeImage, words: Words, actions: TrayActions) {
    this.#tray = new Tray(icon)
    this.#words = words
    this.#actions = actions
    this.#tray.on('click', () => actions.open(null))
    this.show([])
  }

  show(running: readonly Task[]): void {
    this.#tray.setToolTip(running.length === 0 ? this.#words('tray.idle') : this.#words('tray.busy', { count: running.length }))
    const rest = running.length - SHOWN_TASKS
    this.#tray.setContextMenu(
      Menu.buildFromTemplate([
        ...running.slice(0, SHOWN_TASKS).map((task) => ({
          label: `${task.kind.replace(/^machine\./, '')} ${task.target?.name ?? ''} ${Math.round(task.progress.fraction * 100)} %`,
          click: () => this.#actions.open(`/tasks/${encodeURIComponent(task.id)}`),
        })),
        ...(rest > 0 ? [{ label: this.#words('tray.moreTasks', { count: rest }), click: () => this.#actions.open('/tasks') }] : []),
        ...(running.length > 0 ? [{ type: 'separator' as const }] : []),
        { label: this.#words('tray.open'), click: () => this.#actions.open(null) },
        { label: this.#words('menu.quit'), click: this.#actions.quit },
      ]),
    )
  }

  close(): void {
    this.#tray.destroy()
  }
}
