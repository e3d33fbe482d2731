import { test as base, type Page } from '@playwright/test'
import { requirePeer, skipReason } from '../lab/requires.ts'
import { type Server, startServer } from './server.ts'

const chromium = requirePeer('chromium')

interface WorkerParts {
  /** The demo fleet of the file that runs: what one file makes, no other finds. */
  readonly demos: { readonly of: (file: string) => Promise<Server> }
}

interface Parts {
  /** One demo fleet for all tests of a file. */
  readonly demo: Server
  /** Logged in to the demo fleet, with every machine there. Fails on errors in the page's console. */
  readonly console: Page
}

/** Tests of the built product in a real browser. */
export const test = base.extend<Parts, WorkerParts>({
  demos: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from this pattern
    async ({}, use) => {
      let current: { readonly file: string; readonly server: Server } | undefined
      await use({
        of: async (file) => {
          if (current?.file === file) return current.server
          await current?.server.stop()
          current = { file, server: await startServer({ demo: 'hosts' }) }
          return current.server
        },
      })
      await current?.server.stop()
    },
    { scope: 'worker' },
  ],
  demo: async ({ demos }, use, { file }) => {
    await use(await demos.of(file))
  },
  console: async ({ page, demo }, use) => {
    const problems = watchProblems(page)
    await logIn(page, demo)
    // all of it is read: from here on rows only move when machines change
    await base.expect(page.getByRole('main').getByRole('status').first()).toHaveText(/^[\d,]+ machines$/)
    await use(page)
    base.expect(problems).toEqual([])
  },
})
test.skip(!chromium.ok, skipReason(chromium))

export { expect } from '@playwright/test'

/** Opens the page through a fresh one-time link. */
export async function logIn(page: Page, server: Server): Promise<void> {
  await page.goto(await server.newLoginLink())
  await page.waitForURL((url) => !url.pathname.startsWith('/login'))
}

/** Errors of the page's scripts and refusals of its policy, as they come. */
export function watchProblems(page: Page): string[] {
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text())
  })
  return problems
}
