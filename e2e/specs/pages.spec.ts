import { expect, type Page } from '@playwright/test'
import type { ClientConnection } from '../../electron/api/client.ts'
import { engineOf } from '../app/engine-of.ts'
import { test as base, logIn, watchProblems } from '../app/fixture.ts'
import { type Server, startServer } from '../app/server.ts'
import { FleetPage } from '../pages/fleet.ts'
import { visit } from '../pages/screens.ts'

interface WorkerParts {
  /** Two small made-up sites: `Calm` does as it is told, `Sick` refuses every action, its guests are deaf. */
  readonly sites: { readonly server: Server; readonly engine: ClientConnection }
}

const test = base.extend<{ readonly site: Page }, WorkerParts>({
  sites: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from this pattern
    async ({}, use) => {
      const server = await startServer()
      const engine = await engineOf(server)
      const workspaceId = await firstWorkspace(engine)
      const add = (name: string, config: Record<string, string | number>) =>
        engine.client.connections.add({
          workspaceId,
          providerId: 'simulated',
          name,
          config: { site: name, hosts: 2, machines: 20, ...config },
        })
      await add('Calm', { seed: 3 })
      await add('Sick', { seed: 4, failureRate: 1, numberFrom: 500 })
      await use({ server, engine })
      engine.close()
      await server.stop()
    },
    { scope: 'worker' },
  ],
  site: async ({ page, sites }, use) => {
    const problems = watchProblems(page)
    await logIn(page, sites.server)
    await new FleetPage(page).expectCount('40 machines')
    await use(page)
    expect(problems).toEqual([])
  },
})

async function firstWorkspace({ client }: ClientConnection) {
  for await (const message of await client.inventory.watch({})) {
    if (message.type !== 'changes') continue
    for (const change of message.changes) if (change.entity === 'workspace') return change.id as never
  }
  throw new Error('no workspace')
}

/** Opens the page of the first machine that matches; answers with its name. */
async function openMachine(page: Page, query: string): Promise<string> {
  const fleet = new FleetPage(page)
  await fleet.filter(query)
  await fleet.expectCount(/of 40/)
  await fleet.rows().first().dblclick()
  await expect(page).toHaveURL(/\/machines\//)
  await expect(page.getByRole('heading', { level: 1 })).not.toHaveText('Fleet')
  return (await page.getByRole('heading', { level: 1 }).textContent()) ?? ''
}

test('a machine: paused and resumed, its notes kept, its definition searched, its tasks listed', async ({ site: page }) => {
  await openMachine(page, 'connection:Calm state:running')
  const head = page.getByRole('main')
  await head.getByRole('button', { name: 'Pause' }).click()
  await expect(head.getByText('Paused', { exact: true }).first()).toBeVisible()
  const start = head.getByRole('button', { name: 'Start', exact: true })
  await expect(start).toHaveAttribute('aria-disabled', 'true')
  await head.getByRole('button', { name: 'Resume' }).click()
  await expect(head.getByText('Running', { exact: true }).first()).toBeVisible()

  await head.getByRole('region', { name: 'Notes' }).getByRole('button', { name: 'Edit' }).click()
  await head.getByRole('textbox', { name: 'Notes', exact: true }).fill('Ask Maja before a restart <b>')
  await head.getByRole('button', { name: 'Save notes' }).click()
  await expect(head.getByText('Ask Maja before a restart <b>')).toBeVisible()

  await head.getByRole('tab', { name: 'Hardware' }).click()
  await head.getByText('XML', { exact: true }).first().click()
  await head.getByPlaceholder('Search the XML').or(head.getByLabel('Search the XML')).first().fill('emulator')
  await expect(head.getByText(/\d+ lines?/).first()).toBeVisible()
  await head.getByRole('tab', { name: 'Tasks' }).click()
  await expect(head.getByRole('row').filter({ hasText: 'Pause' }).first()).toContainText('Done')
  await page.reload()
  await expect(head.getByRole('tab', { name: 'Tasks' })).toHaveAttribute('aria-selected', 'true')
})

test('what a host refuses is said with its own words, and can be tried again', async ({ site: page }) => {
  const name = await openMachine(page, 'connection:Sick state:running')
  await page.getByRole('main').getByRole('button', { name: 'Pause' }).click()
  await page.getByRole('link', { name: 'Tasks', exact: true }).click()
  const row = page.getByRole('row').filter({ hasText: 'Pause' }).filter({ hasText: name }).first()
  await expect(row).toContainText('Failed')
  await row.getByRole('link').first().click()
  const detail = page.getByRole('complementary', { name: new RegExp(name) })
  await expect(detail).toContainText('monitor closed')
  await detail.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByRole('row').filter({ hasText: 'Pause' }).filter({ hasText: name })).toHaveCount(2)
})

test('a task that waits for a guest is stopped on request', async ({ site: page, sites }) => {
  const workspaceId = await firstWorkspace(sites.engine)
  const config = { site: 'Deaf', hosts: 1, machines: 10, seed: 5, stubbornShare: 1, numberFrom: 900 }
  const { id } = await sites.engine.client.connections.add({ workspaceId, providerId: 'simulated', name: 'Deaf', config })
  const fleet = new FleetPage(page)
  await fleet.expectCount('50 machines')
  await fleet.filter('connection:Deaf state:running')
  await fleet.expectCount(/of 50/)
  await fleet.rows().first().getByRole('checkbox').check()
  await fleet.act('Shut down')
  await page.getByRole('link', { name: 'Tasks', exact: true }).click()
  await page.getByRole('row').filter({ hasText: 'Shut down' }).first().getByRole('link').first().click()
  const detail = page.getByRole('main').getByRole('complementary')
  await detail.getByRole('button', { name: 'Cancel' }).click()
  await expect(page.getByRole('row').filter({ hasText: 'Shut down' }).first()).toContainText('Cancelled')
  await sites.engine.client.connections.remove({ connectionId: id })
})

test('a host lists its machines, pools and networks, and leads to them', async ({ site: page }) => {
  await openMachine(page, 'connection:Calm')
  await page.getByRole('main').locator('a[href^="/hosts/"]').first().click()
  const main = page.getByRole('main')
  for (const title of ['Machines', 'Storage pools', 'Networks', 'Load', 'Versions']) {
    await expect(main.getByRole('heading', { name: title, exact: true })).toBeVisible()
  }
  await main.getByRole('link', { name: 'Open in the fleet' }).click()
  await expect(new FleetPage(page).query).toHaveValue(/^host:/)
})

test('events are filtered, and the audit names who did what', async ({ site: page }) => {
  await page.getByRole('link', { name: 'Events', exact: true }).click()
  const box = page.getByRole('combobox', { name: 'Filter events' })
  await box.fill('code:connection*')
  await page.keyboard.press('Enter')
  await expect(
    page
      .getByRole('main')
      .getByText(/online/)
      .first(),
  ).toBeVisible()
  await box.fill('text:no-such-thing-ever')
  await page.keyboard.press('Enter')
  await expect(page.getByText('No event matches')).toBeVisible()
  await page.getByRole('tab', { name: 'Audit' }).click()
  await expect(page.getByRole('main').getByText('connections.add').first()).toBeVisible()
})

test('German from the settings to the grid, kept over a reload', async ({ site: page }) => {
  await visit(page, '/settings')
  await page.getByText('Deutsch', { exact: true }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Einstellungen')
  await page.reload()
  await expect(page.locator('html')).toHaveAttribute('lang', 'de')
  await visit(page, '/fleet')
  await expect(page.getByRole('main').getByRole('status').first()).toHaveText(/40 Maschinen/)
  await expect(page.getByRole('gridcell', { name: 'Läuft' }).first()).toBeVisible()
  await visit(page, '/settings')
  await page.getByText('English', { exact: true }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Settings')
})

test('a lost host keeps its rows with their age, and says why nothing can be done', async ({ site: page, sites }) => {
  const fleet = new FleetPage(page)
  await fleet.filter('connection:Calm state:running')
  await fleet.expectCount(/of 40/)
  const { items } = await sites.engine.client.inventory.machines({ query: 'connection:Calm' })
  const connectionId = items[0]?.machine.connectionId as never
  await sites.engine.client.connections.setEnabled({ connectionId, enabled: false })
  const row = fleet.rows().first()
  await expect(row).toContainText(/Was running/)
  await expect(row).toContainText(/ago|link lost/)
  await row.getByRole('checkbox').check()
  await expect(fleet.bulk.getByRole('button', { name: 'Pause' })).toHaveAttribute('aria-disabled', 'true')
  await sites.engine.client.connections.setEnabled({ connectionId, enabled: true })
  await expect(row.getByText('Running', { exact: true })).toBeVisible()
})

test('style sheets whose loading was broken off are asked for again', async ({ page, sites }) => {
  let broken = 0
  await page.route('**/*.css', (route) => (++broken <= 2 ? route.abort('connectionaborted') : route.continue()))
  await logIn(page, sites.server)
  await expect(page.getByRole('link', { name: 'Skip to the content' })).not.toBeInViewport()
  await expect(page.getByRole('main')).toHaveCSS('overflow', 'auto')
  expect(broken).toBeGreaterThan(2)
})

test('a console that stops leaves the page readable, and a new login brings it back', async ({ page }) => {
  const server = await startServer({ demo: 'hosts' })
  await logIn(page, server)
  const fleet = new FleetPage(page)
  await fleet.expectCount('10,000 machines')
  const { port } = new URL(server.origin)
  await server.stop()
  await expect(page.getByText(/console engine has not answered since/)).toBeVisible()
  expect(await fleet.rows().count()).toBeGreaterThan(20)
  await fleet.rows().first().getByRole('checkbox').check()
  await expect(fleet.bulk.getByRole('button', { name: 'Pause' })).toHaveAttribute('aria-disabled', 'true')
  const again = await startServer({ demo: 'hosts', port: Number(port) })
  await expect(page.getByText('The console was restarted and wants a new login.')).toBeVisible()
  await logIn(page, again)
  await fleet.expectCount('10,000 machines')
  await again.stop()
})
