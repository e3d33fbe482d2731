import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test as base, expect } from '@playwright/test'
import { logIn, watchProblems } from '../../app/fixture.ts'
import { type Server, startServer } from '../../app/server.ts'
import { type RunningClouds, startClouds } from '../../lab/clouds/start.ts'
import { type LabHost, startLab } from '../../lab/lab.ts'
import { requirePeer, skipReason } from '../../lab/requires.ts'
import { addAccount } from '../../pages/add-account.ts'
import { AddHostPage } from '../../pages/add-host.ts'
import { FleetPage } from '../../pages/fleet.ts'

const chromium = requirePeer('chromium')
const libvirtd = requirePeer('libvirtd')
const GUESTS = ['kvm-one', 'kvm-two', 'kvm-three']
/** Guests without virtualisation support shut down slowly on a busy machine. */
const SLOW = 300_000

interface WorkerParts {
  readonly place: { readonly host: LabHost; readonly clouds: RunningClouds; readonly server: Server }
}

const test = base.extend<object, WorkerParts>({
  place: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from this pattern
    async ({}, use) => {
      const lab = await startLab({ hosts: ['a'] })
      const host = lab.host('a')
      for (const name of GUESTS) {
        const guest = await host.defineGuest({ name, network: 'default' })
        await guest.start()
        await guest.waitReady()
      }
      const clouds = await startClouds({ machines: { aws: 20, azure: 20, gcp: 40 }, seed: 5 })
      const server = await startServer()
      await use({ host, clouds, server })
      await server.stop()
      await clouds.stop()
      await lab.stop()
    },
    { scope: 'worker', auto: true, timeout: 300_000 },
  ],
})
test.skip(!chromium.ok, skipReason(chromium))
test.skip(!libvirtd.ok, skipReason(libvirtd))

test('forty machines of four kinds are stopped together: who goes on costing is said first, and each has a result', async ({
  page,
  place,
}) => {
  const { host, clouds, server } = place
  const problems = watchProblems(page)
  const fleet = new FleetPage(page)
  await logIn(page, server)

  await test.step('a host and three accounts', async () => {
    await page.getByRole('button', { name: /Add a host by SSH/ }).click()
    await new AddHostPage(page).addHost(host)
    const caFile = join(server.dataDirectory, 'ca.pem')
    await writeFile(caFile, clouds.ca)
    for (const name of ['aws', 'azure', 'gcp'] as const) {
      const account = clouds.clouds[name]
      await addAccount(page, name, { ...account?.config, ...account?.secrets, caFile })
    }
  })

  await test.step('one query finds those that run, of all four kinds', async () => {
    await fleet.filter('state:running')
    for (const provider of ['libvirt', 'aws', 'azure', 'gcp']) {
      await fleet.filter(`state:running provider:${provider}`)
      await expect(fleet.rows().first()).toBeVisible()
    }
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: /find or run/i }).fill('kvm-two')
    await expect(page.getByRole('option', { name: /kvm-two/ }).first()).toBeVisible()
    await page.keyboard.press('Escape')
  })

  const count = await test.step('the button says which of them go on costing', async () => {
    await fleet.filter('state:running (purchase:on-demand | purchase:reserved) | name:kvm-*')
    await expect(fleet.count).toHaveText(/^\d+ of \d+$/)
    // an account may still be telling of its machines: once all are there their number stands still
    const told: (string | null)[] = []
    const isSame = async () => told.push(await fleet.count.textContent()) > 1 && told.at(-1) === told.at(-2)
    await expect.poll(isSame, { intervals: [3_000], timeout: 120_000 }).toBe(true)
    const shown = Number(/^\d+/.exec((await fleet.count.textContent()) ?? '')?.[0])
    expect(shown).toBeGreaterThanOrEqual(40)
    await fleet.grid
      .getByRole('checkbox', { name: /^Select all/ })
      .first()
      .check()
    await expect(fleet.bulk).toContainText(`${shown} selected`)
    await expect(fleet.bulk.getByRole('button', { name: /^Shut down, \d+ keep costing$/ })).toBeVisible()
    await expect(fleet.bulk).toContainText(/\d+ of \d+ will keep costing: Azure power-off/)
    return shown
  })

  await test.step('all are stopped, with a result for each', async () => {
    await fleet.bulk.getByRole('button', { name: /^Shut down, \d+ keep costing$/ }).click()
    const dialog = page.getByRole('dialog')
    await expect(dialog.getByRole('button', { name: /^Shut down \d+ machines, deallocate \d+$/ })).toBeVisible()
    await dialog.getByRole('button', { name: /^Shut down \d+ machines, \d+ keep costing$/ }).click()
    await page.getByRole('navigation').getByRole('link', { name: 'Tasks' }).click()
    await expect(page.getByRole('main')).toContainText(`${count} of ${count}`, { timeout: SLOW })
    await expect(page.getByRole('main')).not.toContainText(/\d+ failed/)
  })

  await test.step('the machines are off, Azure’s charged on', async () => {
    await page.getByRole('navigation').getByRole('link', { name: 'Fleet' }).click()
    await fleet.filter('state:stopped name:kvm-*')
    await expect(fleet.rows()).toHaveCount(GUESTS.length)
    await fleet.filter('state:stopped billing:compute')
    await expect(fleet.rows().first()).toBeVisible()
    await fleet.filter('state:stopped billing:compute -provider:azure')
    await expect(fleet.rows()).toHaveCount(0)
  })
  expect(problems).toEqual([])
})
