import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { bundleProgram } from '../../../e2e/lab/bundle.ts'

const SOURCE = fileURLToPath(new URL('./testing/kill-program.ts', import.meta.url))
const ALL = ['a', 'b'].flatMap((target) => ['one', 'two'].map((step) => `"${target}".${step}`))

type Ending = 'succeeds' | 'fails'

interface End {
  readonly writes: number
  readonly state: string
  readonly children: { readonly succeeded: number; readonly cancelled: number; readonly total: number }
  readonly executed: readonly string[]
}

let program = ''
beforeAll(async () => {
  program = await bundleProgram(SOURCE, 'kill-program')
})

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'novacron-kill-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Runs the program; null when it was killed. */
function run(nth: number, when: 'before' | 'after', ending: Ending): Promise<End | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, folder, String(nth), when, ending], { stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    let errors = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      if (signal === 'SIGKILL') resolve(null)
      else if (code === 0) resolve(JSON.parse(out) as End)
      else reject(new Error(errors))
    })
  })
}

/** Kills at the nth write, for every n there is, and answers how each was ended by the process after it. */
async function killEverywhere(when: 'before' | 'after', start: () => Promise<void>, ending: Ending = 'succeeds'): Promise<End[]> {
  const ends: End[] = []
  for (let nth = 1; ; nth += 1) {
    await rm(folder, { recursive: true, force: true })
    await start()
    const undisturbed = await run(nth, when, ending)
    const end = undisturbed ?? (await run(0, when, ending))
    if (end) ends.push(end)
    // It came to its end before the nth write: all there are have been tried.
    if (undisturbed) return ends
  }
}

const asSaid = (end: End) => ({ state: end.state, succeeded: end.children.succeeded, executed: end.executed.toSorted() })
const WELL = { state: 'succeeded', succeeded: 2, executed: ALL.toSorted() }

test('undisturbed, every step of every target is done once', async () => {
  const end = await run(0, 'after', 'succeeds')
  expect(end && asSaid(end)).toEqual(WELL)
  expect(end?.writes).toBeGreaterThan(6)
})

test.each(['before', 'after'] as const)(
  'killed %s its nth journal write, at every n: resumed, nothing is done twice and nothing is left out',
  async (when) => {
    const ends = await killEverywhere(when, async () => {})
    expect(ends.length).toBeGreaterThan(6)
    expect(ends.map(asSaid)).toEqual(ends.map(() => WELL))
  },
  240_000,
)

test('killed in the middle, and again at every write of the recovery', async () => {
  const ends = await killEverywhere('before', async () => {
    await run(3, 'after', 'succeeds')
  })
  expect(ends.length).toBeGreaterThan(3)
  expect(ends.map(asSaid)).toEqual(ends.map(() => WELL))
})

test.each(['before', 'after'] as const)(
  'killed %s its nth journal write while it fails and takes back: nothing is left, and nothing is taken back twice',
  async (when) => {
    const ends = await killEverywhere(when, async () => {}, 'fails')
    expect(ends.length).toBeGreaterThan(6)
    const executed = ['"a".one', '"a".one taken back', '"a".two taken back']
    expect(ends.map(asSaid)).toEqual(ends.map(() => ({ state: 'failed', succeeded: 0, executed })))
  },
  240_000,
)
