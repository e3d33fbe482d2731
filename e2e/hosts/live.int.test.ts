import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConnectionId, Machine } from '../../shared/model/index.ts'
import { type Lab, type LabGuest, type LabHost, startLab, until } from '../lab/lab.ts'
import { requirePeer } from '../lab/requires.ts'
import { engineFolder, failureOf, TestEngine } from './engine.ts'

const libvirtd = requirePeer('libvirtd')
const GUESTS = 4

describe.skipIf(!libvirtd.ok)('two real hosts while things happen to them', () => {
  let lab: Lab
  let engine: TestEngine
  let a: LabHost
  let b: LabHost
  let ids: Record<'a' | 'b', ConnectionId>
  const guests: Record<'a' | 'b', LabGuest[]> = { a: [], b: [] }

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a', 'b'] })
    a = lab.host('a')
    b = lab.host('b')
    for (const host of [a, b]) {
      for (let n = 1; n <= GUESTS; n++) {
        guests[host.name as 'a' | 'b'].push(await host.defineGuest({ name: `${host.name}-${n}`, boots: false }))
      }
    }
    const folder = await engineFolder()
    await copyFile(a.knownHostsFile, join(folder, 'home/.ssh/known_hosts'))
    engine = await TestEngine.start({ folder })
    const [first, second] = await Promise.all([a, b].map((host) => engine.add(host.name, ssh(host))))
    if (!first || !second) throw new Error('two hosts were added')
    ids = { a: first.id, b: second.id }
    await Promise.all([engine.status(ids.a, 'online'), engine.status(ids.b, 'online')])
  })
  afterAll(async () => {
    await engine?.stop()
    await lab?.stop()
  })

  const ssh = (host: LabHost) => ({ transport: 'ssh', host: host.address, user: 'root', keyFile: host.keyFile })

  function known(host: 'a' | 'b', n: number): Machine {
    const guest = guests[host][n - 1]
    const machine = guest && engine.machine(ids[host], guest.uuid)
    if (!machine) throw new Error(`${host}-${n} is not known`)
    return machine
  }

  const uuid = (host: 'a' | 'b', n: number): string => known(host, n).nativeRef

  test('every machine of both hosts is known by the time they are online', () => {
    const names = [...engine.machines(ids.a), ...engine.machines(ids.b)].map(({ name }) => name).sort()
    expect(names).toEqual([...guests.a, ...guests.b].map(({ name }) => name).sort())
  })

  test('what somebody does with virsh is seen: start, suspend, resume, destroy, define, rename, undefine', async () => {
    const { uuid: ref } = guests.a[0] as LabGuest
    for (const [command, state] of [
      ['start', 'running'],
      ['suspend', 'paused'],
      ['resume', 'running'],
      ['destroy', 'stopped'],
    ] as const) {
      await a.virsh([command, ref])
      await engine.reaches(ids.a, ref, state)
    }
    await a.virsh(['domrename', ref, 'renamed'])
    await until('the new name', async () => engine.machine(ids.a, ref)?.name === 'renamed')
    await a.virsh(['desc', ref, '--config', '--title', 'Seen by all'])
    await until('the title', async () => engine.machine(ids.a, ref)?.title === 'Seen by all')
    const guest = await a.defineGuest({ name: 'newcomer', boots: false })
    await engine.reaches(ids.a, guest.uuid, 'stopped')
    await a.virsh(['undefine', guest.uuid])
    await until('the newcomer gone', async () => engine.machine(ids.a, guest.uuid) === undefined)
    await a.virsh(['domrename', 'renamed', 'a-1'])
    await until('the former name', async () => engine.machine(ids.a, ref)?.name === 'a-1')
    expect(engine.machine(ids.a, ref)).toMatchObject({ name: 'a-1', state: 'stopped', title: 'Seen by all' })
  })

  test('a bulk over both hosts has a result per item, and what failed is named', async () => {
    await b.virsh(['start', uuid('b', 1)])
    await engine.reaches(ids.b, uuid('b', 1), 'running')
    const all = [...guests.a, ...guests.b].map((guest) => guest.uuid)
    const targets = { ids: [...engine.machines(ids.a), ...engine.machines(ids.b)].map(({ id }) => id) }
    const { taskId, accepted, refused } = await engine.client.machines.act({ targets, action: { action: 'start' } })
    expect(accepted).toBe(all.length - 1)
    expect(refused).toMatchObject([{ name: 'b-1', reason: { code: 'machine.wrong-state' } }])
    const task = await engine.ended(taskId)
    expect(task).toMatchObject({ state: 'succeeded', children: { total: all.length - 1, succeeded: all.length - 1, failed: 0 } })
    for (const host of [a, b]) expect((await host.virsh(['list', '--name', '--state-running'])).trim().split('\n')).toHaveLength(GUESTS)
    const off = await engine.client.machines.act({ targets, action: { action: 'powerOff' } })
    expect(await engine.ended(off.taskId)).toMatchObject({ state: 'succeeded' })
  })

  test('a machine deleted behind our back fails by name, and the others of the bulk do not', async () => {
    const gone = await a.defineGuest({ name: 'gone soon', boots: false })
    await engine.reaches(ids.a, gone.uuid, 'stopped')
    const machine = engine.machine(ids.a, gone.uuid) as Machine
    await a.virsh(['undefine', gone.uuid])
    const failure = await engine.client.machines.act({ targets: { ids: [machine.id] }, action: { action: 'start' } }).then(
      async ({ taskId }) => (await engine.ended(taskId)).error,
      async (thrown: unknown) => failureOf(Promise.reject(thrown)),
    )
    expect(failure).toMatchObject({ kind: 'not-found' })
    await until('it gone from the list', async () => engine.machine(ids.a, gone.uuid) === undefined)
  })

  test('names with spaces, quotes, markup, emoji and 255 bytes go both ways', async () => {
    const longest = `${'ü'.repeat(127)}x`
    expect(Buffer.byteLength(longest)).toBe(255)
    const names = [`it's "quoted" & <b>bold`, '  spaces inside  and around', '日本語 🚀 – naïve', '-starts-with-dash', '$(reboot); `id`']
    for (const name of names) {
      const guest = await b.defineGuest({ name: 'plain', boots: false })
      await engine.reaches(ids.b, guest.uuid, 'stopped')
      const machine = engine.machine(ids.b, guest.uuid) as Machine
      const { taskId } = await engine.client.machines.act({ targets: { ids: [machine.id] }, action: { action: 'rename', name } })
      expect({ name, error: (await engine.ended(taskId)).error }).toEqual({ name, error: null })
      await until(`the name ${name}`, async () => engine.machine(ids.b, guest.uuid)?.name === name)
      expect((await b.virsh(['domname', guest.uuid])).replace(/\n+$/, '')).toBe(name)
      await b.virsh(['undefine', guest.uuid])
    }
    const guest = await b.defineGuest({ name: 'plain', boots: false })
    await engine.reaches(ids.b, guest.uuid, 'stopped')
    const machine = engine.machine(ids.b, guest.uuid) as Machine
    const { taskId } = await engine.client.machines.act({ targets: { ids: [machine.id] }, action: { action: 'rename', name: longest } })
    const { error } = await engine.ended(taskId)
    // libvirt keeps the definition in a file of that name, whose own limit is 255 bytes with its suffix
    expect(error).toMatchObject({ code: expect.stringMatching(/^(machine|libvirt)\./) as string })
    expect(engine.machine(ids.b, guest.uuid)?.name).toBe('plain')
    await b.virsh(['undefine', guest.uuid])
  })

  test('elements that nobody here knows are kept when tags and notes are written', async () => {
    const metadata = `<other:thing xmlns:other='http://example.org/other' depth='7'><other:inner>kept &amp; untouched</other:inner></other:thing>`
    const guest = await a.defineGuest({ name: 'marked', boots: false, metadata })
    await engine.reaches(ids.a, guest.uuid, 'stopped')
    const before = await a.virsh(['dumpxml', '--inactive', guest.uuid])
    const machine = engine.machine(ids.a, guest.uuid) as Machine
    const words = { tags: ['prod', 'ünïcode 🚀'], notes: 'line one\nline <two>', title: 'A title' }
    const action = { action: 'setMetadata' as const, ...words }
    const { taskId } = await engine.client.machines.act({ targets: { ids: [machine.id] }, action })
    expect((await engine.ended(taskId)).error).toBeNull()
    await until('the tags', async () => engine.machine(ids.a, guest.uuid)?.tags.includes('prod'))
    expect(engine.machine(ids.a, guest.uuid)).toMatchObject(words)
    const after = await a.virsh(['dumpxml', '--inactive', guest.uuid])
    const without = (xml: string) => xml.replace(/\s*<title>.*<\/title>/, '').replace(/\s*<novacron:machine[\s\S]*<\/novacron:machine>/, '')
    expect(without(after)).toBe(without(before))
    const detail = await engine.client.machines.detail({ machineId: machine.id })
    expect(detail.xml).toContain('kept &amp; untouched')
    await a.virsh(['undefine', guest.uuid])
  })
})
