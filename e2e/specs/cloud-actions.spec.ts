import { expect, logIn, test } from '../app/fixture.ts'
import { startServer } from '../app/server.ts'
import { FleetPage } from '../pages/fleet.ts'

const DEV = 'tag:env=dev purchase:on-demand'
/** Some of each kind: AWS, Google Cloud, hosts. */
const OF_EACH = `state:running ((provider:aws type:t3.micro region:us-east-1 ${DEV}) | (provider:gcp type:e2-micro ${DEV}) | (provider:simulated name:auth-01))`

test('machines of clouds and of hosts are stopped at once with a result for each; then one gets another type', async ({ page }) => {
  test.setTimeout(180_000)
  const server = await startServer({ demo: 'all' })
  try {
    await logIn(page, server)
    const fleet = new FleetPage(page)
    await fleet.expectCount(/machines$/)
    await fleet.filter(OF_EACH)
    await expect(fleet.rows().first()).toBeVisible({ timeout: 30_000 })
    const providers = ['AWS shop', 'Google data', 'auth-01']
    await expect(page.getByRole('columnheader', { name: 'List price / mo' })).toBeVisible()
    await page.getByRole('checkbox', { name: 'Select all results' }).check()
    await expect(fleet.bulk).toContainText(/have a list price: \$\d+/)
    const selected = Number(/(\d+) selected/.exec(await fleet.bulk.innerText())?.[1])
    expect(selected).toBeGreaterThan(10)

    await fleet.bulk.getByRole('button', { name: 'Power off…' }).click()
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Power off \d+ machines$/ })
      .click()
    await page.getByRole('link', { name: 'Tasks' }).click()
    await page.getByRole('link', { name: 'Power off' }).first().click()
    await expect(page.getByText(`${selected} done, 0 failed, of ${selected}`)).toBeVisible({ timeout: 90_000 })
    await page.getByRole('radio', { name: 'All' }).click()
    for (const name of providers) await expect(page.getByRole('listitem').filter({ hasText: name }).first()).toBeVisible()

    await page.goto(`${server.origin}/fleet?q=${encodeURIComponent(`provider:aws state:stopped type:t3.micro region:us-east-1 ${DEV}`)}`)
    await fleet.rows().first().click({ button: 'right' })
    await page.getByRole('menuitem', { name: 'Change the type…' }).click()
    const dialog = page.getByRole('dialog', { name: /^Type of / })
    await dialog.getByRole('textbox', { name: 'Find a type' }).fill('t3.small')
    await expect(dialog.getByRole('row', { name: /t3\.small/ })).toContainText('+$7.59 a month list')
    await dialog.getByRole('radio', { name: /t3\.small/ }).check()
    await dialog.getByRole('button', { name: 'Change to t3.small' }).click()
    await page.goto(`${server.origin}/fleet?q=${encodeURIComponent(`provider:aws state:stopped type:t3.small region:us-east-1 ${DEV}`)}`)
    await expect(fleet.rows().first()).toBeVisible({ timeout: 60_000 })
  } finally {
    await server.stop()
  }
})
