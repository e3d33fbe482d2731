import { createHash, randomBytes } from 'node:crypto'
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { logIn, watchProblems } from '../../app/fixture.ts'
import { testOnHost } from '../../app/host-fixture.ts'
import { run } from '../../lab/run.ts'
import { AddHostPage } from '../../pages/add-host.ts'
import { StoragePage } from '../../pages/storage.ts'

const SLOW = 300_000

const test = testOnHost(async (host) => {
  await host.defineGuest({ name: 'web', network: 'default', diskMiB: 64 })
  return {}
})

test('a real host: a pool is made and filled, files behind libvirt’s back are found, orphans are deleted and nothing else', async ({
  page,
  place,
}, info) => {
  const { host, server } = place
  const problems = watchProblems(page)
  const storage = new StoragePage(page)
  const names = async (pool: string) => (await host.virsh(['vol-list', pool])).match(/[\w.-]+\.(qcow2|img|raw)(?= )/g) ?? []
  await logIn(page, server)
  await page.getByRole('button', { name: /Add a host by SSH/ }).click()
  await new AddHostPage(page).addHost(host)
  // the form leads there by itself
  await expect(page).toHaveURL(/\/fleet/, { timeout: SLOW })

  await test.step('a pool with a folder that the host makes', async () => {
    await storage.open()
    // the host has been read
    await expect(storage.pools.getByRole('link', { name: 'default' })).toBeVisible({ timeout: SLOW })
    await page.getByRole('button', { name: 'New pool…' }).click()
    await page.getByRole('textbox', { name: 'Folder' }).fill('/srv/host/new/pool')
    await page.getByRole('checkbox', { name: /Make the folder/ }).check()
    await page.getByRole('button', { name: 'Make the pool' }).click()
    await expect(storage.pools.getByRole('link', { name: 'pool', exact: true })).toBeVisible({ timeout: SLOW })
    expect(await host.virsh(['pool-info', 'pool'])).toMatch(/State: +running.*Autostart: +yes/s)
  })

  await test.step('volumes are made, made larger and copied; qemu-img says the same', async () => {
    await storage.openPool('pool')
    await storage.make('a.qcow2', '0.03125')
    await storage.act('a.qcow2', /^Make larger…/)
    await storage.dialog.getByLabel('Size').fill('0.0625')
    await storage.confirm('Make it larger')
    await expect(storage.row('a.qcow2')).toContainText('64 MiB', { timeout: SLOW })
    await storage.act('a.qcow2', /^Copy…/)
    await storage.dialog.getByLabel('Name').fill('b.img')
    await storage.dialog.getByLabel('Format').selectOption('raw')
    await storage.confirm('Copy it')
    await expect(storage.row('b.img')).toContainText('raw', { timeout: SLOW })
    const { stdout } = await host.exec(['qemu-img', 'info', '--output=json', '/srv/host/new/pool/a.qcow2'])
    expect(JSON.parse(stdout)).toMatchObject({ format: 'qcow2', 'virtual-size': 64 * 2 ** 20 })
  })

  await test.step('a file goes up and comes down again as it was', async () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 7) % 251))
    await page.getByLabel('File to upload').setInputFiles({ name: 'up.img', mimeType: 'application/octet-stream', buffer: bytes })
    await expect(storage.row('up.img')).toBeVisible({ timeout: SLOW })
    const coming = page.waitForEvent('download', { timeout: SLOW })
    await storage.act('up.img', 'Download')
    const saved = info.outputPath('up.img')
    await (await coming).saveAs(saved)
    const sum = (data: Buffer) => createHash('sha256').update(data).digest('hex')
    expect(sum(await readFile(saved))).toBe(sum(bytes))
  })

  await test.step('a download that breaks is gone on with by a range, and by curl, unless the volume was changed', async () => {
    const bytes = randomBytes(24 * 1_048_576)
    await writeFile(join(host.dir, 'new/pool/big.img'), bytes)
    await storage.actOnPool(/^Look at its files again/)
    await expect(storage.row('big.img')).toBeVisible({ timeout: SLOW })
    const coming = page.waitForEvent('download', { timeout: SLOW })
    await storage.act('big.img', 'Download')
    const link = (await coming).url()
    await (await coming).delete()
    const cookie = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')
    const cut = info.outputPath('cut.img')
    const curl = async (...more: string[]) => (await run('curl', ['-sS', '-f', '-b', cookie, '-o', cut, ...more, link])).code
    // the way is cut in the middle: curl 28, too slow for too long; by then something has come
    expect(await curl('--limit-rate', '512K', '--speed-limit', '100000000', '--speed-time', '15')).toBe(28)
    const have = (await stat(cut)).size
    expect(have).toBeGreaterThan(0)
    expect(have).toBeLessThan(bytes.length)
    const rest = await fetch(link, { headers: { cookie, range: `bytes=${have}-` } })
    expect(rest.status).toBe(206)
    const etag = rest.headers.get('etag') ?? ''
    expect(
      createHash('sha256')
        .update(await readFile(cut))
        .update(await rest.bytes())
        .digest('hex'),
    ).toBe(createHash('sha256').update(bytes).digest('hex'))
    await host.exec("printf 'other' | dd of=/srv/host/new/pool/big.img conv=notrunc status=none")
    // curl 22: refused with 412, and the file is as it was
    expect(await curl('-C', '-')).toBe(22)
    expect((await stat(cut)).size).toBe(have)
    const anew = await fetch(link, { headers: { cookie, range: `bytes=${have}-`, 'if-range': etag } })
    expect([anew.status, anew.headers.get('content-length')]).toEqual([200, String(bytes.length)])
    expect(Buffer.from((await anew.bytes()).subarray(0, 5)).toString()).toBe('other')
    expect((await fetch(link, { headers: { cookie, range: 'bytes=9-', 'if-match': etag } })).status).toBe(412)
    await rm(join(host.dir, 'new/pool/big.img'))
    await storage.actOnPool(/^Look at its files again/)
    await expect(storage.row('big.img')).toHaveCount(0)
  })

  await test.step('what was laid there behind libvirt’s back is there once the host has looked', async () => {
    await writeFile(join(host.dir, 'new/pool/stray.img'), Buffer.alloc(1_048_576, 1))
    await page.getByRole('button', { name: 'Read the list again' }).click()
    await expect(storage.row('up.img')).toBeVisible()
    await expect(storage.row('stray.img')).toHaveCount(0)
    await storage.actOnPool(/^Look at its files again/)
    await expect(storage.row('stray.img')).toContainText('1 MiB', { timeout: SLOW })
  })

  await test.step('orphans of the host: not the disk of its machine', async () => {
    await storage.open()
    await page.getByRole('tab', { name: 'Orphaned volumes' }).click()
    await page.getByRole('button', { name: 'Look through the host' }).click()
    await expect(storage.row('stray.img')).toBeVisible({ timeout: SLOW })
    const disk = /[\w.-]+$/.exec((await host.virsh(['domblklist', 'web'])).trim())?.[0] ?? ''
    expect(disk).not.toBe('')
    await expect(storage.row(disk)).toHaveCount(0)
    await storage.row('stray.img').getByRole('checkbox').check()
    await storage.row('b.img').getByRole('checkbox').check()
    // the page is older than this: somebody gives one of them to a machine
    await host.virsh(['attach-disk', 'web', '/srv/host/new/pool/b.img', 'vdz', '--config'])
    await page.getByRole('button', { name: 'Delete…' }).click()
    await storage.dialog.getByRole('textbox').fill('2')
    await storage.confirm('Delete 2 volumes')
    await expect(storage.row('stray.img')).toHaveCount(0, { timeout: SLOW })
    const deletion = page.getByRole('region', { name: 'Deletion' })
    await expect(deletion).toContainText('1 volume deleted')
    await expect(deletion).toContainText('1 stays')
    await expect(deletion.getByRole('listitem').filter({ hasText: 'b.img' })).toContainText(/is in use|used by/i)
    // named by a machine now, it is no orphan any more
    await expect(storage.row('b.img')).toHaveCount(0)
    expect((await names('pool')).toSorted()).toEqual(['a.qcow2', 'b.img', 'up.img'])
  })

  await test.step('the pool is taken away and its files stay', async () => {
    await page.getByRole('tab', { name: 'Pools' }).click()
    await storage.act('pool', /^Take it away…/)
    await expect(storage.dialog).toContainText('3 volumes stay behind.')
    await storage.confirm('Take the pool away')
    await expect(storage.pools.getByRole('link', { name: 'pool', exact: true })).toHaveCount(0, { timeout: SLOW })
    expect((await host.exec(['ls', '/srv/host/new/pool'])).stdout.trim().split('\n')).toEqual(['a.qcow2', 'b.img', 'up.img'])
  })
  expect(problems).toEqual([])
})
