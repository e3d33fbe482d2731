/**
 * A stand-in for the module `electron`: runs the built main process and preload script in plain Node, with Chromium for the
 * windows. For tests where Electron's own binary is not to be had; docs/SHELL.md says what it proves and what it cannot.
 */
import { app } from './app.ts'
import { ipcMain } from './contents.ts'
import { serveControl } from './control.ts'
import { dialog, Menu, Notification, nativeImage, nativeTheme, powerMonitor, record, screen, shell, Tray } from './desktop.ts'
import { protocol, session } from './session.ts'
import { BrowserWindow } from './window.ts'

export {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  Notification,
  nativeImage,
  nativeTheme,
  powerMonitor,
  protocol,
  screen,
  session,
  shell,
  Tray,
}

serveControl(
  { app, BrowserWindow, dialog, ipcMain, Menu, Notification, nativeTheme, powerMonitor, screen, session, shell, Tray, record },
  () => app.whenReady().then(() => app.browser().endpoint),
)
