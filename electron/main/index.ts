import { randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { app, dialog, ipcMain, Menu, nativeImage, powerMonitor, protocol, session, shell } from 'electron'
import type { Task } from '../../shared/model/index.ts'
import { type Console, openConsole } from '../host/compose.ts'
import { type ControlServer, startControl } from '../host/control.ts'
import { defaultDataDirectory } from '../host/data-directory.ts'
import { acceptSocket } from '../host/sockets.ts'
import { shellArguments } from './arguments.ts'
import { withConsoles } from './console-channels.ts'
import { DEEP_LINK_SCHEME, pathOfDeepLink } from './deep-links.ts'
import { downloadAnswer } from './download-answer.ts'
import { openWithWayOut } from './engine-start.ts'
import { createPageLinks, type PageLinks, type ShellEvent } from './ipc.ts'
import { menuTemplate } from './menu.ts'
import { attendWindow } from './mishaps.ts'
import { answerPageRequest, PAGE_SCHEME } from './page-files.ts'
import { Quitter } from './quit.ts'
import { resumeDownloads } from './resume-downloads.ts'
import { lockContents, lockSession } from './security.ts'
import { announceTasks } from './task-announcer.ts'
import { TaskTray } from './tray.ts'
import { userDataFolder } from './user-data.ts'
import { Windows } from './windows.ts'
import { languageFor, type Words, wordsFor } from './words.ts'

const HERE = dirname(fileURLToPath(import.meta.url))
const RESOURCES = app.isPackaged ? process.resourcesPath : join(HERE, '../../resources')
const started = shellArguments(process.argv.slice(1), process.cwd())
const dataDirectory = started.dataDirectory ?? defaultDataDirectory()

/** What the parts of the shell share while it runs. Everything but the windows may still be missing. */
interface Running {
  console: Console | null
  control: ControlServer | null
  windows: Windows | null
  tray: TaskTray | null
  words: Words
  tasks: readonly Task[]
  /** A deep link that came before there was a window. */
  path: string | null
  stopping: boolean
}

const running: Running = {
  console: null,
  control: null,
  windows: null,
  tray: null,
  words: wordsFor('en'),
  tasks: [],
  path: started.path,
  stopping: false,
}

// Before anything else: these can only be set while the app is not ready.
app.setName('NovaCron')
app.setAppUserModelId('org.novacron.console') // Windows shows notifications of programs with an id only
// The page's own storage lies with the rest, and with it the lock: one window program for each data folder.
app.setPath('userData', userDataFolder(dataDirectory))
protocol.registerSchemesAsPrivileged([
  { scheme: PAGE_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
])
app.enableSandbox()

if (app.requestSingleInstanceLock()) {
  // an installed program only: a checkout must not take the links over
  if (app.isPackaged) app.setAsDefaultProtocolClient(DEEP_LINK_SCHEME)
  const show = (path: string | null): void => {
    if (running.windows) running.windows.show(path)
    else running.path = path ?? running.path
  }
  app.on('second-instance', (_event, argv, workingDirectory) => show(shellArguments(argv, workingDirectory).path))
  app.on('open-url', (event, url) => {
    event.preventDefault()
    show(pathOfDeepLink(url))
  })
  lockContents(app, {
    openExternal: (url) => void shell.openExternal(url),
    openConsole: (path) => void running.windows?.openConsole(path),
  })
  void app.whenReady().then(start).catch(fail)
} else {
  app.quit() // the first instance shows itself, with our deep link
}

async function start(): Promise<void> {
  running.words = wordsFor(languageFor('system', app.getLocale()))
  lockSession(session.defaultSession)
  resumeDownloads(session.defaultSession, (delayMs, run) => setTimeout(run, delayMs))
  protocol.handle(PAGE_SCHEME, async (request) => {
    const file = await downloadAnswer(request, running.console ?? undefined)
    if (file) return file
    const answer = await answerPageRequest(join(HERE, '../renderer'), request.url, request.method)
    return new Response(answer.body ? new Uint8Array(answer.body) : null, { status: answer.status, headers: { ...answer.headers } })
  })
  const warn = (message: string, fields: Record<string, unknown>): void => running.console?.log.warn(message, fields)
  const links = createPageLinks(ipcMain, (reason) => warn('a message to the engine was refused', { reason }))
  const windows = new Windows({
    preload: join(HERE, '../preload/index.cjs'),
    stateFile: join(dataDirectory, 'windows.json'),
    links,
    icon: process.platform === 'darwin' ? null : join(RESOURCES, 'icons/icon.png'),
  })
  running.windows = windows
  app.on('browser-window-created', (_event, window) => attendWindow(window, () => running.words, warn))
  holdQuitting(windows)
  showMenu(windows, links)
  app.on('activate', () => windows.show(null))
  app.on('window-all-closed', () => {
    // macOS keeps programs without windows; elsewhere the tray keeps it when the person wants that
    if (process.platform !== 'darwin' && !running.console?.settings().closeToTray) app.quit()
  })
  // The window first: it paints while the engine opens, and what its page asks meanwhile waits.
  await windows.restore(running.path)
  await openEngine(windows, links)
}

async function openEngine(windows: Windows, links: PageLinks): Promise<void> {
  const opened = await openWithWayOut(
    async () => {
      running.control ??= await startControl({
        dataDirectory,
        face: 'desktop',
        onRequest: async () => null,
        onSocket: (socket, path) => (running.console ? acceptSocket(socket, path, running.console, 'cli') : socket.close(1013)),
      })
      return openConsole({ face: 'desktop', dataDirectory })
    },
    { ask: askAfterFailure, openFolder: () => void shell.openPath(dataDirectory) },
  )
  if (running.stopping) return void opened?.stop()
  if (!opened) return app.quit()
  running.console = opened
  if (started.demo) await opened.openDemo(started.demo === 'all')
  links.connect((port, gone) => {
    const clientId = randomUUID()
    gone.addEventListener('abort', () => opened.forgetClient(clientId), { once: true })
    opened.serving.attachPort(withConsoles(port, gone, opened.takeConsole), opened.contextFor('page', clientId, gone))
  })
  const icon = process.platform === 'darwin' ? 'icons/trayTemplate.png' : 'icons/tray.png'
  running.tray = new TaskTray(nativeImage.createFromPath(join(RESOURCES, icon)), running.words, {
    open: (path) => windows.show(path),
    quit: () => app.quit(),
  })
  const followLanguage = (): void => {
    const language = languageFor(opened.settings().language, app.getLocale())
    if (language === running.words.language) return
    running.words = wordsFor(language)
    showMenu(windows, links)
    running.tray?.show(running.tasks, running.words)
  }
  followLanguage()
  // the setting is changed in a window, and the menu is looked at after coming back to it or leaving it
  app.on('browser-window-focus', followLanguage)
  app.on('browser-window-blur', followLanguage)
  announceTasks(opened.watchInventory(), {
    words: () => running.words,
    mayNotify: () => opened.settings().notifications && !windows.all().some((window) => window.isFocused()),
    onRunning: (tasks) => {
      running.tasks = tasks
      running.tray?.show(tasks, running.words)
    },
    onClick: (path) => windows.show(path),
  }).catch((error: unknown) => {
    if (!running.stopping) opened.log.error('the tray no longer follows the tasks', { error })
  })
}

async function askAfterFailure(detail: string): Promise<'again' | 'folder' | 'quit'> {
  const { words } = running
  const { response } = await dialog.showMessageBox({
    type: 'error',
    message: words('start.failed'),
    detail,
    buttons: [words('start.again'), words('start.folder'), words('menu.quit')],
    defaultId: 0,
    cancelId: 2,
  })
  return (['again', 'folder', 'quit'] as const)[response] ?? 'quit'
}

function showMenu(windows: Windows, links: PageLinks): void {
  const toPage = (event: ShellEvent): void => {
    const window = windows.current()
    if (window) links.send(window.webContents, event)
    else windows.show(event.type === 'navigate' ? event.path : null)
  }
  const actions = {
    newWindow: () => void windows.openAnother(),
    toPage,
    showLogs: () => void shell.openPath(join(dataDirectory, 'logs')),
    quit: () => app.quit(),
  }
  app.setAboutPanelOptions({ applicationName: 'NovaCron', applicationVersion: app.getVersion(), copyright: 'Apache-2.0' })
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(running.words, actions, process.platform)))
}

function holdQuitting(windows: Windows): void {
  const quitter = new Quitter({
    runningTasks: () => running.tasks.length,
    ask: (count) => mayQuit(count, windows),
    stop: async () => {
      running.stopping = true
      await windows.freeze()
      running.tray?.close()
      running.tray = null
      await running.control?.close()
      await running.console?.stop()
    },
    quit: () => app.quit(),
    after: (delayMs, run) => {
      const timer = setTimeout(run, delayMs)
      return () => clearTimeout(timer)
    },
  })
  app.on('before-quit', (event) => quitter.onBeforeQuit(event))
  powerMonitor.on('shutdown', () => quitter.hurry())
}

async function mayQuit(count: number, windows: Windows): Promise<boolean> {
  const { words } = running
  const question: Electron.MessageBoxOptions = {
    type: 'warning',
    message: words('quit.title', { count }),
    detail: words('quit.detail'),
    buttons: [words('quit.stay'), words('quit.quit')],
    defaultId: 0,
    cancelId: 0,
  }
  const window = windows.current()
  const { response } = window ? await dialog.showMessageBox(window, question) : await dialog.showMessageBox(question)
  return response === 1
}

function fail(thrown: unknown): void {
  const message = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
  dialog.showErrorBox(running.words('start.failed'), message)
  app.exit(1)
}
