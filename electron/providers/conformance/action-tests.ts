import { expect, test } from 'vitest'
import type { MachineAction, MachineState } from '../../../shared/model/index.ts'
import type { ActProgress } from '../provider.ts'
import { type ConformanceAbilities, can, disturbance, failure, type MakeFixture, setUp, testIf } from './fixture.ts'

const SHUTDOWN: MachineAction = { action: 'shutdown', method: 'auto', deadlineMs: 120_000 }
const DELETE: Extract<MachineAction, { action: 'delete' }> = {
  action: 'delete',
  diskKeys: [],
  withSnapshots: true,
  withNvram: true,
  withTpm: true,
  withManagedSave: true,
}

const REFUSED: ReadonlyArray<readonly [MachineState, MachineAction]> = [
  ['running', { action: 'start' }],
  ['running', { action: 'resume' }],
  ['running', { action: 'rename', name: 'not-while-it-runs' }],
  ['running', DELETE],
  ['stopped', SHUTDOWN],
  ['stopped', { action: 'reboot', method: 'auto' }],
  ['stopped', { action: 'reset' }],
  ['stopped', { action: 'powerOff' }],
  ['stopped', { action: 'suspend' }],
  ['stopped', { action: 'resume' }],
  ['stopped', { action: 'restore' }],
  ['stopped', { action: 'discardSave' }],
]

export function actionTests(makeFixture: MakeFixture, abilities: ConformanceAbilities): void {
  const disturbed = disturbance(abilities)
  const refused = REFUSED.filter(([state, { action }]) => {
    const isCloudly = abilities.isCloud === true && state === 'running' && (action === 'rename' || action === 'delete')
    return can(action, abilities) && !isCloudly
  })

  test('start, a disturbance and its way back, and power off do what they say', async () => {
    const { act, clock, reaches, refs, seen } = await setUp(makeFixture)
    await act(refs.stopped, { action: 'start' })
    await reaches(refs.stopped, 'running')
    const startedAtMs = seen.machine(refs.stopped)?.startedAtMs ?? 0
    expect(Math.abs(clock.nowMs() - startedAtMs)).toBeLessThan(60_000)
    await act(refs.stopped, disturbed.action)
    await reaches(refs.stopped, disturbed.state)
    await act(refs.stopped, disturbed.back)
    await reaches(refs.stopped, 'running')
    await act(refs.stopped, { action: 'powerOff' })
    await reaches(refs.stopped, 'stopped')
    expect(seen.machine(refs.stopped)?.startedAtMs).toBeNull()
    expect(seen.machine(refs.stopped)?.nativeState).not.toBe('')
  })

  testIf(can('reset', abilities))('a reset leaves it running', async () => {
    const { act, refs, reaches, state } = await setUp(makeFixture)
    await act(refs.running, { action: 'reset' })
    await reaches(refs.running, 'running')
    expect(state(refs.running)).toBe('running')
  })

  test.each(refused)('%s: $action is refused', async (state, action) => {
    const { act, refs, seen } = await setUp(makeFixture)
    const ref = state === 'running' ? refs.running : refs.stopped
    await failure(
      act(ref, action),
      'precondition',
      action.action === 'restore' || action.action === 'discardSave' ? undefined : abilities.codes?.wrongState,
    )
    expect(seen.machine(ref)?.state).toBe(state)
  })

  test.each([...(abilities.lacks ?? [])])('%s is refused as the capabilities say', async (action) => {
    const { act, connection, refs, seen } = await setUp(makeFixture)
    const reason = connection.capabilities.unsupported[action]
    expect(reason?.text).toMatch(/./)
    const whole = {
      action,
      name: 'x',
      autostart: true,
      isProtected: true,
      type: 'x',
      diskId: 'x',
      sizeBytes: 2 ** 30,
    } as unknown as MachineAction
    await failure(act(refs.running, whole), 'unsupported', reason?.code)
    expect(seen.machine(refs.running)?.state).toBe('running')
  })

  test('a machine that is not there is not found', async () => {
    const { act, connection } = await setUp(makeFixture)
    const nowhere = '00000000-1111-4222-8333-444444444444'
    const { notFound } = abilities.codes ?? {}
    await failure(act(nowhere, { action: 'start' }), 'not-found', notFound)
    await failure(connection.baseline(nowhere, { action: 'start' }, {}), 'not-found', notFound)
    await failure(connection.detail(nowhere, {}), 'not-found', notFound)
    await failure(connection.consoles(nowhere, {}), 'not-found', notFound)
    await failure(connection.openConsole(nowhere, { kind: 'serial', index: 0, takeOver: false }, {}), 'not-found', notFound)
    expect((await failure(connection.deletionPlan(nowhere, {}), 'not-found', notFound)).kind).toBe('not-found')
  })
}

export function guestTests(makeFixture: MakeFixture): void {
  test('shutdown returns when the machine is off', async () => {
    const { act, reaches, refs, seen } = await setUp(makeFixture)
    await act(refs.running, SHUTDOWN)
    await reaches(refs.running, 'stopped')
    expect(seen.machine(refs.running)?.startedAtMs).toBeNull()
  })

  test('reboot ends with the guest running', async () => {
    const { act, reaches, refs, state } = await setUp(makeFixture)
    await act(refs.running, { action: 'reboot', method: 'auto' })
    await reaches(refs.running, 'running')
    expect(state(refs.running)).toBe('running')
  })
}

export function stubbornGuestTests(makeFixture: MakeFixture): void {
  test('a guest that ignores its shutdown is a timeout, and runs on', async () => {
    const { act, refs, state } = await setUp(makeFixture)
    const ref = refs.stubborn ?? ''
    await failure(act(ref, { action: 'shutdown', method: 'acpi', deadlineMs: 2_000 }), 'timeout')
    expect(state(ref)).toBe('running')
    await act(ref, { action: 'powerOff' })
  })
}

export function managedSaveTests(makeFixture: MakeFixture): void {
  test('managed save keeps the memory, restore brings it back', async () => {
    const { act, connection, reaches, refs, seen } = await setUp(makeFixture)
    const progress: ActProgress[] = []
    await connection.act(refs.running, { action: 'managedSave' }, { onProgress: (each) => progress.push(each) })
    await reaches(refs.running, 'saved')
    expect(seen.machine(refs.running)?.hasManagedSave).toBe(true)
    for (const { fraction = 0 } of progress) expect(fraction >= 0 && fraction <= 1).toBe(true)
    await act(refs.running, { action: 'restore' })
    await reaches(refs.running, 'running')
    expect(seen.machine(refs.running)?.hasManagedSave).toBe(false)
  })

  test('a discarded save leaves it off', async () => {
    const { act, reaches, refs, seen } = await setUp(makeFixture)
    await act(refs.running, { action: 'managedSave' })
    await reaches(refs.running, 'saved')
    await act(refs.running, { action: 'discardSave' })
    await reaches(refs.running, 'stopped')
    expect(seen.machine(refs.running)?.hasManagedSave).toBe(false)
  })

  test('a machine with a saved state is not deleted by the way', async () => {
    const { act, reaches, refs, seen } = await setUp(makeFixture)
    await act(refs.running, { action: 'managedSave' })
    await reaches(refs.running, 'saved')
    await failure(act(refs.running, { ...DELETE, withManagedSave: false }), 'precondition')
    expect(seen.known.machine.has(refs.running)).toBe(true)
  })
}
