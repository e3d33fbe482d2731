import { expect, test } from 'vitest'
import { type DaemonName, openHost } from '../../libvirt/index.ts'
import { FakeClock } from '../../libvirt/testing/fake-clock.ts'
import { FakeDaemon, FakeFailure } from '../../libvirt/testing/fake-daemon.ts'
import { settled, until } from '../../libvirt/testing/until.ts'
import type { ProviderChange } from '../provider.ts'
import { Signals } from './signals.ts'
import { SurroundingsWatch } from './surroundings-watch.ts'

const silent = () => undefined
const log = { debug: silent, info: silent, warn: silent, error: silent }

/** A host with split daemons, its networks and pools watched; `stopped` holds the daemons that do not run for now. */
async function watched(script: (name: DaemonName, daemon: FakeDaemon) => void = silent, missing: readonly DaemonName[] = []) {
  const stopped = new Set<DaemonName>(missing)
  const opened: { readonly name: DaemonName; readonly daemon: FakeDaemon }[] = []
  const attempts: DaemonName[] = []
  const open = (name: DaemonName) => {
    attempts.push(name)
    if (stopped.has(name)) return Promise.reject(Object.assign(new Error(`no ${name}`), { code: 'ENOENT' }))
    const daemon = new FakeDaemon()
    daemon.on('connectStoragePoolEventRegisterAny', ({ eventID }) => ({ callbackID: eventID + 1 }))
    daemon.on('connectListAllStoragePools', () => ({ pools: [], ret: 0 }))
    daemon.on('connectListAllNetworks', () => ({ nets: [], ret: 0 }))
    script(name, daemon)
    opened.push({ name, daemon })
    return Promise.resolve(daemon.stream)
  }
  const clock = new FakeClock()
  const changes: ProviderChange[] = []
  const sink = {
    changes: (batch: readonly ProviderChange[]) => changes.push(...batch),
    metrics: silent,
    event: silent,
    confirmed: silent,
    unseen: silent,
  }
  let lost = 0
  const host = await openHost({
    open,
    clock: new FakeClock(),
    onPartLost: (part) => {
      signals.forget(part)
      surroundings.lost()
      lost++
    },
  })
  const signals = new Signals(host, log)
  const surroundings = new SurroundingsWatch({
    host,
    signals,
    sink,
    clock: { nowMs: () => clock.now(), after: clock.after.bind(clock), random: () => 0 },
    log,
    hostRef: 'host',
    onNetworks: silent,
  })
  await surroundings.read()
  surroundings.tellAll()
  return { stopped, opened, attempts, clock, changes, host, surroundings, lost: () => lost }
}

type Watched = Awaited<ReturnType<typeof watched>>

async function kill({ opened, stopped, lost }: Watched, name: DaemonName): Promise<void> {
  const before = lost()
  stopped.add(name)
  opened.findLast((one) => one.name === name)?.daemon.die()
  await until(() => lost() > before, `the loss of ${name}`)
}

/** Lets one more attempt fail: `afterMs` later and not before. */
async function failAgain({ attempts, clock }: Watched, afterMs: number): Promise<void> {
  const before = attempts.length
  clock.advance(afterMs - 1)
  await settled()
  expect(attempts.length).toBe(before)
  clock.advance(1)
  await until(() => attempts.length > before && clock.pending > 0, `an attempt after ${afterMs} ms`)
}

test('a daemon that is long in restarting is asked for less and less often, until it is heard again', async () => {
  const world = await watched()
  await kill(world, 'virtnetworkd')
  for (const ms of [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]) await failAgain(world, ms)
  world.stopped.delete('virtnetworkd')
  world.changes.length = 0
  world.clock.advance(60_000)
  await until(() => world.changes.some((change) => change.op === 'complete' && change.entity === 'network'), 'the networks')
  const network = world.opened.at(-1)
  expect(network?.name).toBe('virtnetworkd')
  expect(network?.daemon.callsOf('connectNetworkEventRegisterAny').length).toBe(1)
  await settled()
  expect(world.clock.pending).toBe(0)
})

test('only what was lost is subscribed to again', async () => {
  const world = await watched()
  await kill(world, 'virtnetworkd')
  world.stopped.delete('virtnetworkd')
  world.clock.advance(1_000)
  await until(() => world.opened.filter(({ name }) => name === 'virtnetworkd').length === 2, 'the new connection')
  await settled()
  const storage = world.opened.filter(({ name }) => name === 'virtstoraged')
  expect(storage.map(({ daemon }) => daemon.callsOf('connectStoragePoolEventRegisterAny').length)).toEqual([2])
})

test('a daemon that was not there from the start is found when it comes, unless the watch has ended', async () => {
  const world = await watched(silent, ['virtnetworkd'])
  await failAgain(world, 1_000)
  world.stopped.delete('virtnetworkd')
  world.clock.advance(2_000)
  await until(() => world.changes.some((change) => change.op === 'complete' && change.entity === 'network'), 'the networks')
  const ended = await watched(silent, ['virtnetworkd'])
  expect(ended.clock.pending).toBe(1)
  ended.surroundings.stop()
  expect(ended.clock.pending).toBe(0)
})

test('a daemon that knows no networks is not asked for them again', async () => {
  const world = await watched((_name, daemon) => {
    daemon.on('connectListAllNetworks', () => {
      throw new FakeFailure(3, 'this function is not supported by the connection driver')
    })
  })
  expect(world.clock.pending).toBe(0)
})
