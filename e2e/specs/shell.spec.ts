import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FleetPage } from '../pages/fleet.ts'
import { cli, driver, expect, firstUrl, pageOf, START_MS, test } from '../shell/fixture.ts'
import { clickMenu, messageBoxes, notifications, openedExternally, trayMenus } from '../shell/watch.ts'

async function windowStates(dataDirectory: string): Promise<unknown> {
  return JSON.parse(await readFile(join(dataDirectory, 'windows.json'), 'utf8').catch(() => 'null'))
}

test.describe(`desktop shell on ${driver.label}`, () => {
  test('a window shows the demo fleet over IPC, from app://, and the page has nothing but the bridge', async ({ launch }) => {
    const app = await launch({ args: ['--demo'] })
    const page = await pageOf(app)
    const fleet = new FleetPage(page)
    await fleet.expectCount(/10,[1-9]\d\d machines/)
    await fleet.filter('state:running')
    await fleet.expectCount(/of 10,[1-9]\d\d/)
    await expect.poll(() => firstUrl(app)).toMatch(/^app:\/\/novacron\/fleet\?q=/)
    const reachable = await page.evaluate(
      '({ api: Object.keys(window.novacron).sort(), frozen: Object.isFrozen(window.novacron), node: typeof require, process: typeof process })',
    )
    expect(reachable).toEqual({ api: ['onShell', 'platform', 'post', 'subscribe'], frozen: true, node: 'undefined', process: 'undefined' })
  })

  test('a reload begins anew, and a page that died is replaced', async ({ launch }) => {
    const app = await launch({ args: ['--demo=hosts'] })
    const page = await pageOf(app)
    await new FleetPage(page).expectCount(/10,000 machines/)
    await page.reload()
    await new FleetPage(page).expectCount(/10,000 machines/)
    // a crashed page stays dead for Playwright: the main process tells when the new one is there
    await app.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents
      contents?.once('did-finish-load', () => Reflect.set(globalThis, 'pageIsBack', true))
      contents?.forcefullyCrashRenderer()
    }, null)
    await expect.poll(() => app.evaluate(() => Reflect.get(globalThis, 'pageIsBack') === true, null), { timeout: START_MS }).toBe(true)
    await clickMenu(app, 'View', 'Connections')
    await expect.poll(() => firstUrl(app), { timeout: START_MS }).toBe('app://novacron/connections')
  })

  test('windows come back where they were: place, maximised, view', async ({ launch, dataDirectory }) => {
    const bounds = { x: 60, y: 40, width: 1_100, height: 720 }
    const app = await launch()
    await pageOf(app)
    await app.evaluate(({ BrowserWindow }, to) => BrowserWindow.getAllWindows()[0]?.setBounds(to), bounds)
    await clickMenu(app, 'File', 'New window')
    await pageOf(app, 1)
    const [first, second] = await app.evaluate(
      ({ BrowserWindow }) =>
        BrowserWindow.getAllWindows()
          .map(({ id }) => id)
          .sort((a, b) => a - b),
      null,
    )
    await app.evaluate(({ BrowserWindow }, id) => BrowserWindow.fromId(id)?.focus(), first ?? 0)
    await clickMenu(app, 'View', 'Connections')
    await app.evaluate(({ BrowserWindow }, id) => BrowserWindow.fromId(id)?.maximize(), second ?? 0)
    await expect
      .poll(() => windowStates(dataDirectory))
      .toEqual([{ bounds, maximized: false, fullScreen: false, path: '/connections' }, expect.objectContaining({ maximized: true })])
    await app.quit()
    expect(await app.exited).toBe(0)

    const again = await launch()
    await pageOf(again, 1)
    const windows = () =>
      again.evaluate(
        ({ BrowserWindow }) =>
          BrowserWindow.getAllWindows()
            .sort((a, b) => a.id - b.id)
            .map((window) => ({ bounds: window.getNormalBounds(), maximized: window.isMaximized(), url: window.webContents.getURL() })),
        null,
      )
    await expect
      .poll(windows)
      .toEqual([{ bounds, maximized: false, url: 'app://novacron/connections' }, expect.objectContaining({ maximized: true })])
  })

  test('menus lead through the page, in the system’s language', async ({ launch }) => {
    const app = await launch({ locale: 'de-DE' })
    const page = await pageOf(app)
    await clickMenu(app, 'Ansicht', 'Verbindungen')
    await expect.poll(() => app.pathOf(page), { timeout: START_MS }).toBe('/connections')
    await clickMenu(app, 'Ansicht', 'Suchen oder ausführen …')
    await expect(page.getByRole('dialog')).toBeVisible()
    await clickMenu(app, 'Datei', 'Host hinzufügen …')
    await expect.poll(() => app.pathOf(page)).toBe('/connections/add')
  })

  test('a second start opens its deep link in the running program, and no link leads out', async ({ launch, dataDirectory }) => {
    const app = await launch()
    const page = await pageOf(app)
    expect(await driver.launchAgain({ dataDirectory, args: ['novacron://open/connections'] })).toBe(0)
    await expect.poll(() => app.pathOf(page), { timeout: START_MS }).toBe('/connections')
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.blur(), null)
    for (const link of ['novacron://open//evil.example/', 'novacron://evil.example/fleet', 'novacron://open/%2e%2e%2f%2e%2e/etc/passwd']) {
      expect(await driver.launchAgain({ dataDirectory, args: [link] })).toBe(0)
    }
    // it comes to the front, on the view it shows
    await expect.poll(() => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isFocused() ?? false, null)).toBe(true)
    expect(app.pathOf(page)).toBe('/connections')
    expect(app.pages()).toHaveLength(1)
  })

  test('the first window opens on the view of a deep link', async ({ launch }) => {
    const app = await launch({ args: ['novacron://open/connections'] })
    expect(app.pathOf(await pageOf(app))).toBe('/connections')
  })

  test('the page cannot leave, open windows or reach the network, and lives on after it tried', async ({ launch }) => {
    const app = await launch({ args: ['--demo=hosts'] })
    const page = await pageOf(app)
    const fleet = new FleetPage(page)
    await fleet.expectCount(/10,000 machines/)
    await page.evaluate("void (window.location.href = 'https://evil.example/')")
    expect(await page.evaluate("window.open('https://evil.example/')")).toBeNull()
    expect(await page.evaluate("window.open('https://libvirt.org/formatdomain.html')")).toBeNull()
    await expect.poll(() => openedExternally(app)).toEqual(['https://libvirt.org/formatdomain.html'])
    expect(await page.evaluate("fetch('https://evil.example/').then(() => 'answered', () => 'refused')")).toBe('refused')
    expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length, null)).toBe(1)
    expect(app.pathOf(page)).toBe('/fleet')
    await fleet.filter('state:running')
    await fleet.expectCount(/of 10,000/)
  })

  test('running tasks stand in the tray, quitting asks, and a failure is told when nobody looks', async ({ launch, dataDirectory }) => {
    const app = await launch({ args: ['--demo=hosts'] })
    await new FleetPage(await pageOf(app)).expectCount(/10,000 machines/)
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.blur(), null)
    // more than the hosts have memory for: some of it fails, each with its reason
    const started = cli(dataDirectory, 'start', '--query', 'state:stopped host:kvm-gdn-02*', '--yes')
    await expect.poll(async () => (await trayMenus(app)).at(-1)?.[0] ?? '', { timeout: START_MS }).toMatch(/^Start \d+ machines: \d+ %$/)
    await app.quit()
    await expect.poll(() => messageBoxes(app)).toEqual([{ message: '1 task is still running', buttons: ['Keep it open', 'Quit anyway'] }])
    expect(await started).toBe(3) // partly done, and the engine was there to the end
    await expect
      .poll(() => notifications(app))
      .toEqual([{ title: expect.stringMatching(/^Start: \d+ of \d+ failed$/), body: expect.any(String) }])
    await expect.poll(async () => (await trayMenus(app)).at(-1)?.[0]).toBe('Open NovaCron')
    await app.quit()
    expect(await app.exited).toBe(0)
  })
})
