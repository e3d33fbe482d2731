import { expect, test } from 'vitest'
import { machineDetailSchema } from '../../../shared/model/index.ts'
import { type Bench, type ConformanceAbilities, can, failure, type MakeFixture, setUp, testIf } from './fixture.ts'
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
  detailTests(makeFixture, abilities)
  deletingTests(makeFixture, abilities)
  if (abilities.isCloud) cloudDefinitionTests(makeFixture, abilities)
  else hypervisorDefinitionTests(makeFixture, abilities)
}

/** A cloud keeps tags, and a name where that is one of them. */
function cloudDefinitionTests(makeFixture: MakeFixture, abilities: ConformanceAbilities): void {
  const tags = abilities.tags ?? ['env=prod', 'with space=and = more', 'ünï-🚚=🚚🌙', `"quoted"=& 'single'`]

  test.each(['stopped', 'running'] as const)('tags of a %s machine come back as written, and only the named ones change', async (which) => {
    const bench = await setUp(makeFixture)
    const { act, refs, seen, until } = bench
    const ref = refs[which]
    const [first = '', second = '', ...rest] = tags
    const has = (wanted: readonly string[]) => () => isSameSet(seen.machine(ref)?.tags ?? [], wanted)
    await act(ref, { action: 'setMetadata', tags: [...tags] })
    await until('the tags are told', has(tags))
    expect([...((await seenAnew(bench)).machine(ref)?.tags ?? [])].toSorted()).toEqual([...tags].toSorted())
    await act(ref, { action: 'setMetadata', removeTags: [first] })
    await until('one is gone', has([second, ...rest]))
    await act(ref, { action: 'setMetadata', addTags: [first] })
    await until('it is back', has(tags))
    await act(ref, { action: 'setMetadata', tags: [] })
    await until('none is left', has([]))
  })

  test('texts that have no place are refused, not dropped', async () => {
    const { act, refs, state } = await setUp(makeFixture)
    await failure(act(refs.stopped, { action: 'setMetadata', notes: 'Do not restart' }), 'unsupported', 'cloud.no-texts')
    expect(state(refs.stopped)).toBe('stopped')
  })

  testIf(can('rename', abilities))('a machine is renamed as it runs', async () => {
    const bench = await setUp(makeFixture)
    const { act, refs, seen, until } = bench
    await act(refs.running, { action: 'rename', name: 'Łódź 🚚 web/1' })
    await until('the new name is told', () => seen.machine(refs.running)?.name === 'Łódź 🚚 web/1')
    expect((await seenAnew(bench)).machine(refs.running)?.name).toBe('Łódź 🚚 web/1')
  })

  test('a protected machine is not deleted until the protection is off', async () => {
    const { act, refs, seen, until } = await setUp(makeFixture)
    const deletion = { action: 'delete', diskKeys: [], withSnapshots: true, withNvram: true, withTpm: true, withManagedSave: true } as const
    await act(refs.stopped, { action: 'setProtection', isProtected: true })
    await until('the protection is told', () => seen.machine(refs.stopped)?.cloud?.isProtected === true)
    await failure(act(refs.stopped, { ...deletion, diskKeys: [] }), 'precondition', 'machine.protected')
    expect(seen.known.machine.has(refs.stopped)).toBe(true)
    await act(refs.stopped, { action: 'setProtection', isProtected: false })
    await act(refs.stopped, { ...deletion, diskKeys: [] })
    await until('the machine is gone', () => !seen.known.machine.has(refs.stopped))
  })

  test('a machine is given another type, and only one that there is', async () => {
    const { act, connection, refs, seen, until } = await setUp(makeFixture)
    const before = seen.machine(refs.stopped)
    const types = await connection.cloud?.machineTypes(before?.hostRef ?? '', refs.stopped, {})
    const other = types?.find((type) => type.reason === null && type.name !== before?.cloud?.type)
    await act(refs.stopped, { action: 'resize', type: other?.name ?? '' })
    await until('the new type is told', () => seen.machine(refs.stopped)?.cloud?.type === other?.name)
    await until('its size is told', () => seen.machine(refs.stopped)?.vcpus === other?.vcpus)
    await failure(act(refs.stopped, { action: 'resize', type: 'no-such.type' }), ['invalid-input', 'not-found', 'precondition'])
    expect(seen.machine(refs.stopped)?.cloud?.type).toBe(other?.name)
  })
}

function isSameSet(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one) => others.includes(one))
}

function hypervisorDefinitionTests(makeFixture: MakeFixture, abilities: ConformanceAbilities): void {
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
}

function detailTests(makeFixture: MakeFixture, { isCloud = false }: ConformanceAbilities): void {
  test('the detail holds hardware and definition', async () => {
    const { connection, refs, seen } = await setUp(makeFixture)
    const running = await connection.detail(refs.running, {})
    expect(machineDetailSchema.safeParse(running).error?.issues).toBeUndefined()
    expect(running.hardware.cpu.vcpus).toBe(seen.machine(refs.running)?.vcpus)
    expect(running.hardware.devices.length).toBeGreaterThan(0)
    expect(running.xml).toContain(seen.machine(refs.running)?.cloud?.id ?? refs.running)
    expect(running.inactiveXml === null ? isCloud : running.inactiveXml.includes(refs.running)).toBe(true)
    expect(running.format).toBe(isCloud ? 'json' : 'xml')
    const stopped = await connection.detail(refs.stopped, {})
    expect(stopped.inactiveXml).toBeNull()
  })
}

function deletingTests(makeFixture: MakeFixture, abilities: ConformanceAbilities): void {
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
