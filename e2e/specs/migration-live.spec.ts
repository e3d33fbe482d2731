import { expect, type Page } from '@playwright/test'
import type { ClientConnection } from '../../electron/api/client.ts'
import type { HostId, MachineId, TaskId, WorkspaceId } from '../../shared/model/index.ts'
import { engineOf } from '../app/engine-of.ts'
import { test as base, logIn, watchProblems } from '../app/fixture.ts'
import { type Server, startServer } from '../app/server.ts'
import { expectAccessible } from '../pages/axe.ts'
import { visit } from '../pages/screens.ts'

interface Movable {
  readonly machineId: MachineId
  readonly targetHostId: HostId
  readonly name: string
  readonly from: string
  readonly to: string
}

interface WorkerParts {
  /** A made-up site of a few hosts, and a machine of it that nothing stops from moving. */
  readonly site: { readonly server: Server; readonly client: ClientConnection['client']; readonly movable: Movable }
}

const test = base.extend<{ readonly shown: Page }, WorkerParts>({
  site: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from this pattern
    async ({}, use) => {
      const server = await startServer()
      const engine = await engineOf(server)
      const { client } = engine
      const { id: workspaceId } = (await client.workspaces.create({ name: 'Moves' })) as { id: WorkspaceId }
      await client.connections.add({
        workspaceId,
        providerId: 'simulated',
        name: 'Moves',
        config: { site: 'Moves', hosts: 4, machines: 60, changesPerMinute: 0 },
      })
      await client.connections.add({
        workspaceId,
        providerId: 'simulated',
        name: 'Torn',
        config: { site: 'Torn', hosts: 4, machines: 30, numberFrom: 500, faults: { moves: 'post-copy-breaks', resumesRefused: 2 } },
      })
      await expect.poll(async () => (await client.inventory.machines({ query: 'state:running' })).total).toBeGreaterThan(30)
      await use({ server, client, movable: await findMovable(client, 'state:running connection:Moves') })
      engine.close()
      await server.stop()
    },
    { scope: 'worker' },
  ],
  shown: async ({ page, site }, use) => {
    const problems = watchProblems(page)
    await logIn(page, site.server)
    await use(page)
    expect(problems).toEqual([])
  },
})

/** One of those that match, and a host where nothing stops it; `sharesDisks`: that sees its disks, so that its memory alone is sent. */
async function findMovable(client: ClientConnection['client'], query: string, sharesDisks = false): Promise<Movable> {
  const { items } = await client.inventory.machines({ query, limit: 60 })
  for (const { machine } of items) {
    const targets = await client.migrations.targets({ machineIds: [machine.id] })
    for (const { hostId, reason } of targets) {
      // between two made-up sites there is no way for what runs
      if (reason !== null || !hostId.startsWith(`${machine.connectionId}.`)) continue
      const spec = { machineId: machine.id, targetHostId: hostId, mode: 'live' as const }
      const { findings, source, target, spec: filled } = await client.migrations.preflight({ spec })
      // a made-up QEMU takes all of the guest's memory at once
      if (findings.some(({ severity, check }) => severity === 'blocks' || (severity === 'warns' && check === 'memory'))) continue
      if (sharesDisks && filled.disks.some(({ how }) => how === 'copy')) continue
      return { machineId: machine.id, targetHostId: hostId, name: machine.name, from: source.name, to: target.name }
    }
  }
  throw new Error('no machine of the site can move')
}

async function taskOf(client: ClientConnection['client'], machineId: MachineId): Promise<TaskId> {
  const { items } = await client.tasks.list({ limit: 50 })
  const task = items.find(({ kind, target, endedAtMs }) => kind === 'machine.migrate' && target?.id === machineId && endedAtMs === null)
  if (!task) throw new Error('nothing moves it')
  return task.id
}

/** So slow that it does not end while somebody looks. */
const SLOWLY = 2_000_000

test('a move is followed from the strip, let go faster, and told beside what was predicted', async ({ shown: page, site }) => {
  const { client, movable } = site
  const { machineId, targetHostId, name, from, to } = movable
  const spec = { machineId, targetHostId, mode: 'live' as const, bandwidthBytesPerS: SLOWLY }
  await client.migrations.start({ specs: [spec], acceptsWarnings: true })
  await page
    .getByRole('region', { name: 'Running tasks' })
    .getByRole('link', { name: `Migrate ${name} ${from} → ${to}` })
    .click()
  const detail = page.getByRole('complementary', { name: `Migrate ${name}` })
  const phases = detail.getByRole('list', { name: 'Phases of the move' })
  await expect(phases.locator('[aria-current="step"]')).toContainText(/copying/)
  await expect(detail.getByRole('img', { name: /^Bandwidth and dirty rate/ })).toBeVisible()
  await expectAccessible(page, 'a move that goes on')

  await test.step('post-copy is asked about, and left', async () => {
    const button = detail.getByRole('button', { name: 'Switch to post-copy…' }).last()
    await expect(button).toHaveAttribute('aria-disabled', 'true')
    await button.hover()
    await expect(page.getByRole('tooltip')).toContainText(/Post-copy/i)
  })

  await detail.getByRole('button', { name: 'Bandwidth…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox').fill('0')
  await expect(dialog.getByRole('button', { name: 'Set the limit' })).toBeDisabled()
  await dialog.getByRole('textbox').fill('20000')
  await expectAccessible(page, 'the bandwidth of a move')
  await dialog.getByRole('button', { name: 'Set the limit' }).click()
  await expect(detail.getByRole('table')).toContainText('Total time')
  await expect(detail.getByRole('row', { name: /^Downtime/ })).toContainText(/\d+\sms/)
  await expect(detail.getByText(`${to}: Running.`)).toBeVisible()
  await expect(detail.getByText(new RegExp(`^Verified: ${to} has it`))).toBeVisible()
  await expectAccessible(page, 'a move that went well')
})

test('a move is cancelled from the machine’s page, and the machine runs on where it was', async ({ shown: page, site }) => {
  const { client } = site
  const { machineId, targetHostId, name, from, to } = await findMovable(client, `state:running connection:Moves -name:${site.movable.name}`)
  const spec = { machineId, targetHostId, mode: 'live' as const, bandwidthBytesPerS: SLOWLY }
  await client.migrations.start({ specs: [spec], acceptsWarnings: true })
  await visit(page, `/machines/${encodeURIComponent(machineId)}`)
  await expect(page.getByText(`${name} moves to ${to}.`)).toBeVisible()
  await expect(page.getByRole('main').getByText(new RegExp(`^Migrating → ${to}`))).toBeVisible()
  await page.getByRole('link', { name: 'Follow the move' }).click()
  const detail = page.getByRole('complementary', { name: `Migrate ${name}` })
  await expect(detail.locator('[aria-current="step"]')).toContainText('copying')
  await detail.getByRole('button', { name: 'Cancel the move' }).click()
  await expect(detail.getByText('Nothing is left to do. It can be moved again at any time.')).toBeVisible()
  await expect(detail.getByText(`${from}: Running.`)).toBeVisible()
  await expect(detail.getByText(`Not on ${to}.`)).toBeVisible()
  await expectAccessible(page, 'a cancelled move')
})

test('one that breaks in post-copy says where its parts are, is not stopped, and is taken up again', async ({
  shown: page,
  site,
}, info) => {
  const { client } = site
  const { machineId, targetHostId, name, from, to } = await findMovable(client, 'state:running connection:Torn', true)
  const spec = { machineId, targetHostId, mode: 'live' as const, postCopy: true, bandwidthBytesPerS: SLOWLY }
  await client.migrations.start({ specs: [spec], acceptsWarnings: true })
  await page
    .getByRole('region', { name: 'Running tasks' })
    .getByRole('link', { name: `Migrate ${name} ${from} → ${to}` })
    .click()
  const detail = page.getByRole('complementary', { name: `Migrate ${name}` })
  await expect(detail.locator('[aria-current="step"]')).toContainText('copying memory')
  await detail.getByRole('button', { name: 'Switch to post-copy…' }).first().click()
  await page.getByRole('dialog').getByRole('button', { name: 'Switch over for good' }).click()

  const alert = detail.getByRole('alert')
  await test.step('it says so; nothing stops either part', async () => {
    await expect(alert).toContainText(`${name} is on ${to}, and a part of its memory is still on ${from}.`)
    await expect(alert).toContainText('No route to host')
    await expect(detail.getByRole('button', { name: 'Cancel the move' })).toHaveAttribute('aria-disabled', 'true')
    await expect(client.machines.act({ targets: { ids: [machineId] }, action: { action: 'powerOff' } })).rejects.toMatchObject({
      code: 'machine.in-two-parts',
    })
    await page.screenshot({ path: info.outputPath('broken.png') })
  })

  await test.step('it is tried at once, and goes on when its hosts reach each other', async () => {
    await alert.getByRole('button', { name: 'Try now' }).click()
    await expectAccessible(page, 'a move that broke in post-copy')
    await expect(alert).toHaveCount(0)
    await expect(detail.locator('[aria-current="step"]')).toContainText('fetching the rest')
    await client.migrations.tune({ taskId: await taskOf(client, machineId), bandwidthBytesPerS: 10_000 * SLOWLY })
    await expect(detail.getByText(`${to}: Running.`)).toBeVisible()
    await expect(detail.getByText(new RegExp(`^Verified: ${to} has it`))).toBeVisible()
    await expectAccessible(page, 'a move that broke and arrived')
  })
})
