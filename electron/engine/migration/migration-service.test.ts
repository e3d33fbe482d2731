import { beforeEach, describe, expect, test } from 'vitest'
import type { MigrationSpecInput, TaskId } from '../../../shared/model/index.ts'
import { AUTHOR, FakePair, machineId, progress } from './testing/fake-pair.ts'

const signal = new AbortController().signal
let pair: FakePair

beforeEach(async () => {
  pair = new FakePair()
  pair.agentThere = true
  await pair.engine.start()
})

/** Machines beside `web` that run on host a. */
function add(...refs: readonly string[]): void {
  for (const ref of refs) {
    pair.put('a', 'running', ref)
    pair.hosts.a.addVolume(`default/${ref}.qcow2`)
  }
}

const specs = (refs: readonly string[], wish: Partial<MigrationSpecInput> = {}) =>
  refs.map((ref) => pair.spec({ machineId: machineId('a', ref), ...wish }))

function startAll(refs: readonly string[], options: Partial<Parameters<FakePair['service']['start']>[1]> = {}) {
  return pair.service.start(specs(refs), { acceptsWarnings: true, atOnce: 1, ...options }, AUTHOR, signal)
}

describe('many at once', () => {
  test('go side by side as many as asked for, whatever the host would take', async () => {
    add('db', 'mail', 'wiki')
    const done: Array<() => void> = []
    pair.script = async (_ref, _from, _options, go) => {
      await new Promise<void>((resolve) => void done.push(resolve))
      go()
    }
    const { taskId, accepted, refused } = await startAll(['web', 'db', 'mail', 'wiki'], { atOnce: 2 })
    expect({ accepted, refused }).toEqual({ accepted: 4, refused: [] })
    await pair.after(taskId, 2_000)
    expect([pair.moving, done.length]).toEqual([2, 2])
    for (let left = 4; left > 0; left -= 1) {
      done.shift()?.()
      await pair.after(taskId, 2_000)
    }
    expect(await pair.after(taskId)).toMatchObject({ state: 'succeeded', children: { total: 4, succeeded: 4 } })
    expect(pair.mostMoving).toBe(2)
  })

  test('the limit counts after a restart as well', async () => {
    add('db', 'mail')
    pair.script = () => new Promise(() => {})
    const { taskId } = await startAll(['web', 'db', 'mail'])
    await pair.after(taskId, 2_000)
    void pair.engine.stop()
    await pair.clock.advance(1_000)
    pair.script = null
    await pair.reboot()
    expect(await pair.after(taskId, 200_000)).toMatchObject({ state: 'succeeded' })
  })

  test('one that cannot go is refused by name with its findings, and the others go', async () => {
    add('db')
    pair.put('a', 'absent', 'gone')
    pair.put('a', 'off', 'cold')
    pair.hosts.a.addVolume('default/cold.qcow2')
    const cold = specs(['cold'], { bandwidthBytesPerS: 1_048_576 })
    const all = [...specs(['web', 'gone', 'db']), ...cold, ...specs(['db'])]
    const { taskId, accepted, refused } = await pair.service.start(all, { acceptsWarnings: true, atOnce: 1 }, AUTHOR, signal)
    expect(accepted).toBe(2)
    expect(Object.fromEntries(refused.map(({ name, reason }) => [name, reason.code]))).toEqual({
      'c1.m.gone': 'machine.not-found',
      cold: 'migration.blocked',
      db: 'migration.twice',
    })
    expect(refused.find(({ name }) => name === 'cold')?.findings.map(({ severity }) => severity)).toContain('blocks')
    expect(await pair.after(taskId, 30_000)).toMatchObject({ state: 'succeeded', children: { total: 2 } })
  })

  test('what they take together counts, in their order: who no longer fits is refused with the sum and who fits', async () => {
    add('db', 'mail', 'wiki')
    const gib = 1_048_576
    pair.out = { memoryKiB: 4 * gib, residentKiB: 4 * gib }
    pair.into = { memoryFreeKiB: 10 * gib }
    const { taskId, accepted, refused } = await startAll(['wiki', 'web', 'db', 'mail'])
    expect(accepted).toBe(2)
    expect(refused.map(({ name }) => name)).toEqual(['db', 'mail'])
    expect(refused[0]?.findings).toMatchObject([
      { check: 'memory', severity: 'blocks', reason: { params: { others: 'wiki, web', needed: '12 GiB', free: '10 GiB' } } },
    ])
    expect(await pair.after(taskId, 30_000)).toMatchObject({ state: 'succeeded', children: { total: 2 } })
    expect(['wiki', 'web', 'db'].map((ref) => pair.where(ref))).toEqual(['absent running', 'absent running', 'running absent'])
  })

  test('what they may grow to together is a warning to be read first', async () => {
    add('db')
    const gib = 1_048_576
    pair.out = { memoryKiB: 6 * gib, residentKiB: gib }
    pair.into = { memoryFreeKiB: 10 * gib }
    const { refused } = await startAll(['web', 'db'], { acceptsWarnings: false })
    expect(refused).toMatchObject([
      { name: 'db', reason: { code: 'migration.warned' }, findings: [{ reason: { code: 'migration.finding.memory-tight-together' } }] },
    ])
    await expect(startAll(['db'], { acceptsWarnings: false })).resolves.toMatchObject({ accepted: 1 })
  })

  test('of warnings that were read by name, one that came since stops its machine', async () => {
    add('db')
    const gib = 1_048_576
    pair.out = { memoryKiB: 6 * gib, residentKiB: gib }
    pair.into = { memoryFreeKiB: 10 * gib }
    const read = (id: string) => ({ [machineId('a', 'web')]: [], [machineId('a', 'db')]: [id] })
    const { refused } = await startAll(['web', 'db'], { acceptsWarnings: read('clock-apart') })
    expect(refused).toMatchObject([{ name: 'db', reason: { code: 'migration.new-warnings' } }])
    add('mail')
    const mails = { [machineId('a', 'mail')]: ['memory-tight-together'] }
    await expect(startAll(['mail', 'db'], { acceptsWarnings: mails })).resolves.toMatchObject({ accepted: 2, refused: [] })
  })

  test('none that can go: said with the first one’s reason', async () => {
    await expect(startAll(['gone', 'lost'])).rejects.toMatchObject({
      code: 'migration.none-can-move',
      details: { count: 2, reason: 'There is no such machine any more.' },
    })
  })

  test('a machine to its own host, alone: its own reason, with what was found', async () => {
    const toItself = specs(['web'], { targetHostId: 'c1.h.h' })
    await expect(pair.service.start(toItself, { acceptsWarnings: true, atOnce: 1 }, AUTHOR, signal)).rejects.toMatchObject({
      kind: 'precondition',
      code: 'migration.blocked',
      details: { name: 'web' },
    })
  })

  test('one child of many is cancelled with the rest; what has moved stays moved', async () => {
    add('db')
    pair.script = async (ref, _from, options, go) => {
      if (ref === 'web') return go()
      await new Promise<void>((_, reject) =>
        options.signal?.addEventListener('abort', () => reject(options.signal?.reason), { once: true }),
      )
    }
    const { taskId } = await startAll(['web', 'db'])
    await pair.after(taskId, 30_000)
    await pair.engine.cancel(taskId)
    expect(await pair.after(taskId, 60_000)).toMatchObject({ children: { succeeded: 1, cancelled: 1 } })
    expect([pair.where('web'), pair.where('db')]).toEqual(['absent running', 'running absent'])
  })
})

test('a second move of the same machine is refused while the first one lasts', async () => {
  pair.script = () => new Promise(() => {})
  await pair.after(await pair.start(), 1_000)
  await expect(pair.start()).rejects.toMatchObject({ kind: 'conflict', code: 'migration.busy' })
})

test('a double click is one move', async () => {
  const click = () => pair.service.start([pair.spec()], { acceptsWarnings: true, atOnce: 1, token: 'x' }, AUTHOR, signal)
  const [first, second] = await Promise.all([click(), click()])
  expect(first.taskId).toBe(second.taskId)
})

describe('changed while it goes', () => {
  test('is passed on to the source', async () => {
    pair.script = () => new Promise(() => {})
    const id = await pair.start()
    await pair.after(id, 1_000)
    await pair.service.tune(id, { maxDowntimeMs: 500 }, signal)
    expect(pair.calls.at(-1)).toBe('tune web {"maxDowntimeMs":500}')
  })

  test('not of one that has ended, nor of one that never was', async () => {
    const id = await pair.start()
    await pair.after(id)
    await expect(pair.service.tune(id, { postCopy: true }, signal)).rejects.toMatchObject({ code: 'migration.not-running' })
    await expect(pair.service.tune('nope' as TaskId, { postCopy: true }, signal)).rejects.toMatchObject({ code: 'migration.not-running' })
  })
})

test('whoever follows hears each phase, and the end as the last', async () => {
  let go = () => {}
  pair.script = async (_ref, _from, { onMove }, arrive) => {
    onMove?.(progress('copying-memory', 10))
    await new Promise<void>((resolve) => {
      go = resolve
    })
    onMove?.(progress('copying-memory', 90))
    arrive()
  }
  const id = await pair.start()
  const phases: string[] = []
  const following = (async () => {
    for await (const { phase, memory } of pair.service.watch(id, signal)) phases.push(`${phase} ${memory?.done ?? '-'}`)
  })()
  await pair.after(id, 3_000)
  go()
  await pair.after(id, 3_000)
  await following
  expect(phases[0]).toMatch(/^(?:checking|preparing|copying-memory)/)
  expect(phases).toContain('copying-memory 10')
  expect(phases.at(-1)).toBe('done 90')
})
