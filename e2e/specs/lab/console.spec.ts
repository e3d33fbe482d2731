import { readFile } from 'node:fs/promises'
import { expect } from '@playwright/test'
import { logIn, watchProblems } from '../../app/fixture.ts'
import { testOnHost } from '../../app/host-fixture.ts'
import { AddHostPage } from '../../pages/add-host.ts'
import { ConsolePage } from '../../pages/console.ts'
import { FleetPage } from '../../pages/fleet.ts'

/** A guest without virtualisation support, on a busy machine. */
const SLOW = 300_000

const test = testOnHost(async (host) => {
  const guest = await host.defineGuest({ name: 'seen', graphics: true })
  return { guest }
})

test('a real guest: its display, its serial port, and both again after the network was gone', async ({ page, context, place }) => {
  const { host, guest, server } = place
  const problems = watchProblems(page)
  const fleet = new FleetPage(page)
  const console = new ConsolePage(page)
  await logIn(page, server)
  await page.getByRole('button', { name: /Add a host by SSH/ }).click()
  await new AddHostPage(page).addHost(host)
  await fleet.row('seen').click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Open its console' }).click()

  await test.step('a machine that is off is started from its console, which then opens by itself', async () => {
    await expect(page.getByRole('heading', { name: 'seen is off' })).toBeVisible()
    await page.locator('.console-card').getByRole('button', { name: 'Start' }).click()
    await console.expectOpen(SLOW)
    await guest.waitReady()
  })

  await test.step('the picture of the display', async () => {
    await expect(console.status).toHaveText(/^Connected, \d+ × \d+$/)
    await expect.poll(() => console.colours(), { timeout: SLOW }).toBeGreaterThan(1)
  })

  await test.step('a text typed as key presses arrives, and is seen on the serial port', async () => {
    await console.press('Type the clipboard…')
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox').fill('echo typed-$((40+3)) >/dev/ttyS0\n')
    await expect(dialog.getByText('All 33 characters exist on this layout.')).toBeVisible()
    await dialog.getByRole('button', { name: 'Type 33 characters' }).click()
    await expect.poll(() => guest.serialLog(), { timeout: SLOW }).toContain('typed-43')
  })

  await test.step('the picture is saved, and stands in a window of its own as well', async () => {
    const saving = page.waitForEvent('download')
    await console.press('Screenshot')
    const picture = await saving
    expect(picture.suggestedFilename()).toMatch(/^seen \d{4}-\d\d-\d\d \d\d-\d\d-\d\d\.png$/)
    const bytes = await readFile(await picture.path())
    expect(bytes.subarray(1, 4).toString()).toBe('PNG')
    const opening = context.waitForEvent('page')
    await console.press('Own window')
    const own = await opening
    await own.bringToFront()
    await new ConsolePage(own).expectOpen()
    await expect(own.getByRole('tree')).toHaveCount(0)
    await expect(own).toHaveTitle(/^seen/)
    await own.close()
    await page.bringToFront()
  })

  await test.step('the serial port takes what is typed and shows the answer', async () => {
    await console.open('Serial 1')
    await console.enter('')
    await console.enter('echo hello-$((40+2))')
    await expect(console.text).toContainText('hello-42', { timeout: SLOW })
  })

  const other = await context.newPage()
  const second = new ConsolePage(other)
  await test.step('a second page on the same port sees the same, and both type', async () => {
    await other.goto(page.url())
    await second.expectOpen()
    await expect(second.text).toContainText('hello-42')
    await second.enter('echo from-the-$((1+1))nd')
    await expect(second.text).toContainText('from-the-2nd', { timeout: SLOW })
    await expect(console.text).toContainText('from-the-2nd')
  })

  await test.step('the host’s network is cut: what is typed is refused, what stood there stays', async () => {
    await page.bringToFront()
    await host.cutNetwork('reset')
    await console.type('x') // the first packet finds out, this one or another before it
    await expect(console.status).toHaveText('Not connected', { timeout: SLOW })
    await expect(console.text).toContainText('hello-42')
    await page.keyboard.type('abc')
    await expect(page.getByText(/^Not connected: [34] keys were not sent\.$/)).toBeVisible()
    await host.restoreNetwork()
  })

  await test.step('the network is back: the console opens by itself, and typing goes on', async () => {
    await console.expectOpen(SLOW)
    await expect(console.text).toContainText('hello-42')
    await page.keyboard.press('Control+u')
    await page.keyboard.type('echo again-$((3*3))')
    await page.keyboard.press('Enter')
    await expect(console.text).toContainText('again-9', { timeout: SLOW })
    await other.bringToFront()
    await second.expectOpen(SLOW)
    await expect(second.text).toContainText('again-9')
    await page.bringToFront()
    await console.open('Display 1', SLOW)
    await expect.poll(() => console.colours()).toBeGreaterThan(1)
  })

  expect(problems).toEqual([])
})
