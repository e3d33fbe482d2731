import { expect, logIn, test } from '../app/fixture.ts'
import { startServer } from '../app/server.ts'
import { FleetPage } from '../pages/fleet.ts'

const DEV = 'tag:env=dev purchase:on-demand'
/** Some of each kind: hosts, AWS, Azure, Google Cloud. */
const OF_EACH = [
  'provider:simulated name:auth-01',
  `provider:aws type:t3.micro region:us-east-1 ${DEV}`,
  `provider:azure type:Standard_B* ${DEV}`,
  `provider:gcp type:e2-micro ${DEV}`,
]

test('machines of hosts and of three clouds are stopped at once, none goes on costing; then one gets another type', async ({ page }) => {
  const server = await startServer({ demo: 'all' })
  try {
    await logIn(page, server)
    const fleet = new FleetPage(page)
    await fleet.expectCount(/machines$/)
    await fleet.filter(`state:running (${OF_EACH.map((one) => `(${one})`).join(' | ')})`)
    await expect(fleet.rows().first()).toBeVisible()
    const places = ['auth-01', 'AWS shop', 'Google data']
    await expect(page.getByRole('columnheader', { name: 'List price / mo' })).toBeVisible()
    await page.getByRole('checkbox', { name: 'Select all results' }).check()
    await expect(fleet.bulk).toContainText(/ of \d+ will keep costing: Azure power-off\./)
    const [, all = '0', azure = '0'] = /(\d+) selected[\s\S]* (\d+) of \d+ will keep costing/.exec(await fleet.bulk.innerText()) ?? []
    const others = Number(all) - Number(azure)
    expect(others).toBeGreaterThan(10)

    await fleet.bulk.getByRole('button', { name: `Power off, ${azure} keep costing` }).click()
    const stop = page.getByRole('dialog', { name: `Power off ${all} machines?` })
    await expect(stop.getByText(/a month list$/).first()).toBeVisible()
    await stop.getByRole('button', { name: `Power off ${all} machines, deallocate ${azure}` }).click()
    await page.getByRole('link', { name: 'Tasks' }).click()
    await page.getByRole('link', { name: 'Stop and deallocate' }).first().click()
    await expect(page.getByText(`${azure} done, 0 failed, of ${azure}`)).toBeVisible()
    await page.getByRole('link', { name: 'Power off' }).first().click()
    await expect(page.getByText(`${others} done, 0 failed, of ${others}`)).toBeVisible()
    await page.getByRole('radio', { name: 'All' }).click()
    for (const name of places) await expect(page.getByRole('listitem').filter({ hasText: name }).first()).toBeVisible()

    await page.goto(`${server.origin}/fleet?q=${encodeURIComponent(`provider:azure type:Standard_B* ${DEV}`)}`)
    await expect(fleet.rows().first()).toContainText('Deallocated')
    await expect(fleet.grid.getByText('Off, billed')).toHaveCount(0)
    await expect(fleet.grid.getByText('Running')).toHaveCount(0)

    await page.goto(`${server.origin}/fleet?q=${encodeURIComponent(`provider:aws state:stopped type:t3.micro region:us-east-1 ${DEV}`)}`)
    await fleet.rows().first().click({ button: 'right' })
    await page.getByRole('menuitem', { name: 'Change the type…' }).click()
    const dialog = page.getByRole('dialog', { name: /^Type of / })
    await dialog.getByRole('textbox', { name: 'Find a type' }).fill('t3.small')
    await expect(dialog.getByRole('row', { name: /t3\.small/ })).toContainText('+$7.59 a month list')
    await dialog.getByRole('radio', { name: /t3\.small/ }).check()
    await dialog.getByRole('button', { name: 'Change to t3.small' }).click()
    await page.goto(`${server.origin}/fleet?q=${encodeURIComponent(`provider:aws state:stopped type:t3.small region:us-east-1 ${DEV}`)}`)
    await expect(fleet.rows().first()).toBeVisible()
  } finally {
    await server.stop()
  }
})
