import { type BrowserWindow, dialog, Menu } from 'electron'
import { contextItems } from './menu.ts'
import { Relapse } from './relapse.ts'
import type { Words } from './words.ts'

/**
 * What a window needs beside its page: the engine runs on when a page dies or hangs, so the window is given a new page rather
 * than left dead; and text fields get their menu under the right mouse button.
 */
export function attendWindow(
  window: BrowserWindow,
  words: () => Words,
  warn: (message: string, fields: Record<string, unknown>) => void,
): void {
  const relapse = new Relapse()
  const ask = async (message: string, stay: string, signal?: AbortSignal): Promise<void> => {
    const { response } = await dialog.showMessageBox(window, {
      type: 'warning',
      message,
      detail: words()('mishap.detail'),
      buttons: [words()('mishap.reload'), stay],
      defaultId: 0,
      cancelId: 1,
      ...(signal && { signal }),
    })
    if (response === 0 && !window.isDestroyed()) window.webContents.reload()
  }
  window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    const next = relapse.next(reason, Date.now())
    if (next === 'nothing' || window.isDestroyed()) return
    warn('a page ended by itself', { reason, exitCode, next })
    if (next === 'reload') window.webContents.reload()
    else void ask(words()('mishap.gone'), words()('mishap.leave'))
  })
  let hanging: AbortController | null = null
  window.on('unresponsive', () => {
    if (hanging) return
    const mine = new AbortController()
    hanging = mine
    warn('a page does not answer', {})
    void ask(words()('mishap.hangs'), words()('mishap.wait'), mine.signal).finally(() => {
      if (hanging === mine) hanging = null
    })
  })
  window.on('responsive', () => hanging?.abort())
  window.webContents.on('context-menu', (_event, params) => {
    const items = contextItems(params, words())
    if (items.length > 0) Menu.buildFromTemplate(items).popup({ window })
  })
}
