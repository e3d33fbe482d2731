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

/** Those with a lab; the desktop's and one of the page's, so that both projects take about as long. */
const HOSTS_AND_SHELL = ['**/lab/*.spec.ts', '**/shell.spec.ts', '**/cloud-machine.spec.ts']

export default defineConfig({
  testDir: 'e2e/specs',
  forbidOnly: process.env['CI'] === 'true',
  retries: 0,
  workers: 1,
  // those with a lab change the network of this machine: a browser beside them would lose its requests. scripts/suites.mjs keeps them apart
  projects: [
    { name: 'page', testIgnore: HOSTS_AND_SHELL, outputDir: 'test-results/e2e/page' },
    { name: 'hosts', testMatch: HOSTS_AND_SHELL, outputDir: 'test-results/e2e/hosts' },
  ],
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ['json', { outputFile: process.env['PLAYWRIGHT_JSON_OUTPUT_FILE'] ?? 'test-results/e2e.json' }]],
  use: {
    actionTimeout: 15_000,
    viewport: { width: 1440, height: 900 },
    // it takes a quarter of the time; a failure leaves a screenshot and the page's outline. To see more: playwright test SPEC --trace on
    trace: 'off',
    screenshot: 'only-on-failure',
    launchOptions: { executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args },
  },
})
