import { existsSync } from 'node:fs'
import { defineConfig } from '@playwright/test'

/** Chromium as Debian ships it, kept off the network: nothing but the console itself is ever asked for. */
const args = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-domain-reliability',
  '--disable-sync',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--no-pings',
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost',
]
// Chromium's own sandbox does not start as root.
if (process.getuid?.() === 0) args.push('--no-sandbox')

/** Debian's Chromium; `CHROMIUM` names another, for all of them. */
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
/** The same engine without the bars and menus of a window, which take a quarter of the time that a page does and that nobody sees. */
const HEADLESS_SHELL = '/usr/bin/chromium-headless-shell'
const withoutWindow = process.env['CHROMIUM'] ?? (existsSync(HEADLESS_SHELL) ? HEADLESS_SHELL : executablePath)

/** Those with a lab. */
const HOSTS = ['**/lab/*.spec.ts']

export default defineConfig({
  testDir: 'e2e/specs',
  forbidOnly: process.env['CI'] === 'true',
  retries: 0,
  workers: 1,
  // those with a lab change the network of this machine: a browser beside them would lose its requests. scripts/suites.mjs keeps them apart
  projects: [
    {
      name: 'page',
      testIgnore: HOSTS,
      outputDir: 'test-results/e2e/page',
      use: { launchOptions: { executablePath: withoutWindow, args } },
    },
    { name: 'hosts', testMatch: HOSTS, outputDir: 'test-results/e2e/hosts' },
  ],
  // so that what hangs is told at last; how quick things are is for the benchmarks
  timeout: 600_000,
  expect: { timeout: 60_000 },
  reporter: [['list'], ['json', { outputFile: process.env['PLAYWRIGHT_JSON_OUTPUT_FILE'] ?? 'test-results/e2e.json' }]],
  use: {
    actionTimeout: 60_000,
    viewport: { width: 1440, height: 900 },
    // it takes a quarter of the time; a failure leaves a screenshot and the page's outline. To see more: playwright test SPEC --trace on
    trace: 'off',
    screenshot: 'only-on-failure',
    launchOptions: { executablePath, args },
  },
})
