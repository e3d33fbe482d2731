import type { MenuItemConstructorOptions } from 'electron'
import type { ShellEvent } from './ipc.ts'
import { pagePaths } from './page-paths.ts'
import type { ShellWord, Words } from './words.ts'

export interface MenuActions {
  readonly newWindow: () => void
  readonly toPage: (event: ShellEvent) => void
  readonly showLogs: () => void
  readonly quit: () => void
}

type Item = MenuItemConstructorOptions
const LINE: Item = { type: 'separator' }

/** The native menu bar, as data. macOS gets its application menu; elsewhere Quit and About stand where people look for them. */
export function menuTemplate(words: Words, actions: MenuActions, platform: NodeJS.Platform): Item[] {
  const go = (path: string) => () => actions.toPage({ type: 'navigate', path })
  const role = (name: NonNullable<Item['role']>, label: ShellWord): Item => ({ role: name, label: words(label) })
  const mac = platform === 'darwin'
  // not the role: quitting asks while tasks run
  const quit: Item = { label: words('menu.quit'), accelerator: 'CmdOrCtrl+Q', click: actions.quit }
  const settings: Item = { label: words('menu.settings'), accelerator: 'CmdOrCtrl+,', click: go(pagePaths.settings) }
  const about = role('about', 'menu.about')
  const appMenu: Item = {
    label: 'NovaCron',
    submenu: [
      about,
      LINE,
      settings,
      LINE,
      { role: 'services' },
      LINE,
      role('hide', 'menu.hide'),
      role('hideOthers', 'menu.hideOthers'),
      role('unhide', 'menu.unhide'),
      LINE,
      quit,
    ],
  }
  const file: Item = {
    label: words('menu.file'),
    submenu: [
      { label: words('menu.newWindow'), accelerator: 'CmdOrCtrl+Shift+N', click: actions.newWindow },
      { label: words('menu.addHost'), click: go(pagePaths.addHost) },
      LINE,
      ...(mac ? [] : [settings, LINE]),
      role('close', 'menu.closeWindow'),
      ...(mac ? [] : [quit]),
    ],
  }
  const edit: Item = { label: words('menu.edit'), submenu: editItems(words) }
  const view: Item = {
    label: words('menu.view'),
    submenu: [
      {
        label: words('menu.palette'),
        accelerator: 'CmdOrCtrl+K',
        // the page has the key already; here it is only shown
        registerAccelerator: false,
        click: () => actions.toPage({ type: 'command', id: 'palette' }),
      },
      LINE,
      { label: words('menu.fleet'), accelerator: 'CmdOrCtrl+1', click: go(pagePaths.fleet) },
      { label: words('menu.tasks'), accelerator: 'CmdOrCtrl+2', click: go(pagePaths.tasks) },
      { label: words('menu.events'), accelerator: 'CmdOrCtrl+3', click: go(pagePaths.events) },
      { label: words('menu.connections'), accelerator: 'CmdOrCtrl+4', click: go(pagePaths.connections) },
      LINE,
      role('resetZoom', 'menu.resetZoom'),
      role('zoomIn', 'menu.zoomIn'),
      role('zoomOut', 'menu.zoomOut'),
      role('togglefullscreen', 'menu.fullScreen'),
      LINE,
      role('reload', 'menu.reload'),
      role('toggleDevTools', 'menu.devTools'),
    ],
  }
  const window: Item = {
    label: words('menu.window'),
    role: 'window',
    submenu: [role('minimize', 'menu.minimize'), role('zoom', 'menu.zoom'), ...(mac ? [LINE, role('front', 'menu.front')] : [])],
  }
  const help: Item = {
    label: words('menu.help'),
    role: 'help',
    submenu: [{ label: words('menu.logFolder'), click: actions.showLogs }, ...(mac ? [] : [about])],
  }
  return [...(mac ? [appMenu] : []), file, edit, view, window, help]
}

/** What text fields offer: in the Edit menu and under the right mouse button. */
export function editItems(words: Words): Item[] {
  const role = (name: NonNullable<Item['role']>, label: ShellWord): Item => ({ role: name, label: words(label) })
  return [
    role('undo', 'menu.undo'),
    role('redo', 'menu.redo'),
    LINE,
    role('cut', 'menu.cut'),
    role('copy', 'menu.copy'),
    role('paste', 'menu.paste'),
    LINE,
    role('selectAll', 'menu.selectAll'),
  ]
}

/** The right mouse button where the page has no menu of its own: a text field, or selected text. Empty elsewhere. */
export function contextItems(on: { readonly isEditable: boolean; readonly selectionText: string }, words: Words): Item[] {
  if (on.isEditable) return editItems(words)
  return on.selectionText.trim() === '' ? [] : [{ role: 'copy', label: words('menu.copy') }]
}
