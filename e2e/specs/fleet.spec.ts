import AxeBuilder from '@axe-core/playwright'
import { expect, test } from '../app/fixture.ts'
import { COLUMN, FleetPage } from '../pages/fleet.ts'

test('all machines are there, and the grid holds only the rows on screen', async ({ console: page }) => {
  const fleet = new FleetPage(page)
  await fleet.expectCount(/10,000 machines/)
  await expect(fleet.grid).toHaveAttribute('aria-rowcount', /1000\d/)
  expect(await fleet.rows().count()).toBeLessThan(100)
})

test('a query filters, is kept in the address, and survives a reload', async ({ console: page }) => {
  const fleet = new FleetPage(page)
  await fleet.filter('state:running tag:prod')
  await fleet.expectCount(/of 10,000/)
  expect(new Set(await fleet.column(COLUMN.state))).toEqual(new Set(['Running']))
  await expect(page).toHaveURL(/q=state/)
  const before = await fleet.count.textContent()
  await page.reload()
  await expect(fleet.query).toHaveValue('state:running tag:prod')
  await fleet.expectCount(before ?? '')
})

test('a query with a fault says where, and keeps what is on screen', async ({ console: page }) => {
  const fleet = new FleetPage(page)
  await fleet.query.fill('cpu>')
  await expect(page.getByRole('alert')).toContainText(/value|number/i)
  await expect(fleet.rows().first()).toBeVisible()
})

test('a query that matches nothing says so in words', async ({ console: page }) => {
  const fleet = new FleetPage(page)
  await fleet.filter('name:no-such-machine-anywhere')
  await expect(page.getByRole('main')).toContainText('No machine matches')
})

test('completion offers fields and live values', async ({ console: page }) => {
  const fleet = new FleetPage(page)
  await fleet.query.click()
  await fleet.query.pressSequentially('sta')
  await expect(page.getByRole('option', { name: /state/ }).first()).toBeVisible()
  await fleet.query.fill('')
  await fleet.query.pressSequentially('tag:iden')
  await expect(page.getByRole('option', { name: /identity/ })).toBeVisible()
})

test('sorting by name turns around', async ({ console: page }) => {
  const fleet = new FleetPage(page)
  await fleet.filter('tag:identity')
  await expect(fleet.rows().first()).toBeVisible()
  const first = (await fleet.column(COLUMN.name))[0]
  await fleet.sortBy('Name')
  await expect.poll(async () => (await fleet.column(COLUMN.name))[0]).not.toBe(first)
})

test('the keyboard moves, selects and opens', async ({ console: page }) => {
  const fleet = new FleetPage(page)
  await fleet.expectCount(/10,000/)
  await fleet.rows().first().click()
  await page.keyboard.press('j')
  await page.keyboard.press('x')
  await expect(page.getByText('1 selected')).toBeVisible()
  await page.keyboard.press('/')
  await expect(fleet.query).toBeFocused()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('dialog')).toBeVisible()
})

test('suspend two machines in bulk, see them change, and undo it', async ({ console: page }) => {
  const fleet = new FleetPage(page)
  await fleet.filter('state:running name:auth-0* tag:prod')
  await expect(fleet.rows().first()).toBeVisible()
  const boxes = fleet.rows().getByRole('checkbox')
  await boxes.nth(0).check()
  await boxes.nth(1).check()
  await expect(page.getByText('2 selected')).toBeVisible()
  await page.getByRole('button', { name: 'Suspend' }).click()
  await fleet.filter('state:paused name:auth-0* tag:prod')
  await fleet.expectCount(/^2 of/)
})

test.describe('accessibility', () => {
  for (const scheme of ['light', 'dark'] as const) {
    test(`the fleet has no axe findings in ${scheme}`, async ({ console: page }) => {
      await page.emulateMedia({ colorScheme: scheme })
      const fleet = new FleetPage(page)
      await fleet.expectCount(/10,000/)
      const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze()
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
    })
  }
})
