import { expect } from '@playwright/test'
import { logIn, watchProblems } from '../../app/fixture.ts'
import { testOnHost } from '../../app/host-fixture.ts'
import { AddHostPage } from '../../pages/add-host.ts'
import { FleetPage } from '../../pages/fleet.ts'
import { TopologyPage } from '../../pages/topology.ts'

/** A host that is asked by SSH, on a busy machine. */
const SOON = 60_000

const test = testOnHost(async (host) => {
  const guest = await host.defineGuest({ name: 'web', network: 'default', boots: false })
  await guest.start()
  return {}
})

test('networks of a real host: made, changed and deleted as virsh sees it, and the way of a card to the wire', async ({ page, place }) => {
  const { host, server } = place
  const problems = watchProblems(page)
  const dialog = page.getByRole('dialog')
  await logIn(page, server)
  await page.getByRole('button', { name: /Add a host by SSH/ }).click()
  await new AddHostPage(page).addHost(host)
  await new FleetPage(page).expectState('web', 'Running', SOON)
  await page.getByRole('navigation').getByRole('link', { name: 'Networks' }).click()

  await test.step('who is attached to the network that is there, and would lose it', async () => {
    const detail = page.getByRole('region', { name: 'default', exact: true })
    await expect(detail.getByRole('region', { name: 'Attached machines' }).getByRole('link', { name: 'web', exact: true })).toBeVisible({
      timeout: SOON,
    })
    await detail.getByRole('button', { name: 'Stop…' }).click()
    await expect(dialog).toContainText('1 running machine loses this network')
    await dialog.getByRole('button', { name: 'Keep' }).click()
    await expect(detail.getByRole('button', { name: 'Delete…' })).toHaveAttribute('aria-disabled', 'true')
  })

  await test.step('restarted from here its card is back by itself; restarted with virsh it hangs beside and is plugged back in', async () => {
    const detail = page.getByRole('region', { name: 'default', exact: true })
    const [tap = ''] = (await host.virsh(['domiflist', 'web'])).trim().split(/\s+/)
    const inBridge = async () => (await host.exec(`basename "$(readlink /sys/class/net/${tap}/master)"`)).stdout.trim()
    await detail.getByRole('button', { name: 'Restart…' }).click()
    await expect(dialog).toContainText('1 running machine is cut off for a few seconds')
    await dialog.getByRole('button', { name: 'Restart and plug back in' }).click()
    await expect(page.getByText('Restart network default').first()).toBeVisible()
    await expect(detail.getByRole('button', { name: 'Restart…' })).not.toHaveAttribute('aria-disabled', 'true', { timeout: SOON })
    await expect.poll(inBridge).toBe('virbr0')
    await host.virsh(['net-destroy', 'default'])
    await host.virsh(['net-start', 'default'])
    expect(await inBridge()).toBe('')
    await detail.getByRole('button', { name: 'Plug all back in' }).click({ timeout: 2 * SOON })
    await expect(detail.getByRole('button', { name: 'Plug all back in' })).toHaveCount(0, { timeout: SOON })
    expect(await inBridge()).toBe('virbr0')
  })

  const lab = page.getByRole('region', { name: 'quiet', exact: true })
  await test.step('a new one in the free subnet that was suggested', async () => {
    await page.getByRole('button', { name: 'New network…' }).click()
    await dialog.getByRole('radio', { name: /^isolated/ }).check()
    await dialog.getByLabel('Name', { exact: true }).fill('quiet')
    await dialog.getByRole('button', { name: 'Create and start' }).click()
    await expect(lab).toBeVisible({ timeout: SOON })
    await expect(dialog).toHaveCount(0, { timeout: SOON })
    expect(await host.virsh(['net-info', 'quiet'])).toMatch(/Active: +yes/)
    expect(await host.virsh(['net-dumpxml', 'quiet'])).toContain("<ip address='192.168.100.1'")
  })

  await test.step('a fixed address is there at once, for the host as well', async () => {
    const fixed = lab.getByRole('region', { name: 'Fixed addresses' })
    await fixed.getByLabel('Fixed address', { exact: true }).fill('192.168.100.20')
    await fixed.getByLabel('MAC of the fixed address').fill('52:54:00:00:00:20')
    await fixed.getByRole('button', { name: 'Add address' }).click()
    await expect(fixed.getByRole('button', { name: 'Take away 192.168.100.20' })).toBeVisible({ timeout: SOON })
    expect(await host.virsh(['net-dumpxml', 'quiet'])).toContain("mac='52:54:00:00:00:20'")
  })

  await test.step('somebody stops it with virsh: the page follows; it is started, and deleted', async () => {
    await host.virsh(['net-destroy', 'quiet'])
    await expect(lab.getByText('inactive', { exact: true })).toBeVisible({ timeout: SOON })
    await lab.getByRole('button', { name: 'Start', exact: true }).click()
    await expect(lab.getByText('active', { exact: true })).toBeVisible({ timeout: SOON })
    await lab.getByRole('button', { name: 'Delete…' }).click()
    await dialog.getByRole('button', { name: 'Delete network' }).click()
    await expect(dialog).toHaveCount(0, { timeout: SOON })
    await expect(lab).toHaveCount(0, { timeout: SOON })
    expect(await host.virsh(['net-list', '--all', '--name'])).not.toContain('quiet')
  })

  await test.step('the card’s way over the network and its bridge', async () => {
    const topology = new TopologyPage(page)
    await page.getByRole('region', { name: 'default', exact: true }).getByRole('link', { name: 'Show the way of web to the wire' }).click()
    const way = topology.way('web')
    await expect(way).toContainText('Way to the wire', { timeout: SOON })
    await expect(way.getByRole('button', { name: 'default' })).toBeVisible()
    await expect(way.getByRole('button', { name: 'virbr0' })).toBeVisible()
    await topology.show('List')
    await expect(page.getByRole('row', { name: /web.*Network default → Bridge virbr0/ })).toBeVisible()
  })
  expect(problems).toEqual([])
})
