import { findPeer } from '../../scripts/peers.mjs'
import { skipReason } from '../lab/requires.ts'
import { until } from '../lab/run.ts'
import { type BenchPage, opened, startBrowser } from './browser.ts'
import { HOSTS, MACHINES, startFleet } from './fleet.ts'
import { type BenchGroup, type Figure, median } from './measure.ts'

const ROUNDS = 5
const PAN_MS = 4_000
const PAN_PIXELS = 120
/** With every host open a card has a row of 24 pixels. */
const OPEN_PIXELS = MACHINES * 24

/** The topology of 200 hosts with 10,000 machines in a real browser, whose cards are somewhat more. */
export const topologyPageGroup: BenchGroup = {
  name: 'topology-page',
  missing: async () => skipReason(findPeer('chromium')) || null,
  async *run() {
    const fleet = await startFleet()
    try {
      const browser = await startBrowser(fleet.server)
      const bench = await browser.open(MACHINES)
      await opened(bench)
      yield* opening(bench)
      yield* panning(bench)
      await browser.close()
    } finally {
      await fleet.stop()
    }
  },
}

async function* opening(bench: BenchPage): AsyncGenerator<Figure> {
  const samples: number[] = []
  for (let round = 0; round <= ROUNDS; round += 1) {
    samples.push(await bench.ask<number>('openTopology()'))
    if (round === ROUNDS) break
    await bench.page.goBack()
    await bench.page.getByRole('grid').waitFor()
    await bench.page.waitForTimeout(400)
  }
  const [first = 0, ...again] = samples
  const what = `link pressed → topology of ${HOSTS} hosts painted`
  yield { name: `${what}, the first time`, value: first, unit: 'ms', budget: 1_000 }
  yield { name: `${what}, again, median`, value: median(again), unit: 'ms', budget: 1_000 }
  const start = performance.now()
  await until('all hosts', async () => (await bench.page.getByText(`${HOSTS} hosts`, { exact: true }).count()) > 0, 60_000, 50)
  yield { name: 'the rest of the hosts read, after that', value: performance.now() - start, unit: 'ms', budget: null }
}

async function* panning(bench: BenchPage): AsyncGenerator<Figure> {
  yield {
    name: `button pressed → all ${HOSTS} hosts open and painted`,
    value: await bench.ask<number>(`openAllHosts(${OPEN_PIXELS})`),
    unit: 'ms',
    budget: null,
  }
  await bench.page.waitForTimeout(1_000)
  const before = await bench.counters()
  const frames = await bench.ask<number[]>(`scroll(${PAN_PIXELS}, ${PAN_MS}, '.topo-map')`)
  const after = await bench.counters()
  const script = ((after['ScriptDuration'] ?? 0) - (before['ScriptDuration'] ?? 0)) * 1_000
  const total = frames.reduce((sum, each) => sum + each, 0)
  yield { name: 'script of one frame while panning over open hosts, mean', value: script / frames.length, unit: 'ms', budget: 8 }
  yield { name: 'frames while panning', value: (frames.length / total) * 1_000, unit: 'fps', budget: null }
}
