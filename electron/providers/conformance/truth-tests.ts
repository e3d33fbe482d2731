import { expect, test } from 'vitest'
import type { MachineAction } from '../../../shared/model/index.ts'
import { type ConformanceAbilities, can, failure, type MakeFixture, setUp, testIf } from './fixture.ts'

interface Case {
  readonly on: 'stopped' | 'running'
  readonly first?: MachineAction
  readonly action: MachineAction
}

function casesFor(abilities: ConformanceAbilities): readonly Case[] {
  const { guestListens, managedSave, isCloud = false } = abilities
  const title = isCloud ? {} : { title: 'A new title' }
  const cases: readonly Case[] = [
    { on: 'stopped', action: { action: 'start' } },
    { on: 'running', action: { action: 'powerOff' } },
    { on: 'running', action: { action: 'suspend' } },
    { on: 'running', first: { action: 'suspend' }, action: { action: 'resume' } },
    { on: 'stopped', first: { action: 'setAutostart', autostart: false }, action: { action: 'setAutostart', autostart: true } },
    { on: 'stopped', action: { action: 'rename', name: 'a new name 🚚' } },
    { on: 'running', action: { action: 'setMetadata', ...title, addTags: ['probed'] } },
    {
      on: 'stopped',
      action: { action: 'delete', diskKeys: [], withSnapshots: true, withNvram: true, withTpm: true, withManagedSave: true },
    },
    ...(guestListens ? [{ on: 'running', action: { action: 'shutdown', method: 'auto', deadlineMs: 120_000 } } as const] : []),
    ...(managedSave
      ? ([
          { on: 'running', action: { action: 'managedSave' } },
          { on: 'running', first: { action: 'managedSave' }, action: { action: 'restore' } },
          { on: 'running', first: { action: 'managedSave' }, action: { action: 'discardSave' } },
        ] as const)
      : []),
  ]
  return cases.filter(({ first, action }) => can(action.action, abilities) && (first === undefined || can(first.action, abilities)))
}

export function truthTests(makeFixture: MakeFixture, abilities: ConformanceAbilities): void {
  test.each(casesFor(abilities))('$action.action of a $on machine is not done before and done after', async ({ on, first, action }) => {
    const { act, connection, refs } = await setUp(makeFixture)
    const ref = refs[on]
    if (first) await act(ref, first)
    const baseline = await connection.baseline(ref, action, {})
    // It crosses a journal before anybody asks.
    const kept = JSON.parse(JSON.stringify(baseline)) as typeof baseline
    expect(kept).toEqual(baseline)
    expect(await connection.probe(ref, action, kept, {})).toBe('not-done')
    await act(ref, action)
    expect(await connection.probe(ref, action, kept, {})).toBe('done')
  })

  testIf(abilities.tellsLives !== false)('a second life is told from the first', async () => {
    const { act, connection, refs } = await setUp(makeFixture)
    const baseline = await connection.baseline(refs.running, { action: 'powerOff' }, {})
    await act(refs.running, { action: 'powerOff' })
    await act(refs.running, { action: 'start' })
    expect(await connection.probe(refs.running, { action: 'powerOff' }, baseline, {})).toBe('done')
  })
}

export function lostReplyTests(makeFixture: MakeFixture): void {
  test('a lost reply is indeterminate, and the probe knows', async () => {
    const { act, loseNextReply, open, refs } = await setUp(makeFixture)
    const before = await open()
    const baseline = await before.baseline(refs.stopped, { action: 'start' }, {})
    await before.close()
    await loseNextReply?.()
    await failure(act(refs.stopped, { action: 'start' }), 'indeterminate')
    const after = await open()
    expect(await after.probe(refs.stopped, { action: 'start' }, baseline, {})).toBe('done')
    await after.close()
  })
}

export function cutDeletionTests(makeFixture: MakeFixture): void {
  test('a deletion that was cut before its disks went is not done, and goes on where it was', async () => {
    const { connection, cutDeletion, open, refs } = await setUp(makeFixture)
    const plan = await connection.deletionPlan(refs.stopped, {})
    const diskKeys = plan.disks.filter((disk) => disk.deletable).map((disk) => disk.key)
    expect(diskKeys).not.toEqual([])
    const action: MachineAction = { action: 'delete', diskKeys, withSnapshots: true, withNvram: true, withTpm: true, withManagedSave: true }
    const baseline = await connection.baseline(refs.stopped, action, {})
    await cutDeletion?.()
    await failure(connection.act(refs.stopped, action, { baseline }), 'indeterminate')
    const after = await open()
    expect(await after.probe(refs.stopped, action, baseline, {})).toBe('not-done')
    await failure(after.act(refs.stopped, action, { baseline }), 'not-found')
    const rest = await after.baseline(refs.stopped, action, { earlier: baseline })
    expect(JSON.parse(JSON.stringify(rest))).toEqual(rest)
    await after.act(refs.stopped, action, { baseline: rest })
    expect(await after.probe(refs.stopped, action, rest, {})).toBe('done')
    await after.act(refs.stopped, action, { baseline: rest })
    await after.close()
  })
}
