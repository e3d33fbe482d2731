import { expect, test } from '../app/fixture.ts'
import { expectAccessible } from '../pages/axe.ts'
import { FleetPage } from '../pages/fleet.ts'
import { HardwarePage } from '../pages/hardware.ts'

test('a running machine is changed: said when it counts, listed while it waits, taken back, and restarted to apply', async ({
  console: page,
}) => {
  const fleet = new FleetPage(page)
  const hardware = new HardwarePage(page)
  await fleet.filter('state:running tag:db')
  await fleet.rows().first().dblclick()
  await hardware.open()

  await test.step('more vCPUs than the maximum wait for the next start', async () => {
    await hardware.field('vCPUs').fill('40')
    await hardware.field('Maximum of vCPUs').fill('40')
    await expect(hardware.detail.getByText('Counts from the next start on')).toBeVisible()
    await expect(page.getByRole('radio', { name: 'Now, until it is off' })).toBeDisabled()
    await page.getByRole('button', { name: 'Show what changes' }).click()
    await expect(page.getByRole('region', { name: 'From the next start on' }).locator('.diff-added')).toContainText('40</vcpu>')
    await hardware.save('Save the vCPUs')
    await expect(hardware.pending).toContainText('2 changes wait for the next start')
  })

  await test.step('a disk and a card are plugged in at once', async () => {
    await hardware.add(/^Disk/)
    await hardware.field('Size').fill('2')
    await hardware.save('Add the disk')
    await expect(hardware.list.getByRole('button', { name: /^Disk .*2 GiB/ })).toBeVisible()
    await hardware.add(/^Network card/)
    await hardware.counts('Now, until it is off')
    await hardware.save('Add the card')
    await expect(hardware.list.getByRole('button', { name: /goes with the next start/ })).toBeVisible()
    await expectAccessible(page, 'a new card')
  })

  await test.step('one change is taken back, the others count after a restart', async () => {
    await hardware.pending.getByRole('button', { name: /^Take back: Card/ }).click()
    await expect(hardware.pending).not.toContainText('Card')
    await hardware.press('Restart to apply…')
    await page.getByRole('checkbox', { name: /Power off instead/ }).check()
    await page.getByRole('dialog').getByRole('button', { name: 'Power off and start' }).click()
    await expect(hardware.pending).toHaveCount(0)
    await hardware.choose(/^Processors/)
    await expect(hardware.field('vCPUs')).toHaveValue('40')
  })

  await test.step('the history knows who, and brings a definition back', async () => {
    await hardware.view('History')
    await expect(hardware.versions.filter({ hasText: 'Disk added' })).toHaveCount(1)
    await hardware.versions.filter({ hasText: 'vCPUs' }).getByRole('button').click()
    await hardware.save('Take back to this')
    await expect(hardware.pending).toContainText('Maximum of vCPUs')
    await expectAccessible(page, 'history')
  })
})

test('narrow windows show all of it, one below the other', async ({ console: page }) => {
  const fleet = new FleetPage(page)
  const hardware = new HardwarePage(page)
  await fleet.filter('state:stopped')
  await fleet.rows().first().dblclick()
  await hardware.open()
  for (const width of [1_100, 640]) {
    await page.setViewportSize({ width, height: 800 })
    await hardware.choose(/^Pinning/)
    await expect(hardware.detail.getByRole('button', { name: 'Whole node' }).first()).toBeVisible()
    expect(await page.evaluate(`document.querySelector('.hw').scrollWidth`)).toBeLessThanOrEqual(width)
  }
})
