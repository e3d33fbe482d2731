import type { Page } from '@playwright/test'
import { expect, test } from '../app/fixture.ts'
import { BuildPage } from '../pages/build.ts'
import { FleetPage } from '../pages/fleet.ts'

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGxzb21la2V5bGxsbGxsbGxsbGxsbGxsbGxsbGxs maja@workstation'

// One fleet for all of the file: what one test makes, the next finds.
test.describe.configure({ mode: 'serial' })

async function menuOf(page: Page, name: string, entry: string): Promise<void> {
  const fleet = new FleetPage(page)
  await fleet.filter(`name:${name}`)
  await fleet.row(name).click({ button: 'right' })
  await page.getByRole('menuitem', { name: entry }).click()
}

test('three machines from a cloud image, with a user, a key and a name pattern, are made and boot', async ({ console: page }) => {
  const fleet = new FleetPage(page)
  const build = new BuildPage(page)
  await page.getByRole('main').getByRole('button', { name: 'New machine…' }).click()
  await build.enter({ name: 'mill-{nn}', count: 3, user: 'maja', key: KEY })
  await expect(build.side.getByText('mill-03')).toBeVisible()
  await expect(page.getByRole('combobox', { name: 'Cloud image' })).toHaveValue(/debian-13/)
  await build.expectFine()
  await build.create('Create 3 machines')
  await expect(page).toHaveURL(/\/fleet\?q=/)
  await expect(page.getByRole('region', { name: 'Running tasks' })).toContainText('3 machines')
  for (const name of ['mill-01', 'mill-02', 'mill-03']) await fleet.expectState(name, 'Running', 60_000)
})

test('a name that is taken blocks, and a click mends it', async ({ console: page }) => {
  const build = new BuildPage(page)
  await build.open()
  await build.enter({ name: 'mill-{nn}', count: 3, user: 'maja', key: KEY })
  await expect(build.side).toContainText('Blocks')
  const create = page.getByRole('button', { name: 'Create 3 machines' })
  await expect(create).toBeDisabled()
  await build.side.getByRole('button', { name: 'Go to the field' }).first().click()
  await expect(build.field('Name')).toBeFocused()
  await build.side.getByRole('button', { name: 'Begin at number 4' }).click()
  await build.expectFine()
  await expect(build.side.getByText('mill-06')).toBeVisible()
  await expect(create).toBeEnabled()
})

test('the definition is shown with what differs', async ({ console: page }) => {
  const build = new BuildPage(page)
  await build.open()
  await build.enter({ name: 'seen', user: 'maja', key: KEY })
  for (const part of ['First start', 'Network cards', 'More']) {
    await build.goTo(part)
    await expect(build.steps.locator('[aria-current=step]')).toContainText(part)
    await expect(page.getByRole('heading', { name: part })).toBeInViewport()
  }
  await page.getByLabel('Watchdog').selectOption('Reset the machine')
  await page.getByRole('button', { name: 'Show definition' }).click()
  const xml = page.getByRole('region', { name: 'XML' })
  await expect(xml.locator('.diff-added').filter({ hasText: 'watchdog' })).toBeVisible()
  await page.getByRole('radio', { name: 'Differences' }).click()
  await expect(xml).not.toContainText('<emulator>')
  await page.getByRole('button', { name: 'Back to the form' }).click()
  await expect(build.field('Name')).toHaveValue('seen')
})

test('input that is wrong is told at its field, and nothing is made of it', async ({ console: page }) => {
  const build = new BuildPage(page)
  await build.open()
  const wrong = async (field: string, value: string, text: RegExp | string, good: string) => {
    await build.field(field).fill(value)
    await build.field(field).blur()
    await expect(build.field(field)).toHaveAttribute('aria-invalid', 'true')
    await expect(build.field(field)).toHaveAccessibleDescription(text)
    await expect(page.getByRole('button', { name: /^Create/ })).toBeDisabled()
    await build.field(field).fill(good)
    await expect(build.field(field)).toHaveAttribute('aria-invalid', 'false')
  }
  await wrong('Name', '../etc', /Begin with a letter or digit/, 'bad-input')
  await wrong('How many', '0', 'At least 1.', '2')
  await wrong('How many', '2.5', /whole number/, '2')
  await wrong('How many', '4000', 'At most 200.', '1')
  await wrong('User', 'Maja Lis', /Small letters/, 'maja')
  await wrong('SSH public keys', '-----BEGIN OPENSSH PRIVATE KEY-----', /no public key/, KEY)
  await wrong('Memory', 'much', /A number/, '2')
  await build.field('Address').selectOption('Fixed')
  await wrong('Fixed address', '192.0.2.10', /with its prefix/, '10.40.0.99/24')
  await wrong('Gateway', 'router', /IP address/, '')
  await build.goTo('Network cards')
  await wrong('MAC address', '52:54:00:12', /Six pairs/, '')
  await wrong('MAC address', '01:54:00:12:34:56', /group address/, '')
  await wrong('VLAN', '5000', 'At most 4,094.', '')
  await build.goTo('Disks')
  await wrong('Disk size', '-4', /A number/, '30')
})

test('own user-data is judged while it is typed', async ({ console: page }) => {
  const build = new BuildPage(page)
  await build.open()
  await page.getByRole('radio', { name: /^Own user-data/ }).check()
  const editor = build.field('user-data')
  await editor.fill('#cloud-config\npackages:\n  - nginx\n - curl\n')
  await expect(page.getByRole('button', { name: /^Line 4, column 1:/ })).toBeVisible()
  await editor.fill('#cloud-config\npakages: [nginx]\n')
  await expect(page.getByRole('button', { name: /cloud-init does not know “pakages”/ })).toBeVisible()
  await editor.fill('vim')
  await expect(page.getByText(/the first line must be #cloud-config/i).first()).toBeVisible()
  await editor.fill('#cloud-config\npackages: [nginx]\n')
  await expect(page.getByText('A cloud-config that can be read.')).toBeVisible()
})

test('an ISO of this computer is uploaded and chosen; one that is none is told apart', async ({ console: page }) => {
  const build = new BuildPage(page)
  await build.open()
  await build.enter({ name: 'from-cd' })
  await page.getByRole('radio', { name: /^Installation ISO/ }).check()
  const file = page.getByLabel('File to upload')
  await file.setInputFiles({ name: 'notes.iso', mimeType: 'application/octet-stream', buffer: Buffer.alloc(300_000, 'no CD') })
  await expect(page.getByRole('combobox', { name: 'Installation ISO' })).toHaveValue('notes.iso')
  await expect(build.side).toContainText(/notes\.iso is no CD/)
  await file.setInputFiles({ name: 'notes.iso', mimeType: 'application/octet-stream', buffer: Buffer.from('again') })
  await expect(
    page
      .getByRole('main')
      .getByText(/notes\.iso/)
      .last(),
  ).toBeVisible()
  await file.setInputFiles({ name: '.hidden', mimeType: 'application/octet-stream', buffer: Buffer.from('x') })
  await expect(page.getByText('.hidden cannot be the name of a volume')).toBeVisible()
})

test('the form is as it was left, but for its secrets', async ({ console: page }) => {
  const build = new BuildPage(page)
  await page.getByRole('main').getByRole('button', { name: 'New machine…' }).click()
  await build.enter({ name: 'later', user: 'maja', key: KEY })
  await build.field('Password').fill('open sesame')
  await page.getByRole('link', { name: 'Tasks' }).click()
  await page.getByRole('link', { name: 'Fleet' }).first().click()
  await page.getByRole('main').getByRole('button', { name: 'New machine…' }).click()
  await expect(build.field('Name')).toHaveValue('later')
  await expect(build.field('SSH public keys')).toHaveValue(KEY)
  await expect(build.field('Password')).toHaveValue('')
  await page.getByRole('button', { name: 'Start over' }).click()
  await expect(build.field('Name')).toHaveValue('')
})

test('a machine becomes a template, is cloned, and machines come from the template', async ({ console: page }) => {
  const fleet = new FleetPage(page)
  const build = new BuildPage(page)
  await fleet.filter('name:mill-01')
  await fleet.row('mill-01').click({ button: 'right' })
  await expect(page.getByRole('menuitem', { name: /^Make a template…/ })).toContainText('must be off')
  await page.keyboard.press('Escape')
  await fleet.select('mill-01')
  await fleet.act('Shut down')
  await fleet.expectState('mill-01', 'Off', 60_000)

  await menuOf(page, 'mill-01', 'Make a template…')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name of the template').fill('mill-base')
  await expect(dialog).toContainText('It becomes version 1 of mill-base.')
  await dialog.getByRole('checkbox', { name: 'Disk sizes' }).uncheck()
  await dialog.getByRole('button', { name: 'Make version 1' }).click()
  await expect(dialog).toHaveCount(0)
  await fleet.filter('name:mill-base*')
  const template = fleet.rows().first()
  await expect(template).toContainText('template v1')

  await menuOf(page, 'mill-01', 'Clone…')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Clone mill-01')
  await build.enter({ name: 'mill-clone' })
  await build.create('Clone it')
  await fleet.expectState('mill-clone', 'Off', 60_000)

  await fleet.filter('name:mill-base*')
  await template.click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'New machine from this template…' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('New machine from mill-base, version 1')
  await build.enter({ name: 'from-{n}', count: 2, user: 'maja', key: KEY })
  await expect(page.getByText('The template does not let this be changed.')).toBeVisible()
  await build.create('Create 2 machines')
  for (const name of ['from-1', 'from-2']) await fleet.expectState(name, 'Running', 60_000)
})

test('narrow windows show all of it, one below the other', async ({ console: page }) => {
  const build = new BuildPage(page)
  await build.open()
  for (const width of [1_100, 900, 700]) {
    await page.setViewportSize({ width, height: 800 })
    await expect(page.getByRole('button', { name: /^Create/ })).toBeInViewport()
    expect(await page.evaluate(`document.querySelector('form.build').scrollWidth`)).toBeLessThanOrEqual(width)
  }
})
