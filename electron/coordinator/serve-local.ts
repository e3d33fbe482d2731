import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { WebSocket } from 'ws'
import { AppError } from '../../shared/errors/index.ts'
import { openApiDocument } from '../api/openapi.ts'
import { type Console, openConsole } from '../host/compose.ts'
import { startControl } from '../host/control.ts'
import { acceptSocket } from '../host/sockets.ts'
import { SessionFile } from './kept-sessions.ts'
import { SessionGate } from './session.ts'
import { startWebServer } from './web-server.ts'

export interface ServeOptions {
  readonly port: number
  readonly dataDirectory: string
  /** Opens the demo fleet: made-up hosts alone, or accounts of clouds as well. */
  readonly demo: 'all' | 'hosts' | null
  /** Folder of the built page, where it is not beside the program. */
  readonly pageDirectory?: string
  readonly print: (line: string) => void
}

export interface Running {
  readonly port: number
  readonly loginLink: () => string
  stop(): Promise<void>
}

/** The single-user face: the engine, its control socket, and the page on 127.0.0.1 behind a one-time link. */
export async function serveLocal(options: ServeOptions): Promise<Running> {
  const pageDirectory = options.pageDirectory ?? findPage()
  const links: { make: () => string } = { make: () => '' }
  const console = await openWithControl('local', options.dataDirectory, async (path) => (path === '/login-link' ? links.make() : null))
  try {
    const sessions = new SessionFile(options.dataDirectory)
    const gate = new SessionGate({ nowMs: () => Date.now(), kept: await sessions.read(), keep: (kept) => sessions.write(kept) })
    const server = await startWebServer({
      port: options.port,
      pageDirectory,
      gate,
      console,
      openApi: () => openApiDocument(console.version),
    })
    links.make = () => `http://127.0.0.1:${server.port}/login?token=${gate.issueLogin()}`
    if (options.demo) await console.openDemo(options.demo === 'all')
    options.print(`Open ${links.make()}`)
    options.print('The link works once, for 15 minutes. Press Ctrl-C to stop.')
    return {
      port: server.port,
      loginLink: links.make,
      stop: async () => {
        await server.close()
        await sessions.settled()
        await console.stop()
      },
    }
  } catch (thrown) {
    await console.stop()
    throw thrown
  }
}

/** The engine without any page: what the command line starts when nothing else runs. */
export async function serveAgent(options: Pick<ServeOptions, 'dataDirectory' | 'print'>): Promise<{ stop(): Promise<void> }> {
  const console = await openWithControl('local', options.dataDirectory, async () => null)
  options.print('ready')
  return console
}

async function openWithControl(
  face: 'local',
  dataDirectory: string,
  onRequest: (path: string) => Promise<string | null>,
): Promise<Console> {
  const waiting: Array<{ readonly socket: WebSocket; readonly path: string }> = []
  let opened: Console | null = null
  // the control socket first: it is the lock that keeps a second engine off this data folder
  const control = await startControl({
    dataDirectory,
    face,
    onRequest,
    onSocket: (socket, path) => {
      if (opened) acceptSocket(socket, path, opened, 'cli')
      else waiting.push({ socket, path })
    },
  })
  try {
    const console = await openConsole({ face, dataDirectory })
    opened = console
    for (const { socket, path } of waiting) acceptSocket(socket, path, console, 'cli')
    return {
      ...console,
      stop: async () => {
        await control.close()
        await console.stop()
      },
    }
  } catch (thrown) {
    await control.close()
    throw thrown
  }
}

/** The built page: beside the bundle, or in `out/` when run from the sources. */
function findPage(): string {
  const here = dirname(fileURLToPath(import.meta.url))
  const candidates = [join(here, '../renderer'), join(here, '../../out/renderer')]
  const found = candidates.find((folder) => existsSync(join(folder, 'index.html')))
  if (found) return found
  throw new AppError({
    kind: 'precondition',
    code: 'page.not-built',
    message: 'The page is not built yet. Run "npm run build" (npm start does it by itself).',
  })
}
