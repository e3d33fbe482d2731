import { findPeer } from '../../scripts/peers.mjs'
import { startServer } from '../app/server.ts'
import { skipReason } from '../lab/requires.ts'
import { until } from '../lab/run.ts'
import { StoragePage } from '../pages/storage.ts'
import { type BenchPage, opened, startBrowser } from './browser.ts'
import { MACHINES } from './fleet.ts'
import { type BenchGroup, type Figure, median } from './measure.ts'

const HOST = 'kvm-gdn-002'
const POOL = 'restore-points'
const VOLUMES = 10_000
const ROUNDS = 7
const SCROLL_MS = 4_000
const SCROLL_PIXELS = 140
const SEARCH = '.storage-search'

/** A pool of 10,000 volumes of the demo fleet in a real browser, while they are read and afterwards. */
export const storagePageGroup: BenchGroup = {
  name: 'storage-page',
  missing: async () => skipReason(findPeer('chromium')) || null,
  async *run() {
    const server = await startServer({ demo: 'hosts' })
    try {
      const browser = await startBrowser(server)
      const bench = await browser.open(MACHINES)
      await opened(bench)
      yield* opening(bench)
      yield* looking(bench)
      await browser.close()
    } finally {
      await server.stop()
    }
  },
}

async function* opening(bench: BenchPage): AsyncGenerator<Figure> {
  const { page } = bench
  const storage = new StoragePage(page)
  await storage.open(HOST)
  await storage.pools.getByRole('link', { name: POOL }).waitFor()
  const since = await page.evaluate<number>('performance.now()')
  const before = await bench.counters()
  const { first, listed } = await bench.ask<{ first: number; listed: number }>(`openPool("${POOL}", ${VOLUMES})`)
  yield { name: 'link pressed → first rows of a pool of 10,000 painted', value: first, unit: 'ms', budget: 500 }
  yield { name: 'link pressed → all 10,000 names there', value: listed, unit: 'ms', budget: 1_000 }
  // what each of them is comes in meanwhile
  yield* scrolling(bench, 'while 10,000 volumes are read')
  const start = performance.now()
  await until('all volumes', async () => (await page.getByText('cannot be read').count()) > 0, 60_000, 50)
  const after = await bench.counters()
  const script = ((after['ScriptDuration'] ?? 0) - (before['ScriptDuration'] ?? 0)) * 1_000
  yield { name: 'the rest read, after that', value: performance.now() - start, unit: 'ms', budget: null }
  yield { name: 'script of opening, scrolling and reading, in all', value: script, unit: 'ms', budget: null }
  yield await longest(bench, since, 'longest task while the pool opens and is read')
}

async function* looking(bench: BenchPage): AsyncGenerator<Figure> {
  await bench.page.waitForTimeout(1_000)
  const since = await bench.page.evaluate<number>('performance.now()')
  const texts = ['web', 'r00001', 'db-0', '.qcow2x', 'r0099', 'app', 'restore-points/w']
  const filter = (text: string) => bench.ask<number>(`filter(${JSON.stringify(text)}, '${SEARCH}')`)
  yield* interaction(
    bench,
    'filter',
    (round) => filter(texts[round] ?? ''),
    () => filter(''),
  )
  const heads = ['On disk', 'Name', 'Capacity', 'Used by', 'Built on', 'Name', 'On disk']
  yield* interaction(bench, 'sort', (round) => bench.ask(`sortBy(${JSON.stringify(heads[round])})`))
  yield* scrolling(bench, 'over 10,000 volumes that are read')
  yield await longest(bench, since, 'longest task while filtering, sorting and scrolling')
}

/** As a person sees it, and what it takes of a processor, however busy the others keep the machine. */
async function* interaction(
  bench: BenchPage,
  what: string,
  act: (round: number) => Promise<number>,
  undo?: () => Promise<unknown>,
): AsyncGenerator<Figure> {
  const samples: number[] = []
  const used: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = await bench.counters()
    samples.push(await act(round))
    const after = await bench.counters()
    used.push(((after['TaskDuration'] ?? 0) - (before['TaskDuration'] ?? 0)) * 1_000)
    await undo?.()
    await bench.page.waitForTimeout(300)
  }
  yield { name: `${what} 10,000 volumes, from the input event to the painted rows, median`, value: median(samples), unit: 'ms', budget: 50 }
  yield { name: `the same, processor time of the page's thread`, value: median(used), unit: 'ms', budget: 50 }
}

async function* scrolling(bench: BenchPage, when: string): AsyncGenerator<Figure> {
  const before = await bench.counters()
  const frames = await bench.ask<number[]>(`scroll(${SCROLL_PIXELS}, ${SCROLL_MS}, '.storage-grid .grid-rows')`)
  const after = await bench.counters()
  const script = ((after['ScriptDuration'] ?? 0) - (before['ScriptDuration'] ?? 0)) * 1_000
  const total = frames.reduce((sum, each) => sum + each, 0)
  yield { name: `script of a frame, scrolling ${when}, mean`, value: script / frames.length, unit: 'ms', budget: 8 }
  yield { name: `frames, scrolling ${when}`, value: (frames.length / total) * 1_000, unit: 'fps', budget: 55, atLeast: true }
}

async function longest(bench: BenchPage, since: number, name: string): Promise<Figure> {
  const tasks = await bench.ask<ReadonlyArray<{ at: number; took: number }>>('longTasks')
  const value = Math.max(0, ...tasks.filter(({ at }) => at >= since).map(({ took }) => took))
  return { name, value, unit: 'ms', budget: 50 }
}
