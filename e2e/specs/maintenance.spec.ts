import type { Page } from '@playwright/test'
import { expect, test } from '../app/fixture.ts'
import { accessibility } from '../pages/axe.ts'
import { FleetPage } from '../pages/fleet.ts'
import { visit } from '../pages/screens.ts'

/** A depot: a handful of machines. */
const HOST = 'kvm-bre-01'

/** The page of a host of the demo, by way of one of its machines. */
async function hostPage(page: Page, name: string): Promise<string> {
  await visit(page, `/fleet?q=${encodeURIComponent(`host:${name}`)}`)
  const machineId = await new FleetPage(page).rows().first().getAttribute('data-machine')
  await visit(page, `/machines/${encodeURIComponent(machineId ?? '')}`)
  return (await page.getByRole('main').getByRole('link', { name, exact: true }).first().getAttribute('href')) ?? ''
}

test('a host is put into maintenance by a plan that is told before, and gets its machines back', async ({ console: page }, info) => {
  const shot = (name: string) => page.screenshot({ path: info.outputPath(`${name}.png`) })
  const main = page.getByRole('main')
  const dialog = page.getByRole('dialog')
  const findings: string[] = []
  const look = async (name: string) => {
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme })
      const { violations } = await accessibility(page).analyze()
      for (const { id, nodes } of violations) findings.push(`${name} in ${scheme}: ${id}: ${nodes[0]?.html.slice(0, 200)}`)
      await shot(`${name}-${scheme}`)
    }
    await page.emulateMedia({ colorScheme: 'light' })
  }
  await visit(page, await hostPage(page, HOST))

  await test.step('the plan', async () => {
    await main.getByRole('button', { name: 'Maintenance…' }).click()
    await expect(dialog).toContainText(/machines? moves?/)
    await look('plan')
    await dialog.getByLabel('At a time').selectOption('4')
    await dialog.getByLabel('Reason').fill('new fans')
    const begin = dialog.getByRole('button', { name: /^Empty the host: \d+ machines?$/ })
    await expect(begin).not.toHaveAttribute('aria-disabled', 'true')
    await begin.click()
    await expect(dialog).toHaveCount(0)
  })

  const panel = main.getByRole('region', { name: 'Maintenance' })
  await test.step('it is followed, and stopped in the middle; the host is marked and takes nothing new', async () => {
    await expect(panel).toContainText(`${HOST} is being emptied`)
    await expect(panel).toContainText(/Expected to end between .+ and .+\./)
    await expect(panel.getByRole('heading', { name: /^Waiting \(\d+\)$/ })).toBeVisible()
    await look('draining')
    await expect(panel).toContainText(/[1-9]\d* of \d+/)
    await panel.getByRole('button', { name: 'Stop' }).click()
    await expect(panel).toContainText(`${HOST} is in maintenance`)
    await expect(panel).toContainText(/Moved away \(\d+\)/)
    await expect(panel).toContainText(/Still here \(\d+\)/)
    await expect(panel.getByRole('button', { name: 'Try again…' })).toBeVisible()
    await expect(main.getByRole('button', { name: 'New machine…' })).toHaveAttribute('aria-disabled', 'true')
    await expect(main.getByText('In maintenance', { exact: true })).toBeVisible()
    await look('maintenance')
  })

  await test.step('and back', async () => {
    await panel.getByRole('button', { name: 'Bring back…' }).click()
    await look('return')
    await dialog.getByRole('button', { name: /^Bring \d+ machines? back$/ }).click()
    await expect(panel).toHaveCount(0, { timeout: 400_000 })
    await expect(main.getByRole('button', { name: 'Maintenance…' })).toBeVisible()
  })
  expect(findings).toEqual([])
})
