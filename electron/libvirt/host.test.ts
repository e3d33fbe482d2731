import { expect, test } from 'vitest'
import type { DaemonName } from './daemons.ts'
import { openHost } from './host.ts'
import { fakeDomain, rejection } from './testing/fake-client.ts'
import { FakeClock } from './testing/fake-clock.ts'
import { FakeDaemon, HOLD } from './testing/fake-daemon.ts'
import { settled, until } from './testing/until.ts'

function absent(daemon: string): Error {
  return Object.assign(new Error(`no socket of ${daemon}`), { code: 'ENOENT' })
}

/** A host on which some daemons run; `opened` has those that were connected to, in order. */
function fakeHost(running: readonly DaemonName[]) {
  const opened: { readonly name: DaemonName; readonly daemon: FakeDaemon }[] = []
  const open = (name: DaemonName) => {
    if (!running.includes(name)) return Promise.reject(absent(name))
    const daemon = new FakeDaemon()
    daemon.on('connectListAllStoragePools', () => ({ pools: [], ret: 0 }))
    daemon.on('storageVolDownload', () => undefined)
    daemon.on('domainOpenConsole', () => undefined)
    daemon.on('domainManagedSave', () => HOLD)
    daemon.on('domainDestroyFlags', () => undefined)
    opened.push({ name, daemon })
    return Promise.resolve(daemon.stream)
  }
  return { opened, options: { open, clock: new FakeClock() } }
}

const SPLIT_DAEMONS: readonly DaemonName[] = ['virtqemud', 'virtstoraged', 'virtnetworkd']
const pools = { needResults: 1 }
const vol = { pool: 'p', name: 'v', key: 'k' }

test('where libvirtd runs alone, one connection serves everything', async () => {
  const { opened, options } = fakeHost(['libvirtd'])
  const host = await openHost(options)
  await host.call('connectListAllStoragePools', pools)
  await host.subscribe('network.lifecycle', () => {})
  expect(host.daemons).toBe('monolithic')
  expect(opened.map(({ name }) => name)).toEqual(['libvirtd'])
})

test('where virtproxyd listens in libvirtd’s place, the daemons behind it are talked to themselves', async () => {
  const { opened, options } = fakeHost(['libvirtd', ...SPLIT_DAEMONS])
  const host = await openHost(options)
  await host.call('connectListAllStoragePools', pools)
  expect(host.daemons).toBe('split')
  expect(opened.map(({ name }) => name)).toEqual(['virtqemud', 'virtstoraged'])
})

test('both daemons are guessed at before either is looked for at length', async () => {
  const { options } = fakeHost(['libvirtd'])
  const tried: string[] = []
  const host = await openHost({
    ...options,
    open: (name) => {
      tried.push(`${name} at length`)
      return options.open(name)
    },
    openQuickly: (name) => {
      tried.push(name)
      return options.open(name).catch(() => undefined)
    },
  })
  expect(host.daemons).toBe('monolithic')
  expect(tried).toEqual(['virtqemud', 'libvirtd'])
})

test('no split daemon is asked for where there is but one way, nor for another driver than qemu', async () => {
  const { opened, options } = fakeHost(['libvirtd', 'virtqemud'])
  const host = await openHost({ ...options, daemons: 'monolithic' })
  const other = await openHost({ ...options, uri: 'test:///default' })
  expect([host.daemons, other.daemons]).toEqual(['monolithic', 'monolithic'])
  expect(opened.map(({ name }) => name)).toEqual(['libvirtd', 'libvirtd'])
})

test('with split daemons each call goes to the one that serves it, connected once and only when needed', async () => {
  const { opened, options } = fakeHost(SPLIT_DAEMONS)
  const host = await openHost(options)
  expect(opened.map(({ name }) => name)).toEqual(['virtqemud'])
  await Promise.all([host.call('connectListAllStoragePools', pools), host.call('connectListAllStoragePools', pools)])
  await host.subscribe('network.lifecycle', () => {})
  expect(host.daemons).toBe('split')
  expect(opened.map(({ name }) => name)).toEqual(['virtqemud', 'virtstoraged', 'virtnetworkd'])
  const uris = opened.map(({ daemon }) => daemon.callsOf('connectOpen')[0]?.args)
  expect(uris).toMatchObject([{ name: 'qemu:///system' }, { name: 'storage:///system' }, { name: 'network:///system' }])
  expect(host.stats.connections).toBe(3)
})

test('a daemon that is not there fails its calls alone, and is tried again', async () => {
  const running: DaemonName[] = ['virtqemud']
  const { options } = fakeHost(running)
  const host = await openHost(options)
  expect(await rejection(host.call('connectListAllStoragePools', pools))).toMatchObject({ code: 'ENOENT' })
  running.push('virtstoraged')
  expect(await host.call('connectListAllStoragePools', pools)).toEqual({ pools: [], ret: 0 })
})

test('with no daemon at all the error is the one of virtqemud', async () => {
  const { options } = fakeHost([])
  expect(await rejection(openHost(options))).toMatchObject({ message: 'no socket of virtqemud' })
})

test('a socket that nobody listens on says more than one that is missing', async () => {
  const stale = Object.assign(new Error('nobody listens'), { code: 'libvirt.socket-refused' })
  const open = (name: DaemonName) => Promise.reject(name === 'libvirtd' ? stale : absent(name))
  expect(await rejection(openHost({ open }))).toBe(stale)
})

test('a refusal is not taken for absence', async () => {
  const asked: DaemonName[] = []
  const open = (name: DaemonName) => {
    asked.push(name)
    return Promise.reject(Object.assign(new Error('permission'), { kind: 'forbidden' }))
  }
  expect(await rejection(openHost({ open }))).toMatchObject({ message: 'permission' })
  expect(asked).toEqual(['virtqemud'])
})

test('a lost part is told and opened again; a lost hypervisor is a lost host', async () => {
  const { opened, options } = fakeHost(SPLIT_DAEMONS)
  const lost: string[] = []
  const host = await openHost({ ...options, onPartLost: (part) => lost.push(part) })
  await host.call('connectListAllStoragePools', pools)
  opened[1]?.daemon.die()
  await until(() => lost.length === 1, 'the loss')
  await host.call('connectListAllStoragePools', pools)
  expect(opened.map(({ name }) => name)).toEqual(['virtqemud', 'virtstoraged', 'virtstoraged'])
  opened[0]?.daemon.die()
  expect(await host.closed).toMatchObject({ kind: 'unreachable' })
  await until(() => host.stats.connections === 0, 'the other connections')
  expect(await rejection(host.call('connectListAllStoragePools', pools))).toMatchObject({ kind: 'unreachable' })
  expect(lost).toEqual(['storage'])
})

test('short changes go through while long ones take all the time they like', async () => {
  const { opened, options } = fakeHost(['libvirtd'])
  const host = await openHost(options)
  const saves = [1, 2, 3, 4, 5].map((index) => host.call('domainManagedSave', { dom: fakeDomain(index) }))
  const held = () => opened[1]?.daemon.callsOf('domainManagedSave') ?? []
  await until(() => held().length === 4, 'the saves')
  await host.call('domainDestroyFlags', { dom: fakeDomain(6) })
  expect(opened.map(({ daemon }) => daemon.callsOf('domainDestroyFlags').length)).toEqual([1, 0])
  for (let done = 0; done < 5; done++) {
    await until(() => held().length > done, `save ${done}`)
    held()[done]?.reply()
  }
  await Promise.all(saves)
  expect(host.stats.connections).toBe(2)
  await host.close()
  expect(host.stats.connections).toBe(0)
})

test('many short calls neither wait behind long ones nor hold up the others', async () => {
  const { opened, options } = fakeHost(['libvirtd'])
  const host = await openHost(options)
  const saves = [1, 2, 3, 4, 5].map((index) => rejection(host.call('domainManagedSave', { dom: fakeDomain(index) })))
  await until(() => opened[1]?.daemon.callsOf('domainManagedSave').length === 4, 'the saves')
  await host.call('connectListAllStoragePools', pools, { dedicated: 'many' })
  await host.call('connectListAllStoragePools', pools, { dedicated: 'many' })
  expect(opened.map(({ daemon }) => daemon.callsOf('connectListAllStoragePools').length)).toEqual([0, 0, 2])
  expect(host.stats.connections).toBe(3)
  await host.close()
  expect(await Promise.all(saves)).toHaveLength(5)
})

test('long changes share where no second connection can be had, and get one when it can', async () => {
  const { opened, options } = fakeHost(['libvirtd'])
  let full = false
  const open = (name: DaemonName) => (full ? Promise.reject(new Error('too many clients')) : options.open(name))
  const host = await openHost({ ...options, open })
  full = true
  const first = host.call('domainManagedSave', { dom: fakeDomain(1) })
  await until(() => opened[0]?.daemon.callsOf('domainManagedSave').length === 1, 'the first save')
  opened[0]?.daemon.callsOf('domainManagedSave')[0]?.reply()
  await first
  full = false
  const second = rejection(host.call('domainManagedSave', { dom: fakeDomain(2) }))
  await until(() => opened[1]?.daemon.callsOf('domainManagedSave').length === 1, 'the second save')
  opened[1]?.daemon.die()
  expect(await second).toMatchObject({ kind: 'indeterminate', sent: true })
  expect(host.closeReason).toBeUndefined()
})

test('the test driver, which has its state for each connection, gets no second one', async () => {
  const { opened, options } = fakeHost(['libvirtd'])
  const host = await openHost({ ...options, uri: 'test:///default' })
  void host.call('domainManagedSave', { dom: fakeDomain(1) }).catch(() => {})
  await until(() => opened[0]?.daemon.callsOf('domainManagedSave').length === 1, 'the save')
  expect(opened.length).toBe(1)
})

test('a call that is given up while its connection is opened has not left', async () => {
  const { options } = fakeHost(SPLIT_DAEMONS)
  let wait = false
  const open = (name: DaemonName) => (wait ? new Promise<never>(() => {}) : options.open(name))
  const host = await openHost({ ...options, open })
  wait = true
  const calls = [
    host.call('connectListAllStoragePools', pools, { timeoutMs: 1_000 }),
    host.call('domainManagedSave', { dom: fakeDomain() }, { timeoutMs: 1_000 }),
  ].map(rejection)
  await settled()
  options.clock.advance(1_000)
  for (const call of calls) expect(await call).toMatchObject({ kind: 'timeout', sent: false })
})

test('bulk streams get a connection of their own, closed with the stream; consoles share', async () => {
  const { opened, options } = fakeHost(['libvirtd'])
  const host = await openHost(options)
  const console = await host.openStream('domainOpenConsole', { dom: fakeDomain() })
  expect(opened.length).toBe(1)
  const download = await host.openStream('storageVolDownload', { vol, offset: 0n, length: 0n })
  expect(opened.length).toBe(2)
  expect(host.stats.connections).toBe(2)
  download.stream.abort()
  await until(() => host.stats.connections === 1, 'the connection’s end')
  expect(opened[1]?.daemon.callsOf('connectClose').length).toBe(1)
  console.stream.abort()
  await host.close()
  expect(host.stats.connections).toBe(0)
})
