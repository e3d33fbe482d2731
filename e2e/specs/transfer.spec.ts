import { expect, type Page } from '@playwright/test'
import type { ClientConnection } from '../../electron/api/client.ts'
import { type HostId, type MachineId, transferSpecSchema, type WorkspaceId } from '../../shared/model/index.ts'
import { engineOf } from '../app/engine-of.ts'
import { test as base, logIn, watchProblems } from '../app/fixture.ts'
import { type Server, startServer } from '../app/server.ts'
import { type RunningClouds, startClouds } from '../lab/clouds/start.ts'
import { expectAccessible } from '../pages/axe.ts'
import { visit } from '../pages/screens.ts'

const NAME = 'ledger-01'
const GIB = 1_073_741_824

/** A small machine that is off at one site, a host of another site that would take it, and a region of a cloud. */
interface Place {
  readonly server: Server
  readonly engine: ClientConnection
  readonly machineId: MachineId
  readonly source: string
  readonly targetHostId: HostId
  readonly target: string
  readonly regionId: HostId
}

type Client = ClientConnection['client']

async function addSite(client: Client, workspaceId: WorkspaceId, site: string, seed: number): Promise<void> {
  const config = { site, hosts: 4, machines: 40, seed, speed: 20 }
  await client.connections.add({ workspaceId, providerId: 'simulated', name: site, config })
}

async function addCloud(client: Client, workspaceId: WorkspaceId, { clouds }: RunningClouds): Promise<void> {
  const { config = {}, secrets = {} } = clouds.aws ?? {}
  await client.connections.add({ workspaceId, providerId: 'aws', name: 'Kestrel AWS', config, secrets, remember: false })
}

/** Built here, so that its disk is small and what it hangs on is known. */
async function build(client: Client, hostId: HostId): Promise<MachineId> {
  const { networks } = await client.build.options({ hostId })
  const network = networks.find(({ active }) => active)?.name ?? 'default'
  await client.build.create({
    hostId,
    name: NAME,
    count: 1,
    start: false,
    spec: {
      os: 'debian12',
      cpu: { vcpus: 1, mode: 'host-model' },
      memoryMiB: 512,
      disks: [{ source: { kind: 'new', pool: 'default', sizeBytes: GIB, format: 'raw' } }],
      nics: [{ source: { kind: 'network', network } }],
    },
  })
  const found = async () => (await client.inventory.machines({ query: `name:${NAME} state:stopped` })).items[0]?.machine.id
  await expect.poll(found).toBeDefined()
  return (await found()) as MachineId
}

/** The first host of the other site that has all it needs, but perhaps a network of the same name. */
async function takerOf(client: Client, machineId: MachineId, hostIds: readonly HostId[]): Promise<HostId> {
  for (const targetHostId of hostIds) {
    const { ways } = await client.transfers.plan({ spec: transferSpecSchema.parse({ machineId, targetHostId }) })
    const blocks = ways[0]?.findings.filter(({ severity }) => severity === 'blocks') ?? []
    if (blocks.every(({ check }) => check === 'networks')) return targetHostId
  }
  throw new Error('no host of the other site takes it')
}

async function placeOn(server: Server, clouds: RunningClouds): Promise<Place> {
  const engine = await engineOf(server)
  const { client } = engine
  const { id: workspaceId } = (await client.workspaces.create({ name: 'Worlds' })) as { id: WorkspaceId }
  await addSite(client, workspaceId, 'Calm', 3)
  await addSite(client, workspaceId, 'Harbour', 5)
  await addCloud(client, workspaceId, clouds)
  const hosts = async () => (await client.inventory.hosts({})).map(({ host }) => host)
  await expect.poll(async () => (await hosts()).filter(({ kind }) => kind === 'hypervisor').length).toBe(8)
  await expect.poll(async () => (await hosts()).some(({ name }) => name === 'us-east-1')).toBe(true)
  const all = await hosts()
  const of = (name: string) => all.filter((host) => host.name.includes(name)).map(({ id }) => id)
  const [from] = of('kvm-calm')
  if (!from) throw new Error('the site has no host')
  const machineId = await build(client, from)
  const targetHostId = await takerOf(client, machineId, of('kvm-harbour'))
  const nameOf = (id: HostId) => all.find((host) => host.id === id)?.name ?? ''
  const [regionId] = of('us-east-1')
  if (!regionId) throw new Error('the account has no region')
  return { server, engine, machineId, source: nameOf(from), targetHostId, target: nameOf(targetHostId), regionId }
}

const test = base.extend<{ readonly world: Page }, { readonly place: Place }>({
  place: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from this pattern
    async ({}, use) => {
      const clouds = await startClouds({ machines: { aws: 20 }, seed: 5 })
      const server = await startServer()
      const place = await placeOn(server, clouds)
      await use(place)
      place.engine.close()
      await server.stop()
      await clouds.stop()
    },
    { scope: 'worker', timeout: 300_000 },
  ],
  world: async ({ page, place }, use) => {
    const problems = watchProblems(page)
    await logIn(page, place.server)
    await use(page)
    expect(problems).toEqual([])
  },
})

const next = (page: Page, step: string) => page.getByRole('button', { name: `Next: ${step}` })

test('into a cloud, in the dark: what it will be there, what that costs, and every step of it before anything is done', async ({
  world: page,
  place,
}) => {
  await page.emulateMedia({ colorScheme: 'dark' })
  await visit(page, `/machines/${encodeURIComponent(place.machineId)}/transfer?to=${encodeURIComponent(place.regionId)}&step=ways`)
  await expect(page.getByRole('radio', { name: /By the cloud’s image import/ })).toBeChecked()
  const takes = page.getByRole('complementary', { name: 'What it takes' })
  await expect(takes.getByText(/USD a month/).first()).toBeVisible()
  await expect(takes.getByText('Drivers:')).toBeVisible()
  await expectAccessible(page, 'ways')
  await next(page, 'Machine there').click()
  await page.getByLabel('Subnet').selectOption({ index: 1 })
  await page.getByLabel('Find a type').fill('t3.large')
  await page
    .getByRole('radio', { name: /t3\.large/ })
    .first()
    .check()
  await expect(page).toHaveURL(/t3\.large/)
  await expect(next(page, 'Review')).not.toHaveAttribute('aria-disabled')
  await expectAccessible(page, 'machine there')
  await next(page, 'Review').click()
  await expect(page.getByText('t3.large', { exact: true }).first()).toBeVisible()
  await expect(page.getByRole('main').getByRole('listitem').first()).toBeVisible()
  await expectAccessible(page, 'review')
  const saved = page.waitForEvent('download')
  await page.getByRole('button', { name: /^Save .* run-book$/ }).click()
  expect((await saved).suggestedFilename()).toMatch(/^ledger-01.*\.md$/)
})

test('from one site to another that it does not reach: pool, network and name of its own there; read back, and forgotten here', async ({
  world: page,
  place,
}) => {
  const { client } = place.engine
  await visit(page, `/machines/${encodeURIComponent(place.machineId)}`)
  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Move to another world…' }).click()
  await expect(page.getByText('Where should it go? The hosts need not reach each other.')).toBeVisible()
  await expectAccessible(page, 'target')
  await page.getByRole('searchbox', { name: 'Find a host or a cloud' }).fill('harbour')
  await page.getByRole('radio', { name: new RegExp(`^${place.target} `) }).focus()
  await page.keyboard.press('Space')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('radio', { name: /Through this console/ })).toBeChecked()
  await page
    .getByRole('navigation', { name: 'Parts of the form' })
    .getByRole('button', { name: /Storage and network/ })
    .click()
  await expect(page.getByText(/raw 1\sGiB, empty/)).toBeVisible()
  await page.getByLabel('Pool for vda').selectOption('iso')
  await page.getByLabel('Volume for vda').fill('ledger.raw')
  const networks = page.getByLabel(/hangs on$/)
  const option = networks
    .locator('option', { hasText: /^network / })
    .filter({ hasNotText: /off|not seen/ })
    .first()
  const network = ((await option.textContent()) ?? '').replace(/^network /, '')
  await networks.selectOption((await option.getAttribute('value')) ?? '')
  await page.getByLabel('Name over there').fill('ledger-there')
  await page.getByRole('radio', { name: /Forget it, keep its disks/ }).check()
  await page.reload()
  await expect(page.getByLabel('Name over there')).toHaveValue('ledger-there')
  await expect(next(page, 'Review')).not.toHaveAttribute('aria-disabled', 'true')
  await expectAccessible(page, 'places')
  await next(page, 'Review').click()
  await expect(page.getByText('copied to iso, ledger.raw')).toBeVisible()
  await expectAccessible(page, 'review')
  const read = page.getByRole('checkbox', { name: /I have read the warning/ })
  if (await read.isVisible()) await read.check()
  await page.getByRole('button', { name: `Move ${NAME} to ${place.target}` }).dblclick()
  await expect(page).toHaveURL(/\/tasks\?task=/)
  await expect(page.getByText(`${place.target} says that it is there, off and kept.`)).toBeVisible()
  await expect(page.getByText('1 disk was read back and is the same, byte for byte.')).toBeVisible()
  await expect(page.getByText(`${place.source} has forgotten it.`)).toBeVisible()
  await expectAccessible(page, 'task')
  const { items } = await client.inventory.machines({ query: 'name:ledger-*' })
  expect(items.map(({ machine }) => [machine.name, machine.hostId, machine.state])).toEqual([
    ['ledger-there', place.targetHostId, 'stopped'],
  ])
  const [{ machine }] = items as [(typeof items)[number]]
  const { hardware } = await client.machines.detail({ machineId: machine.id })
  expect(JSON.stringify(hardware)).toContain('ledger.raw')
  expect(JSON.stringify(hardware)).toContain(network)
  const tasks = await client.tasks.list({ limit: 50 })
  expect(tasks.items.filter(({ kind }) => kind === 'machine.transfer')).toHaveLength(1)
})
