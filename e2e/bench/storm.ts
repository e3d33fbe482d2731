import { fork } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { systemClock } from '../../electron/engine/system-clock.ts'
import { openConsole } from '../../electron/host/compose.ts'
import { simulation } from '../../electron/providers/simulated/index.ts'
import { until } from '../lab/run.ts'
import type { Figure } from './measure.ts'

const MACHINES = 10_000
const CHANGES_PER_S = 1_000
const STORM_MS = 20_000
const CONFIG = { site: 'Storm', hosts: 200, machines: MACHINES, seed: 1 } as const

const answerSchema = z.object({ p99Ms: z.number(), changes: z.number() })

/** How long the engine's loop is held up while 1,000 changes a second come in and are written down: in a process of its own. */
export async function stormFigure(): Promise<Figure> {
  const child = fork(fileURLToPath(import.meta.url), ['storm'], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const answer = await new Promise<unknown>((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', (code) => reject(new Error(`the storm ended with ${code}`)))
  })
  const { p99Ms, changes } = answerSchema.parse(answer)
  if (changes < (CHANGES_PER_S * STORM_MS) / 1_000 / 2) throw new Error(`only ${changes} changes were seen`)
  return { name: 'event-loop delay of the engine under 1,000 deltas a second, store writing, p99', value: p99Ms, unit: 'ms', budget: 20 }
}

async function storm(): Promise<void> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'novacron-storm-'))
  const console = await openConsole({ face: 'local', dataDirectory })
  const { inventory, connections } = console.engine
  const workspace = [...inventory.inventory.all('workspace')][0]
  if (!workspace) throw new Error('no workspace')
  await connections.add({ workspaceId: workspace.id, providerId: 'simulated', name: 'storm', config: CONFIG, secrets: {}, remember: false })
  await until('the fleet', async () => [...inventory.inventory.all('machine')].length === MACHINES, 60_000, 200)
  let changes = 0
  void (async () => {
    for await (const message of console.watchInventory()) if (message.type === 'changes') changes += message.changes.length
  })()
  await sleep(5_000)
  const stop = simulation.controls(CONFIG, systemClock).storm(CHANGES_PER_S)
  await sleep(2_000)
  changes = 0
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await sleep(STORM_MS)
  delay.disable()
  stop()
  // the histogram holds the whole interval between two looks, of which 1 ms is the resolution itself
  process.send?.({ p99Ms: delay.percentile(99) / 1e6 - 1, changes })
  await console.stop()
  await rm(dataDirectory, { recursive: true, force: true })
  process.disconnect()
}

if (process.argv[2] === 'storm') await storm()
