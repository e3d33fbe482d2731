import { expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import type { CheckMessage } from '../../../shared/model/index.ts'
import { Recorder } from '../conformance/index.ts'
import { createPeer, type Peer } from './testing/peer.ts'

const pause = (peer: Peer, ms: number) => new Promise<void>((resolve) => void peer.clock.after(ms, resolve))
const stoppedIn = (peer: Peer) => peer.controls.machines().find(({ facts }) => facts.state === 'stopped')?.ref ?? ''
const SITE = { hosts: 3, machines: 90 }

test('a cut site is unreachable until it is restored, and then as it was left', async () => {
  const peer = createPeer(SITE)
  const ref = stoppedIn(peer)
  const first = await peer.connect()
  await first.act(ref, { action: 'start' }, {})
  peer.controls.cutLink('cable pulled')
  expect(await first.closed).toMatchObject({ kind: 'unreachable', code: 'link.lost', details: { reason: 'cable pulled' } })
  await expect(peer.connect()).rejects.toMatchObject({ kind: 'unreachable' })
  peer.controls.restore()
  const second = await peer.connect()
  expect(await second.baseline(ref, { action: 'start' }, {})).toMatchObject({ state: 'running' })
  expect(peer.controls.openLinks).toBe(1)
})

test('a save goes on when its link is lost', async () => {
  const peer = createPeer(SITE)
  const ref = peer.controls.machines().find(({ facts }) => facts.state === 'running' && facts.persistent)?.ref ?? ''
  const connection = await peer.connect()
  const baseline = await connection.baseline(ref, { action: 'managedSave' }, {})
  const saving = connection.act(ref, { action: 'managedSave' }, {}).catch((error: unknown) => error)
  await pause(peer, 500)
  peer.controls.cutLink()
  expect(await saving).toMatchObject({ kind: 'indeterminate' })
  peer.controls.restore()
  const again = await peer.connect()
  expect(await again.probe(ref, { action: 'managedSave' }, baseline, {})).toBe('unknown')
  await pause(peer, 300_000)
  expect(await again.probe(ref, { action: 'managedSave' }, baseline, {})).toBe('done')
})

test.each([
  ['carried-out', 'done'],
  ['not-carried-out', 'not-done'],
] as const)('a lost reply of an action that was %s is probed as %s', async (how, answer) => {
  const peer = createPeer(SITE)
  const ref = stoppedIn(peer)
  const connection = await peer.connect()
  const baseline = await connection.baseline(ref, { action: 'start' }, {})
  peer.controls.dropReplies(1, how)
  await expect(connection.act(ref, { action: 'start' }, {})).rejects.toMatchObject({ kind: 'indeterminate' })
  expect(await connection.probe(ref, { action: 'start' }, baseline, {})).toBe(answer)
})

test('connecting fails with what was asked for', async () => {
  const peer = createPeer(SITE)
  peer.controls.failConnectWith(new AppError({ kind: 'unauthenticated', code: 'ssh.login-refused', message: 'No.' }))
  await expect(peer.connect()).rejects.toMatchObject({ code: 'ssh.login-refused' })
  peer.controls.failConnectWith(null)
  await expect(peer.connect()).resolves.toBeDefined()
})

test('the configuration alone can make a site that refuses, or whose link ends', async () => {
  await expect(createPeer({ ...SITE, faults: { failConnect: 'forbidden' } }).connect()).rejects.toMatchObject({ kind: 'forbidden' })
  const link = await createPeer({ ...SITE, faults: { cutAfterMs: 5_000 } }).connect()
  expect(await link.closed).toMatchObject({ kind: 'unreachable' })
})

test('a storm brings about as many changes a second as asked for', async () => {
  const peer = createPeer(SITE)
  const connection = await peer.connect()
  const seen = new Recorder()
  await connection.watch(seen, {})
  const before = seen.changeCount
  const stop = peer.controls.storm(1_000)
  await pause(peer, 3_000)
  stop()
  const changes = seen.changeCount - before
  expect(changes).toBeGreaterThan(2_900)
  expect(changes).toBeLessThan(3_100)
  await pause(peer, 3_000)
  expect(seen.changeCount - before).toBeLessThan(changes + 20)
  expect(seen.problems).toEqual([])
})

test('a machine deleted behind our back is gone, also for who acts on it', async () => {
  const peer = createPeer(SITE)
  const ref = stoppedIn(peer)
  const connection = await peer.connect()
  const seen = new Recorder()
  await connection.watch(seen, {})
  const starting = connection.act(ref, { action: 'start' }, {})
  await pause(peer, 200)
  peer.controls.deleteBehindOurBack(ref)
  await expect(starting).rejects.toMatchObject({ code: 'machine.interrupted' })
  expect(seen.machine(ref)).toBeUndefined()
})

test('every machine is sampled within 20 s though nobody looks', async () => {
  const peer = createPeer({ hosts: 40, machines: 2_000 })
  const connection = await peer.connect()
  const seen = new Recorder()
  await connection.watch(seen, {})
  await pause(peer, 20_100)
  const sampled = new Set(seen.samples.map(({ ref }) => ref))
  const active = peer.controls.machines().filter(({ facts }) => facts.startedAtMs !== null)
  expect(active.every(({ ref }) => sampled.has(ref))).toBe(true)
  expect(seen.samples.length).toBeLessThan(active.length * 1.3)
  for (const host of seen.known.host.values()) expect(host.cpuPercent).toBeGreaterThan(0)
})

test('a site at rest has a handful of timers, whatever its size', async () => {
  const peer = createPeer({ hosts: 40, machines: 4_000, changesPerMinute: 6 })
  const connection = await peer.connect()
  await connection.watch(new Recorder(), {})
  expect(peer.clock.pending).toBeLessThanOrEqual(5)
  await connection.close()
  await pause(peer, 60_000)
  expect(peer.clock.pending).toBe(0)
})

async function checkOf(peer: Peer): Promise<{ done: CheckMessage | undefined; failed: readonly string[] }> {
  const messages: CheckMessage[] = []
  for await (const message of peer.check()) messages.push(message)
  const failed = messages.flatMap((message) => (message.type === 'step' && message.step.state === 'failed' ? [message.step.id] : []))
  return { done: messages.at(-1), failed }
}

test('the check list ends with what was found', async () => {
  const { done, failed } = await checkOf(createPeer(SITE))
  expect(failed).toEqual([])
  expect(done).toMatchObject({ type: 'done', ok: true, machines: 90 })
})

test.each([
  ['unreachable', 'reach'],
  ['unauthenticated', 'login'],
  ['forbidden', 'permission'],
  ['precondition', 'socket'],
  ['unsupported', 'versions'],
] as const)('%s fails at the step %s', async (kind, id) => {
  const { done, failed } = await checkOf(createPeer({ ...SITE, faults: { failConnect: kind } }))
  expect(failed).toEqual([id])
  expect(done).toMatchObject({ type: 'done', ok: false })
})
