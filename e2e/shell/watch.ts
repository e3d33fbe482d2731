import type * as Electron from 'electron'
import type { ShellApp } from './shell-app.ts'

interface Seen {
  readonly trays: string[][]
  readonly notices: { title: string; body: string }[]
  readonly questions: { message: string; buttons: string[] }[]
}

/**
 * Writes down what the main process shows on the desktop: neither Electron nor its stand-in can be asked for it later. Questions
 * are answered with their cancel button, links to the outside go nowhere.
 */
export async function watchDesktop(app: ShellApp): Promise<void> {
  await app.evaluate(({ Tray, Notification, dialog, shell }) => {
    const seen: Seen = { trays: [], notices: [], questions: [] }
    const opened: string[] = []
    Object.assign(globalThis, { seenOnDesktop: seen, openedExternally: opened })
    const before = <T extends object>(prototype: T, name: keyof T & string, watch: (self: T, first: never) => void): void => {
      const original = Reflect.get(prototype, name) as (...given: unknown[]) => unknown
      Reflect.set(prototype, name, function watched(this: T, ...given: unknown[]) {
        watch(this, given[0] as never)
        return original.apply(this, given)
      })
    }
    before(Tray.prototype, 'setContextMenu', (_tray, menu: Electron.Menu) => {
      seen.trays.push(menu.items.map((item) => item.label))
    })
    before(Notification.prototype, 'show', ({ title, body }) => {
      seen.notices.push({ title, body })
    })
    dialog.showMessageBox = async (...given: readonly unknown[]) => {
      const options = given.at(-1) as { message: string; buttons?: string[]; cancelId?: number }
      seen.questions.push({ message: options.message, buttons: options.buttons ?? [] })
      return { response: options.cancelId ?? 0, checkboxChecked: false }
    }
    shell.openExternal = async (url) => {
      opened.push(url)
    }
  }, null)
}

/** The lines of every tray menu so far, oldest first. */
export async function trayMenus(app: ShellApp): Promise<readonly (readonly string[])[]> {
  return (await seenBy(app)).trays
}

export async function notifications(app: ShellApp): Promise<Seen['notices']> {
  return (await seenBy(app)).notices
}

export async function messageBoxes(app: ShellApp): Promise<Seen['questions']> {
  return (await seenBy(app)).questions
}

function seenBy(app: ShellApp): Promise<Seen> {
  return app.evaluate(() => Reflect.get(globalThis, 'seenOnDesktop') as Seen, null)
}

/** Chooses an entry of the menu bar by its words. */
export async function clickMenu(app: ShellApp, menu: string, entry: string): Promise<void> {
  await app.evaluate(
    ({ Menu }, [outer, inner]) => {
      const items = Menu.getApplicationMenu()?.items ?? []
      const item = items.find((one) => one.label === outer)?.submenu?.items.find((one) => one.label === inner)
      if (!item) throw new Error(`no menu entry ${outer} > ${inner}; there are ${items.map((one) => one.label).join(', ')}`)
      item.click()
    },
    [menu, entry] as const,
  )
}

/** Addresses handed to the system's browser. */
export function openedExternally(app: ShellApp): Promise<readonly string[]> {
  return app.evaluate(() => Reflect.get(globalThis, 'openedExternally') as string[], null)
}
