import { test as base, expect } from '@playwright/test'
import { logIn, watchProblems } from '../../app/fixture.ts'
import { type Server, startServer } from '../../app/server.ts'
import { type Lab, type LabGuest, startLab } from '../../lab/lab.ts'
import { requirePeer, skipReason } from '../../lab/requires.ts'
import { must } from '../../lab/run.ts'
import { AddHostPage } from '../../pages/add-host.ts'
import { ConsolePage } from '../../pages/console.ts'
import { FleetPage } from '../../pages/fleet.ts'

const chromium = requirePeer('chromium')
const libvirtd = requirePeer('libvirtd')
/** A guest without virtualisation support, on a busy machine. */
const SLOW = 300_000

interface WorkerParts {
  readonly place: { readonly lab: Lab; readonly guest: LabGuest; readonly server: Server }
}

const test = base.extend<object, WorkerParts>({
  place: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from this pattern
    async ({}, use) => {
      const lab = await startLab({ hosts: ['a', 'b'] })
      const guest = await lab.host('a').defineGuest({ name: 'seen', graphics: true })
      await guest.start()
      const server = await startServer()
      await use({ lab, guest, server })
      await server.stop()
      await lab.stop()
    },
    { scope: 'worker', auto: true, timeout: 300_000 },
  ],
})
test.skip(!chromium.ok, skipReason(chromium))
test.skip(!libvirtd.ok, skipReason(libvirtd))

test('a console that is left open comes back by itself: over a reset, over off and on, over a move to another host', async ({
  page,
  place,
}) => {
  const { lab, guest, server } = place
  const [a, b] = [lab.host('a'), lab.host('b')]
  const problems = watchProblems(page)
  const console = new ConsolePage(page)
  const card = page.locator('.console-card')
  await logIn(page, server)
  await page.getByRole('button', { name: /Add a host by SSH/ }).click()
  await new AddHostPage(page).addHost(a)
  await page.goto(new URL('/connections/add', page.url()).href)
  await new AddHostPage(page).addHost(b)
  const fleet = new FleetPage(page)
  await page.goto(new URL('/fleet', page.url()).href)
  await fleet.row('seen').click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Open its console' }).click()
  await console.expectOpen(SLOW)
  await guest.waitReady()
  await expect.poll(() => console.colours(), { timeout: SLOW }).toBeGreaterThan(1)

  await test.step('a reset: QEMU stays, and the display with it', async () => {
    const states = await console.watchStatus()
    await a.virsh(['reset', guest.uuid])
    await expect.poll(async () => (await guest.serialLog()).split('GUEST-READY').length, { timeout: SLOW }).toBe(3)
    await expect.poll(() => console.colours(), { timeout: SLOW }).toBeGreaterThan(1)
    expect((await states()).filter((state) => !state.startsWith('Connected'))).toEqual([])
  })

  await test.step('off: the last picture stays, grey and with its age; on: it is there again', async () => {
    await a.virsh(['destroy', guest.uuid])
    await expect(card.getByRole('heading', { name: 'seen is off' })).toBeVisible({ timeout: SLOW })
    await expect(card.getByText(/What stands behind this was seen/)).toBeVisible()
    await expect(page.locator('.console-stage.old .console-kept')).toBeVisible()
    await guest.start()
    await console.expectOpen(SLOW)
    await expect(page.locator('.console-kept')).toBeHidden()
    await expect(page.locator('.console-stage.old')).toHaveCount(0)
  })

  await test.step('a live migration: the page goes with it, and shows the guest on its new host', async () => {
    const before = page.url()
    const way = ['migrate', '--live', '--persistent', '--undefinesource', guest.uuid, b.sshUri, `tcp://${b.address}`]
    await must('virsh', ['-c', a.sshUri, ...way], { timeoutMs: SLOW })
    await expect(page).not.toHaveURL(before, { timeout: SLOW })
    await console.expectOpen(SLOW)
    await expect(page.getByRole('main').getByRole('link', { name: 'kvm-b' }).first()).toBeVisible()
    await expect.poll(() => console.colours(), { timeout: SLOW }).toBeGreaterThan(1)
    await expect(page.locator('.console-stage.old')).toHaveCount(0)
  })

  expect(problems).toEqual([])
})
