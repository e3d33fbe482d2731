import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { test as base, expect, type Page } from '@playwright/test'
import { requirePeer, skipReason } from '../lab/requires.ts'
import { shellDriver, temporaryData } from './driver.ts'
import type { LaunchOptions, ShellApp } from './shell-app.ts'
import { watchDesktop } from './watch.ts'

export { expect } from '@playwright/test'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
export const driver = shellDriver()
const peer = requirePeer(driver.needs)
/** Longest wait for a window, on a machine that does other things as well. */
export const START_MS = 120_000

interface Parts {
  readonly dataDirectory: string
  /** Starts the desktop; whatever still runs at the end is ended. */
  readonly launch: (options?: Omit<LaunchOptions, 'dataDirectory'>) => Promise<ShellApp>
}

/** Tests of the built desktop, each with a data folder of its own. */
export const test = base.extend<Parts>({
  dataDirectory: async ({ browserName }, provide) => {
    const data = await temporaryData(browserName)
    await provide(data.path)
    await data.remove()
  },
  launch: async ({ dataDirectory }, provide) => {
    const launched: ShellApp[] = []
    await provide(async (options = {}) => {
      const app = await driver.launch({ dataDirectory, ...options })
      launched.push(app)
      await watchDesktop(app)
      return app
    })
    for (const app of launched) await app.kill()
  },
})
test.skip(!peer.ok, skipReason(peer))

/** The page of the n-th window, once it shows the console. */
export async function pageOf(app: ShellApp, index = 0): Promise<Page> {
  await expect.poll(() => app.pages().length, { timeout: START_MS }).toBeGreaterThan(index)
  const page = app.pages()[index]
  if (!page) throw new Error(`no page ${index}`)
  return page
}

/** What the first window's contents say their address is. */
export function firstUrl(app: ShellApp): Promise<string> {
  return app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.getURL() ?? '', null)
}

/** The command line on the same data folder, as a person uses it beside the window. */
export async function cli(dataDirectory: string, ...args: readonly string[]): Promise<number | null> {
  const child = spawn(process.execPath, ['out/cli/index.js', '--data', dataDirectory, ...args], { cwd: ROOT, stdio: 'ignore' })
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)))
}
