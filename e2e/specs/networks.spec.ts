import type { Page } from '@playwright/test'
import { expect, test } from '../app/fixture.ts'
import { visit } from '../pages/screens.ts'
import { TopologyPage } from '../pages/topology.ts'

/** A host of the demo by its name. */
async function networksOf(page: Page, host: string): Promise<void> {
  await visit(page, '/networks')
  await page.getByLabel('Host', { exact: true }).selectOption({ label: host })
}

test('a network is made by its mode with a free subnet, given a fixed address, stopped and deleted', async ({ console: page }) => {
  await networksOf(page, 'kvm-gdn-002')
  await page.getByRole('button', { name: 'New network…' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByRole('region', { name: 'What a machine gets' })).toContainText('by DHCP')
  await dialog.getByRole('radio', { name: /^isolated/ }).check()
  await dialog.getByLabel('Name', { exact: true }).fill('quiet lab')
  await dialog.getByRole('button', { name: 'Create and start' }).click()
  const detail = page.getByRole('region', { name: 'quiet lab' })
  await expect(detail).toBeVisible()
  await expect(dialog).toHaveCount(0)
  await expect(detail.getByText('active', { exact: true })).toBeVisible()

  const fixed = detail.getByRole('region', { name: 'Fixed addresses' })
  await fixed.getByLabel('Fixed address', { exact: true }).fill('192.168.100.20')
  await fixed.getByLabel('Name of the fixed address').fill('printer')
  await fixed.getByRole('button', { name: 'Add address' }).click()
  await expect(fixed.getByRole('cell', { name: 'printer' })).toBeVisible()
  await expect(detail.getByRole('region', { name: 'Definition' })).toContainText("name='printer' ip='192.168.100.20'")

  await detail.getByRole('button', { name: 'Stop…' }).click()
  await dialog.getByRole('button', { name: 'Stop', exact: true }).click()
  await expect(detail.getByText('inactive', { exact: true })).toBeVisible()
  await detail.getByRole('button', { name: 'Delete…' }).click()
  await dialog.getByRole('button', { name: 'Delete network' }).click()
  await expect(detail).toHaveCount(0)
})

test('a network that machines hang on is not deleted, and stopping it names them', async ({ console: page }) => {
  await networksOf(page, 'kvm-gdn-003')
  await page.getByRole('button', { name: 'prod', exact: true }).click()
  const detail = page.getByRole('region', { name: 'prod', exact: true })
  const ports = detail.getByRole('region', { name: 'Attached machines' })
  await expect(ports.getByRole('row').nth(1)).toBeVisible()
  const remove = detail.getByRole('button', { name: 'Delete…' })
  await expect(remove).toHaveAttribute('aria-disabled', 'true')
  await remove.focus()
  await expect(page.getByRole('tooltip')).toContainText('Machines name it')
  await detail.getByRole('button', { name: 'Stop…' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText(/\d+ running machines lose this network/)
  await dialog.getByRole('button', { name: 'Keep' }).click()
  await expect(detail.getByText('active', { exact: true })).toBeVisible()
})

test('filters: who uses one, a new one from text, and what the host refuses', async ({ console: page }) => {
  await networksOf(page, 'kvm-gdn-004')
  await page.getByRole('tab', { name: 'Filters' }).click()
  await page.getByRole('button', { name: 'no-ip-spoofing' }).click()
  const detail = page.getByRole('region', { name: 'no-ip-spoofing' })
  await expect(detail.getByText('filter clean-traffic')).toBeVisible()
  await expect(detail.getByRole('button', { name: 'Delete…' })).toHaveAttribute('aria-disabled', 'true')
  await page.getByRole('button', { name: 'New filter…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox').fill("<filter name='of-mine'><filterref filter='nobody'/></filter>")
  await dialog.getByRole('button', { name: 'Define' }).click()
  // what was written stays, to be mended
  await expect(dialog.getByText(/referenced filter 'nobody' is missing/)).toBeVisible()
  await dialog.getByRole('textbox').fill("<filter name='of-mine'><filterref filter='clean-traffic'/></filter>")
  await dialog.getByRole('button', { name: 'Define' }).click()
  await expect(dialog).toHaveCount(0)
  await page.getByRole('button', { name: 'of-mine', exact: true }).click()
  await expect(page.getByRole('region', { name: 'of-mine' })).toContainText('Nothing uses it')
})

test('the topology draws only what is on screen, and follows a card to the wire', async ({ console: page }) => {
  const topology = new TopologyPage(page)
  await visit(page, '/topology')
  await topology.expectHosts(200)
  await page.getByRole('button', { name: 'Open all' }).click()
  await expect.poll(() => topology.map.evaluate((box) => box.scrollHeight)).toBeGreaterThan(200_000)
  await expect.poll(() => topology.drawn()).toBeGreaterThan(20)
  expect(await topology.drawn()).toBeLessThan(200)

  await topology.search.fill('kvm-gdn-005')
  await expect(page.getByText('1 found')).toBeVisible()
  await topology.map.focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  const way = topology.way(/^The way of/)
  await expect(way).toContainText('Way to the wire')
  // rates of the host that is looked at come every few seconds
  await expect(way.getByText(/^in .*\/s, out .*\/s$/).first()).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(way).toHaveCount(0)

  await topology.show('List')
  const host = topology.host('kvm-gdn-005')
  await expect(host.getByRole('row', { name: /Network prod → Bridge br-prod → VLAN bond0\.110 → Bond bond0/ }).first()).toBeVisible()
})

test('from a network to the way of one of its machines, and from a host to both', async ({ console: page }) => {
  const topology = new TopologyPage(page)
  await networksOf(page, 'kvm-gdn-006')
  await page.getByRole('button', { name: 'prod', exact: true }).click()
  const show = page
    .getByRole('region', { name: 'Attached machines' })
    .getByRole('link', { name: /^Show the way of/ })
    .first()
  const machine = ((await show.getAttribute('aria-label')) ?? '').replace(/^Show the way of (.*) to the wire$/, '$1')
  await show.click()
  await expect(topology.way(machine)).toContainText('Leaves the host by this port.')
  await topology.way(machine).getByRole('link', { name: 'kvm-gdn-006' }).click()
  await page.getByRole('region', { name: 'Networks' }).getByRole('link', { name: 'test', exact: true }).click()
  await expect(page.getByRole('region', { name: 'test', exact: true })).toContainText('br-test')
})
