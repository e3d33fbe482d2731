import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, expect, type Page } from '@playwright/test'
import { logIn, watchProblems } from '../../app/fixture.ts'
import { type Server, startServer } from '../../app/server.ts'
import { type Lab, type LabGuest, type LabHost, startLab } from '../../lab/lab.ts'
import { requirePeer, skipReason } from '../../lab/requires.ts'
import { AddHostPage } from '../../pages/add-host.ts'
import { FleetPage } from '../../pages/fleet.ts'

const chromium = requirePeer('chromium')
const libvirtd = requirePeer('libvirtd')
const PASSWORD = 'open sesame'
const GUESTS = 3
/** At once, on a busy machine that also emulates the guests: the benchmarks measure it. */
const SOON = 60_000

interface WorkerParts {
  readonly lab: Lab
}
interface Parts {
  readonly dataDirectory: string
}

const test = base.extend<Parts, WorkerParts>({
  lab: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from this pattern
    async ({}, use) => {
      const lab = await startLab({ hosts: ['a', 'b', { name: 'c', password: PASSWORD, keyLogin: false }] })
      await use(lab)
      await lab.stop()
    },
    { scope: 'worker', auto: true, timeout: 300_000 },
  ],
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from this pattern
  dataDirectory: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'novacron-hosts-'))
    await use(folder)
    await rm(folder, { recursive: true, force: true })
  },
})
test.skip(!chromium.ok, skipReason(chromium))
test.skip(!libvirtd.ok, skipReason(libvirtd))

async function defineGuests(host: LabHost): Promise<LabGuest[]> {
  const guests: LabGuest[] = []
  for (let n = 1; n <= GUESTS; n++) guests.push(await host.defineGuest({ name: `${host.name}-${n}` }))
  return guests
}

/** Adds a host through the wizard, its key compared, and returns once its first machine is in the grid. */
async function addHost(page: Page, host: LabHost): Promise<number> {
  const wizard = new AddHostPage(page)
  await wizard.enter({ host: host.address, user: 'root', keyFile: host.keyFile, name: `kvm-${host.name}` })
  await wizard.check()
  await wizard.trust(host.hostKeyFingerprint)
  await wizard.expectAllFine()
  await expect(page.getByText(`${GUESTS} machines`)).toBeVisible()
  const beganAtMs = Date.now()
  await wizard.add()
  await expect(new FleetPage(page).row(`${host.name}-1`)).toBeVisible()
  return Date.now() - beganAtMs
}

test('two hosts by SSH, their machines driven, changed behind our back, and found again without any host', async ({
  page,
  lab,
  dataDirectory,
}) => {
  const problems = watchProblems(page)
  const [a, b] = [lab.host('a'), lab.host('b')]
  const guests = [...(await defineGuests(a)), ...(await defineGuests(b))]
  const first = guests[0] as LabGuest
  let server: Server = await startServer({ dataDirectory })
  const fleet = new FleetPage(page)

  await test.step('a fresh console offers ways to begin; two hosts are added through the wizard', async () => {
    await logIn(page, server)
    await expect(page.getByRole('heading', { name: 'Connect your first machines' })).toBeVisible()
    await page.getByRole('button', { name: /Add a host by SSH/ }).click()
    expect(await addHost(page, a)).toBeLessThan(SOON)
    await page.getByRole('button', { name: 'Add a connection…' }).click()
    expect(await addHost(page, b)).toBeLessThan(SOON)
    await fleet.expectCount(`${GUESTS * 2} machines`)
  })

  await test.step('one machine: start, pause, resume, shut down', async () => {
    await fleet.select('a-1')
    await fleet.act('Start')
    await fleet.expectState('a-1', 'Running')
    expect(await first.state()).toBe('running')
    await fleet.act('Pause')
    await fleet.expectState('a-1', 'Paused')
    await fleet.act('Resume')
    await fleet.expectState('a-1', 'Running')
    await first.waitReady()
    await fleet.act('Shut down')
    await fleet.expectState('a-1', 'Off', 300_000)
    await fleet.select('a-1', false)
  })

  await test.step('all machines of both hosts at once', async () => {
    await fleet.grid.focus()
    await page.keyboard.press('Control+a')
    await expect(page.getByText('6 selected')).toBeVisible()
    await fleet.act('Start')
    for (const { name } of guests) await fleet.expectState(name, 'Running')
    for (const guest of guests) expect(await guest.state()).toBe('running')
    await page.getByRole('button', { name: 'Clear the selection' }).click()
  })

  await test.step('somebody acts with virsh: the rows change by themselves', async () => {
    await b.virsh(['suspend', 'b-2'])
    await fleet.expectState('b-2', 'Paused', SOON)
    await a.virsh(['destroy', 'a-2'])
    await fleet.expectState('a-2', 'Off', SOON)
    await a.virsh(['undefine', 'a-3', '--nvram'])
    // it runs on, as a machine without a definition
    await a.virsh(['destroy', 'a-3'])
    await expect(fleet.row('a-3')).toHaveCount(0, { timeout: SOON })
  })

  await test.step('console stopped, hosts cut off, console started: everything is there, with its age', async () => {
    await server.stop()
    await Promise.all([a.cutNetwork('silence'), b.cutNetwork('silence')])
    server = await startServer({ dataDirectory })
    await logIn(page, server)
    await expect(fleet.row('b-2')).toBeVisible()
    await fleet.expectCount(`${GUESTS * 2 - 1} machines`)
    await fleet.expectState('b-2', /paused/i)
    await expect(fleet.row('b-2')).toContainText(/\d+\s(s|min) ago/)
    await fleet.select('b-2')
    const resume = page.getByRole('region', { name: 'Selected machines' }).getByRole('button', { name: 'Resume' })
    await expect(resume).toHaveAttribute('aria-disabled', 'true')
    await resume.hover()
    await expect(page.getByText(/no link to kvm-b/i).first()).toBeVisible()
    await Promise.all([a.restoreNetwork(), b.restoreNetwork()])
    await expect(resume).not.toHaveAttribute('aria-disabled', 'true')
  })

  await server.stop()
  // the browser itself notes that its socket was refused while the console was away
  expect(problems.filter((text) => !/WebSocket|ERR_CONNECTION|net::|401/.test(text))).toEqual([])
})

test('a wrong password is said at its step; a changed host key waits for a person and is pinned anew', async ({
  page,
  lab,
  dataDirectory,
}) => {
  const c = lab.host('c')
  await c.defineGuest({ name: 'only', boots: false })
  let server = await startServer({ dataDirectory })
  const fleet = new FleetPage(page)
  const wizard = new AddHostPage(page)
  await logIn(page, server)
  await page.getByRole('button', { name: /Add a host by SSH/ }).click()

  await test.step('the wrong password', async () => {
    await wizard.enter({ host: c.address, user: 'root', password: 'wrong' })
    await wizard.check()
    await wizard.trust(c.hostKeyFingerprint)
    await expect(wizard.step('Log in')).toContainText(/Check user name, key and password/)
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    // no keychain here: a sealed file keeps the password, once it has a passphrase
    await page.getByRole('button', { name: 'Unlock…' }).click()
    await page.getByRole('dialog').getByLabel('Passphrase').fill('a long passphrase')
    await page.getByRole('dialog').getByRole('button', { name: 'Unlock' }).click()
    await expect(page.getByText('Kept in a file sealed with your passphrase.')).toBeVisible()
    await wizard.check()
    await wizard.expectAllFine()
    await wizard.add()
    await expect(fleet.row('only')).toBeVisible()
  })

  await test.step('the changed key', async () => {
    const fingerprint = await c.changeHostKey()
    await page.getByRole('link', { name: 'Connections' }).click()
    await expect(page.getByText('Needs you').first()).toBeVisible()
    await expect(page.getByRole('button', { name: /1 waiting for you/ })).toBeVisible()
    await page.getByRole('button', { name: 'Compare the keys…' }).click()
    const dialog = page.getByRole('dialog')
    await expect(dialog).toContainText(fingerprint)
    await expect(dialog).toContainText(c.hostKeyFingerprint)
    await expect(dialog.getByRole('button', { name: 'Keep the former key' })).toBeFocused()
    await dialog.getByRole('button', { name: 'Replace the trusted key' }).click()
    await expect(page.getByText('Online', { exact: true }).first()).toBeVisible()
    await page.getByRole('link', { name: 'Fleet' }).click()
    await fleet.expectState('only', 'Off')
  })
  await test.step('after a restart the sealed password is asked for, and nothing else', async () => {
    await server.stop()
    server = await startServer({ dataDirectory })
    await logIn(page, server)
    await fleet.expectState('only', /off/i)
    await page.getByRole('link', { name: 'Connections' }).click()
    await page.getByRole('table').getByRole('button', { name: 'Unlock…' }).click()
    await page.getByRole('dialog').getByLabel('Passphrase').fill('not this one')
    await page.getByRole('dialog').getByRole('button', { name: 'Unlock' }).click()
    await expect(page.getByRole('dialog')).toContainText('This passphrase does not open it.')
    await page.getByRole('dialog').getByLabel('Passphrase').fill('a long passphrase')
    await page.getByRole('dialog').getByRole('button', { name: 'Unlock' }).click()
    await expect(page.getByText('Online', { exact: true }).first()).toBeVisible()
  })
  await server.stop()
})
