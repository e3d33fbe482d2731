import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { seedImage } from '../../../electron/engine/build/seed.ts'
import { hashPassword } from '../../../electron/engine/build/sha512-crypt.ts'
import { cloudInitSchema } from '../../../shared/model/index.ts'
import { logIn, watchProblems } from '../../app/fixture.ts'
import { testOnHost } from '../../app/host-fixture.ts'
import { type LabHost, until } from '../../lab/lab.ts'
import { AddHostPage } from '../../pages/add-host.ts'
import { ConsolePage } from '../../pages/console.ts'
import { FleetPage } from '../../pages/fleet.ts'

/** A guest without virtualisation support, on a busy machine. */
const SLOW = 300_000
const PASSWORD = 'geheim-4711-xyzzy'

const test = testOnHost(async (host) => {
  const mac = '52:54:00:5e:12:01'
  const key = (await readFile(`${host.keyFile}.pub`, 'utf8')).trim()
  const user = { name: 'ada', sshKeys: [key], passwordHash: hashPassword(PASSWORD, randomBytes) }
  const seed = cloudInitSchema.parse({ hostname: 'inner', user, network: { kind: 'dhcp', mac } })
  await writeFile(join(host.dir, 'inner.iso'), seedImage(seed, { instanceId: 'inner', timeMs: 0 }).image)
  const guest = await host.defineGuest({ name: 'inner', mac, network: 'default', seed: { path: '/srv/host/inner.iso', as: 'disk' } })
  await guest.start()
  return { guest }
})

/** The fingerprint of the guest's key, as its host sees it. */
async function guestFingerprint(host: LabHost): Promise<string> {
  const { stdout } = await host.exec(
    `ssh-keyscan -t ed25519 $(virsh -q net-dhcp-leases default | awk '{ sub("/.*", "", $5); print $5 }') 2>/dev/null | ssh-keygen -lf - -E sha256`,
  )
  return stdout.split(' ')[1] ?? ''
}

test('a shell in a real guest through its host: key, size, recording, a cut, a password', async ({ page, context, place }) => {
  const { host, guest, server } = place
  const problems = watchProblems(page)
  const fleet = new FleetPage(page)
  const console = new ConsolePage(page)
  await logIn(page, server)
  await page.getByRole('button', { name: /Add a host by SSH/ }).click()
  await new AddHostPage(page).addHost(host)
  await guest.waitReady()
  await fleet.row('inner').click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Open its console' }).click()

  await test.step('it can be chosen once the guest has an address, and asks as whom', async () => {
    const choice = page.getByRole('radiogroup', { name: 'Console' }).getByRole('radio', { name: 'SSH' })
    await expect(choice).toHaveAttribute('aria-disabled', 'false', { timeout: SLOW })
    await console.choose('SSH')
    await page.getByRole('textbox', { name: 'User' }).fill('ada')
    await page.getByRole('combobox', { name: 'With' }).selectOption('A key file')
    await page.getByRole('textbox', { name: 'Key file' }).fill(host.keyFile)
    await page.getByRole('button', { name: 'Log in' }).click()
  })

  await test.step('the guest’s key is met for the first time, and is the one that its host sees', async () => {
    const fingerprint = await until('the guest’s key', async () => (await guestFingerprint(host)) || false)
    await expect(page.getByRole('dialog', { name: /^Is this inner \(/ })).toContainText(fingerprint)
    await page.getByRole('dialog').getByRole('button', { name: 'Trust this key' }).click()
    await console.expectOpen()
    await console.enter('id -un; hostname')
    await expect(console.text).toContainText(/ada\s*inner/)
  })

  const recorded = await test.step('a recording says what is in it, and while it goes on that it does', async () => {
    await page.getByRole('button', { name: 'Record…' }).click()
    await expect(page.getByRole('dialog')).toContainText('A password is in it only if the machine echoes it.')
    await page.getByRole('button', { name: 'Start recording' }).click()
    await expect(page.getByText(/^Recording \d\d:\d\d$/)).toBeVisible()
    // the guest's shell takes ASCII only, and writes anything
    await console.enter(String.raw`printf 'gr\303\266\303\237e-%d\n' $((40+2))`)
    await expect(console.text).toContainText('größe-42')
    return page.getByRole('button', { name: 'Stop and save' })
  })

  await test.step('another size of the window is the guest’s size as well', async () => {
    const before = await console.sizeTold('first')
    await page.setViewportSize({ width: 1_000, height: 600 })
    const after = await console.sizeTold('second')
    expect(after.rows).toBeLessThan(before.rows)
    expect(after.columns).toBeLessThan(before.columns)
  })

  await test.step('the host is cut off: what stood there stays; it is back: logged in again by itself', async () => {
    await host.cutNetwork('reset')
    await console.type('x') // the first packet finds out
    await expect(console.status).toHaveText('Not connected', { timeout: SLOW })
    await expect(console.text).toContainText('größe-42')
    await host.restoreNetwork()
    await console.expectOpen(SLOW)
    await expect(console.text).toContainText('logged in again at')
    await console.enter('echo again-$((3*3))')
    await expect(console.text).toContainText('again-9')
  })

  await test.step('the recording holds what was shown, whole, with the sizes and the new login marked', async () => {
    const saving = page.waitForEvent('download')
    await recorded.click()
    const file = await saving
    expect(file.suggestedFilename()).toMatch(/^inner \d{4}-\d\d-\d\d \d\d-\d\d-\d\d\.cast$/)
    const [header = '', ...lines] = (await readFile(await file.path(), 'utf8')).trimEnd().split('\n')
    expect(JSON.parse(header)).toMatchObject({ version: 2, title: 'inner' })
    const events = lines.map((line) => JSON.parse(line) as [number, string, string])
    expect(events.map(([at]) => at)).toEqual(events.map(([at]) => at).toSorted((a, b) => a - b))
    const shown = events.map(([, code, data]) => (code === 'o' ? data : '')).join('')
    expect(shown).toContain('größe-42')
    expect(shown).toContain('again-9')
    expect(new Set(events.map(([, code]) => code))).toEqual(new Set(['o', 'r', 'm']))
  })

  await test.step('in a window of its own, with a password: asked for, a wrong one again', async () => {
    const opening = context.waitForEvent('page')
    await console.press('Own window')
    const own = await opening
    await own.bringToFront()
    await expect(own.getByRole('textbox', { name: 'User' })).toHaveValue('ada')
    await own.getByRole('combobox', { name: 'With' }).selectOption('A password')
    await own.getByRole('button', { name: 'Log in' }).click()
    for (const password of ['wrong', PASSWORD]) {
      await own.getByLabel('Password').fill(password)
      await own.getByLabel('Password').press('Enter')
      if (password === 'wrong') await expect(own.getByText('That was not accepted. Try again.')).toBeVisible({ timeout: SLOW })
    }
    const shell = new ConsolePage(own)
    await shell.expectOpen()
    await shell.enter('exit')
    await expect(own.getByRole('button', { name: 'Log in again' })).toBeVisible()
    await own.close()
  })

  expect(problems).toEqual([])
})
