import { mkdir } from 'node:fs/promises'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import packageJson from '../../package.json' with { type: 'json' }
import { PERMISSIONS, type Permission } from '../../shared/contract/index.ts'
import type { InventoryMessage, Settings } from '../../shared/model/index.ts'
import { createHandlers } from '../api/handlers/index.ts'
import type { CallContext } from '../api/handlers.ts'
import { createRouter } from '../api/router.ts'
import { createServing, type Serving } from '../api/serve.ts'
import { createEngine, type Engine } from '../engine/engine.ts'
import { systemClock } from '../engine/system-clock.ts'
import type { DownloadLink } from '../engine/volumes/download-links.ts'
import type { ByteChannel, Logger } from '../providers/provider.ts'
import { providers } from '../providers/registry.ts'
import { openSecretStore } from '../secrets/open-secret-store.ts'
import { openSqliteStore } from '../store/sqlite/index.ts'
import type { Store } from '../store/store.ts'
import { withDemoClouds } from './demo-clouds.ts'
import { createLog } from './log.ts'

export interface ConsoleOptions {
  readonly face: 'desktop' | 'local'
  readonly dataDirectory: string
}

/** A running engine with the contract bound to it, whatever face is put on. */
export interface Console {
  readonly version: string
  readonly engine: Engine
  readonly log: Logger
  readonly serving: Serving
  readonly contextFor: (origin: string, clientId: string, signal: AbortSignal) => CallContext
  /** A window or socket is gone: what it looked at no longer steers sampling. */
  readonly forgetClient: (clientId: string) => void
  /** The bytes of a console that was opened under that token, once. Throws `not-found`. */
  readonly takeConsole: (token: string) => ByteChannel
  /** What is being saved under that token; null: nothing. */
  readonly findDownload: (token: string) => DownloadLink | null
  /** Everything known, then every change, as the page gets it: for the tray and notifications. */
  watchInventory(): AsyncIterable<InventoryMessage>
  settings(): Settings
  /** Adds the demo fleet unless it is there already; with accounts of clouds if wanted. */
  openDemo(clouds: boolean): Promise<void>
  stop(): Promise<void>
}

/** The one place where concrete stores, secrets and providers are named and wired: both faces start here. */
export async function openConsole(options: ConsoleOptions): Promise<Console> {
  const { dataDirectory } = options
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 })
  const logFile = createLog(dataDirectory)
  const { log } = logFile
  const store = await openSqliteStore({ file: join(dataDirectory, 'novacron.db'), log })
  try {
    return await startOn(store, options, logFile)
  } catch (thrown) {
    await store.close() // its thread would keep the process alive
    await logFile.close()
    throw thrown
  }
}

async function startOn(store: Store, { dataDirectory, face }: ConsoleOptions, logFile: ReturnType<typeof createLog>): Promise<Console> {
  const { log } = logFile
  const user = userInfo().username
  const secrets = await openSecretStore({ dataDirectory, log, keychain: process.env.NOVACRON_KEYCHAIN !== 'off' })
  const demoClouds = withDemoClouds(providers, dataDirectory)
  const engine = createEngine({
    store,
    secrets,
    providers: demoClouds.providers,
    clock: systemClock,
    log,
    dataDirectory,
    homeDirectory: homedir(),
    face,
    version: packageJson.version,
    user,
  })
  const handlers = createHandlers(engine)
  const router = createRouter({
    handlers,
    audit: engine.audit,
    onBug: (method, error) => log.error(`${method} failed`, { error }),
  })
  try {
    await engine.start()
  } catch (thrown) {
    // some of its links may be open already and would keep the process alive
    await engine.stop().catch((error: unknown) => log.error('stopping after a failed start failed', { error }))
    throw thrown
  }
  const stopped = new AbortController()
  const permissions: ReadonlySet<Permission> = new Set(PERMISSIONS)
  const contextFor: Console['contextFor'] = (origin, clientId, signal) => ({ actor: user, origin, clientId, permissions, signal })
  return {
    version: packageJson.version,
    engine,
    log,
    serving: createServing(router),
    contextFor,
    takeConsole: (token) => engine.consoles.take(token),
    findDownload: (token) => engine.volumes.downloads.find(token),
    watchInventory: () => handlers.inventory.watch({ packed: false }, contextFor('tray', 'shell', stopped.signal)),
    settings: () => engine.settings.current(),
    forgetClient: (clientId) => engine.forgetClient(clientId),
    openDemo: (clouds) => engine.openDemo(clouds),
    stop: async () => {
      stopped.abort()
      await engine.stop()
      await demoClouds.stop()
      await store.close()
      await logFile.close()
    },
  }
}
