import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test as base, expect } from '@playwright/test'
import { engineOf } from '../../app/engine-of.ts'
import { logIn, watchProblems } from '../../app/fixture.ts'
import { type Server, startServer } from '../../app/server.ts'
import { type LabGuest, type LabHost, startLab } from '../../lab/lab.ts'
import { requirePeer, skipReason } from '../../lab/requires.ts'
import { AddHostPage } from '../../pages/add-host.ts'
import { ConsolePage } from '../../pages/console.ts'
import { FleetPage } from '../../pages/fleet.ts'
import { MigratePage } from '../../pages/migrate.ts'
import { visit } from '../../pages/screens.ts'

const chromium = requirePeer('chromium')
const libvirtd = requirePeer('libvirtd')
/** A guest without virtualisation support, on a busy machine. */
const SLOW = 300_000
const poolXml = '<pool type="dir"><name>vmstore</name><target><path>/srv/host/vmstore</path></target></pool>'
const networkXml = "<network><name>office</name><ip address='10.77.1.1' netmask='255.255.255.0'/></network>"

interface Place {
  readonly a: LabHost
  readonly b: LabHost
  readonly guest: LabGuest
  readonly server: Server
}

async function define(host: LabHost, what: 'pool' | 'net', xml: string): Promise<void> {
  const file = join(host.dir, 'define.xml')
  await writeFile(file, xml)
  await host.virsh([`${what}-define`, file])
}

/** A guest that runs with a disk, a card and a medium, none of which the other host has yet. */
async function prepare(a: LabHost, b: LabHost): Promise<LabGuest> {
  await mkdir(join(a.dir, 'vmstore'))
  await writeFile(join(a.dir, 'tools.iso'), new Uint8Array(2_048 * 64))
  await define(a, 'pool', poolXml)
  await a.virsh(['pool-start', 'vmstore'])
  await a.virsh(['vol-create-as', 'vmstore', 'db.qcow2', '16M', '--format', 'qcow2'])
  for (const host of [a, b]) await define(host, 'net', networkXml)
  await a.virsh(['net-start', 'office'])
  const guest = await a.defineGuest({ name: 'db', graphics: true, diskPath: '/srv/host/vmstore/db.qcow2' })
  const iso = ['/srv/host/tools.iso', 'sda', '--type', 'cdrom', '--targetbus', 'sata', '--mode', 'readonly']
  await a.virsh(['attach-disk', guest.uuid, ...iso, '--config'])
  await a.virsh(['attach-interface', guest.uuid, 'network', 'office', '--model', 'virtio', '--config'])
  await guest.start()
  await guest.waitReady()
  return guest
}

const test = base.extend<object, { readonly place: Place }>({
  place: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from this pattern
    async ({}, use) => {
      const lab = await startLab({ hosts: ['a', 'b'] })
      const [a, b] = [lab.host('a'), lab.host('b')]
      const guest = await prepare(a, b)
      const server = await startServer()
      await use({ a, b, guest, server })
      await server.stop()
      await lab.stop()
    },
    { scope: 'worker', auto: true, timeout: 300_000 },
  ],
})
test.skip(!chromium.ok, skipReason(chromium))
test.skip(!libvirtd.ok, skipReason(libvirtd))

test('a machine that shares no storage with its target: three problems, each mended with a click; it moves live, its console open', async ({
  page,
  context,
  place,
}) => {
  const { a, b, guest, server } = place
  const problems = watchProblems(page)
  const migrate = new MigratePage(page)
  await logIn(page, server)
  await page.getByRole('button', { name: /Add a host by SSH/ }).click()
  await new AddHostPage(page).addHost(a)
  await visit(page, '/connections/add')
  await new AddHostPage(page).addHost(b)
  await visit(page, '/fleet')
  const id = (await new FleetPage(page).row('db').getAttribute('data-machine', { timeout: SLOW })) ?? ''
  const machine = `/machines/${encodeURIComponent(id)}`
  const tab = await context.newPage()
  await tab.goto(new URL(`${machine}/console`, page.url()).href)
  const console = new ConsolePage(tab)
  await console.expectOpen(SLOW)
  const before = tab.url()
  await page.bringToFront()
  await visit(page, machine)

  await test.step('the pre-flight finds what is missing there, and stops at it', async () => {
    await migrate.openFromMachine()
    await migrate.chooseTarget('b')
    await migrate.expectLooked(SLOW)
    await expect(page.getByRole('status').filter({ hasText: '3 findings block the next step.' })).toBeVisible()
    await expect(page.getByRole('button', { name: 'Next: Storage and network' })).toHaveAttribute('aria-disabled', 'true')
  })

  await test.step('each is mended with a click', async () => {
    await migrate.mend(/no pool vmstore/, 'Create it there', SLOW)
    await migrate.mend(/network office.* off/i, 'Start it', SLOW)
    await migrate.mend(/tools\.iso/, 'Eject it', SLOW)
    await expect(migrate.findings.getByText('Pool vmstore was made at the target')).toBeVisible()
    await expect(migrate.findings.getByText('Network office was started at the target')).toBeVisible()
  })

  await test.step('it is measured, and the time is foretold', async () => {
    await migrate.prediction.getByRole('button', { name: 'Measure now' }).click()
    await expect(migrate.prediction.getByText('Bandwidth was measured.')).toBeVisible({ timeout: SLOW })
    await migrate.expectLooked(SLOW)
  })

  await test.step('it moves, and its console goes along', async () => {
    await migrate.next('Storage and network')
    await page.getByRole('radio', { name: /Delete after the move/ }).check()
    await migrate.next('How it moves')
    await migrate.next('When')
    await migrate.next('Review')
    await migrate.start()
    await expect.poll(async () => (await b.virsh(['list', '--name'])).trim(), { timeout: SLOW }).toBe('db')
    await expect(tab).not.toHaveURL(before, { timeout: SLOW })
    await console.expectOpen(SLOW)
  })

  await test.step('kept beside what was foretold, and with nothing left behind', async () => {
    const engine = await engineOf(server)
    const recorded = async () => (await engine.client.migrations.records({ limit: 1 }))[0]
    await expect.poll(async () => (await recorded())?.outcome, { timeout: SLOW }).toBe('moved')
    const record = await recorded()
    engine.close()
    expect(record?.predicted?.bandwidthFrom).toBe('measured')
    // eight of ten moves should lie in their range: how many do is for the bench to say, not for one move
    expect(record?.predicted?.totalMs.high).toBeGreaterThan(0)
    expect(record?.actual.totalMs).toBeGreaterThan(0)
    expect(await b.virsh(['domstate', guest.uuid])).toContain('running')
    expect((await a.virsh(['list', '--all', '--name'])).trim()).toBe('')
    expect(await a.virsh(['vol-list', 'vmstore'])).not.toContain('db.qcow2')
  })
  expect(problems).toEqual([])
})
