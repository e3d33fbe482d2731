import { expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import { openHost } from '../../libvirt/index.ts'
import { fakeDomain, rejection } from '../../libvirt/testing/fake-client.ts'
import { FakeClock } from '../../libvirt/testing/fake-clock.ts'
import { FakeDaemon, HOLD } from '../../libvirt/testing/fake-daemon.ts'
import { settled, until } from '../../libvirt/testing/until.ts'
import { CANCELLED_BY_PERSON } from '../provider.ts'
import { capabilitiesOf } from './capabilities.ts'
import { Link } from './link.ts'
import { toProblem } from './problems.ts'

const silent = () => undefined
const RUNNING = 1

/** A link to a host in memory with one running machine. */
async function linked() {
  const daemon = new FakeDaemon()
  const dom = fakeDomain()
  daemon.on('domainLookupByUuid', () => ({ dom }))
  daemon.on('domainGetState', () => ({ state: RUNNING, reason: 0 }))
  daemon.on('domainHasManagedSaveImage', () => ({ result: 0 }))
  daemon.on('domainAbortJob', () => undefined)
  daemon.on('connectGetType', () => ({ type: 'QEMU' }))
  const clock = new FakeClock()
  const host = await openHost({ open: () => Promise.resolve(daemon.stream), daemons: 'monolithic', clock })
  const uplink = { host, closed: host.closed.then(toProblem), onPartLost: undefined, close: () => host.close() }
  const link = new Link(uplink, await capabilitiesOf(host, {}), {
    clock: { nowMs: () => clock.now(), after: clock.after.bind(clock), random: () => 0 },
    log: { debug: silent, info: silent, warn: silent, error: silent },
    dataDirectory: '/nonexistent',
    homeDirectory: '/nonexistent',
  })
  return { daemon, link, clock, ref: dom.uuid }
}

async function saving() {
  const world = await linked()
  const { daemon, link, ref } = world
  daemon.on('domainManagedSave', () => HOLD)
  const abort = new AbortController()
  const failed = rejection(link.act(ref, { action: 'managedSave' }, { signal: abort.signal, timeoutMs: 60_000 }))
  await until(() => daemon.callsOf('domainManagedSave').length === 1, 'the save')
  return { ...world, abort, failed }
}

test('a person’s cancel gives a managed save up on the host', async () => {
  const { daemon, abort, failed } = await saving()
  abort.abort(new AppError({ kind: 'cancelled', code: CANCELLED_BY_PERSON, message: 'Cancelled on request.' }))
  expect(await failed).toMatchObject({ kind: 'cancelled' })
  await until(() => daemon.callsOf('domainAbortJob').length === 1, 'the job’s end')
})

test('a console that closes leaves a managed save to the host', async () => {
  const { daemon, abort, failed } = await saving()
  abort.abort(new AppError({ kind: 'cancelled', code: 'engine.stopping', message: 'The console is closing.' }))
  expect(await failed).toMatchObject({ kind: 'cancelled' })
  await settled()
  expect(daemon.callsOf('domainAbortJob')).toEqual([])
})

test('so do the end of the link and a deadline', async () => {
  const closing = await saving()
  await closing.link.close()
  expect(await closing.failed).toMatchObject({ kind: 'indeterminate' })
  const late = await saving()
  late.clock.advance(60_000)
  expect(await late.failed).toMatchObject({ kind: 'indeterminate' })
  await settled()
  expect([...closing.daemon.callsOf('domainAbortJob'), ...late.daemon.callsOf('domainAbortJob')]).toEqual([])
})
