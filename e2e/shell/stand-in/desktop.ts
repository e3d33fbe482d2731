import { EventEmitter } from 'node:events'
import { existsSync } from 'node:fs'

/** What the desktop would have shown or opened, in order: for assertions. */
export const record = {
  openedExternally: [] as string[],
  openedPaths: [] as string[],
  errorBoxes: [] as { title: string; content: string }[],
}

interface Template {
  readonly label?: string
  readonly role?: string
  readonly type?: string
  readonly click?: (item: MenuItem, window: unknown, event: unknown) => void
  readonly submenu?: readonly Template[]
  readonly accelerator?: string
}

class MenuItem {
  readonly label: string
  readonly role: string | undefined
  readonly type: string
  readonly accelerator: string | undefined
  readonly submenu: Menu | undefined
  readonly #click: Template['click']

  constructor(template: Template) {
    if (!template.label && !template.role && !template.type)
      throw new Error('Invalid template for MenuItem: must have at least one of label, role or type')
    this.label = template.label ?? ''
    this.role = template.role
    this.type = template.type ?? (template.submenu ? 'submenu' : 'normal')
    this.accelerator = template.accelerator
    this.submenu = template.submenu && Menu.buildFromTemplate(template.submenu)
    this.#click = template.click
  }

  /** As if a person chose it. */
  click(): void {
    this.#click?.(this, null, {})
  }
}

export class Menu {
  static #application: Menu | null = null
  readonly items: readonly MenuItem[]
  /** Shown under the pointer. */
  popped = false

  constructor(items: readonly MenuItem[]) {
    this.items = items
  }

  static buildFromTemplate(template: readonly Template[]): Menu {
    return new Menu(template.map((one) => new MenuItem(one)))
  }

  static setApplicationMenu(menu: Menu | null): void {
    Menu.#application = menu
  }

  static getApplicationMenu(): Menu | null {
    return Menu.#application
  }

  popup(): void {
    this.popped = true
  }
}

interface Image {
  readonly isEmpty: () => boolean
}

export const nativeImage = { createFromPath: (path: string): Image => ({ isEmpty: () => !existsSync(path) }) }

export class Tray extends EventEmitter {
  constructor(image: Image) {
    super()
    if (image.isEmpty()) throw new Error('stand-in: the tray has no image')
  }

  // what a desktop would show is watched by whoever replaces these
  setToolTip(_text: string): void {}
  setContextMenu(_menu: Menu): void {}
  destroy(): void {}
}

export class Notification extends EventEmitter {
  readonly title: string
  readonly body: string

  constructor(options: { readonly title: string; readonly body: string }) {
    super()
    this.title = options.title
    this.body = options.body
  }

  static isSupported(): boolean {
    return true
  }

  show(): void {
    this.emit('show')
  }
}

/** Nobody sits there: a question is answered like a closed window, unless a test answers. */
export const dialog = {
  showMessageBox: async (...given: readonly unknown[]): Promise<{ response: number; checkboxChecked: boolean }> => {
    const options = given.at(-1) as { readonly cancelId?: number }
    return { response: options.cancelId ?? 0, checkboxChecked: false }
  },
  showErrorBox: (title: string, content: string): void => {
    record.errorBoxes.push({ title, content })
    process.stderr.write(`${title}\n${content}\n`)
  },
}

const workArea = { x: 0, y: 0, width: 1920, height: 1040 }
export const screen = { getAllDisplays: () => [{ id: 1, workArea, bounds: { ...workArea, height: 1080 } }] }
export const nativeTheme = { shouldUseDarkColors: false }
export const powerMonitor = new EventEmitter()
export const shell = {
  openExternal: async (url: string): Promise<void> => {
    record.openedExternally.push(url)
  },
  openPath: async (path: string): Promise<string> => {
    record.openedPaths.push(path)
    return ''
  },
}
