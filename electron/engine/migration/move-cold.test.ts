import { beforeEach, describe, expect, test } from 'vitest'
import { AUTHOR, FakePair, refused } from './testing/fake-pair.ts'

const BYTES = Buffer.from('what the guest has written')
let pair: FakePair

/** A machine that is off at `a`, whose disk holds something. */
async function offAtA(): Promise<FakePair> {
  const made = new FakePair()
  made.put('a', 'off')
  made.hosts.a.addVolume('default/web.qcow2', BYTES.length, { bytes: BYTES, version: 'as it was planned' })
  await made.engine.start()
  return made
}

beforeEach(async () => {
  pair = await offAtA()
})

const states = (task: { readonly steps: ReadonlyArray<{ readonly id: string; readonly state: string }> }) =>
  task.steps.map(({ id, state }) => `${id} ${state}`)

describe('a machine that is off, whose disks the target does not see', () => {
  test('its disk goes through the console, its definition follows, and the source is tidied up', async () => {
    const phases: string[] = []
    const id = await pair.start({ sourceDisks: 'delete' })
    const stop = pair.live.follow(id, ({ phase }) => phases.push(phase))
    const task = await pair.after(id)
    stop()
    expect(task).toMatchObject({ state: 'succeeded', error: null })
    expect(states(task)).toEqual(['check done', 'copy-0 done', 'move done', 'verify done', 'clean-0 done'])
    expect(pair.where()).toBe('absent off')
    expect(pair.hosts.b.files.get('default/web.qcow2')?.bytes).toEqual(BYTES)
    expect([...pair.hosts.a.files.keys()]).toEqual([])
    expect(phases).toContain('copying-disks')
    expect(pair.records).toMatchObject([{ mode: 'cold', outcome: 'moved', predicted: { downtimeMs: { likely: 0 } } }])
  })

  test('one that stands on another image is made whole first, and what was made for that goes again', async () => {
    pair.backing = ['/pool/base.qcow2']
    const task = await pair.after(await pair.start())
    expect(states(task)).toEqual(['check done', 'flatten-0 done', 'copy-0 done', 'move done', 'verify done', 'tidy-0 done'])
    expect(pair.hosts.b.files.get('default/web.qcow2')?.bytes).toEqual(BYTES)
    expect([...pair.hosts.a.files.keys()]).toEqual(['default/web.qcow2'])
  })

  test('written to since it was planned, it stays where it is, and its copy is taken away', async () => {
    const id = await pair.start()
    const file = pair.hosts.a.files.get('default/web.qcow2')
    if (file) file.version = 'of a start and a stop later'
    const task = await pair.after(id)
    expect(task).toMatchObject({ state: 'failed', error: { code: 'transfer.source-changed' } })
    expect(pair.where()).toBe('off absent')
    expect([...pair.hosts.b.files.keys()]).toEqual([])
    expect(pair.calls).toEqual([])
  })

  test('started when its disks are there, it stays, and its copy is taken away', async () => {
    const id = await pair.start()
    const stop = pair.live.follow(id, ({ disk }) => {
      if (disk?.remaining === 0) pair.put('a', 'running')
    })
    const task = await pair.after(id)
    stop()
    expect(task).toMatchObject({ state: 'failed', error: { code: 'migration.state-changed' } })
    expect(states(task)).toEqual(['check done', 'copy-0 undone', 'move failed', 'verify pending'])
    expect(pair.where()).toBe('running absent')
    expect(pair.calls).toEqual([])
    expect([...pair.hosts.b.files.keys()]).toEqual([])
  })

  test('refused by the target, it stays, and its copy is taken away', async () => {
    pair.script = async () => {
      throw refused()
    }
    const task = await pair.after(await pair.start())
    expect(task).toMatchObject({ state: 'failed', error: { code: 'migration.failed' } })
    expect(states(task)).toEqual(['check done', 'copy-0 undone', 'move failed', 'verify pending'])
    expect(pair.where()).toBe('off absent')
    expect([...pair.hosts.a.files.keys()]).toEqual(['default/web.qcow2'])
  })

  test('its copy is not taken away from it when it has moved after all', async () => {
    pair.script = async (_ref, _from, _options, go) => {
      go()
      pair.put('a', 'off')
      throw refused()
    }
    const task = await pair.after(await pair.start(), 60_000)
    expect([...pair.hosts.b.files.keys()]).toEqual(['default/web.qcow2'])
    expect(pair.at('b').state).toBe('off')
    expect(task.state).not.toBe('succeeded')
  })

  test('taken back, the disk comes through the console as well, into another file while the old one is kept', async () => {
    const id = await pair.start()
    await pair.after(id)
    const back = await pair.engine.undo(id, AUTHOR)
    const task = await pair.after(back.id)
    expect(task).toMatchObject({ state: 'succeeded', error: null })
    expect(pair.where()).toBe('off absent')
    expect([...pair.hosts.a.files].map(([path, { bytes }]) => [path.replace(/-[a-z0-9]{8}/, '-…'), bytes])).toEqual([
      ['default/web.qcow2', BYTES],
      ['default/web-….qcow2', BYTES],
    ])
  })

  describe('with UEFI', () => {
    const SETTINGS = Buffer.from('boot entries and keys')
    const NVRAM = '/qemu/nvram/web_VARS.fd'
    const OWN = 'nvram/web_VARS.fd'

    beforeEach(() => {
      pair.out = { firmware: { loader: '/ovmf.fd', nvram: NVRAM, hasNvram: true, isSecure: true } }
      pair.hosts.a.addVolume(OWN, SETTINGS.length, { bytes: SETTINGS })
    })

    const opened = () => [...pair.folders].filter((one) => one.startsWith('open')).length

    test('its settings come along, and go with its disks at the source; no folder stays open', async () => {
      const task = await pair.after(await pair.start({ sourceDisks: 'delete' }))
      expect(task).toMatchObject({ state: 'succeeded', error: null })
      expect(states(task)).toEqual([
        'check done',
        'copy-0 done',
        'copy-nvram done',
        'move done',
        'verify done',
        'clean-nvram done',
        'clean-0 done',
      ])
      expect(pair.hosts.b.files.get(OWN)?.bytes).toEqual(SETTINGS)
      expect(pair.nvram).toBe(NVRAM)
      expect([...pair.hosts.a.files.keys()]).toEqual([])
      expect(pair.folders).toHaveLength(2 * opened())
    })

    test('a file of that name there is another’s: it stays, and the settings get a name of their own', async () => {
      pair.hosts.b.addVolume(OWN, 5, { bytes: Buffer.from('other') })
      pair.into = { paths: new Map([[NVRAM, { exists: true, isShared: false, sizeBytes: 5 }]]) }
      expect(await pair.after(await pair.start())).toMatchObject({ state: 'succeeded' })
      expect(pair.nvram).toMatch(/^\/qemu\/nvram\/web_VARS-[0-9a-f]{6}\.fd$/)
      expect(pair.hosts.b.files.get(OWN)?.bytes).toEqual(Buffer.from('other'))
      expect(pair.hosts.b.files.get(`nvram/${pair.nvram?.split('/').at(-1)}`)?.bytes).toEqual(SETTINGS)
      expect(pair.hosts.a.files.has(OWN)).toBe(true)
    })

    test('when it stays, its settings there are taken away, and the folder is closed', async () => {
      pair.script = async () => {
        throw refused()
      }
      const task = await pair.after(await pair.start({ sourceDisks: 'delete' }))
      expect(task).toMatchObject({ state: 'failed', error: { code: 'migration.failed' } })
      expect([...pair.hosts.b.files.keys()]).toEqual([])
      expect(pair.hosts.a.files.get(OWN)?.bytes).toEqual(SETTINGS)
      expect(pair.folders).toHaveLength(2 * opened())
    })

    test('a file that the target did not tell of stays all the same, and stops it', async () => {
      pair.hosts.b.addVolume(OWN, 5, { bytes: Buffer.from('other') })
      const task = await pair.after(await pair.start())
      expect(task).toMatchObject({ state: 'failed', error: { code: 'migration.nvram-taken', details: { path: NVRAM } } })
      expect([...pair.hosts.b.files].map(([path, { bytes }]) => [path, String(bytes)])).toEqual([[OWN, 'other']])
      expect(pair.where()).toBe('off absent')
    })

    test('never started, it has none, and goes without', async () => {
      pair.hosts.a.files.delete(OWN)
      expect(await pair.after(await pair.start())).toMatchObject({ state: 'succeeded' })
      expect(pair.hosts.b.files.has(OWN)).toBe(false)
    })

    test('seen by both hosts, they stay where they are', async () => {
      pair.into = { paths: new Map([[NVRAM, { exists: true, isShared: true, sizeBytes: 5 }]]) }
      const task = await pair.after(await pair.start({ sourceDisks: 'delete' }))
      expect(states(task)).toEqual(['check done', 'copy-0 done', 'move done', 'verify done', 'clean-0 done'])
      expect(pair.hosts.a.files.has(OWN)).toBe(true)
      expect(pair.nvram).toBeNull()
    })

    test('taken back, they come back as well', async () => {
      const id = await pair.start({ sourceDisks: 'delete' })
      await pair.after(id)
      pair.out = {}
      const back = await pair.engine.undo(id, AUTHOR)
      expect(await pair.after(back.id)).toMatchObject({ state: 'succeeded', error: null })
      expect(pair.hosts.a.files.get(OWN)?.bytes).toEqual(SETTINGS)
      expect(pair.hosts.b.files.has(OWN)).toBe(false)
    })
  })

  test('the console is killed after any write of the journal: the next one ends what it began, and it is there once', async () => {
    let ends = 0
    let writes = 0
    while (ends < 2) {
      writes += 1
      pair = await offAtA()
      pair.out = { firmware: { loader: '/ovmf.fd', nvram: '/qemu/nvram/web_VARS.fd', hasNvram: true, isSecure: false } }
      pair.hosts.a.addVolume('nvram/web_VARS.fd', BYTES.length, { bytes: BYTES })
      const id = await pair.killedAfter(writes, { sourceDisks: 'delete' })
      if ((await pair.store.get(id))?.state === 'succeeded') ends += 1
      await pair.reboot()
      const task = await pair.after(id, 180_000)
      expect(`${writes}: ${task.state} ${pair.where()}`).toBe(`${writes}: succeeded absent off`)
      expect(pair.calls.filter((call) => call.startsWith('move'))).toHaveLength(1)
      expect([...pair.hosts.a.files.keys()]).toEqual([])
      for (const file of ['default/web.qcow2', 'nvram/web_VARS.fd']) expect(pair.hosts.b.files.get(file)?.bytes).toEqual(BYTES)
      await pair.engine.stop()
    }
    expect(writes).toBeGreaterThan(8)
  })
})
