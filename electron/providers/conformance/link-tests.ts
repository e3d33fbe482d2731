import { expect, test } from 'vitest'
import type { ActBaseline, CallOptions, ProviderConnection } from '../provider.ts'
import { type ConformanceAbilities, disturbance, failure, type MakeFixture, setUp } from './fixture.ts'
import { Recorder } from './recorder.ts'

const NOTHING: ActBaseline = { state: 'stopped', name: 'x', startedAtMs: null, marker: null }
const QUIET_MS = 3_000

type Call = (connection: ProviderConnection, ref: string, options: CallOptions) => Promise<unknown>
const READS: ReadonlyArray<readonly [string, Call]> = [
  ['refresh', (connection, _ref, options) => connection.refresh(options)],
  ['baseline', (connection, ref, options) => connection.baseline(ref, { action: 'start' }, options)],
  ['probe', (connection, ref, options) => connection.probe(ref, { action: 'start' }, NOTHING, options)],
  ['detail', (connection, ref, options) => connection.detail(ref, options)],
  ['deletionPlan', (connection, ref, options) => connection.deletionPlan(ref, options)],
  ['consoles', (connection, ref, options) => connection.consoles(ref, options)],
  ['openConsole', (connection, ref, options) => connection.openConsole(ref, { kind: 'serial', index: 0, takeOver: false }, options)],
]
function callsOf(abilities: ConformanceAbilities): ReadonlyArray<readonly [string, Call]> {
  const { action } = disturbance(abilities)
  return [...READS, ['act', (connection, ref, options) => connection.act(ref, action, options)]]
}

export function linkTests(makeFixture: MakeFixture, abilities: ConformanceAbilities): void {
  const calls = callsOf(abilities)
  test.each(calls)('%s with an aborted signal sends nothing', async (_name, call) => {
    const { connection, refs, state } = await setUp(makeFixture)
    await failure(call(connection, refs.running, { signal: AbortSignal.abort() }), 'cancelled')
    expect(state(refs.running)).toBe('running')
  })

  test('no watch with an aborted signal', async () => {
    const { open } = await setUp(makeFixture)
    const other = await open()
    const nothing = new Recorder()
    await failure(other.watch(nothing, { signal: AbortSignal.abort() }), 'cancelled')
    await other.close()
    expect(nothing.calls).toBe(0)
  })

  test('close is final, calm and may be said twice', async () => {
    const { connection, open, pause, refs, seen } = await setUp(makeFixture)
    connection.setInterest({ visibleRefs: new Set([refs.running]), focusedRef: refs.running })
    const other = await open()
    await connection.close()
    await connection.close()
    expect(await connection.closed).toBeNull()
    const { calls: told } = seen
    await other.act(refs.running, disturbance(abilities).action, {})
    await other.close()
    await pause(QUIET_MS)
    expect(seen.calls).toBe(told)
    for (const [, call] of calls) await failure(call(connection, refs.running, {}), 'unreachable')
  })

  test('close settles what is under way', async () => {
    const { connection, refs } = await setUp(makeFixture)
    const pending = calls.map(([, call]) => call(connection, refs.running, {}))
    const settled = Promise.allSettled(pending)
    await connection.close()
    expect((await settled).length).toBe(calls.length)
  })
}

export function slowReplyTests(makeFixture: MakeFixture, abilities: ConformanceAbilities): void {
  const calls = callsOf(abilities)
  const disturbed = disturbance(abilities)

  test.each(READS)('%s times out', async (_name, call) => {
    const { clock, connection, delayReplies, refs } = await setUp(makeFixture)
    await delayReplies?.(10_000)
    const sentAtMs = clock.nowMs()
    await failure(call(connection, refs.running, { timeoutMs: 200 }), 'timeout')
    expect(clock.nowMs() - sentAtMs).toBeLessThan(5_000)
  })

  test('an act that gets no answer in time is indeterminate', async () => {
    const { connection, delayReplies, reaches, refs, state } = await setUp(makeFixture)
    await delayReplies?.(10_000)
    await failure(connection.act(refs.running, disturbed.action, { timeoutMs: 2_000 }), 'indeterminate')
    // a look at a cloud is several calls
    await delayReplies?.(0)
    await reaches(refs.running, disturbed.state)
    expect(state(refs.running)).toBe(disturbed.state)
  })

  test.each(calls)('%s can be cancelled while it waits', async (_name, call) => {
    const { clock, connection, delayReplies, refs } = await setUp(makeFixture)
    await delayReplies?.(10_000)
    const abort = new AbortController()
    const sentAtMs = clock.nowMs()
    clock.after(100, () => abort.abort())
    await failure(call(connection, refs.running, { signal: abort.signal }), 'cancelled')
    expect(clock.nowMs() - sentAtMs).toBeLessThan(5_000)
  })
}

export function cutTests(makeFixture: MakeFixture, abilities: ConformanceAbilities): void {
  const calls = callsOf(abilities)
  test('a cut link ends with its reason, and is silent', async () => {
    const { connection, cutLink, pause, refs, seen } = await setUp(makeFixture)
    connection.setInterest({ visibleRefs: new Set([refs.running]), focusedRef: refs.running })
    await cutLink?.()
    const why = await connection.closed
    expect(why?.kind).toBe('unreachable')
    const { calls: told } = seen
    await pause(QUIET_MS)
    expect(seen.calls).toBe(told)
    for (const [, call] of calls) await failure(call(connection, refs.running, {}), 'unreachable')
    await connection.close()
  })
}

export function cutWhileWaitingTests(makeFixture: MakeFixture, abilities: ConformanceAbilities): void {
  test('a cut settles what waits: reads are unreachable, commands indeterminate', async () => {
    const { clock, connection, cutLink, delayReplies, refs } = await setUp(makeFixture)
    await delayReplies?.(30_000)
    const reads = READS.map(([, call]) => call(connection, refs.running, {}))
    const command = connection.act(refs.running, disturbance(abilities).action, {})
    clock.after(300, () => void cutLink?.())
    const errors = await Promise.all([...reads.map((read) => failure(read, 'unreachable')), failure(command, 'indeterminate')])
    expect(errors.length).toBe(READS.length + 1)
  })
}
