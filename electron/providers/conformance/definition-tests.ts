import { expect, test } from 'vitest'
import { machineDetailSchema } from '../../../shared/model/index.ts'
import { type Bench, type ConformanceAbilities, failure, type MakeFixture, setUp } from './fixture.ts'
import { Recorder } from './recorder.ts'

/** Exactly so many bytes of UTF-8, in characters of four, three and one. */
function nameOfBytes(bytes: number): string {
  const emoji = '🚚'.repeat(Math.floor(bytes / 8))
  const rest = bytes - emoji.length * 2
  return `${emoji}${'€'.repeat(Math.floor(rest / 3))}${'x'.repeat(rest % 3)}`
}

/** What a console that connects now would see. */
async function seenAnew(bench: Bench): Promise<Recorder> {
  const other = await bench.open()
  const anew = new Recorder()
  await other.watch(anew, {})
  await other.close()
  expect(anew.problems).toEqual([])
  return anew
}

export function definitionTests(makeFixture: MakeFixture, abilities: ConformanceAbilities): void {
  const longest = abilities.longestNameBytes ?? 255
  const names = [`it's "quoted" & <odd>`, 'Łódź 🚚 ünïcode', 'with  two spaces', nameOfBytes(longest)]

  test.each(names)('a machine can be named %s', async (name) => {
    const bench = await setUp(makeFixture)
    const { act, refs, seen, until } = bench
    await act(refs.stopped, { action: 'rename', name })
    await until('the new name is told', () => seen.machine(refs.stopped)?.name === name)
    expect((await seenAnew(bench)).machine(refs.stopped)?.name).toBe(name)
    await act(refs.stopped, { action: 'start' })
    await bench.reaches(refs.stopped, 'running')
  })

  test.each(['a/b', 'a\nb', 'ß'.repeat(200)])('a machine cannot be named %j', async (name) => {
    const { act, refs, seen } = await setUp(makeFixture)
    const before = seen.machine(refs.stopped)?.name
    await failure(act(refs.stopped, { action: 'rename', name }), 'invalid-input')
    expect(seen.machine(refs.stopped)?.name).toBe(before)
  })

  test('a name is given once on a host', async () => {
    const { act, refs, seen } = await setUp(makeFixture)
    const name = seen.machine(refs.running)?.name ?? ''
    await failure(act(refs.stopped, { action: 'rename', name }), 'conflict', abilities.codes?.nameTaken)
    expect(seen.machine(refs.stopped)?.name).not.toBe(name)
  })

  test.each(['stopped', 'running'] as const)('title, description, notes and tags of a %s machine come back as written', async (which) => {
    const bench = await setUp(makeFixture)
    const { act, refs, seen, until } = bench
    const ref = refs[which]
    const written = {
      title: `The "best" & <only> 🚚 it's`,
      description: 'First line\n  second, indented\n\nÄÖÜ ]]> &amp; end',
      notes: 'Do not restart from 22:00 to 05:30 🌙\n<b>not markup</b>',
      tags: ['prod', 'with space', 'ünï-🚚', `"quoted" & 'single'`],
    }
    await act(ref, { action: 'setMetadata', ...written })
    await until('the tags are told', () => seen.machine(ref)?.tags.length === 4)
    expect(seen.machine(ref)).toMatchObject(written)
    expect((await seenAnew(bench)).machine(ref)).toMatchObject(written)
  })

  test('only the named fields change, and null clears', async () => {
    const bench = await setUp(makeFixture)
    const { act, refs, seen, until } = bench
    await act(refs.stopped, { action: 'setMetadata', title: 'One', description: 'Two', notes: 'Three', tags: ['a', 'b', 'c'] })
    await act(refs.stopped, { action: 'setMetadata', title: null, addTags: ['d', 'a'], removeTags: ['b'] })
    // A provider may tell of the first of these while it still writes the others.
    await until('the last change is told', () => seen.machine(refs.stopped)?.tags.includes('d') === true)
    expect(seen.machine(refs.stopped)).toMatchObject({ title: null, description: 'Two', notes: 'Three', tags: ['a', 'c', 'd'] })
    await act(refs.stopped, { action: 'setMetadata', description: null, notes: null, tags: [] })
    const anew = await seenAnew(bench)
    expect(anew.machine(refs.stopped)).toMatchObject({ title: null, description: null, notes: null, tags: [] })
  })

  test('a title of two lines is refused', async () => {
    const { act, refs } = await setUp(makeFixture)
    const error = await failure(act(refs.stopped, { action: 'setMetadata', title: 'two\nlines' }), 'invalid-input')
    expect(error.code).not.toBe('')
  })

  test.each([true, false])('autostart is set to %s', async (autostart) => {
    const bench = await setUp(makeFixture)
    const { act, refs, seen, until } = bench
    await act(refs.stopped, { action: 'setAutostart', autostart: !autostart })
    await act(refs.stopped, { action: 'setAutostart', autostart })
    await until('autostart is told', () => seen.machine(refs.stopped)?.autostart === autostart)
    expect((await seenAnew(bench)).machine(refs.stopped)?.autostart).toBe(autostart)
  })

  test('the detail holds hardware and definition', async () => {
    const { connection, refs, seen } = await setUp(makeFixture)
    const running = await connection.detail(refs.running, {})
    expect(machineDetailSchema.safeParse(running).error?.issues).toBeUndefined()
    expect(running.hardware.cpu.vcpus).toBe(seen.machine(refs.running)?.vcpus)
    expect(running.hardware.devices.length).toBeGreaterThan(0)
    expect(running.xml).toContain(refs.running)
    expect(running.inactiveXml).toContain(refs.running)
    const stopped = await connection.detail(refs.stopped, {})
    expect(stopped.inactiveXml).toBeNull()
  })

  test('deleting takes what the plan named', async () => {
    const { act, connection, refs, seen, until } = await setUp(makeFixture)
    const plan = await connection.deletionPlan(refs.stopped, {})
    expect(plan).toMatchObject({ name: seen.machine(refs.stopped)?.name, state: 'stopped', hasManagedSave: false })
    const diskKeys = plan.disks.filter((disk) => disk.deletable).map((disk) => disk.key)
    await act(refs.stopped, { action: 'delete', diskKeys, withSnapshots: true, withNvram: true, withTpm: true, withManagedSave: true })
    await until('the machine is gone', () => !seen.known.machine.has(refs.stopped))
    await failure(act(refs.stopped, { action: 'start' }), 'not-found', abilities.codes?.notFound)
  })

  test('a disk that the plan does not know is not deleted, nor the machine', async () => {
    const { act, refs, seen } = await setUp(makeFixture)
    const action = {
      action: 'delete',
      withSnapshots: true,
      withNvram: true,
      withTpm: true,
      withManagedSave: true,
      diskKeys: ['/nowhere/none.qcow2'],
    } as const
    await failure(act(refs.stopped, { ...action, diskKeys: [...action.diskKeys] }), ['precondition', 'invalid-input', 'not-found'])
    expect(seen.known.machine.has(refs.stopped)).toBe(true)
  })
}
