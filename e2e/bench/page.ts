import { setTimeout as sleep } from 'node:timers/promises'
import { findPeer } from '../../scripts/peers.mjs'
import { type Server, startServer } from '../app/server.ts'
import { skipReason } from '../lab/requires.ts'
import { type BenchBrowser, type BenchPage, opened, startBrowser } from './browser.ts'
import { type Fleet, MACHINES, siteConfig, startFleet } from './fleet.ts'
import { type BenchGroup, type Figure, median } from './measure.ts'

const ROUNDS = 7
const REST_MS = 20_000
const STORM_MS = 10_000
/** What one simulated connection may change by itself at most: 1,000 a second. */
const STORM_PER_MINUTE = 60_000

/** The page in a real browser, with 10,000 machines of 200 simulated connections, live and from the cache. */
export const pageGroup: BenchGroup = {
  name: 'page',
  missing: async () => skipReason(findPeer('chromium')) || null,
  async *run() {
    const fleet = await startFleet()
    try {
      const browser = await startBrowser(fleet.server)
      yield* live(browser)
      yield* storm(browser, fleet)
      await browser.close()
      yield* cached(fleet)
    } finally {
      await fleet.stop()
    }
  },
}

async function* live(browser: BenchBrowser): AsyncGenerator<Figure> {
  const bench = await browser.open(MACHINES)
  await opened(bench)
  await sleep(3_000)
  const filters = ['web', 'web cpu>20', 'state:running tag:prod', 'db', '-state:running', 'host:site-1*', 'web-0']
  yield await interaction(bench, 'filter', async (round) => {
    const took = await bench.ask<number>(`filter(${JSON.stringify(filters[round % filters.length])})`)
    await bench.ask(`filter("")`)
    return took
  })
  const columns = ['host', 'name', 'memory', 'state', 'cpu', 'ip', 'name']
  yield await interaction(bench, 'sort', (round) => bench.ask(`sort(${JSON.stringify(columns[round % columns.length])})`))
  await bench.page.getByRole('button', { name: 'Columns' }).click()
  const groups = ['group.host', 'group.state', 'group.tag', 'group.connection']
  yield await interaction(bench, 'group', async (round) => {
    const took = await bench.ask<number>(`group(${JSON.stringify(groups[round % groups.length])})`)
    await bench.ask(`group("group.none")`)
    return took
  })
  await bench.page.keyboard.press('Escape')
  yield* buildForm(bench)
  yield* scrolling(bench)
  yield* rest(bench)
  await bench.page.close()
}

async function interaction(bench: BenchPage, what: string, act: (round: number) => Promise<number>): Promise<Figure> {
  const samples: number[] = []
  for (let round = -1; round < ROUNDS; round += 1) {
    const took = await act(Math.max(round, 0))
    if (round >= 0) samples.push(took)
    await bench.page.waitForTimeout(400)
  }
  return { name: `${what} 10,000 rows, from the input event to the painted rows, median`, value: median(samples), unit: 'ms', budget: 50 }
}

/** The first time brings the code, the catalogue and the host's options along; later ones ask for the options alone, once they are old. */
async function* buildForm(bench: BenchPage): AsyncGenerator<Figure> {
  const samples: number[] = []
  for (let round = 0; round <= ROUNDS; round += 1) {
    samples.push(await bench.ask<number>('openBuild()'))
    await bench.page.goBack()
    await bench.page.getByRole('grid').waitFor()
    await bench.page.waitForTimeout(400)
  }
  const [first = 0, ...again] = samples
  yield { name: 'button pressed → form for new machines painted, the first time', value: first, unit: 'ms', budget: 200 }
  yield { name: 'button pressed → form for new machines painted, again, median', value: median(again), unit: 'ms', budget: 200 }
}

async function* scrolling(bench: BenchPage): AsyncGenerator<Figure> {
  const before = await bench.counters()
  const frames = await bench.ask<number[]>('scroll(140, 3000)')
  const after = await bench.counters()
  const total = frames.reduce((sum, each) => sum + each, 0)
  yield {
    name: 'scroll through 10,000 rows, 5 rows a frame',
    value: (frames.length / total) * 1_000,
    unit: 'fps',
    budget: 55,
    atLeast: true,
  }
  yield {
    name: 'script of one frame while scrolling, mean',
    value: (((after['ScriptDuration'] ?? 0) - (before['ScriptDuration'] ?? 0)) / frames.length) * 1_000,
    unit: 'ms',
    budget: null,
  }
}

async function* rest(bench: BenchPage): AsyncGenerator<Figure> {
  await sleep(2_000)
  const before = await bench.counters()
  await sleep(REST_MS)
  const after = await bench.counters()
  const seconds = (after['Timestamp'] ?? 0) - (before['Timestamp'] ?? 0)
  yield {
    name: 'page at rest with 10,000 machines',
    value: (((after['TaskDuration'] ?? 0) - (before['TaskDuration'] ?? 0)) / seconds) * 100,
    unit: '% of a core',
    budget: 2,
  }
  yield { name: 'heap of the page with 10,000 machines', value: (after['JSHeapUsedSize'] ?? 0) / 1_048_576, unit: 'MB', budget: 250 }
}

/** Every change of a state comes to the page, at most five deliveries a second. */
async function* storm(browser: BenchBrowser, { client, workspaceId }: Fleet): AsyncGenerator<Figure> {
  const bench = await browser.open(MACHINES)
  await opened(bench)
  yield longest('longest task while the page opens on 10,000 live machines', await longTasks(bench))
  const config = { site: 'Storm', hosts: 10, machines: 1_000, seed: 1, numberFrom: 50_000, changesPerMinute: STORM_PER_MINUTE }
  const { id } = await client.connections.add({ workspaceId, providerId: 'simulated', name: 'storm', config })
  await sleep(3_000)
  const since = await bench.page.evaluate('performance.now()')
  await sleep(STORM_MS)
  yield longest(
    'longest task of the page in a storm of 1,000 changes a second',
    (await longTasks(bench)).filter(({ at }) => at > Number(since)),
  )
  await client.connections.remove({ connectionId: id })
  await bench.page.close()
}

interface LongTask {
  readonly at: number
  readonly took: number
}

function longTasks(bench: BenchPage): Promise<readonly LongTask[]> {
  return bench.ask('longTasks')
}

/** The browser reports tasks above 50 ms; 0: there was none. */
function longest(name: string, tasks: readonly LongTask[]): Figure {
  return { name: `${name}; 0: none above 50 ms`, value: Math.max(0, ...tasks.map(({ took }) => took)), unit: 'ms', budget: 50 }
}

/** The server anew on the same data, with every connection out of reach: all the page can show is what was kept. */
async function* cached({ server, client, connectionIds }: Fleet): AsyncGenerator<Figure> {
  for (const [number, connectionId] of connectionIds.entries()) {
    await client.connections.update({ connectionId, config: siteConfig(number, { failConnect: 'unreachable' }) })
  }
  await server.stop()
  const again: Server = await startServer({ dataDirectory: server.dataDirectory })
  const browser = await startBrowser(again)
  try {
    const painted: number[] = []
    const answering: number[] = []
    const blocked: LongTask[] = []
    for (let round = -1; round < ROUNDS; round += 1) {
      const bench = await browser.open(MACHINES)
      const times = await opened(bench)
      if (round >= 0) {
        painted.push(times.painted)
        answering.push(times.answering)
        blocked.push(...(await longTasks(bench)))
      }
      await bench.page.close()
    }
    yield { name: 'page opened → 10,000 cached machines painted, median', value: median(painted), unit: 'ms', budget: null }
    yield {
      name: 'page opened → 10,000 cached machines painted and a key answered, median',
      value: median(answering),
      unit: 'ms',
      budget: 1_000,
    }
    yield longest(`longest task while the page opens on 10,000 cached machines, of ${ROUNDS} times`, blocked)
  } finally {
    await browser.close()
    await again.stop()
  }
}
