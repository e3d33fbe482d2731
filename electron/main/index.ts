import { randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { app, dialog, ipcMain, Menu, Notification, nativeImage, protocol, session, shell } from 'electron'
import { isAppError } from '../../shared/errors/index.ts'
import { type Console, openConsole } from '../host/compose.ts'
import { startControl } from '../host/control.ts'
import { defaultDataDirectory } from '../host/data-directory.ts'
import { acceptSocket } from '../host/sockets.ts'
import { DEEP_LINK_SCHEME, deepLinkIn, pathOfDeepLink } from './deep-links.ts'
import { createPageLinks, type PageLinks } from './ipc.ts'
import { menuTemplate } from './menu.ts'
import { noticeFor } from './notices.ts'
import { answerPageRequest, PAGE_SCHEME } from './page-files.ts'
import { lockContents, lockSession } from './security.ts'
import { TaskWatch } from './task-watch.ts'
import { TaskTray } from './tray.ts'
import { Windows } from './windows.ts'
import { type Words, wordsFor } from './words.ts'

const HERE = dirname(fileURLToPath(import.meta.url))
const RESOURCES = app.isPackaged ? process.resourcesPath : join(HERE, '../../resources')

// before anything else: schemes can only be registered while the app is not ready
protocol.registerSchemesAsPrivileged([
  { scheme: PAGE_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
])
app.enableSandbox()

if (app.requestSingleInstanceLock()) {
  app.setAsDefaultProtocolClient(DEEP_LINK_SCHEME)
  void app.whenReady().then(start).catch(fail)
} else {
  app.quit() // the first instance shows itself, with our deep link
}

async function start(): Promise<void> {
  const dataDirectory = defaultDataDirectory()
  const words = wordsFor(app.getLocale())
  const running: { console?: Console } = {}
  const links = createPageLinks(
    ipcMain,
    (port, contents) => {
      const gone = new AbortController()
      const clientId = randomUUID()
      port.onDisconnect.addListener(() => {
        gone.abort()
        running.console?.forgetClient(clientId)
      })
      running.console?.serving.attachPort(port, running.console.contextFor('page', clientId, gone.signal))
      void contents
    },
    (reason) => running.console?.log.warn('a message to the engine was refused', { reason }),
  )
  lockContents(app, (url) => void shell.openExternal(url))
  lockSession(session.defaultSession)
  protocol.handle(PAGE_SCHEME, async (request) => {
    const answer = await answerPageRequest(join(HERE, '../renderer'), request.url, request.method)
    return new Response(answer.body ? new Uint8Array(answer.body) : null, { status: answer.status, headers: { ...answer.headers } })
  })
  const control = await startControl({
    dataDirectory,
    face: 'desktop',
    onRequest: async () => null,
    onSocket: (socket) => running.console && acceptSocket(socket, running.console, 'cli'),
  })
  const console = await openConsole({ face: 'desktop', dataDirectory })
  running.console = console
  if (process.argv.includes('--demo')) await console.openDemo()

  const windows = new Windows({
    preload: join(HERE, '../preload/index.cjs'),
    stateFile: join(dataDirectory, 'windows.json'),
    links,
    icon: join(RESOURCES, 'icons/icon.png'),
  })
  const quit = quitter(windows, words, async () => {
    await control.close()
    await console.stop()
  })
  Menu.setApplicationMenu(
    Menu.buildFromTemplate(
      menuTemplate(
        words,
        {
          newWindow: () => windows.open(),
          toPage: (event) => toPage(windows, links, event),
          showLogs: () => void shell.openPath(join(dataDirectory, 'logs')),
          quit: () => app.quit(),
        },
        process.platform,
      ),
    ),
  )
  const tray = new TaskTray(nativeImage.createFromPath(join(RESOURCES, 'icons/tray.png')), words, {
    open: (path) => windows.show(path),
    quit: () => app.quit(),
  })
  app.on('second-instance', (_event, argv) => windows.show(deepLinkIn(argv)))
  app.on('open-url', (event, url) => {
    event.preventDefault()
    windows.show(pathOfDeepLink(url))
  })
  app.on('activate', () => windows.show(null))
  app.on('window-all-closed', () => {
    // macOS keeps programs without windows; elsewhere the tray keeps it when the person wants that
    if (process.platform !== 'darwin' && !console.settings().closeToTray) app.quit()
  })
  app.on('before-quit', (event) => quit.onBeforeQuit(event))
  await windows.restore(deepLinkIn(process.argv))
  void followTasks(console, windows, tray, words, quit)
}

function toPage(windows: Windows, links: PageLinks, event: Parameters<PageLinks['send']>[1]): void {
  const window = windows.current()
  if (window) links.send(window.webContents, event)
  else windows.show(event.type === 'navigate' ? event.path : null)
}

interface Quitter {
  onBeforeQuit(event: { preventDefault(): void }): void
  /** Kept up to date by the task watch: quitting with running tasks asks first. */
  runningTasks: number
}

/** Quits once: asks while tasks run, writes the windows down, lets the engine reach its journal. */
function quitter(windows: Windows, words: Words, stop: () => Promise<void>): Quitter {
  let state: 'open' | 'stopping' | 'stopped' = 'open'
  const self: Quitter = {
    runningTasks: 0,
    onBeforeQuit(event) {
      if (state === 'stopped') return
      event.preventDefault()
      if (state === 'stopping') return
      if (self.runningTasks > 0 && !mayQuit(self.runningTasks, words)) return
      state = 'stopping'
      void windows
        .freeze()
        .then(stop)
        .finally(() => {
          state = 'stopped'
          app.quit()
        })
    },
  }
  return self
}

function mayQuit(count: number, words: Words): boolean {
  const answer = dialog.showMessageBoxSync({
    type: 'warning',
    message: words('quit.title', { count }),
    detail: words('quit.detail'),
    buttons: [words('quit.stay'), words('quit.quit')],
    defaultId: 0,
    cancelId: 0,
  })
  return answer === 1
}

async function followTasks(console: Console, windows: Windows, tray: TaskTray, words: Words, quit: Quitter): Promise<void> {
  const watch = new TaskWatch()
  for await (const message of console.watchInventory()) {
    const news = watch.take(message)
    if (!news) continue
    quit.runningTasks = news.running.length
    tray.show(news.running)
    if (!console.settings().notifications || windows.all().some((window) => window.isFocused())) continue
    for (const task of news.ended) {
      const notice = noticeFor(task, words)
      if (!notice) continue
      const notification = new Notification({ title: notice.title, body: notice.body })
      notification.on('click', () => windows.show(notice.path))
      notification.show()
    }
  }
}

function fail(thrown: unknown): void {
  const message = isAppError(thrown) ? thrown.message : thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
  dialog.showErrorBox(wordsFor(app.getLocale())('start.failed'), message)
  app.exit(1)
}
