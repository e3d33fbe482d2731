import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { test as base, expect, logIn, watchProblems } from '../app/fixture.ts'
import { type Server, startServer } from '../app/server.ts'
import { type RunningClouds, startClouds } from '../lab/clouds/start.ts'
import { addAccount } from '../pages/add-account.ts'
import { expectAccessible } from '../pages/axe.ts'
import { FleetPage } from '../pages/fleet.ts'
import { visit } from '../pages/screens.ts'

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGxzb21la2V5bGxsbGxsbGxsbGxsbGxsbGxsbGxs maja@workstation'

/** A console with accounts of three small clouds, for all of the file. */
const test = base.extend<{ readonly fleet: FleetPage }, { readonly server: Server; readonly clouds: RunningClouds }>({
  clouds: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from this pattern
    async ({}, use) => {
      const clouds = await startClouds({ machines: { aws: 40, azure: 20, gcp: 20 }, seed: 5 })
      await use(clouds)
      await clouds.stop()
    },
    { scope: 'worker' },
  ],
  server: [
    async ({ clouds, browser }, use) => {
      const server = await startServer()
      const caFile = join(server.dataDirectory, 'ca.pem')
      await writeFile(caFile, clouds.ca)
      const page = await browser.newPage()
      await logIn(page, server)
      for (const name of ['aws', 'azure', 'gcp'] as const) {
        const account = clouds.clouds[name]
        await addAccount(page, name, { ...account?.config, ...account?.secrets, caFile })
      }
      await page.close()
      await use(server)
      await server.stop()
    },
    { scope: 'worker' },
  ],
  fleet: async ({ page, server }, use) => {
    const problems = watchProblems(page)
    await logIn(page, server)
    await use(new FleetPage(page))
    expect(problems).toEqual([])
  },
})

interface Cloud {
  readonly provider: 'aws' | 'azure' | 'gcp'
  readonly query: string
  /** In the machine's facts, beside those that every machine has. */
  readonly native: readonly RegExp[]
  /** A type to choose, which a search for its size finds. */
  readonly type: string
  readonly size: string
  readonly place: string
}

const CLOUDS: readonly Cloud[] = [
  {
    provider: 'aws',
    query: 'region:us-east-1 type:t3.micro purchase:on-demand',
    native: [/^i-[0-9a-f]+$/, /^us-east-1[a-f]$/, /^on demand$/],
    type: 't3.large',
    size: 't3 8 GiB',
    place: 'Region',
  },
  {
    provider: 'azure',
    query: 'type:Standard_B2s',
    native: [/^\/subscriptions\//, /^Standard_B2s/, /goes on costing as if it ran/],
    type: 'Standard_D2s_v5',
    size: 'D2s 8 GiB',
    place: 'Subscription',
  },
  {
    provider: 'gcp',
    query: 'type:e2-micro',
    native: [/^\d{10,}$/, /^[a-z]+-[a-z]+\d-[a-f]$/, /^RUNNING$/],
    type: 'e2-standard-2',
    size: 'e2 8 GiB',
    place: 'Project',
  },
]

const KINDS = ['Images', 'Disks', 'Snapshots', 'Addresses', 'Networks', 'Firewalls', 'Keys'] as const

/** The first machine that the query finds, opened. */
async function openMachine(page: Page, fleet: FleetPage, query: string): Promise<string> {
  await fleet.filter(query)
  await expect(fleet.count).toHaveText(/ of /)
  const row = fleet.rows().first()
  const id = (await row.getAttribute('data-machine')) ?? ''
  const name = (await row.locator('.cell-name').innerText()).trim()
  await visit(page, `/machines/${encodeURIComponent(id)}`)
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
  return name
}

for (const { provider, query, native, type, size, place } of CLOUDS) {
  test(`a machine of ${provider}: its own facts, its serial output, types to choose from, tags; and its place`, async ({ page, fleet }) => {
    const name = await openMachine(page, fleet, `provider:${provider} state:running ${query}`)

    await test.step('facts', async () => {
      const facts = page.getByRole('complementary', { name: 'Facts' })
      for (const text of native) await expect(facts.getByText(text).first()).toBeVisible()
      await expect(facts.getByText(/^\$[\d.]+ a month/)).toBeVisible()
      await expect(page.getByRole('main').getByText('Running', { exact: true }).first()).toBeVisible()
      await expectAccessible(page, 'overview')
    })

    await test.step('tags', async () => {
      await page.getByRole('button', { name: 'Edit', exact: true }).click()
      await page.getByRole('button', { name: 'Add a tag' }).click()
      await page
        .getByLabel(/^Key of tag \d+$/)
        .last()
        .fill('ticket')
      await page
        .getByLabel(/^Value of tag \d+$/)
        .last()
        .fill('ops-17')
      await page.getByRole('button', { name: 'Save tags' }).click()
      await expect(page.getByRole('definition').filter({ hasText: 'ops-17' })).toBeVisible()
      await expect(page.getByRole('button', { name: 'Save tags' })).toHaveCount(0)
    })

    await test.step('types', async () => {
      await page.getByRole('button', { name: 'More actions' }).click()
      await page.getByRole('menuitem', { name: 'Change the type…' }).click()
      const dialog = page.getByRole('dialog', { name: `Type of ${name}` })
      await dialog.getByRole('textbox', { name: 'Find a type' }).fill(size)
      await dialog.getByRole('radio', { name: type }).check()
      const comparison = dialog.getByRole('table', { name: 'The chosen type beside the present one' })
      await expect(comparison.getByRole('row', { name: /^List price/ })).toContainText(/\$[\d,.]+ a month.*\+\$/)
      await expect(dialog.getByText(`${name} is running.`)).toBeVisible()
      await expectAccessible(page, 'types')
      await dialog.getByRole('button', { name: 'Cancel' }).click()
    })

    await test.step('serial output', async () => {
      await page.getByRole('tab', { name: 'Console' }).click()
      await expect(page.getByRole('radio', { name: 'Serial output' })).toBeChecked()
      await expect(page.locator('.xterm-rows')).toContainText(`${name} login:`)
      await expect(page.getByText('Nothing can be typed here.')).toBeVisible()
    })

    await test.step('its place', async () => {
      await page.getByRole('main').locator('a[href^="/hosts/"]').last().click()
      await expect(page.getByText(place, { exact: true }).first()).toBeVisible()
      for (const kind of KINDS) {
        await page.getByRole('tab', { name: kind }).click()
        const region = page.getByRole('region', { name: kind })
        await expect(
          region
            .getByRole('row')
            .nth(1)
            .or(region.getByText(/: none in /)),
        ).toBeVisible()
      }
      await page.getByRole('tab', { name: 'Disks' }).click()
      const disks = page.getByRole('region', { name: 'Disks' })
      await disks.getByRole('searchbox').fill(name)
      await expect(disks.getByRole('link', { name }).first()).toBeVisible()
      await disks.getByRole('button', { expanded: false }).first().click()
      await expect(disks.getByText('ID', { exact: true })).toBeVisible()
      await expectAccessible(page, 'place')
    })
  })
}

test('a machine is made in AWS: chosen by search, kept when the form is left, and it runs', async ({ page, fleet }) => {
  await visit(page, '/cloud-build')
  const main = page.getByRole('main')
  const where = main.getByRole('combobox', { name: 'Where' })
  await where.click()
  await where.fill('us-east-1')
  await page.getByRole('option', { name: /us-east-1/ }).click()
  await main.getByLabel('Name', { exact: true }).fill('made-here')
  const image = main.getByRole('combobox', { name: 'Image' })
  await image.click()
  await image.fill('al2023')
  await page
    .getByRole('option', { name: /^al2023/ })
    .first()
    .click()
  await main.getByRole('textbox', { name: 'Find a type' }).fill('2 vCPU')
  await main.getByRole('radio', { name: 't3.micro' }).check()
  await main.getByRole('radio', { name: 't3.small' }).check()
  await expect(main.getByRole('row', { name: /t3\.micro/ }).first()).toContainText('−$')
  await expect(main.getByRole('table', { name: 'The chosen type beside the one chosen before' })).toContainText('Before: t3.micro')
  await main.getByLabel('SSH public key').fill(KEY)
  await expectAccessible(page, 'new machine')

  await page.getByRole('navigation').getByRole('link', { name: 'Tasks' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Tasks' })).toBeVisible()
  await page.goBack()
  await expect(main.getByLabel('Name', { exact: true })).toHaveValue('made-here')
  await expect(main.getByRole('radio', { name: 't3.small' })).toBeChecked()

  await main.getByRole('button', { name: 'Create machine' }).click()
  await expect(page).toHaveURL(/\/tasks\?task=/)
  await page.getByRole('navigation').getByRole('link', { name: 'Fleet' }).click()
  await fleet.filter('name:made-here type:t3.small')
  await fleet.expectState('made-here', 'Running')
})
