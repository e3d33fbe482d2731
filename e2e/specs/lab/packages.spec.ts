import { expect } from '@playwright/test'
import { logIn, watchProblems } from '../../app/fixture.ts'
import { testOnHost } from '../../app/host-fixture.ts'
import { AddHostPage } from '../../pages/add-host.ts'
import { FleetPage } from '../../pages/fleet.ts'
import { ImportPage } from '../../pages/import.ts'

/** A guest without virtualisation support, on a busy machine. */
const SLOW = 300_000

const test = testOnHost(async (host) => {
  await host.defineGuest({ name: 'web', network: 'default', diskMiB: 64 })
  return {}
})

test('a machine of a real host is saved as a package and comes in again; only its disk is left of both', async ({ page, place }, info) => {
  const { host, server } = place
  const problems = watchProblems(page)
  const fleet = new FleetPage(page)
  const wizard = new AddHostPage(page)
  const form = new ImportPage(page)
  const packed = info.outputPath('web.ova')
  const volumes = async () => (await host.virsh(['vol-list', 'default'])).match(/[\w.-]+\.(qcow2|vmdk|ova)(?= )/g) ?? []
  await logIn(page, server)
  await page.getByRole('button', { name: /Add a host by SSH/ }).click()
  await wizard.enter({ host: host.address, user: 'root', keyFile: host.keyFile, name: 'kvm-a' })
  await wizard.check()
  await wizard.trust(host.hostKeyFingerprint)
  await wizard.expectAllFine()
  await wizard.add()
  const before = await volumes()

  await test.step('the package is saved', async () => {
    await fleet.row('web').click({ button: 'right' })
    await page.getByRole('menuitem', { name: 'Export…' }).click()
    const download = page.waitForEvent('download', { timeout: SLOW })
    await page.getByRole('button', { name: 'Make the package' }).click()
    await (await download).saveAs(packed)
    await expect(page.getByText('The package was saved as a whole.')).toBeVisible({ timeout: SLOW })
    expect(await volumes()).toEqual(before)
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
  })

  await test.step('its own name is taken; under another it is made and starts', async () => {
    await form.open()
    await form.file.setInputFiles(packed)
    await expect(form.contents).toContainText('SHA-256', { timeout: SLOW })
    await expect(form.field('Name')).toHaveAccessibleDescription(/has a machine of that name already/)
    await expect(page.getByRole('main').getByRole('button', { name: 'Import it' })).toBeDisabled()
    await form.field('Name').fill('web-2')
    await form.field('Start when made').check()
    await form.submit()
    await expect(page).toHaveURL(/\/fleet\?q=/, { timeout: SLOW })
    await fleet.expectState('web-2', 'Running', SLOW)
    await expect.poll(volumes, { timeout: SLOW }).toEqual([...before, 'web-2.qcow2'].toSorted())
  })
  expect(problems).toEqual([])
})
