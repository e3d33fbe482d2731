import type { MenuItemConstructorOptions } from 'electron'
import type { ShellEvent } from './ipc.ts'
import type { Words } from './words.ts'

export interface MenuActions {
  readonly newWindow: () => void
  readonly toPage: (event: ShellEvent) => void
  readonly showLogs: () => void
  readonly quit: () => void
}

/** The native menu bar, as data. macOS gets its application menu; elsewhere Quit and About stand where people look for them. */
export function menuTemplate(words: Words, actions: MenuActions, platform: NodeJS.Platform): MenuItemConstructorOptions[] {
  const go = (path: string) => () => actions.toPage({ type: 'navigate', path })
  const mac = platform === 'darwin'
  const quit: MenuItemConstructorOptions = { label: words('menu.quit'), accelerator: 'CmdOrCtrl+Q', click: actions.quit }
  const settings: MenuItemConstructorOptions = { label: words('menu.settings'), accelerator: 'CmdOrCtrl+,', click: go('/settings') }
  return [
    ...(mac
      ? [
          {
            role: 'appMenu',
            submenu: [
              { role: 'about', label: words('menu.about') },
              { type: 'separator' },
              settings,
              { type: 'separator' },
              { role: 'hide' },
              { role: 'hideOthers' },
              { type: 'separator' },
              quit,
            ],
          } satisfies MenuItemConstructorOptions,
        ]
      : []),
    {
      label: words('menu.file'),
      submenu: [
        { label: words('menu.newWindow'), accelerator: 'CmdOrCtrl+Shift+N', click: actions.newWindow },
        { label: words('menu.addHost'), click: go('/connections/add') },
        { type: 'separator' },
        ...(mac ? [] : [settings, { type: 'separator' } as const]),
        { role: 'close', label: words('menu.closeWindow') },
        ...(mac ? [] : [quit]),
      ],
    },
    { role: 'editMenu', label: words('menu.edit') },
    {
      label: words('menu.view'),
      submenu: [
        {
          label: words('menu.palette'),
          accelerator: 'CmdOrCtrl+K',
          registerAccelerator: false,
          click: () => actions.toPage({ type: 'command', id: 'palette' }),
        },
        { type: 'separator' },
        { label: words('menu.fleet'), accelerator: 'CmdOrCtrl+1', click: go('/machines') },
        { label: words('menu.tasks'), accelerator: 'CmdOrCtrl+2', click: go('/tasks') },
        { label: words('menu.events'), accelerator: 'CmdOrCtrl+3', click: go('/events') },
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'togglefullscreen' },
        { type: 'separator' },
        { role: 'reload' },
        { role: 'toggleDevTools' },
      ],
    },
    { role: 'windowMenu', label: words('menu.window') },
    {
      label: words('menu.help'),
      role: 'help',
      submenu: [
        { label: words('menu.logFolder'), click: actions.showLogs },
        ...(mac ? [] : [{ role: 'about', label: words('menu.about') } as const]),
      ],
    },
  ]
}
