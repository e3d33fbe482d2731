import { expect, test } from '../app/fixture.ts'
import { StoragePage } from '../pages/storage.ts'

// One fleet for all of the file: what one test makes, the next finds.
test.describe.configure({ mode: 'serial' })

test('a pool of 10,000: from its first row to its last, owners and backing files one press away, what cannot be read said', async ({
  console: page,
}) => {
  const storage = new StoragePage(page)
  await storage.open('kvm-gdn-002')
  await storage.openPool('restore-points')
  await expect(page.getByText('10,000 volumes').first()).toBeVisible()
  await expect(storage.rows().first()).toContainText('.r00001.qcow2')
  await expect(storage.volumes).toHaveAttribute('aria-rowcount', '10001')
  await storage.volumes.focus()
  await page.keyboard.press('End')
  const last = page.locator('[role=row][aria-rowindex="10001"]')
  await expect(last).toContainText(/MiB|GiB/)
  await expect(last.getByRole('link')).toHaveAttribute('href', /^\/machines\//)
  // its backing file is one press away
  const name = (await last.locator('.storage-name').textContent()) ?? ''
  await last
    .getByRole('button', { name: /\.qcow2$/ })
    .first()
    .click()
  const before = page.locator('[role=row][aria-rowindex="10000"]')
  await expect(before).toHaveClass(/cursor/)
  await page.getByRole('searchbox').fill(name)
  await expect(storage.rows()).toHaveCount(1)
  await page.getByRole('button', { name: `Actions: ${name}` }).click()
  await expect(page.getByRole('menuitem', { name: /^Delete…/ })).toContainText('Used by')
  await page.keyboard.press('Escape')
  await expect(page.getByText('7 cannot be read')).toBeVisible()
})

test('the 400 GB that nobody names are found, sized, and some of them deleted', async ({ console: page }) => {
  const storage = new StoragePage(page)
  await storage.open()
  await page.getByRole('tab', { name: 'Orphaned volumes' }).click()
  await page.getByRole('button', { name: 'Look through 200 hosts' }).click()
  // 400,000,000,000 bytes, and linked images that no machine uses any more
  await expect(page.getByText('in 15 orphaned volumes of 200 hosts')).toBeVisible()
  await expect(page.getByText('379 GiB')).toBeVisible()
  // A share that the hosts of one data centre mount: one row for all of them, and nothing that a machine of another host boots from.
  await expect(storage.row('solaris-11.4-text-x86.iso')).toContainText(/shared.*\+95/)
  await expect(storage.row('firmware-update-2024.iso')).toHaveCount(0)
  await expect(page.getByText('The pool old-images is off')).toBeVisible()
  await expect(page.getByText('Is /mnt/nas/backup still mounted?')).toBeVisible()
  const first = storage.orphans.getByRole('row').nth(1)
  await expect(first).toContainText('db-legacy-01.qcow2')
  await first.getByRole('checkbox').check()
  await storage.row('win2016-crm.qcow2').getByRole('checkbox').check()
  await storage.row('solaris-11.4-text-x86.iso').getByRole('checkbox').check()
  await page.getByRole('button', { name: 'Delete…' }).click()
  await expect(storage.dialog).toContainText('They take up 170 GiB')
  await expect(storage.dialog).toContainText('Hosts outside this console may see the pool iso, too')
  await storage.dialog.getByRole('textbox').fill('3')
  await storage.confirm('Delete 3 volumes')
  await expect(storage.row('db-legacy-01.qcow2')).toHaveCount(0)
  await expect(page.getByText('in 12 orphaned volumes of 200 hosts')).toBeVisible()
})

test('a pool is made, filled, stopped and taken away', async ({ console: page }) => {
  const storage = new StoragePage(page)
  await storage.open('kvm-gdn-006')
  await page.getByRole('button', { name: 'New pool…' }).click()
  await page.getByRole('textbox', { name: 'Folder' }).fill('/srv/new')
  await page.getByRole('button', { name: 'Make the pool' }).click()
  // there is no such folder, and nobody said to make it
  await expect(page.getByRole('alert')).toContainText('/srv/new is not there on the host.')
  await page.getByRole('checkbox', { name: /Make the folder/ }).check()
  await page.getByRole('button', { name: 'Make the pool' }).click()
  await storage.openPool('new')
  await expect(page.getByText('new is empty')).toBeVisible()
  await storage.make('a.qcow2', '4')
  await storage.act('a.qcow2', /^Make larger…/)
  await storage.dialog.getByLabel('Size').fill('8')
  await storage.confirm('Make it larger')
  await expect(storage.row('a.qcow2')).toContainText('8 GiB')
  await storage.act('a.qcow2', /^Overwrite with zeros…/)
  await storage.dialog.getByRole('textbox').fill('a.qcow2')
  await storage.confirm('Overwrite everything in it')
  await expect(storage.row('a.qcow2')).toContainText('raw')
  await storage.actOnPool(/^Stop…/)
  await storage.confirm('Stop the pool')
  await expect(page.getByText('new is off')).toBeVisible()
  await storage.actOnPool(/^Take it away…/)
  await storage.confirm('Take the pool away')
  await expect(page).toHaveURL(/\/storage\?host=/)
  await expect(storage.pools.getByRole('link', { name: 'default' })).toBeVisible()
  await expect(storage.pools.getByRole('link', { name: 'new', exact: true })).toHaveCount(0)
})

test('a pool whose mount is gone says so, goes off when it is looked at, and does not start', async ({ console: page }) => {
  const storage = new StoragePage(page)
  await storage.open('kvm-gdn-003')
  await storage.openPool('backup')
  await expect(page.getByText('None of these files is there any more.')).toBeVisible()
  await storage.actOnPool(/^Look at its files again/)
  await expect(page.getByText('backup is off')).toBeVisible()
  await storage.actOnPool(/^Start/)
  await expect(page.getByRole('region', { name: 'Running tasks' })).toContainText('/mnt/nas/backup is not there')
})

test('a host’s storage is reached from the tree and from its page', async ({ console: page }) => {
  await page
    .getByRole('treeitem', { name: /Gdańsk DC/ })
    .locator('.foldable')
    .click()
  await page
    .getByRole('treeitem', { name: /kvm-gdn-001/ })
    .locator('.foldable')
    .click()
  await page.getByRole('treeitem', { name: 'Storage' }).click()
  await expect(page).toHaveURL(/\/storage\?host=/)
  await page.getByRole('link', { name: 'kvm-gdn-001' }).first().click()
  await page.getByRole('region', { name: 'Storage pools' }).getByRole('link', { name: 'Open storage' }).click()
  await expect(page.getByRole('grid', { name: 'Pools' }).getByRole('link', { name: 'ceph-vm' })).toBeVisible()
})
