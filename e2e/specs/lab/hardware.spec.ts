import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { logIn, watchProblems } from '../../app/fixture.ts'
import { testOnHost } from '../../app/host-fixture.ts'
import { AddHostPage } from '../../pages/add-host.ts'
import { FleetPage } from '../../pages/fleet.ts'
import { HardwarePage } from '../../pages/hardware.ts'

/** A guest that boots without virtualisation support, on a busy machine. */
const SLOW = 300_000

const test = testOnHost(async (host) => {
  const guest = await host.defineGuest({ name: 'web', vcpus: 2, diskMiB: 8 })
  const xml = await host.virsh(['dumpxml', '--inactive', guest.uuid])
  const ports = "<controller type='pci' model='pcie-root-port'/>".repeat(6)
  const file = join(host.dir, 'web.xml')
  // one of its two vCPUs is on, and there is room to plug in
  const roomy = xml.replace(/<vcpu[^>]*>2</, "<vcpu current='1'>2<").replace('</devices>', `${ports}</devices>`)
  await writeFile(file, roomy)
  await host.virsh(['define', file])
  await guest.start()
  return { guest }
})

test('memory and vCPUs of a running machine, a disk and a card, what waits, a restart to apply, a version taken back', async ({
  page,
  place,
}) => {
  const { host, guest, server } = place
  const problems = watchProblems(page)
  const fleet = new FleetPage(page)
  const hardware = new HardwarePage(page)
  await logIn(page, server)
  await page.getByRole('button', { name: /Add a host by SSH/ }).click()
  await new AddHostPage(page).addHost(host)
  await fleet.row('web').dblclick()
  await hardware.open()

  await test.step('a vCPU more at once and for good', async () => {
    await hardware.field('vCPUs').fill('2')
    await expect(hardware.detail.getByText('Counts at once')).toBeVisible()
    await hardware.save('Save the vCPUs')
    await expect.poll(() => host.virsh(['vcpucount', guest.uuid, '--live', '--current'])).toMatch(/^2/)
    expect(await host.virsh(['vcpucount', guest.uuid, '--config', '--current'])).toMatch(/^2/)
    await expect(hardware.pending).toHaveCount(0)
  })

  await test.step('more memory than the maximum waits for the next start', async () => {
    await hardware.choose(/^Memory/)
    await hardware.field('Memory').fill('128')
    await hardware.field('Maximum').fill('160')
    await expect(page.getByRole('radio', { name: 'Now, until it is off' })).toBeDisabled()
    await hardware.save('Save the memory')
    await expect(hardware.pending).toContainText('160 MiB')
    expect(await host.virsh(['dumpxml', '--inactive', guest.uuid])).toContain("<currentMemory unit='KiB'>131072<")
  })

  await test.step('a new disk and a card are plugged into the machine that runs', async () => {
    await hardware.add(/^Disk/)
    await hardware.field('Size').fill('0.02')
    await hardware.save('Add the disk')
    await expect.poll(() => host.virsh(['domblklist', guest.uuid])).toContain('vdb')
    await hardware.add(/^Network card/)
    await hardware.save('Add the card')
    await expect.poll(() => host.virsh(['domiflist', guest.uuid])).toContain('default')
    await expect(hardware.list.getByRole('button', { name: /^Card/ })).toBeVisible()
    await expect(hardware.pending).toContainText('2 changes wait')
  })

  await test.step('off and on again, and what waited runs', async () => {
    await guest.waitReady()
    await hardware.press('Restart to apply…')
    await page.getByRole('dialog').getByRole('button', { name: 'Shut down and start' }).click()
    await expect
      .poll(() => host.virsh(['dominfo', guest.uuid]), { timeout: SLOW })
      .toMatch(/State:\s+running[\s\S]*Max memory:\s+163840 KiB/)
    await expect(hardware.pending.getByText('Maximum')).toHaveCount(0)
  })

  await test.step('the definition of before is taken back', async () => {
    await hardware.view('History')
    await hardware.versions.filter({ hasText: 'Memory' }).getByRole('button').click()
    // a form that is just asking anew what would come of it, as the machine has changed, takes no press
    await expect(async () => {
      await hardware.save('Take back to this')
      const kept = () => host.virsh(['dumpxml', '--inactive', guest.uuid])
      await expect.poll(kept, { timeout: 15_000 }).not.toContain('vdb')
    }).toPass()
    expect(await host.virsh(['domblklist', guest.uuid])).toContain('vdb')
    await expect(hardware.pending).toContainText('Maximum')
  })

  expect(problems).toEqual([])
})
