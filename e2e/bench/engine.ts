import { setTimeout as sleep } from 'node:timers/promises'
import { type Fleet, followInventory, processorSeconds, residentMb, startFleet } from './fleet.ts'
import { type BenchGroup, type Figure, percentile } from './measure.ts'
import { stormFigure } from './storm.ts'

const SETTLE_MS = 25_000
const REST_MS = 30_000
/** Longer than the engine keeps an answer, so that no wave lives on the one before. */
const BETWEEN_WAVES_MS = 300

/** The engine with 200 simulated connections and 10,000 machines: at rest, asked in parallel, and in a storm. */
export const engineGroup: BenchGroup = {
  name: 'engine',
  missing: async () => (process.platform === 'linux' ? null : 'It reads /proc; run it on Linux.'),
  async *run() {
    const fleet = await startFleet()
    try {
      yield* queries(fleet)
      yield* rest(fleet)
    } finally {
      await fleet.stop()
    }
    yield await stormFigure()
  },
}

async function* queries({ client, workspaceId }: Fleet): AsyncGenerator<Figure> {
  const ask: ReadonlyArray<readonly [string, (question: number) => Promise<unknown>]> = [
    ['machines by query', () => client.inventory.machines({ workspaceId, query: 'state:running tag:prod cpu>50', limit: 100 })],
    [
      'machines by text, sorted by load',
      () => client.inventory.machines({ workspaceId, query: 'web', sort: 'cpu', descending: true, limit: 100 }),
    ],
    [
      'machines, 50 different queries',
      (question) => client.inventory.machines({ workspaceId, query: `state:running tag:prod cpu>${question + 10}`, limit: 100 }),
    ],
    ['hosts', () => client.inventory.hosts({ workspaceId })],
    ['events', () => client.events.list({ limit: 100 })],
    ['tasks', () => client.tasks.list({ limit: 100 })],
  ]
  for (const [name, call] of ask) {
    const samples: number[] = []
    for (let wave = 0; wave < 11; wave += 1) {
      const took = await Promise.all(
        Array.from({ length: 50 }, async (_, question) => {
          const start = performance.now()
          await call(question)
          return performance.now() - start
        }),
      )
      if (wave > 0) samples.push(...took) // the first wave warms up
      await sleep(BETWEEN_WAVES_MS)
    }
    yield {
      name: `contract query, 50 in parallel at 10,000 machines, p95: ${name}`,
      value: percentile(samples, 0.95),
      unit: 'ms',
      budget: 50,
    }
  }
}

async function* rest({ server, client, workspaceId }: Fleet): AsyncGenerator<Figure> {
  await sleep(SETTLE_MS)
  yield {
    name: 'engine at rest, 200 connections, 10,000 machines, page closed',
    value: await load(server.pid),
    unit: '% of a core',
    budget: 2,
  }
  const machines = await client.inventory.machines({ workspaceId, limit: 40 })
  const stop = await followInventory(client, workspaceId, () => {})
  await client.inventory.setInterest({ visible: machines.items.map(({ machine }) => machine.id), focused: null })
  await sleep(5_000)
  yield { name: 'engine at rest, the same with a page open on 40 rows', value: await load(server.pid), unit: '% of a core', budget: 5 }
  stop()
  yield { name: 'engine at rest, resident memory', value: await residentMb(server.pid), unit: 'MB', budget: 350 }
}

async function load(pid: number): Promise<number> {
  const before = await processorSeconds(pid)
  await sleep(REST_MS)
  return (((await processorSeconds(pid)) - before) / (REST_MS / 1_000)) * 100
}
