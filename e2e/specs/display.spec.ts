import { type BrowserContext, expect, type Page } from '@playwright/test'
import type { ClientConnection } from '../../electron/api/client.ts'
import type { MachineConsole, MachineId, WorkspaceId } from '../../shared/model/index.ts'
import { engineOf } from '../app/engine-of.ts'
import { test as base, logIn, watchProblems } from '../app/fixture.ts'
import { type Server, startServer } from '../app/server.ts'
import { accessibility } from '../pages/axe.ts'
import { ConsolePage } from '../pages/console.ts'
import { visit } from '../pages/screens.ts'

type Fits = (consoles: readonly MachineConsole[], os: string) => boolean

interface WorkerParts {
  /** Two made-up sites: `Calm`, whose guests boot fast, and `Restless`, whose guests resize fifty times a second. */
  readonly sites: {
    readonly server: Server
    readonly engine: ClientConnection
    readonly find: (site: string, fits: Fits) => Promise<MachineId>
  }
}

const test = base.extend<{ readonly site: Page }, WorkerParts>({
  sites: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from this pattern
    async ({}, use) => {
      const server = await startServer()
      const engine = await engineOf(server)
      const { client } = engine
      const { id: workspaceId } = (await client.workspaces.create({ name: 'Sites' })) as { id: WorkspaceId }
      const add = (name: string, config: object) =>
        client.connections.add({ workspaceId, providerId: 'simulated', name, config: { site: name, hosts: 2, ...config } })
      await add('Calm', { machines: 300, speed: 20 })
      await add('Restless', { machines: 20, seed: 4, numberFrom: 500, faults: { consoles: { vnc: 'restless' } } })
      const find = async (site: string, fits: Fits): Promise<MachineId> => {
        const { items } = await client.inventory.machines({ query: `connection:${site} state:running`, limit: 1_000 })
        for (const { machine } of items) {
          if (machine.persistent && fits(await client.consoles.list({ machineId: machine.id }), machine.os ?? '')) return machine.id
        }
        throw new Error(`${site} has no such machine`)
      }
      await expect.poll(async () => (await client.inventory.machines({ query: 'state:running' })).total).toBeGreaterThan(100)
      await use({ server, engine, find })
      engine.close()
      await server.stop()
    },
    { scope: 'worker' },
  ],
  site: async ({ page, sites }, use) => {
    const problems = watchProblems(page)
    await logIn(page, sites.server)
    await use(page)
    expect(problems).toEqual([])
  },
})

// a trace keeps what it has seen of the page, which then counts as the page's
test.use({ trace: 'off' })

/** rfbproto, 7.4.10. */
const SET_DESKTOP_SIZE = 251
/** Those of the other scheme are on their way for a moment. */
const COLOURS_SETTLED = `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
  .then(() => Promise.allSettled(document.getAnimations().map((each) => each.finished)))`
const opens = ({ kind, reason }: MachineConsole) => kind === 'vnc' && reason === null
const displays = (consoles: readonly MachineConsole[]) => consoles.filter(opens).length
const at = (machineId: MachineId, rest = '') => `/machines/${encodeURIComponent(machineId)}/console${rest}`

async function open(page: Page, machineId: MachineId): Promise<ConsolePage> {
  const console = new ConsolePage(page)
  await visit(page, at(machineId))
  await console.expectOpen()
  return console
}

test('SPICE alone: a VNC display is added, arrives with the next start, and opens by itself', async ({ site: page, sites }) => {
  const machineId = await sites.find('Calm', (consoles) => consoles[0]?.label === 'SPICE')
  await visit(page, at(machineId))
  const console = new ConsolePage(page)
  await console.expectOpen() // its serial port
  await console.choose('Display 1')
  await expect(page.getByText(/This display does not speak VNC/)).toBeVisible()
  await page.getByRole('button', { name: 'Add a VNC display' }).click()
  await expect(page.getByRole('heading', { name: 'The new display comes with the next start' })).toBeVisible()
  await page.locator('.console-card').getByRole('button', { name: 'Shut down' }).click()
  await expect(page.locator('.console-card').getByRole('heading', { name: /is off$/ })).toBeVisible()
  await page.locator('.console-card').getByRole('button', { name: 'Start' }).click()
  await expect(console.status).toHaveText('Connected, 640 × 416')
  await expect(page.getByRole('group', { name: /^Display 2 of / })).toBeVisible()
})

test('the guest follows the window, and is not asked without end where it rounds', async ({ site: page, sites }) => {
  const asks: number[] = []
  page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => {
      if (typeof payload !== 'string' && payload.length === 24 && payload[0] === SET_DESKTOP_SIZE) asks.push(payload.readUInt16BE(2))
    })
  })
  const console = await open(page, await sites.find('Calm', (consoles, os) => displays(consoles) === 1 && !os.startsWith('Windows')))
  await console.choosePicture('1:1')
  await console.choosePicture(/^Resize guest/)
  await expect(console.status).toHaveText(/^Connected, 1\d\d\d × \d+$/)
  const first = await console.size()
  // whole letters of 8 by 16
  expect([first.width % 8, first.height % 16]).toEqual([0, 0])
  await page.setViewportSize({ width: 1_100, height: 700 })
  await expect.poll(async () => (await console.size()).width).toBeLessThan(first.width)
  const asked = asks.length
  await console.choosePicture('Fit')
  await expect(page.getByRole('button', { name: 'Display: Fit' })).toBeVisible()
  expect(asked).toBeLessThanOrEqual(3)
})

test('a guest whose video device has no sizes says so', async ({ site: page, sites }) => {
  const console = await open(page, await sites.find('Calm', (consoles, os) => displays(consoles) === 1 && os.startsWith('Windows')))
  await console.choosePicture(/^Resize guest/)
  await expect(page.getByText(/The guest does not take another size/)).toBeVisible()
  await expect(console.status).toHaveText('Connected, 640 × 416')
})

test('a guest that resizes fifty times a second: the page answers, nothing but the picture moves, nothing piles up', async ({
  site: page,
  sites,
  context,
}) => {
  await open(page, await sites.find('Restless', (consoles) => displays(consoles) > 0))
  await resized(page, 50)
  // what comes once, late on a slow machine, is in one of the rounds; what piles up or stands still is in every one
  const rounds: { readonly nodes: number; readonly listeners: number; readonly longestFrameMs: number }[] = []
  while (rounds.length < 3) {
    const before = await countsOf(page, context)
    const { longestFrameMs, places } = await resized(page, 100)
    expect(places).toHaveLength(1)
    const after = await countsOf(page, context)
    rounds.push({ nodes: after.nodes - before.nodes, listeners: after.listeners - before.listeners, longestFrameMs })
  }
  const least = (part: keyof (typeof rounds)[number]) => Math.min(...rounds.map((each) => each[part]))
  expect(
    { nodes: least('nodes') <= 10, listeners: least('listeners') <= 5, answers: least('longestFrameMs') < 500 },
    JSON.stringify(rounds),
  ).toEqual({ nodes: true, listeners: true, answers: true })
  await page.getByRole('button', { name: 'View only' }).click()
  await expect(page.getByText(/^View only: neither keys/)).toBeVisible()
})

/** Waits until the guest has changed its size so often; answers with the longest frame, and with every place that what stands round it had. */
async function resized(page: Page, count: number): Promise<{ readonly longestFrameMs: number; readonly places: readonly string[] }> {
  return page.evaluate<{ longestFrameMs: number; places: string[] }>(`new Promise((done) => {
    const canvas = document.querySelector('.console-screen canvas:not(.console-kept)')
    const round = [...document.querySelectorAll('.console-bar, .console-tool, .console-status, .console-stage, .console-foot')]
    const places = new Set()
    let [seen, longestFrameMs, before] = [0, 0, performance.now()]
    const frame = (now) => {
      longestFrameMs = Math.max(longestFrameMs, now - before)
      before = now
      places.add(JSON.stringify(round.map((each) => each.getBoundingClientRect())))
      if (seen < ${count}) requestAnimationFrame(frame)
      else done({ longestFrameMs, places: [...places] })
    }
    requestAnimationFrame(frame)
    new MutationObserver((_, watcher) => {
      seen += 1
      if (seen >= ${count}) watcher.disconnect()
    }).observe(canvas, { attributes: true, attributeFilter: ['width', 'height'] })
  })`)
}

/** What the browser holds for the page, once what is not needed is gone. */
async function countsOf(page: Page, context: BrowserContext): Promise<{ readonly nodes: number; readonly listeners: number }> {
  const session = await context.newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  const { nodes, jsEventListeners: listeners } = await session.send('Memory.getDOMCounters')
  await session.detach()
  return { nodes, listeners }
}

test('every display in a window of its own; opened again they come to the front', async ({ site: page, sites, context }) => {
  await open(page, await sites.find('Calm', (consoles) => displays(consoles) === 2))
  const button = page.getByRole('button', { name: 'Open every display in its own window' })
  const made: Page[] = []
  context.on('page', (own) => made.push(own))
  await new ConsolePage(page).press('Open every display in its own window')
  const indexOf = (own: Page) => /index=(\d)/.exec(own.url())?.[1] ?? ''
  await expect.poll(() => made.map(indexOf).toSorted()).toEqual(['0', '1'])
  made.sort((a, b) => indexOf(a).localeCompare(indexOf(b))) // told of in any order
  for (const [index, own] of made.entries()) {
    await own.bringToFront()
    await expect(own).toHaveURL(new RegExp(`/console/[^/?]+\\?kind=vnc&index=${index}$`))
    await new ConsolePage(own).expectOpen()
    expect(await own.evaluate('window.opener')).toBeNull()
  }
  await page.bringToFront()
  await new ConsolePage(page).press('Open every display in its own window')
  await expect(button.or(page.getByRole('button', { name: 'More' })).first()).toBeVisible()
  expect(made).toHaveLength(2)
})

test('the bar is one line from 700 pixels up, in both languages, and nothing of it is lost', async ({ site: page, sites }, info) => {
  const machineId = await sites.find('Calm', (consoles) => displays(consoles) === 2)
  for (const language of ['en', 'de'] as const) {
    await sites.engine.client.system.updateSettings({ language })
    for (const width of [700, 900, 1_100, 1_280, 1_440]) {
      await page.setViewportSize({ width, height: 700 })
      await visit(page, `/console/${encodeURIComponent(machineId)}?kind=vnc&index=0`)
      await expect(page.locator('.console-status')).toHaveText(/× 416$/)
      await expect.poll(() => barOf(page), { message: `${language} ${width}` }).toEqual({ height: 40, outside: [] })
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        await page.evaluate(COLOURS_SETTLED)
        await page.screenshot({ path: info.outputPath(`bar-${language}-${width}-${colorScheme}.png`) })
      }
    }
  }
  await sites.engine.client.system.updateSettings({ language: 'en' })
  await page.setViewportSize({ width: 700, height: 700 })
  await visit(page, `/console/${encodeURIComponent(machineId)}?kind=vnc&index=0`)
  await new ConsolePage(page).expectOpen()
  await page.getByRole('button', { name: 'More' }).click()
  await expect(page.getByRole('menuitem', { name: 'Screenshot' })).toBeVisible()
  await page.screenshot({ path: info.outputPath('more.png') })
  const { violations } = await accessibility(page).analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`)).toEqual([])
})

/** Its height, and what of it stands outside of it. */
async function barOf(page: Page): Promise<{ readonly height: number; readonly outside: readonly string[] }> {
  return page.evaluate<{ height: number; outside: string[] }>(`(() => {
    const bar = document.querySelector('.console-bar').getBoundingClientRect()
    const tools = document.querySelector('.console-tools').getBoundingClientRect()
    const parts = [...document.querySelectorAll('.console-tool, .console-bar > .segmented, .console-status')]
    const outside = parts.filter((part) => {
      const box = part.getBoundingClientRect()
      const room = part.classList.contains('console-tool') ? tools : bar
      return box.left < room.left - 1 || box.right > room.right + 1 || box.top < bar.top || box.bottom > bar.bottom
    })
    return { height: bar.height, outside: outside.map((part) => part.textContent) }
  })()`)
}
