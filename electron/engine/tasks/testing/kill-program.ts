import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../../../shared/errors/index.ts'
import { settingsSchema, type TaskId } from '../../../../shared/model/index.ts'
import { openSqliteStoreInline } from '../../../store/sqlite/index.ts'
import { systemClock } from '../../system-clock.ts'
import { TaskEngine } from '../task-engine.ts'
import type { Step, TaskKind } from '../task-kind.ts'

/**
 * A process for the kill test: runs a bulk of tasks of two steps, whose host is a file that every execution is appended
 * to, and kills itself with SIGKILL around its nth journal write. Started again it takes up what the last one left.
 *
 *     node kill-program.ts FOLDER NTH before|after succeeds|fails
 *
 * With `fails` it is one task whose second step does, and whose first is taken back.
 */
const [folder = '', nth = '0', when = 'after', ending = 'succeeds'] = process.argv.slice(2)
const record = join(folder, 'executed')
const executed = () => (existsSync(record) ? readFileSync(record, 'utf8').split('\n').filter(Boolean) : [])

const kind: TaskKind = {
  kind: 'test.two-steps',
  steps: (plan) => ['one', 'two'].map((id) => fileStep(`${JSON.stringify(plan)}.${id}`, id)),
}

function fileStep(mark: string, id: string): Step {
  return {
    id,
    weight: 1,
    timeoutMs: 10_000,
    cancel: 'boundary',
    run: async () => {
      if (ending === 'fails' && id === 'two') throw new AppError({ kind: 'exhausted', code: 'test.full', message: 'Full.' })
      appendFileSync(record, `${mark}\n`)
    },
    probe: async () => (executed().includes(mark) ? 'done' : 'not-done'),
    takeBack: {
      what: mark,
      timeoutMs: 10_000,
      run: async () => {
        // of the step that failed there may be nothing left; of the other there is, and a probe that tells
        if (id === 'one' || !executed().includes(`${mark} taken back`)) appendFileSync(record, `${mark} taken back\n`)
      },
      probe: async () => (executed().includes(`${mark} taken back`) || !executed().includes(mark) ? 'done' : 'not-done'),
    },
  }
}

const store = await openSqliteStoreInline({ file: join(folder, 'console.db'), nowMs: Date.now() })
let writes = 0
const killing = {
  ...store.tasks,
  commit: async (change: Parameters<typeof store.tasks.commit>[0]) => {
    writes += 1
    if (writes === Number(nth) && when === 'before') process.kill(process.pid, 'SIGKILL')
    await store.tasks.commit(change)
    if (writes === Number(nth) && when === 'after') process.kill(process.pid, 'SIGKILL')
  },
}

const engine = new TaskEngine({
  store: killing,
  clock: systemClock,
  log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  links: { current: () => undefined, onChange: () => () => {} },
  sink: { putTask: () => {}, removeTask: () => {} },
  events: { append: () => {} },
  settings: { current: () => settingsSchema.parse({ bulkPerHost: 1 }), onChange: () => () => {} },
  kinds: [kind],
})

await engine.start()
let [task] = await store.tasks.list({ rootsOnly: true }, { limit: 1 })
task ??= await engine.submitBulk(
  (ending === 'fails' ? ['a'] : ['a', 'b']).map((plan) => ({
    kind: kind.kind,
    plan,
    params: {},
    target: { entity: 'machine', id: plan, name: plan },
    connectionId: null,
    hostId: 'h',
  })),
  { actor: 'ada', origin: 'cli', reason: null },
)
const { id } = task
const deadlineMs = Date.now() + 30_000
while (!(await isEnded(id)) && Date.now() < deadlineMs) await new Promise((resolve) => setTimeout(resolve, 5))
await engine.stop()
const end = await store.tasks.get(id)
await store.close()
process.stdout.write(`${JSON.stringify({ writes, state: end?.state, children: end?.children, executed: executed() })}\n`)

async function isEnded(taskId: TaskId): Promise<boolean> {
  return ((await engine.get(taskId))?.endedAtMs ?? null) !== null
}
