import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import { expect, test } from '../app/fixture.ts'
import { accessibility } from '../pages/axe.ts'
import { FleetPage } from '../pages/fleet.ts'
import { ImportPage } from '../pages/import.ts'

// One fleet for all of the file: what one test makes, the next finds.
test.describe.configure({ mode: 'serial' })

let packed = ''

async function expectAccessible(page: Page, colorScheme: 'dark' | 'light'): Promise<void> {
  await page.emulateMedia({ colorScheme })
  await page.evaluate('Promise.allSettled(document.getAnimations().map((each) => each.finished))')
  const { violations } = await accessibility(page).analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)).toEqual([])
}

test('a machine that is off becomes a package, which is saved though the page was loaded anew meanwhile', async ({
  console: page,
}, info) => {
  const fleet = new FleetPage(page)
  await fleet.filter('state:stopped name:auth-*-test')
  await fleet.rows().first().click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Export…' }).click()
  await expectAccessible(page, 'dark')
  await page.getByRole('button', { name: 'Make the package' }).click()
  await expect(page.getByRole('dialog').getByRole('status')).toContainText('The host converts the disks')
  const download = page.waitForEvent('download')
  await page.reload()
  const file = await download
  expect(file.suggestedFilename()).toMatch(/^auth-.*-test\.ova$/)
  packed = info.outputPath('package.ova')
  await file.saveAs(packed)
  const bytes = await readFile(packed)
  // a tar of the kind that DSP0243 asks for, its description first
  expect(bytes.subarray(0, 100).toString('latin1')).toMatch(/^auth-[\w-]+\.ovf\0/)
  expect(bytes.subarray(257, 262).toString('latin1')).toBe('ustar')
  await expect(page.getByRole('region', { name: /tasks/i }).getByText('Done')).toBeVisible()
})

test('the package comes in again under another name, and starts', async ({ console: page }) => {
  const form = new ImportPage(page)
  await form.open()
  await form.file.setInputFiles(packed)
  await expect(form.contents).toContainText('SHA-256')
  await expect(page.getByRole('checkbox', { name: /^Compare the package with its manifest/ })).toBeChecked()
  await form.field('Name').fill('auth-come-back')
  await form.field('Start when made').check()
  await expectAccessible(page, 'light')
  await form.submit()
  await expect(page).toHaveURL(/\/fleet\?q=/)
  await new FleetPage(page).expectState('auth-come-back', 'Running', 40_000)
})

test('what is no package is told apart, and a package that was cut off', async ({ console: page }) => {
  const form = new ImportPage(page)
  await form.open()
  await form.file.setInputFiles({ name: 'shop.zip', mimeType: 'application/zip', buffer: Buffer.from('PK') })
  await expect(page.getByText('shop.zip is neither a package')).toBeVisible()
  const bytes = await readFile(packed)
  await form.file.setInputFiles({ name: 'cut.ova', mimeType: 'application/x-tar', buffer: bytes.subarray(0, bytes.length / 2) })
  await expect(page.getByRole('alert')).toContainText('it was not copied as a whole')
  await expect(page.getByRole('main').getByRole('button', { name: 'Import it' })).toBeDisabled()
  await page.getByRole('main').getByRole('button', { name: 'Delete it' }).click()
  await expect(form.field('Package')).toHaveValue('')
})
