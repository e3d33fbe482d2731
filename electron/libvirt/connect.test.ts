import { expect, test } from 'vitest'
import { connectLibvirt, versionFromNumber } from './connect.ts'
import { connectFake, rejection } from './testing/fake-client.ts'
import { FakeClock } from './testing/fake-clock.ts'
import { FakeDaemon, FakeFailure, HOLD } from './testing/fake-daemon.ts'
import { until } from './testing/until.ts'

function connect(daemon: FakeDaemon, options: Partial<Parameters<typeof connectLibvirt>[0]> = {}) {
  return connectLibvirt({ stream: daemon.stream, uri: 'qemu:///system', clock: new FakeClock(), ...options })
}

test('connecting authenticates, agrees on keepalive, opens the URI and reads what the daemon can do', async () => {
  const { client, daemon } = await connectFake({ readOnly: true })
  expect(daemon.calls.slice(0, 3).map((call) => call.name)).toEqual(['authList', 'connectSupportsFeature', 'connectOpen'])
  expect(daemon.callsOf('connectOpen')[0]?.args).toEqual({ name: 'qemu:///system', flags: 1 })
  expect(client.facts).toMatchObject({ uri: 'qemu:///system', readOnly: true, auth: 'none', version: { text: '9.0.0' } })
  expect(client.facts.features.has('migration-params')).toBe(true)
})

test('polkit is asked where the daemon wants it, and its refusal is its own', async () => {
  const daemon = new FakeDaemon()
  daemon.on('authList', () => ({ types: [2] }))
  daemon.on('authPolkit', () => ({ complete: 1 }))
  expect((await connect(daemon)).facts.auth).toBe('polkit')
  const strict = new FakeDaemon()
  strict.on('authList', () => ({ types: [2] }))
  strict.on('authPolkit', () => {
    throw new FakeFailure(45, 'authentication failed: Authorization requires authentication but no agent is available.')
  })
  expect(await rejection(connect(strict))).toMatchObject({ kind: 'unauthenticated', code: 'libvirt.authentication-failed' })
  const silent = new FakeDaemon()
  silent.on('authList', () => ({ types: [2] }))
  silent.on('authPolkit', () => ({ complete: 0 }))
  expect(await rejection(connect(silent))).toMatchObject({ kind: 'unauthenticated', code: 'libvirt.polkit-refused' })
})

test('SASL is refused by name', async () => {
  const daemon = new FakeDaemon()
  daemon.on('authList', () => ({ types: [1] }))
  expect(await rejection(connect(daemon))).toMatchObject({ kind: 'unsupported', code: 'libvirt.auth-unsupported', actual: 'sasl' })
  expect(daemon.stream.destroyed).toBe(true)
})

test('a daemon before 5.0 is refused with both versions', async () => {
  const daemon = new FakeDaemon()
  daemon.on('connectGetLibVersion', () => ({ libVer: 4_010_000n }))
  expect(await rejection(connect(daemon))).toMatchObject({
    kind: 'unsupported',
    code: 'libvirt.too-old',
    actual: '4.10.0',
    expected: '5.0.0 or later',
  })
})

test('what the daemon says to the URI is what is thrown', async () => {
  const daemon = new FakeDaemon()
  daemon.on('connectOpen', () => {
    throw new FakeFailure(5, 'no connection driver available for qemu:///system')
  })
  expect(await rejection(connect(daemon))).toMatchObject({ kind: 'precondition', code: 'libvirt.no-connect' })
})

test('one deadline bounds it all, and the transport is closed', async () => {
  const daemon = new FakeDaemon()
  const clock = new FakeClock()
  daemon.on('connectOpen', () => HOLD)
  const failed = rejection(connect(daemon, { clock, timeoutMs: 1_000 }))
  await until(() => daemon.callsOf('connectOpen').length === 1, 'CONNECT_OPEN')
  clock.advance(1_000)
  expect(await failed).toMatchObject({ kind: 'timeout', procedure: 'connectOpen' })
  expect(daemon.stream.destroyed).toBe(true)
})

test('a proxy that lost the daemon behind it is left, with the reason', async () => {
  const { client, daemon } = await connectFake()
  daemon.on('connectGetHostname', () => HOLD)
  const call = rejection(client.call('connectGetHostname'))
  await until(() => daemon.callsOf('connectGetHostname').length === 1, 'the call')
  expect(daemon.callsOf('connectRegisterCloseCallback').length).toBe(1)
  daemon.emit('connectEventConnectionClosed', { reason: 1 })
  expect(await client.closed).toMatchObject({
    kind: 'unreachable',
    code: 'libvirt.daemon-lost',
    message: expect.stringContaining('it closed the connection'),
  })
  expect(await call).toMatchObject({ kind: 'unreachable', code: 'libvirt.daemon-lost' })
  expect(daemon.stream.destroyed).toBe(true)
})

test('a daemon that cannot tell of such a loss is connected to all the same', async () => {
  const daemon = new FakeDaemon()
  daemon.on('connectRegisterCloseCallback', () => {
    throw new FakeFailure(3, 'this function is not supported by the connection driver')
  })
  const client = await connect(daemon)
  expect(client.closeReason).toBeUndefined()
  await client.close()
})

test('it can be cancelled', async () => {
  const daemon = new FakeDaemon()
  const abort = new AbortController()
  daemon.on('authList', () => HOLD)
  const failed = rejection(connect(daemon, { signal: abort.signal }))
  await until(() => daemon.calls.length === 1, 'AUTH_LIST')
  abort.abort()
  expect(await failed).toMatchObject({ kind: 'cancelled' })
})

test('a daemon without a feature connects without it', async () => {
  const daemon = new FakeDaemon()
  daemon.on('connectSupportsFeature', ({ feature }) => {
    if (feature === 15) throw new FakeFailure(3, 'unknown feature')
    return { supported: feature === 14 ? 1 : 0 }
  })
  const client = await connect(daemon)
  expect([...client.facts.features]).toEqual(['event-callbacks'])
})

test('versions are unpacked', () => {
  expect(versionFromNumber(10_006_012n)).toEqual({ major: 10, minor: 6, release: 12, text: '10.6.12' })
})
