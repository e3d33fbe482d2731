import { beforeEach, expect, test } from 'vitest'
import type { Json } from '../../../shared/errors/index.ts'
import type { HostId, Task, TaskId } from '../../../shared/model/index.ts'
import { AUTHOR, FakePair, machineId, refused } from '../migration/testing/fake-pair.ts'
import { TRANSFER_KIND, transferTaskSchema } from './transfer-task.ts'

const SETTINGS = Buffer.from('boot entries and keys')
const FOLDER = '/qemu/nvram'
const OWN = 'nvram/web_VARS.fd'
const THERE = 'nvram/web_VARS-3fa29c.fd'
let pair: FakePair

/** Off at `a`, with settings of its UEFI and no disk. */
async function offAtA(): Promise<FakePair> {
  const made = new FakePair()
  made.put('a', 'off')
  made.hosts.a.files.clear()
  made.hosts.a.addVolume(OWN, SETTINGS.length, { bytes: SETTINGS })
  await made.engine.start()
  return made
}

beforeEach(async () => {
  pair = await offAtA()
})

async function start(source: 'keep' | 'undefine' | 'delete'): Promise<TaskId> {
  const plan = transferTaskSchema.parse({
    spec: pair.spec({ mode: 'cold' }),
    ref: 'web',
    name: 'web',
    connectionId: 'c1',
    sourceHostId: 'c1.h.h',
    sourceHostRef: 'h-a',
    targetHostRef: 'h-b',
    source,
    acceptsWarnings: true,
    flattened: [],
    copies: [],
    nvram: { from: { folder: FOLDER, file: 'web_VARS.fd' }, to: { folder: FOLDER, file: 'web_VARS-3fa29c.fd' } },
    files: [],
    own: [],
  })
  const target = { entity: 'machine', id: machineId('a'), name: 'web' } as const
  const request = {
    kind: TRANSFER_KIND,
    plan: JSON.parse(JSON.stringify(plan)) as Json,
    params: {},
    target,
    connectionId: 'c1',
    hostId: 'c1.h.h' as HostId,
  }
  return (await pair.engine.submit(request, AUTHOR)).id
}

const files = (side: 'a' | 'b') => [...pair.hosts[side].files].map(([path, { bytes }]) => [path, String(bytes)])
const states = ({ steps }: Task) => steps.map(({ id, state }) => `${id} ${state}`)

test('settings of its UEFI come along before it is defined with them, and stay at the source unless all is deleted', async () => {
  const task = await pair.after(await start('undefine'))
  expect(task).toMatchObject({ state: 'succeeded', error: null })
  expect(states(task)).toEqual(['look done', 'copy-nvram done', 'define done', 'confirm done', 'retire done'])
  expect(pair.nvram).toBe(`${FOLDER}/web_VARS-3fa29c.fd`)
  expect(files('b')).toEqual([[THERE, String(SETTINGS)]])
  expect(files('a')).toEqual([[OWN, String(SETTINGS)]])
})

test('deleted at the source, they go with it', async () => {
  const task = await pair.after(await start('delete'))
  expect(states(task).slice(-2)).toEqual(['retire done', 'clean-nvram done'])
  expect(files('a')).toEqual([])
  expect(pair.where()).toBe('absent off')
})

test('not defined there, what was copied is taken away', async () => {
  pair.defining = () => Promise.reject(refused())
  const task = await pair.after(await start('delete'))
  expect(states(task)).toContain('copy-nvram undone')
  expect(files('b')).toEqual([])
  expect(pair.where()).toBe('off absent')
})

test('somebody has started it there meanwhile: what it uses stays', async () => {
  pair.defining = () => {
    pair.put('b', 'running')
    return Promise.reject(refused())
  }
  const task = await pair.after(await start('delete'))
  expect(task).toMatchObject({ state: 'failed', error: { code: 'task.left-behind' } })
  expect(files('b')).toEqual([[THERE, String(SETTINGS)]])
})

test('the console is killed after any write of the journal: the next one ends what it began', async () => {
  let ends = 0
  let writes = 0
  while (ends < 2) {
    writes += 1
    pair = await offAtA()
    const id = await pair.killedAfter(writes, {}, () => start('delete'))
    if ((await pair.store.get(id))?.state === 'succeeded') ends += 1
    await pair.reboot()
    const task = await pair.after(id, 180_000)
    expect(`${writes}: ${task.state} ${pair.where()}`).toBe(`${writes}: succeeded absent off`)
    expect(files('b')).toEqual([[THERE, String(SETTINGS)]])
    expect(files('a')).toEqual([])
    await pair.engine.stop()
  }
  expect(writes).toBeGreaterThan(8)
})
