import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test as base, expect } from '@playwright/test'
import { logIn, watchProblems } from '../../app/fixture.ts'
import { type Server, startServer } from '../../app/server.ts'
import { cloudImage } from '../../lab/cloud-image.ts'
import { type Lab, type LabHost, startLab } from '../../lab/lab.ts'
import { requirePeer, skipReason } from '../../lab/requires.ts'
import { AddHostPage } from '../../pages/add-host.ts'
import { BuildPage } from '../../pages/build.ts'
import { ConsolePage } from '../../pages/console.ts'
import { FleetPage } from '../../pages/fleet.ts'

const chromium = requirePeer('chromium')
const libvirtd = requirePeer('libvirtd')
/** Three guests at once without virtualisation support, on a busy machine. */
const SLOW = 300_000
const NAMES = ['web-1', 'web-2', 'web-3'] as const

interface WorkerParts {
  readonly place: { readonly host: LabHost; readonly server: Server }
}

const test = base.extend<object, WorkerParts>({
  place: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from this pattern
    async ({}, use) => {
      const lab: Lab = await startLab({ hosts: ['a'] })
      const host = lab.host('a')
      await copyFile(await cloudImage(), join(host.dir, 'lib/images', 'tiny-cloud.qcow2'))
      await host.virsh(['pool-refresh', 'default'])
      const server = await startServer()
      await use({ host, server })
      await server.stop()
      await lab.stop()
    },
    { scope: 'worker', auto: true, timeout: 300_000 },
  ],
})
test.skip(!chromium.ok, skipReason(chromium))
test.skip(!libvirtd.ok, skipReason(libvirtd))

test('three machines from a cloud image, seen booting side by side, used over a lost network, the best made a template', async ({
  page,
  place,
}) => {
  const { host, server } = place
  const problems = watchProblems(page)
  const fleet = new FleetPage(page)
  const build = new BuildPage(page)
  const console = new ConsolePage(page)
  const key = (await readFile(`${host.keyFile}.pub`, 'utf8')).trim()
  await logIn(page, server)
  await page.getByRole('button', { name: /Add a host by SSH/ }).click()
  await new AddHostPage(page).addHost(host)

  await test.step('one form, and three machines are made and boot', async () => {
    await page.getByRole('main').getByRole('button', { name: 'New machine…' }).click()
    await build.enter({ name: 'web-{n}', count: 3, user: 'ada', key })
    await page.getByRole('combobox', { name: 'Cloud image' }).fill('tiny')
    await page.getByRole('option', { name: /tiny-cloud/ }).click()
    await build.field('Memory').fill('0.25')
    await build.expectFine()
    await build.create('Create 3 machines')
    await expect(page).toHaveURL(/\/fleet\?q=/)
    for (const name of NAMES) await fleet.expectState(name, 'Running', SLOW)
  })

  await test.step('their addresses are known, the key lets in, and the agent tells the same', async () => {
    for (const name of NAMES) await expect(fleet.row(name)).toContainText('192.168.122.', { timeout: SLOW })
    const address = /192\.168\.122\.\d+/.exec((await fleet.row('web-2').textContent()) ?? '')?.[0] ?? ''
    // the host has leased the address a moment before the guest has it
    await expect.poll(() => hello(host, address), { timeout: SLOW }).toBe('web-2 ada')
    await fleet.row('web-2').dblclick()
    await page.getByRole('tab', { name: 'Guest' }).click()
    await expect(page.getByRole('tabpanel')).toContainText(address)
  })

  await test.step('a text on a German layout is typed by the places of its keys', async () => {
    await page.getByRole('tab', { name: 'Console' }).click()
    await console.open('Display 1', SLOW)
    await console.press('Type the clipboard…')
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Keyboard of the guest').selectOption('de')
    // the guest's layout is that of the United States: y and z have each other's place there, and / is where a German keyboard has -
    await dialog.getByRole('textbox').fill('echo zy >-tmp-o\n')
    await dialog.getByRole('button', { name: 'Type 16 characters' }).click()
    await expect(dialog).toHaveCount(0)
    await expect(page.getByRole('button', { name: 'Stop typing' })).toHaveCount(0)
    await console.open('Serial 1')
    // the guest may still be at what was typed
    await expect(async () => {
      await console.enter('cat /tmp/o')
      await expect(console.text).toContainText('yz', { timeout: 10_000 })
    }).toPass({ timeout: SLOW })
  })

  await test.step('the network is gone for ten seconds: typing goes on afterwards', async () => {
    await host.cutNetwork('reset')
    await console.type('x') // the first packet finds out
    await expect(console.status).toHaveText('Not connected', { timeout: SLOW })
    await host.restoreNetwork()
    await console.expectOpen(SLOW)
    await page.keyboard.press('Control+u')
    await console.enter('echo on-$((40+2))')
    await expect(console.text).toContainText('on-42', { timeout: SLOW })
  })

  await test.step('the best one becomes a template', async () => {
    await page.getByRole('link', { name: 'Fleet' }).first().click()
    await fleet.filter('name:web-2')
    await fleet.select('web-2')
    await fleet.act('Shut down')
    await fleet.expectState('web-2', 'Off', SLOW)
    await fleet.row('web-2').click({ button: 'right' })
    await page.getByRole('menuitem', { name: 'Make a template…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name of the template').fill('web')
    await dialog.getByRole('button', { name: 'Make version 1' }).click()
    await fleet.filter('name:web-v1')
    await expect(fleet.row('web-v1')).toContainText('template v1', { timeout: SLOW })
  })
  expect(problems).toEqual([])
})

/** Logs in from the host with its key, and says where and as whom. */
async function hello(host: LabHost, address: string): Promise<string> {
  const options = ['-F', 'none', '-i', host.keyFile, '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=no']
  const { stdout } = await host.exec([
    'ssh',
    ...options,
    '-o',
    'UserKnownHostsFile=/dev/null',
    '-l',
    'ada',
    address,
    'echo $(hostname) $(id -un)',
  ])
  return stdout.trim()
}
