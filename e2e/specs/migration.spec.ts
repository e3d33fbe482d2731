import { expect, type Page } from '@playwright/test'
import { type ClientConnection, connectEngine } from '../../electron/api/client.ts'
import { findEndpoint } from '../../electron/host/control.ts'
import { type HostId, type MachineId, migrationSpecSchema, type NetworkId, objectId, type WorkspaceId } from '../../shared/model/index.ts'
import { test as base, logIn, watchProblems } from '../app/fixture.ts'
import { type Server, startServer } from '../app/server.ts'
import { expectAccessible } from '../pages/axe.ts'
import { FleetPage } from '../pages/fleet.ts'
import { MigratePage } from '../pages/migrate.ts'
import { visit } from '../pages/screens.ts'

/** A machine, and a host that would take it but for a network that is off there. */
interface Case {
  readonly machineId: MachineId
  readonly name: string
  readonly targetHostId: HostId
  readonly target: string
}

interface WorkerParts {
  readonly site: { readonly server: Server; readonly engine: ClientConnection; readonly one: Case }
}

/** The first machine of the site that another host takes as it is; then the network that its card needs is stopped there. */
async function caseOn({ client }: ClientConnection): Promise<Case> {
  const { items } = await client.inventory.machines({ query: 'state:running', limit: 200 })
  for (const { machine } of items) {
    const targets = await client.migrations.targets({ machineIds: [machine.id] })
    for (const { hostId, name, reason } of targets) {
      if (reason) continue
      const spec = migrationSpecSchema.parse({ machineId: machine.id, targetHostId: hostId, mode: 'live' })
      const { findings, spec: filled } = await client.migrations.preflight({ spec })
      const on = filled.nics[0]?.on
      if (findings.some(({ severity }) => severity === 'blocks') || on?.kind !== 'network' || filled.nics.length !== 1) continue
      const networkId = objectId<NetworkId>(machine.connectionId, 'n', `${name}/${on.name}`)
      await client.networks.stop({ networkId, evenIfUsed: true })
      await expect
        .poll(async () => (await client.migrations.preflight({ spec })).findings.some(({ severity }) => severity === 'blocks'))
        .toBe(true)
      return { machineId: machine.id, name: machine.name, targetHostId: hostId, target: name }
    }
  }
  throw new Error('the site has no machine that could move')
}

const test = base.extend<{ readonly fleet: Page }, WorkerParts>({
  site: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from this pattern
    async ({}, use) => {
      const server = await startServer()
      const endpoint = await findEndpoint(server.dataDirectory)
      if (endpoint === null) throw new Error('the server has no control socket')
      const engine = await connectEngine({
        url: `ws+unix:${endpoint.socket}:/ws`,
        headers: { authorization: `Bearer ${endpoint.token}` },
      })
      const { client } = engine
      const { id: workspaceId } = (await client.workspaces.create({ name: 'Sites' })) as { id: WorkspaceId }
      const config = { site: 'Calm', hosts: 5, machines: 60, seed: 3, speed: 20 }
      await client.connections.add({ workspaceId, providerId: 'simulated', name: 'Calm', config })
      await expect.poll(async () => (await client.inventory.machines({ query: 'state:running' })).total).toBeGreaterThan(20)
      await use({ server, engine, one: await caseOn(engine) })
      engine.close()
      await server.stop()
    },
    { scope: 'worker', timeout: 90_000 },
  ],
  fleet: async ({ page, site }, use) => {
    const problems = watchProblems(page)
    await logIn(page, site.server)
    await use(page)
    expect(problems).toEqual([])
  },
})

test('a machine moves: a target, what stands in the way mended with a click, read once more, begun once', async ({ fleet: page, site }) => {
  test.setTimeout(120_000)
  const { one } = site
  const migrate = new MigratePage(page)
  await visit(page, `/machines/${encodeURIComponent(one.machineId)}`)
  await migrate.openFromMachine()
  await expect(page.getByText('Where should it run?')).toBeVisible()
  await expectAccessible(page, 'target')
  await migrate.chooseTarget(one.target)
  await migrate.expectLooked()
  await expect(page.getByRole('status').filter({ hasText: '1 finding blocks the next step.' })).toBeVisible()
  await expectAccessible(page, 'pre-flight')
  await migrate.mend(/network .* off/i, 'Start it')
  await expect(migrate.findings.getByText(/^Network \w+ was started at the target$/)).toBeVisible()
  // the address says it all: a colleague sees the same
  await page.reload()
  await expect(migrate.findings.getByText(/^Network \w+ was started at the target$/)).toBeVisible()
  await migrate.prediction.getByRole('button', { name: 'Measure now' }).click()
  await expect(migrate.prediction.getByText('Bandwidth was measured.')).toBeVisible()
  await migrate.expectLooked()
  await migrate.next('Storage and network')
  await expectAccessible(page, 'places')
  await page.getByLabel('Name over there').fill('moved-here')
  await migrate.next('How it moves')
  await expectAccessible(page, 'how')
  await migrate.next('Review')
  await expect(page.getByText('moved-here')).toBeVisible()
  await expectAccessible(page, 'review')
  await migrate.start()
  await visit(page, `/machines/${encodeURIComponent(one.machineId)}`)
  await expect(page.getByRole('heading', { name: 'moved-here' })).toBeVisible({ timeout: 60_000 })
  await expect(page.getByRole('main').getByRole('link', { name: one.target }).first()).toBeVisible()
  const { items } = await site.engine.client.tasks.list({ limit: 50 })
  expect(items.filter(({ kind }) => kind === 'machine.migrate')).toHaveLength(1)
})

test('several at once, from the bar of the fleet and by the keyboard', async ({ fleet: page }) => {
  const fleet = new FleetPage(page)
  const names = await fleet.rows().evaluateAll((rows) => rows.slice(0, 3).map((row) => row.getAttribute('data-machine') ?? ''))
  expect(names.every((name) => name !== '')).toBe(true)
  for (const at of [0, 1, 2]) await fleet.rows().nth(at).getByRole('checkbox').check()
  await page.keyboard.press('Control+k')
  await page.keyboard.type('migrate')
  await page.getByRole('option', { name: /^Migrate: 3 machines/ }).click()
  await expect(page.getByText('Where should the 3 machines run?')).toBeVisible()
  await page.getByRole('radio', { name: /kvm-/ }).nth(0).focus()
  await page.keyboard.press('Space')
  await expect(page.getByRole('button', { name: 'Next: Pre-flight' })).not.toHaveAttribute('aria-disabled')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('table', { name: 'Machines that move' }).getByRole('row')).toHaveCount(4)
  await expect(page).toHaveURL(/step=preflight/)
})
