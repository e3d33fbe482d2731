import { expect, type Page } from '@playwright/test'
import type { ClientConnection } from '../../electron/api/client.ts'
import {
  type ConnectionId,
  type HostId,
  type MachineId,
  migrationSpecSchema,
  type NetworkId,
  objectId,
  type WorkspaceId,
} from '../../shared/model/index.ts'
import { engineOf } from '../app/engine-of.ts'
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

/** Machines of the site that another host takes as they are, each with one card on a network. */
async function* movable({
  client,
}: ClientConnection): AsyncGenerator<Case & { readonly network: string; readonly connectionId: ConnectionId }> {
  const { items } = await client.inventory.machines({ query: 'state:running', limit: 200 })
  for (const { machine } of items) {
    const targets = await client.migrations.targets({ machineIds: [machine.id] })
    for (const { hostId, name, reason } of targets) {
      if (reason) continue
      const spec = migrationSpecSchema.parse({ machineId: machine.id, targetHostId: hostId, mode: 'live' })
      const { findings, spec: filled } = await client.migrations.preflight({ spec })
      const on = filled.nics[0]?.on
      if (findings.some(({ severity }) => severity === 'blocks') || on?.kind !== 'network' || filled.nics.length !== 1) continue
      const { id: machineId, connectionId } = machine
      yield { machineId, name: machine.name, targetHostId: hostId, target: name, network: on.name, connectionId }
      break
    }
  }
}

/** As soon as nothing is looked at anew: what is, is dimmed for that long. */
async function expectLegible(page: Page, where: string): Promise<void> {
  await expect(page.locator('.migrate-looked[aria-busy="true"]')).toHaveCount(0)
  await expectAccessible(page, where)
}

/** The first of them; then the network that its card needs is stopped at the target. */
async function caseOn(engine: ClientConnection): Promise<Case> {
  const { client } = engine
  for await (const { network, connectionId, ...one } of movable(engine)) {
    const spec = migrationSpecSchema.parse({ machineId: one.machineId, targetHostId: one.targetHostId, mode: 'live' })
    const networkId = objectId<NetworkId>(connectionId, 'n', `${one.target}/${network}`)
    await client.networks.stop({ networkId, evenIfUsed: true })
    await expect
      .poll(async () => (await client.migrations.preflight({ spec })).findings.some(({ severity }) => severity === 'blocks'))
      .toBe(true)
    return one
  }
  throw new Error('the site has no machine that could move')
}

const test = base.extend<{ readonly fleet: Page }, WorkerParts>({
  site: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from this pattern
    async ({}, use) => {
      const server = await startServer()
      const engine = await engineOf(server)
      const { client } = engine
      const { id: workspaceId } = (await client.workspaces.create({ name: 'Sites' })) as { id: WorkspaceId }
      const config = { site: 'Calm', hosts: 5, machines: 60, seed: 3, speed: 20 }
      await client.connections.add({ workspaceId, providerId: 'simulated', name: 'Calm', config })
      await expect.poll(async () => (await client.inventory.machines({ query: 'state:running' })).total).toBeGreaterThan(20)
      await use({ server, engine, one: await caseOn(engine) })
      engine.close()
      await server.stop()
    },
    { scope: 'worker', timeout: 300_000 },
  ],
  fleet: async ({ page, site }, use) => {
    const problems = watchProblems(page)
    await logIn(page, site.server)
    await use(page)
    expect(problems).toEqual([])
  },
})

test('a machine moves: a target, what stands in the way mended with a click, read once more, begun once', async ({ fleet: page, site }) => {
  const { one } = site
  const migrate = new MigratePage(page)
  await visit(page, `/machines/${encodeURIComponent(one.machineId)}`)
  await migrate.openFromMachine()
  await expect(page.getByText('Where should it run?')).toBeVisible()
  await expectLegible(page, 'target')
  await migrate.chooseTarget(one.target)
  await migrate.expectLooked()
  await expect(page.getByRole('status').filter({ hasText: '1 finding blocks the next step.' })).toBeVisible()
  await expectLegible(page, 'pre-flight')
  await migrate.mend(/network .* off/i, 'Start it')
  await expect(migrate.findings.getByText(/^Network \w+ was started at the target$/)).toBeVisible()
  // the address says it all: a colleague sees the same
  await page.reload()
  await expect(migrate.findings.getByText(/^Network \w+ was started at the target$/)).toBeVisible()
  await migrate.prediction.getByRole('button', { name: 'Measure now' }).click()
  await expect(migrate.prediction.getByText('Bandwidth was measured.')).toBeVisible()
  await migrate.expectLooked()
  await migrate.next('Storage and network')
  await expectLegible(page, 'places')
  await page.getByLabel('Name over there').fill('moved-here')
  await migrate.next('How it moves')
  await expectLegible(page, 'how')
  await migrate.next('When')
  await expectLegible(page, 'when')
  await migrate.next('Review')
  await expect(page.getByText('moved-here')).toBeVisible()
  await expectLegible(page, 'review')
  await migrate.start()
  await visit(page, `/machines/${encodeURIComponent(one.machineId)}`)
  await expect(page.getByRole('heading', { name: 'moved-here' })).toBeVisible()
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

test('one is planned for a window that is open and goes by itself; another is planned, given another time, and cancelled', async ({
  fleet: page,
  site,
}) => {
  const { client } = site.engine
  const cases: Case[] = []
  for await (const one of movable(site.engine)) {
    if (one.name !== 'moved-here' && cases.push(one) === 2) break
  }
  const [goes, stays] = cases
  if (!goes || !stays) throw new Error('the site has no two machines that could move')
  const migrate = new MigratePage(page)

  await visit(page, `/migrate?${new URLSearchParams({ m: stays.machineId, to: stays.targetHostId, step: 'preflight' }).toString()}`)
  await migrate.expectLooked()
  await page.getByRole('button', { name: 'Save as plan' }).click()
  await expect(page.getByRole('radio', { name: /^At a time/ })).toBeChecked()
  await expectLegible(page, 'a time')
  await page.getByLabel('Day').fill('2037-06-02')
  await migrate.next('Review')
  await migrate.plan()
  const table = page.getByRole('table', { name: 'Planned moves' })
  const row = (name: string) => table.getByRole('row').filter({ has: page.getByText(name, { exact: true }) })
  await expect(row(stays.name)).toContainText('planned')
  await expectAccessible(page, 'planned moves')

  // opened again, changed, and saved over; meanwhile somebody else saved it as well
  const planOf = async () => (await client.migrations.plans({ machineId: stays.machineId }))[0]
  const saved = await planOf()
  if (!saved) throw new Error('the plan is not there')
  await row(stays.name)
    .getByRole('button', { name: `Open the planned move of ${stays.name}` })
    .click()
  await expect(page.getByText(/^Planned by .* for .*02:30\.$/)).toBeVisible()
  await page.getByRole('button', { name: /^How/ }).click()
  await page.getByRole('checkbox', { name: /^Auto-converge/ }).check()
  await expectLegible(page, 'an opened plan')
  await client.migrations.changePlan({ planId: saved.id, when: { ...saved.when, kind: 'at', atMs: 2_127_600_000_000 } })
  await expect(page.getByText(/has changed this plan meanwhile/)).toBeVisible()
  await page.getByRole('button', { name: 'Go on with mine' }).click()
  await page.getByRole('button', { name: /^Review/ }).click()
  await expectLegible(page, 'an opened plan, to be saved')
  await page.getByRole('button', { name: 'Save the plan', exact: true }).click()
  await expect(row(stays.name)).toContainText('planned')
  expect(await planOf()).toMatchObject({ id: saved.id, when: saved.when, revision: 2, moves: [{ spec: { autoConverge: true } }] })

  const now = new Date()
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
  const clock = (hours: number) => `${two((now.getHours() + hours) % 24)}:${two(now.getMinutes())}`
  const open = `window ${day} ${clock(0)} ${clock(1)}`
  await visit(page, `/migrate?${new URLSearchParams({ m: goes.machineId, to: goes.targetHostId, step: 'review', when: open }).toString()}`)
  await migrate.expectPlannable()
  await migrate.plan()
  await expect(row(goes.name)).toContainText('begun')
  await expect
    .poll(async () => (await client.inventory.machines({ query: `name:${goes.name}` })).items.map(({ hostName }) => hostName))
    .toEqual([goes.target])
  const { items } = await client.tasks.list({ limit: 50 })
  expect(items.filter(({ origin }) => origin === 'plan')).toHaveLength(1)

  await visit(page, `/machines/${encodeURIComponent(stays.machineId)}`)
  await expect(page.getByText(`It is planned to move to ${stays.target}:`)).toBeVisible()
  await page.getByRole('button', { name: `Change the time of the planned move of ${stays.name}` }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Day').fill('2037-06-03')
  await dialog.getByRole('button', { name: 'Change' }).click()
  await expect(dialog).toBeHidden()
  await expect(page.getByText(/It is planned to move to .*Jun 3, 2037/)).toBeVisible()
  await page.getByRole('button', { name: `Cancel the planned move of ${stays.name}` }).click()
  await expect(page.getByText('It is planned to move to')).toBeHidden()
  expect((await client.migrations.plans({ machineId: stays.machineId })).map(({ state }) => state)).toEqual(['cancelled'])
})
