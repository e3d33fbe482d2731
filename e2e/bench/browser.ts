import { readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { type Browser, type BrowserContext, type CDPSession, chromium, type Page } from '@playwright/test'
import config from '../../playwright.config.ts'
import type { Server } from '../app/server.ts'
import { until } from '../lab/run.ts'

const PROBE = new URL('page-probe.dom.ts', import.meta.url)

/** A browser that is logged in, with what is measured in the page installed in every page it opens. */
export interface BenchBrowser {
  /** An empty page; `expect`: from its navigation on it watches for the paint of so many machines. */
  open(expect: number): Promise<BenchPage>
  close(): Promise<void>
}

export interface BenchPage {
  readonly page: Page
  /** Evaluates an expression such as `filter("web")` on the probe. */
  readonly ask: <T>(expression: string) => Promise<T>
  /** Counters of the browser for this page: seconds, bytes. */
  counters(): Promise<Readonly<Record<string, number>>>
}

export async function startBrowser(server: Server): Promise<BenchBrowser> {
  const browser: Browser = await chromium.launch({ ...config.use?.launchOptions })
  const context: BrowserContext = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  const login = await context.newPage()
  await login.goto(server.loginLink)
  await login.waitForURL((url) => !url.pathname.startsWith('/login'))
  await login.close()
  const probe = stripTypeScriptTypes(await readFile(PROBE, 'utf8'))
  return {
    open: async (expect) => {
      const page = await context.newPage()
      await page.addInitScript({ content: `${probe};probe.watchOpening(${expect})` })
      const session: CDPSession = await context.newCDPSession(page)
      // durations as processor time of the page's thread: what a core is used, however busy the others are
      await session.send('Performance.enable', { timeDomain: 'threadTicks' })
      await page.goto(server.origin)
      return {
        page,
        ask: (expression) => page.evaluate(`probe.${expression}`),
        counters: async () => {
          const { metrics } = await session.send('Performance.getMetrics')
          return Object.fromEntries(metrics.map(({ name, value }) => [name, value]))
        },
      }
    },
    close: () => browser.close(),
  }
}

/** Waits for the probe's `opened`. */
export async function opened({ ask }: BenchPage): Promise<{ readonly painted: number; readonly answering: number }> {
  let found: { readonly painted: number; readonly answering: number } | null = null
  await until(
    'the painted grid',
    async () => {
      found = await ask('opened')
      return found !== null
    },
    60_000,
    50,
  )
  if (!found) throw new Error('the grid was never painted')
  return found
}
