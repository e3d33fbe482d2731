import type { Page } from '@playwright/test'
import { expect, test } from '../app/fixture.ts'
import { expectAccessible } from '../pages/axe.ts'
import { FleetPage } from '../pages/fleet.ts'
import { visit } from '../pages/screens.ts'
import { SnapshotsPage } from '../pages/snapshots.ts'

/** A machine of the demo, opened. */
async function openMachine(page: Page, query: string): Promise<string> {
  const fleet = new FleetPage(page)
  await fleet.filter(query)
  await expect(fleet.count).toHaveText(/ of /)
  const row = fleet.rows().first()
  const id = (await row.getAttribute('data-machine')) ?? ''
  const name = (await row.locator('.cell-name').innerText()).trim()
  await visit(page, `/machines/${encodeURIComponent(id)}`)
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
  return name
}

test('a tree of three: back without keeping anything, forth with it, and a deletion that merges', async ({ console: page }) => {
  const snapshots = new SnapshotsPage(page)
  const name = await openMachine(page, 'name:edge-gate-lil-01 connection:Depots')
  await snapshots.open()
  await expect(page.getByRole('heading', { name: 'No snapshots' })).toBeVisible()
  for (const each of ['one', 'two', 'three']) await snapshots.take(each)
  await snapshots.expectTree('three', 'two', 'one')
  await expect(snapshots.files()).toHaveCount(4)

  await test.step('back to the first one, and what is lost is typed', async () => {
    await snapshots.snapshot('one').click()
    await expect(page.getByRole('row').and(page.locator('.lit'))).toHaveCount(1)
    await expectAccessible(page, 'a chosen snapshot')
    await snapshots.act('Go back to it…')
    await snapshots.dialog.getByRole('checkbox', { name: /Keep what it is now/ }).uncheck()
    await expect(snapshots.dialog.getByText('This is lost for good:')).toBeVisible()
    await expect(snapshots.dialog.getByRole('button', { name: 'Go back' })).toBeDisabled()
    await expectAccessible(page, 'a loss')
    await snapshots.dialog.getByLabel(`Type ${name}`).fill(name)
    await snapshots.confirm('Go back')
    await snapshots.expectTree('three', 'two', 'one')
    await expect(page.getByRole('main').getByText('Off', { exact: true }).first()).toBeVisible()
  })

  await test.step('forth again, and what it was is kept as a branch', async () => {
    await snapshots.snapshot('three').click()
    await snapshots.act('Go back to it…')
    await snapshots.dialog.getByLabel('As', { exact: true }).fill('kept')
    await expect(snapshots.dialog.getByText('No data are lost.')).toBeVisible()
    await snapshots.confirm('Go back')
    await snapshots.expectTree('three', 'two', 'kept', 'one')
  })

  await test.step('what nobody kept is discarded as a branch, typed', async () => {
    const left = page.getByRole('button', { name: /-vda\.three\.qcow2, / })
    await left.click()
    await snapshots.act('Discard this branch…')
    const rows = snapshots.dialog.getByRole('table', { name: 'Files of the branch' }).getByRole('row')
    await expect(rows).toHaveCount(2)
    await expect(rows.last()).toContainText('three')
    await expectAccessible(page, 'a branch that is discarded')
    await snapshots.dialog.getByLabel(`Type ${name}`).fill(name)
    await snapshots.confirm('Discard the branch')
    await expect(left).toHaveCount(0)
  })

  await test.step('a file that a snapshot needs is not merged away, and what leads there is offered', async () => {
    await page.getByRole('button', { name: /-vda\.two\.qcow2, / }).click()
    await snapshots.act('Merge downwards…')
    await expect(snapshots.dialog.getByText('This cannot be done')).toBeVisible()
    await expect(snapshots.dialog.getByRole('figure').locator('li.bad')).toHaveCount(1)
    await expectAccessible(page, 'a refusal')
    await snapshots.dialog.getByRole('button', { name: 'Delete the snapshot two…' }).click()
    await expect(snapshots.dialog.getByRole('heading', { name: 'Delete two' })).toBeVisible()
    await expect(snapshots.dialog.getByText('No data are lost.')).toBeVisible()
    await snapshots.confirm('Delete the snapshot')
    await snapshots.expectTree('three', 'kept', 'one')
  })
})

test('a deletion that would destroy what stands on the file is refused, with the chain', async ({ console: page }) => {
  const snapshots = new SnapshotsPage(page)
  await openMachine(page, 'name:customs-edi-01-dev connection:"Rotterdam DC"')
  await snapshots.open()
  await snapshots.snapshot('factory').click()
  await expect(snapshots.chosen.getByText('No way back')).toBeVisible()
  await snapshots.act('Delete…')
  await expect(snapshots.dialog.getByText('This cannot be done')).toBeVisible()
  await expect(snapshots.dialog.getByRole('figure').locator('li.bad').first()).toBeVisible()
  await expect(snapshots.dialog.getByRole('button', { name: 'Delete the snapshot', exact: true })).toBeDisabled()
})

test('a schedule: its machines counted, its next times told, and it stands in the list', async ({ console: page }) => {
  await visit(page, '/snapshot-schedules')
  await page.getByRole('button', { name: 'Add a schedule' }).click()
  await page.getByLabel('Name', { exact: true }).fill('Every night')
  await page.getByRole('combobox', { name: 'Machines' }).fill('tag:wms')
  await page.keyboard.press('Escape')
  await expect(page.getByText(/^\d+ machines$/)).toBeVisible()
  await expect(page.getByText(/^Next: .+·.+·/)).toBeVisible()
  await expect(page.getByRole('table', { name: 'What the next run leaves' }).getByRole('row', { name: /the next one/ })).toBeVisible()
  await expectAccessible(page, 'schedule')
  await page.getByRole('button', { name: 'Add it' }).click()
  await expect(page.getByRole('row', { name: /Every night/ })).toContainText('At 02:00 every day')
  await expectAccessible(page, 'schedules')
})
