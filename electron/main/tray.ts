import { Menu, type NativeImage, Tray } from 'electron'
import type { Task } from '../../shared/model/index.ts'
import { type TrayActions, trayTemplate } from './tray-menu.ts'
import type { Words } from './words.ts'

/** The icon in the system's tray: how many tasks run, each one a click away. */
export class TaskTray {
  readonly #tray: Tray
  readonly #actions: TrayActions
  #shown = ''

  constructor(icon: NativeImage, words: Words, actions: TrayActions) {
    this.#tray = new Tray(icon)
    this.#actions = actions
    this.#tray.on('click', () => actions.open(null))
    this.show([], words)
  }

  /** Rebuilt only when a line changed: on Linux a new menu closes the one a person has open. */
  show(running: readonly Task[], words: Words): void {
    const template = trayTemplate(running, words, this.#actions)
    const lines = JSON.stringify(template.map((item) => item.label))
    if (lines === this.#shown) return
    this.#shown = lines
    this.#tray.setToolTip(running.length === 0 ? words('tray.idle') : words('tray.busy', { count: running.length }))
    this.#tray.setContextMenu(Menu.buildFromTemplate(template))
  }

  close(): void {
    this.#tray.destroy()
  }
}
