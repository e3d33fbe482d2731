import { startLab } from '../../lab/lab.ts'
import { requirePeer, skipReason } from '../../lab/requires.ts'
import { AddHostPage } from '../../pages/add-host.ts'
import { ConsolePage } from '../../pages/console.ts'
import { FleetPage } from '../../pages/fleet.ts'
import { driver, expect, pageOf, test } from '../../shell/fixture.ts'

const libvirtd = requirePeer('libvirtd')

/** A guest without virtualisation support, on a busy machine. */
const SLOW = 300_000

test(`desktop shell on ${driver.label}: a real guest’s consoles go over IPC, and into a window that the shell makes`, async ({
  launch,
}) => {
  test.skip(!libvirtd.ok, skipReason(libvirtd))
  const lab = await startLab({ hosts: ['a'] })
  const host = lab.host('a')
  const guest = await host.defineGuest({ name: 'seen', graphics: true })
  await guest.start()
  const app = await launch({})
  const page = await pageOf(app)
  const wizard = new AddHostPage(page)
  const console = new ConsolePage(page)
  await page.getByRole('button', { name: /Add a host by SSH/ }).click()
  await wizard.enter({ host: host.address, user: 'root', keyFile: host.keyFile })
  await wizard.check()
  await wizard.trust(host.hostKeyFingerprint)
  await wizard.expectAllFine()
  await wizard.add()
  await new FleetPage(page).row('seen').click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Open its console' }).click()
  await console.expectOpen(SLOW)
  await expect.poll(() => console.colours(), { timeout: SLOW }).toBeGreaterThan(1)
  await guest.waitReady()
  await console.open('Serial 1')
  await console.enter('')
  await console.enter('echo hello-$((40+2))')
  await expect(console.text).toContainText('hello-42', { timeout: SLOW })
  await console.press('Own window')
  const urls = () => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((window) => window.webContents.getURL()), null)
  await expect
    .poll(urls, { timeout: SLOW })
    .toContainEqual(expect.stringMatching(/^app:\/\/novacron\/console\/[^/?]+\?kind=serial&index=0$/))
  await lab.stop()
})

test(`desktop shell on ${driver.label}: displays that are opened together are placed by the shell, by the monitors it knows`, async ({
  launch,
}) => {
  const app = await launch({})
  const page = await pageOf(app)
  const urlOf = (index: number) => `/console/c1.m.1?kind=vnc&index=${index}`
  for (const index of [0, 1]) await page.evaluate(`window.open('${urlOf(index)}&monitor=${index}', '_blank', 'noopener') === null`)
  const windows = () =>
    app.evaluate(
      ({ BrowserWindow }) =>
        BrowserWindow.getAllWindows()
          .filter((window) => window.webContents.getURL().includes('/console/'))
          .map((window) => ({ url: window.webContents.getURL(), bounds: window.getNormalBounds() })),
      null,
    )
  await expect.poll(async () => (await windows()).length, { timeout: SLOW }).toBe(2)
  const found = (await windows()).toSorted((a, b) => a.url.localeCompare(b.url))
  // on the one monitor there is they lie one upon the other
  expect(found).toEqual(
    [0, 1].map((index) => ({
      url: `app://novacron${urlOf(index)}`,
      bounds: { x: 28 * (index + 1), y: 28 * (index + 1), width: 1_080, height: 820 },
    })),
  )
})
