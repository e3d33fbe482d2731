import { expect } from '@playwright/test'
import { logIn, watchProblems } from '../../app/fixture.ts'
import { testOnHost } from '../../app/host-fixture.ts'
import { AddHostPage } from '../../pages/add-host.ts'
import { FleetPage } from '../../pages/fleet.ts'
import { visit } from '../../pages/screens.ts'
import { SnapshotsPage } from '../../pages/snapshots.ts'

const IMAGES = '/var/lib/libvirt/images'

const test = testOnHost(async (host) => {
  const guest = await host.defineGuest({ name: 'web', boots: false, diskMiB: 16 })
  return { guest }
})

test('on a real host: a tree of three, back and forth, a refused merge with its chain, and a deletion that merges', async ({
  page,
  place,
}) => {
  const { host, guest, server } = place
  const problems = watchProblems(page)
  const fleet = new FleetPage(page)
  const snapshots = new SnapshotsPage(page)
  /** What qemu itself reads and writes, while the machine is off. */
  const qemuIo = async (file: string, command: string) => (await host.exec(['qemu-io', '-c', command, file])).stdout
  const active = async () => /vda\s+(\S+)/.exec(await host.virsh(['domblklist', guest.uuid]))?.[1] ?? ''
  const write = async (pattern: number) => qemuIo(await active(), `write -P ${pattern} 0 64k`)
  const holds = async (pattern: number) =>
    expect(await qemuIo(await active(), `read -P ${pattern} 0 64k`)).not.toContain('verification failed')

  await logIn(page, server)
  await page.getByRole('button', { name: /Add a host by SSH/ }).click()
  await new AddHostPage(page).addHost(host)
  const id = (await fleet.row('web').getAttribute('data-machine')) ?? ''
  await visit(page, `/machines/${encodeURIComponent(id)}`)
  await snapshots.open()

  await test.step('three, each with something written after it', async () => {
    await write(1)
    await snapshots.take('one')
    await write(2)
    await snapshots.take('two')
    await write(3)
    await snapshots.take('three')
    await snapshots.expectTree('three', 'two', 'one')
    await expect(snapshots.files()).toHaveCount(4)
    await expect(snapshots.files().first()).toHaveText('web-vda.three.qcow2')
  })

  await test.step('back to the first, and what it was is kept', async () => {
    await snapshots.snapshot('one').click()
    await snapshots.act('Go back to it…')
    await snapshots.dialog.getByLabel('As', { exact: true }).fill('kept')
    await snapshots.confirm('Go back')
    await snapshots.expectTree('kept', 'three', 'two', 'one')
    await holds(1)
  })

  await test.step('and forth', async () => {
    await snapshots.snapshot('three').click()
    await snapshots.act('Go back to it…')
    await snapshots.dialog.getByRole('checkbox', { name: /Keep what it is now/ }).uncheck()
    await snapshots.dialog.getByLabel('Type web').fill('web')
    await snapshots.confirm('Go back')
    await expect(snapshots.tree.getByRole('rowheader')).toHaveText(['You are here', 'kept', 'three', 'two', 'one'])
    await holds(3)
  })

  await test.step('what was kept is deleted with its file, which nothing stands on', async () => {
    await snapshots.snapshot('kept').click()
    await snapshots.act('Delete…')
    await expect(snapshots.dialog.getByText('web-vda.three.qcow2', { exact: true })).toBeVisible()
    await snapshots.confirm('Delete the snapshot')
    await snapshots.expectTree('three', 'two', 'one')
    expect((await host.exec(['test', '-e', `${IMAGES}/web-vda.three.qcow2`])).code).toBe(1)
  })

  await test.step('what a snapshot needs is not merged away', async () => {
    await page.getByRole('button', { name: /^web-vda\.two\.qcow2, / }).click()
    await snapshots.act('Merge downwards…')
    await expect(snapshots.dialog.getByText('This cannot be done')).toBeVisible()
    await expect(snapshots.dialog.getByRole('figure').locator('li.bad')).toHaveText(/web-vda\.one\.qcow2/)
    await snapshots.dialog.getByRole('button', { name: 'Delete the snapshot two…' }).click()
  })

  await test.step('the snapshot is deleted, its file merged, and the others hold what they held', async () => {
    await expect(snapshots.dialog.getByText('No data are lost.')).toBeVisible()
    await snapshots.confirm('Delete the snapshot')
    await snapshots.expectTree('three', 'one')
    await holds(3)
    expect(await host.virsh(['snapshot-list', guest.uuid, '--name'])).not.toContain('two')
    expect((await host.exec(['test', '-e', `${IMAGES}/web-vda.two.qcow2`])).code).toBe(1)
  })
  expect(problems).toEqual([])
})
