import { expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import { type DomainRef, openHost } from '../../libvirt/index.ts'
import { fakeDomain, rejection } from '../../libvirt/testing/fake-client.ts'
import { FakeClock } from '../../libvirt/testing/fake-clock.ts'
import { FakeDaemon, HOLD } from '../../libvirt/testing/fake-daemon.ts'
import { settled, until } from '../../libvirt/testing/until.ts'
import { CANCELLED_BY_PERSON } from '../provider.ts'
import { driverOf } from './capabilities.ts'
import { Link } from './link.ts'
import { toProblem } from './problems.ts'

const silent = () => undefined
const RUNNING = 1

/** A link to a host in memory with one running machine; `daemons` has the daemon's end of each connection. */
async function linked(script: (daemon: FakeDaemon) => void = silent) {
  const daemons: FakeDaemon[] = []
  const dom = fakeDomain()
  const open = () => {
    const daemon = scripted(dom)
    script(daemon)
    daemons.push(daemon)
    return Promise.resolve(daemon.stream)
  }
  const clock = new FakeClock()
  const host = await openHost({ open, daemons: 'monolithic', clock })
  const reach = () => Promise.reject(new Error('no server beside libvirt'))
  const closed = host.closed.then(toProblem)
  const uplink = { host, reach, guestWay: null, shell: null, closed, onPartLost: undefined, close: () => host.close() }
  const link = new Link(uplink, await driverOf(host, {}), {
    clock: { nowMs: () => clock.now(), after: clock.after.bind(clock), random: () => 0 },
    log: { debug: silent, info: silent, warn: silent, error: silent },
    dataDirectory: '/nonexistent',
    homeDirectory: '/nonexistent',
  })
  const callsOf = (name: Parameters<FakeDaemon['callsOf']>[0]) => daemons.flatMap((daemon) => daemon.callsOf(name))
  return { daemons, callsOf, link, clock, ref: dom.uuid }
}

function scripted(dom: DomainRef): FakeDaemon {
  const daemon = new FakeDaemon()
  daemon.on('domainLookupByUuid', () => ({ dom }))
  daemon.on('domainGetState', () => ({ state: RUNNING, reason: 0 }))
  daemon.on('domainHasManagedSaveImage', () => ({ result: 0 }))
  daemon.on('domainAbortJob', () => undefined)
  daemon.on('connectGetType', () => ({ type: 'QEMU' }))
  daemon.on('domainManagedSave', () => HOLD)
  daemon.on('domainCreateWithFlags', () => HOLD)
  return daemon
}

async function saving() {
  const world = await linked()
  const { callsOf, link, ref } = world
  const abort = new AbortController()
  const failed = rejection(link.act(ref, { action: 'managedSave' }, { signal: abort.signal, timeoutMs: 60_000 }))
  await until(() => callsOf('domainManagedSave').length === 1, 'the save')
  return { ...world, abort, failed }
}

test('a person’s cancel gives a managed save up on the host', async () => {
  const { callsOf, abort, failed } = await saving()
  abort.abort(new AppError({ kind: 'cancelled', code: CANCELLED_BY_PERSON, message: 'Cancelled on request.' }))
  expect(await failed).toMatchObject({ kind: 'cancelled' })
  await until(() => callsOf('domainAbortJob').length === 1, 'the job’s end')
})

test('a console that closes leaves a managed save to the host', async () => {
  const { callsOf, abort, failed } = await saving()
  abort.abort(new AppError({ kind: 'cancelled', code: 'engine.stopping', message: 'The console is closing.' }))
  expect(await failed).toMatchObject({ kind: 'cancelled' })
  await settled()
  expect(callsOf('domainAbortJob')).toEqual([])
})

test('so do the end of the link and a deadline', async () => {
  const closing = await saving()
  await closing.link.close()
  expect(await closing.failed).toMatchObject({ kind: 'indeterminate' })
  const late = await saving()
  late.clock.advance(60_000)
  expect(await late.failed).toMatchObject({ kind: 'indeterminate' })
  await settled()
  expect([...closing.callsOf('domainAbortJob'), ...late.callsOf('domainAbortJob')]).toEqual([])
})

test('a power off goes through while saves and restores take their time', async () => {
  const { callsOf, link, ref } = await linked((daemon) => {
    daemon.on('domainHasManagedSaveImage', () => ({ result: 1 }))
    daemon.on('domainDestroyFlags', () => undefined)
  })
  for (const action of ['start', 'restore'] as const) void link.act(ref, { action }, {}).catch(silent)
  for (let save = 0; save < 4; save++) void link.act(ref, { action: 'managedSave' }, {}).catch(silent)
  const underWay = () => callsOf('domainManagedSave').length + callsOf('domainCreateWithFlags').length
  await until(() => underWay() === 4, 'the long changes')
  await link.act(ref, { action: 'powerOff' }, {})
  expect([underWay(), callsOf('domainDestroyFlags').length]).toEqual([4, 1])
})

test('an action that never left is no riddle when its time is up', async () => {
  const { callsOf, link, clock, ref } = await linked((daemon) => daemon.on('domainReset', () => HOLD))
  const resets = [1, 2, 3, 4, 5].map(() => rejection(link.act(ref, { action: 'reset' }, { timeoutMs: 20_000 })))
  await until(() => callsOf('domainReset').length === 4, 'the first four')
  clock.advance(20_000)
  expect(await Promise.all(resets)).toMatchObject([
    ...Array.from({ length: 4 }, () => ({ kind: 'indeterminate', code: 'link.reply-lost' })),
    { kind: 'timeout', code: 'call.timeout' },
  ])
})

test.each([
  { outcome: 'runs', after: { state: RUNNING, reason: 1 }, answer: 'done' },
  { outcome: 'is given up', after: { state: 5, reason: 6 }, answer: 'not-done' },
])('whether a machine was started is only told once what is held paused while it starts $outcome', async ({ after, answer }) => {
  let now = { state: 3, reason: 11 }
  const { callsOf, link, clock, ref } = await linked((daemon) => daemon.on('domainGetState', () => now))
  const baseline = { state: 'stopped', name: 'vm-1', startedAtMs: null, marker: JSON.stringify({ id: -1, tags: [] }) } as const
  const probed = link.probe(ref, { action: 'start' }, baseline, {})
  for (let looks = 1; looks <= 3; looks++) {
    await until(() => callsOf('domainGetState').length === looks, `look ${looks}`)
    await settled()
    if (looks === 3) now = after
    clock.advance(250)
  }
  expect(await probed).toBe(answer)
})

test('of a machine that does not come out of starting up nobody can tell', async () => {
  const { callsOf, link, clock, ref } = await linked((daemon) => daemon.on('domainGetState', () => ({ state: 3, reason: 11 })))
  const baseline = { state: 'stopped', name: 'vm-1', startedAtMs: null, marker: JSON.stringify({ id: -1, tags: [] }) } as const
  const probed = link.probe(ref, { action: 'start' }, baseline, {})
  for (let looks = 1; looks <= 80; looks++) {
    await until(() => callsOf('domainGetState').length === looks, `look ${looks}`)
    await settled()
    clock.advance(250)
  }
  expect(await probed).toBe('unknown')
  expect(callsOf('domainGetState')).toHaveLength(80)
})
