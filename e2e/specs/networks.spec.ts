import type { Page } from '@playwright/test'
import { expect, test } from '../app/fixture.ts'
import { TopologyPage } from '../pages/topology.ts'

async function open(page: Page, screen: 'Networks' | 'Topology'): Promise<void> {
  await page.getByRole('navigation').getByRole('link', { name: screen, exact: true }).click()
}

/** Networks of a host of the demo, by its name. */
async function networksOf(page: Page, host: string): Promise<void> {
  await open(page, 'Networks')
  await page.getByLabel('Host', { exact: true }).selectOption({ label: host })
}

test('networks are made, changed and deleted, and those that machines hang on are not; filters likewise', async ({ console: page }) => {
  const dialog = page.getByRole('dialog')
  await networksOf(page, 'kvm-gdn-002')

  await test.step('by its mode, with a free subnet and what a machine gets', async () => {
    await page.getByRole('button', { name: 'New network…' }).click()
    await expect(dialog.getByRole('region', { name: 'What a machine gets' })).toContainText('by DHCP')
    await dialog.getByRole('radio', { name: /^isolated/ }).check()
    await dialog.getByLabel('Name', { exact: true }).fill('quiet lab')
    await dialog.getByRole('button', { name: 'Create and start' }).click()
    await expect(dialog).toHaveCount(0)
  })

  const own = page.getByRole('region', { name: 'quiet lab' })
  await test.step('a fixed address; then it is stopped and deleted', async () => {
    await expect(own.getByText('active', { exact: true })).toBeVisible()
    const fixed = own.getByRole('region', { name: 'Fixed addresses' })
    await fixed.getByLabel('Fixed address', { exact: true }).fill('192.168.100.20')
    await fixed.getByLabel('Name of the fixed address').fill('printer')
    await fixed.getByRole('button', { name: 'Add address' }).click()
    await expect(fixed.getByRole('button', { name: 'Take away 192.168.100.20' })).toBeVisible()
    await expect(own.getByRole('region', { name: 'Definition' })).toContainText("name='printer' ip='192.168.100.20'")
    await own.getByRole('button', { name: 'Stop…' }).click()
    await dialog.getByRole('button', { name: 'Stop', exact: true }).click()
    await expect(own.getByText('inactive', { exact: true })).toBeVisible()
    await own.getByRole('button', { name: 'Delete…' }).click()
    await dialog.getByRole('button', { name: 'Delete network' }).click()
    await expect(dialog).toHaveCount(0)
    await expect(own).toHaveCount(0)
  })

  await test.step('one that machines hang on says who, and stays', async () => {
    await page.getByRole('button', { name: 'prod', exact: true }).click()
    const detail = page.getByRole('region', { name: 'prod', exact: true })
    await expect(detail.getByRole('region', { name: 'Attached machines' }).getByRole('row').nth(1)).toBeVisible()
    const remove = detail.getByRole('button', { name: 'Delete…' })
    await expect(remove).toHaveAttribute('aria-disabled', 'true')
    await remove.focus()
    await expect(page.getByRole('tooltip')).toContainText('Machines name it')
    await detail.getByRole('button', { name: 'Stop…' }).click()
    await expect(dialog).toContainText(/\d+ running machines lose this network/)
    await dialog.getByRole('button', { name: 'Keep' }).click()
    await expect(detail.getByText('active', { exact: true })).toBeVisible()
  })

  await test.step('a restart plugs everybody back in; after a stop by itself that is done by hand', async () => {
    const detail = page.getByRole('region', { name: 'prod', exact: true })
    const loose = detail.getByText(/cards of running machines hang beside this network/)
    await detail.getByRole('button', { name: 'Restart…' }).click()
    await expect(dialog).toContainText(/\d+ running machines are cut off for a few seconds/)
    await dialog.getByRole('button', { name: 'Restart and plug back in' }).click()
    await expect(page.getByText('Restart network prod').first()).toBeVisible()
    await expect(detail.getByRole('button', { name: 'Restart…' })).not.toHaveAttribute('aria-disabled', 'true')
    await expect(detail.getByText('active', { exact: true })).toBeVisible()
    await expect(loose).toHaveCount(0)
    await detail.getByRole('button', { name: 'Stop…' }).click()
    await dialog.getByRole('button', { name: 'Cut them off and stop' }).click()
    await detail.getByRole('button', { name: 'Start', exact: true }).click()
    await expect(loose).toBeVisible()
    await detail.getByRole('button', { name: 'Plug all back in' }).click()
    await expect(loose).toHaveCount(0)
  })

  await test.step('a filter from text; what the host refuses can be mended', async () => {
    await page.getByRole('tab', { name: 'Filters' }).click()
    await page.getByRole('button', { name: 'no-ip-spoofing' }).click()
    const detail = page.getByRole('region', { name: 'no-ip-spoofing' })
    await expect(detail.getByText('filter clean-traffic')).toBeVisible()
    await expect(detail.getByRole('button', { name: 'Delete…' })).toHaveAttribute('aria-disabled', 'true')
    await page.getByRole('button', { name: 'New filter…' }).click()
    await dialog.getByRole('textbox').fill("<filter name='of-mine'><filterref filter='nobody'/></filter>")
    await dialog.getByRole('button', { name: 'Define' }).click()
    await expect(dialog.getByText(/referenced filter 'nobody' is missing/)).toBeVisible()
    await dialog.getByRole('textbox').fill("<filter name='of-mine'><filterref filter='clean-traffic'/></filter>")
    await dialog.getByRole('button', { name: 'Define' }).click()
    await expect(dialog).toHaveCount(0)
    await page.getByRole('button', { name: 'of-mine', exact: true }).click()
    await expect(page.getByRole('region', { name: 'of-mine' })).toContainText('Nothing uses it')
  })
})

test('the topology draws only what is on screen, and follows a card to the wire', async ({ console: page }) => {
  const topology = new TopologyPage(page)
  await open(page, 'Topology')
  await topology.expectHosts(200)
  await page.getByRole('button', { name: 'Open all' }).click()
  await expect.poll(() => topology.map.evaluate((box) => box.scrollHeight)).toBeGreaterThan(200_000)
  await expect.poll(() => topology.drawn()).toBeGreaterThan(20)
  expect(await topology.drawn()).toBeLessThan(200)

  await test.step('by keyboard, with rates of the host that is looked at', async () => {
    await topology.search.fill('kvm-gdn-005')
    await expect(page.getByText('1 found')).toBeVisible()
    await topology.map.focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Enter')
    const way = topology.way(/^The way of/)
    await expect(way).toContainText('Way to the wire')
    await expect(way.getByText(/^in .*\/s, out .*\/s$/).first()).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(way).toHaveCount(0)
  })

  await test.step('in words', async () => {
    await topology.show('List')
    const rows = topology.host('kvm-gdn-005').getByRole('row', { name: /Network prod → Bridge br-prod → VLAN bond0\.110 → Bond bond0/ })
    await expect(rows.first()).toBeVisible()
  })

  await test.step('from a network to the way of one of its machines, and on to its host', async () => {
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
})
