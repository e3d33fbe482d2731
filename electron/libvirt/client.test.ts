import { expect, test } from 'vitest'
import { LibvirtError } from './errors.ts'
import { STREAM } from './rpc/frame.ts'
import { connectFake, fakeDomain, rejection } from './testing/fake-client.ts'
import { FakeDaemon, FakeFailure, HOLD } from './testing/fake-daemon.ts'
import { settled, until } from './testing/until.ts'

const dom = fakeDomain()
const xml = { xml: '<domain/>' }
/** A payload that domainGetXmlDesc would take. */
const XML_REPLY = Buffer.from([0, 0, 0, 1, 0x78, 0, 0, 0])

test('a call is answered with its decoded reply', async () => {
  const { client, daemon } = await connectFake()
  daemon.on('domainGetXmlDesc', (args) => ({ xml: `<domain>${args.dom.name}</domain>` }))
  expect(await client.call('domainGetXmlDesc', { dom })).toEqual({ xml: '<domain>vm-1</domain>' })
  expect(daemon.callsOf('domainGetXmlDesc')[0]?.args).toEqual({ dom, flags: 0 })
})

test('an error keeps everything the daemon said, and its number decides the kind', async () => {
  const { client, daemon } = await connectFake()
  daemon.on('domainLookupByName', () => {
    throw new FakeFailure(42, 'Domain not found: no domain with matching name')
  })
  expect(await rejection(client.call('domainLookupByName', { name: 'x' }))).toMatchObject({
    kind: 'not-found',
    code: 'libvirt.domain-not-found',
    number: 42,
    domain: 10,
    level: 2,
    str2: 'Domain not found: no domain with matching name',
    procedure: 'domainLookupByName',
    sent: true,
  })
})

test('replies find their calls in whatever order they come', async () => {
  const { client, daemon } = await connectFake()
  daemon.on('domainGetXmlDesc', () => HOLD)
  const replies = Promise.all([1, 2, 3].map((index) => client.call('domainGetXmlDesc', { dom: fakeDomain(index) })))
  await until(() => daemon.callsOf('domainGetXmlDesc').length === 3, 'three calls')
  for (const call of daemon.callsOf('domainGetXmlDesc').toReversed()) call.reply({ xml: `${call.serial}` })
  const serials = daemon.callsOf('domainGetXmlDesc').map((call) => ({ xml: `${call.serial}` }))
  expect(await replies).toEqual(serials)
})

test('arguments that cannot be written are the caller’s fault and nothing is sent', async () => {
  const { client, daemon } = await connectFake()
  const error = await rejection(client.call('domainDefineXml', { xml: 'a\0b' }))
  expect(error).toMatchObject({ kind: 'invalid-input', code: 'libvirt.invalid-arguments', sent: false })
  expect(daemon.callsOf('domainDefineXml')).toEqual([])
})

test('a read that gets no reply times out; its late reply is counted and hurts nobody', async () => {
  const { client, daemon, clock } = await connectFake()
  daemon.on('domainGetXmlDesc', () => HOLD)
  const reply = rejection(client.call('domainGetXmlDesc', { dom }, { timeoutMs: 100 }))
  await until(() => daemon.callsOf('domainGetXmlDesc').length === 1, 'the call')
  clock.advance(100)
  expect(await reply).toMatchObject({ kind: 'timeout', code: 'libvirt.call-timeout', sent: true })
  daemon.callsOf('domainGetXmlDesc')[0]?.reply(xml)
  await until(() => client.stats.lateReplies === 1, 'the late reply')
  daemon.on('domainGetXmlDesc', () => xml)
  expect(await client.call('domainGetXmlDesc', { dom })).toEqual(xml)
})

test('a change that gets no reply is indeterminate, whatever ended the wait', async () => {
  const { client, daemon, clock } = await connectFake()
  daemon.on('domainCreateWithFlags', () => HOLD)
  const abort = new AbortController()
  const timedOut = rejection(client.call('domainCreateWithFlags', { dom }, { timeoutMs: 100 }))
  const cancelled = rejection(client.call('domainCreateWithFlags', { dom }, { signal: abort.signal }))
  const lost = rejection(client.call('domainCreateWithFlags', { dom }))
  const repeatable = rejection(client.call('domainCreateWithFlags', { dom }, { idempotent: true }))
  await until(() => daemon.callsOf('domainCreateWithFlags').length === 4, 'the calls')
  clock.advance(100)
  abort.abort()
  daemon.die()
  expect(await timedOut).toMatchObject({ kind: 'indeterminate', code: 'libvirt.call-timeout', sent: true })
  expect(await cancelled).toMatchObject({ kind: 'indeterminate', code: 'libvirt.call-cancelled', sent: true })
  expect(await lost).toMatchObject({ kind: 'indeterminate', code: 'libvirt.connection-lost', sent: true })
  expect(await repeatable).toMatchObject({ kind: 'unreachable', sent: true })
})

test('a call that never left says so', async () => {
  const { client, daemon } = await connectFake({ limits: { maxChangesInFlight: 1 } })
  daemon.on('domainDestroyFlags', () => HOLD)
  const abort = new AbortController()
  const aborted = AbortSignal.abort()
  const first = rejection(client.call('domainDestroyFlags', { dom }))
  let left = 0
  const onSent = () => left++
  const waiting = rejection(client.call('domainDestroyFlags', { dom }, { onSent }))
  const given = rejection(client.call('domainDestroyFlags', { dom }, { signal: abort.signal }))
  expect(await rejection(client.call('domainDestroyFlags', { dom }, { signal: aborted }))).toMatchObject({ kind: 'cancelled', sent: false })
  await until(() => daemon.callsOf('domainDestroyFlags').length === 1, 'the first call')
  abort.abort()
  expect(await given).toMatchObject({ kind: 'cancelled', sent: false })
  daemon.die()
  expect(await waiting).toMatchObject({ kind: 'unreachable', sent: false })
  expect(left).toBe(0)
  expect(await first).toMatchObject({ kind: 'indeterminate', sent: true })
  expect(await rejection(client.call('domainDestroyFlags', { dom }))).toMatchObject({ kind: 'unreachable', sent: false })
})

test('changes wait for each other in small numbers, reads pass them', async () => {
  const { client, daemon } = await connectFake({ limits: { maxInFlight: 6, maxChangesInFlight: 2 } })
  daemon.on('domainDestroyFlags', () => HOLD)
  daemon.on('domainGetXmlDesc', () => xml)
  const changes = Promise.all([1, 2, 3, 4, 5].map((index) => client.call('domainDestroyFlags', { dom: fakeDomain(index) })))
  expect(await client.call('domainGetXmlDesc', { dom })).toEqual(xml)
  for (let done = 0; done < 5; done++) {
    await until(() => daemon.callsOf('domainDestroyFlags').length > done, `change ${done}`)
    await settled()
    expect(client.stats.inFlight).toBeLessThanOrEqual(2)
    daemon.callsOf('domainDestroyFlags')[done]?.reply()
  }
  await changes
  expect(client.stats).toMatchObject({ queued: 0, inFlight: 0 })
})

test('a burst of 5,000 calls to a daemon that reads slowly is answered in full', async () => {
  const { client, daemon } = await connectFake({ callTimeoutMs: Infinity })
  daemon.on('domainGetXmlDesc', () => xml)
  daemon.pauseReading()
  const burst = Promise.all(Array.from({ length: 5_000 }, (_, index) => client.call('domainGetXmlDesc', { dom: fakeDomain(index) })))
  await settled()
  expect(client.stats.inFlight).toBeLessThanOrEqual(32)
  daemon.resumeReading()
  expect((await burst).length).toBe(5_000)
})

test('a host that pings and does not read gets one answer when it reads on', async () => {
  const { client, daemon } = await connectFake({ callTimeoutMs: Infinity }, new FakeDaemon(512))
  daemon.on('domainGetXmlDesc', () => xml)
  daemon.pauseReading()
  const calls = Promise.all(Array.from({ length: 1_000 }, () => client.call('domainGetXmlDesc', { dom })))
  await settled()
  const written = client.stats.bytesWritten
  for (let ping = 0; ping < 100; ping++) daemon.ping()
  await settled()
  expect(client.stats.bytesWritten).toBe(written)
  daemon.resumeReading()
  await calls
  expect(daemon.pongs).toBe(1)
})

test('while the transport is full, calls wait here and can be given up as never sent', async () => {
  const { client, daemon } = await connectFake({ callTimeoutMs: Infinity }, new FakeDaemon(16_384))
  daemon.on('domainDefineXml', () => ({ dom }))
  daemon.on('domainGetXmlDesc', () => xml)
  daemon.pauseReading()
  const abort = new AbortController()
  const large = client.call('domainDefineXml', { xml: 'x'.repeat(1_000_000) })
  const waiting = rejection(client.call('domainDefineXml', { xml: 'small' }, { signal: abort.signal }))
  const read = client.call('domainGetXmlDesc', { dom })
  abort.abort()
  expect(await waiting).toMatchObject({ kind: 'cancelled', sent: false })
  daemon.resumeReading()
  expect(await Promise.all([large, read])).toEqual([{ dom }, xml])
  expect(daemon.callsOf('domainDefineXml').length).toBe(1)
})

test('half a message and then the end is a lost connection', async () => {
  const { client, daemon } = await connectFake()
  daemon.halfFrame()
  daemon.hangUp()
  const reason = await client.closed
  expect(reason).toMatchObject({ kind: 'unreachable', code: 'libvirt.connection-lost' })
  expect(reason.message).toContain('in the middle of a message')
})

test.each<[string, (daemon: Awaited<ReturnType<typeof connectFake>>['daemon'], serial: number) => void]>([
  ['garbage', (daemon) => daemon.raw(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'))],
  ['a frame that is too short', (daemon) => daemon.raw(Buffer.from([0, 0, 0, 27, 0, 0, 0, 0]))],
  ['a frame that is too long', (daemon) => daemon.raw(Buffer.from([2, 0, 0, 1]))],
  ['a reply to a serial that waits for none', (daemon) => daemon.frame({ serial: 77_777 })],
  ['a reply that names another procedure', (daemon, serial) => daemon.frame({ serial, procedure: 15 }, XML_REPLY)],
  ['a reply that names another program', (daemon, serial) => daemon.frame({ serial, procedure: 14, program: 0x2000_8087 }, XML_REPLY)],
  [
    'a reply with half of its payload',
    (daemon, serial) => daemon.frame({ serial, procedure: 14 }, Buffer.from([0, 0, 0, 9, 65, 65, 65, 65])),
  ],
  ['a reply with bytes too many', (daemon, serial) => daemon.frame({ serial, procedure: 14 }, Buffer.alloc(8))],
  ['a reply whose string is above its bound', (daemon, serial) => daemon.frame({ serial, procedure: 14 }, Buffer.from([0xff, 0, 0, 0]))],
  [
    'a reply whose padding is not zero',
    (daemon, serial) => daemon.frame({ serial, procedure: 14 }, Buffer.from([0, 0, 0, 1, 65, 1, 1, 1])),
  ],
  ['a reply that is to be continued', (daemon, serial) => daemon.frame({ serial, procedure: 14, status: 2 })],
  ['a call', (daemon) => daemon.frame({ type: 0 })],
  ['an unknown program', (daemon) => daemon.frame({ program: 1 })],
  ['a packet of a stream never opened', (daemon) => daemon.frame({ serial: 77_777, type: STREAM, status: 2 })],
  ['a truncated event', (daemon) => daemon.frame({ type: 2, procedure: 318, serial: 0 }, Buffer.alloc(4))],
])('%s closes the connection, and every call is settled once', async (_, misbehave) => {
  const { client, daemon } = await connectFake()
  daemon.on('domainGetXmlDesc', () => HOLD)
  daemon.on('domainCreateWithFlags', () => HOLD)
  const read = rejection(client.call('domainGetXmlDesc', { dom }))
  const change = rejection(client.call('domainCreateWithFlags', { dom }))
  await until(() => daemon.callsOf('domainCreateWithFlags').length === 1, 'the calls')
  misbehave(daemon, daemon.callsOf('domainGetXmlDesc')[0]?.serial ?? 0)
  expect(await client.closed).toMatchObject({ kind: 'protocol', code: 'libvirt.protocol-violation' })
  expect(await read).toMatchObject({ kind: 'protocol' })
  expect(await change).toMatchObject({ kind: 'indeterminate', code: 'libvirt.protocol-violation' })
  expect(client.stats.queued).toBe(0)
})

test('a reply that comes twice closes the connection', async () => {
  const { client, daemon } = await connectFake()
  daemon.on('domainGetXmlDesc', (_, call) => {
    call.reply(xml)
    return xml
  })
  expect(await client.call('domainGetXmlDesc', { dom })).toEqual(xml)
  expect(await client.closed).toMatchObject({ kind: 'protocol' })
})

test('a message that the table does not know is left alone', async () => {
  const { client, daemon } = await connectFake()
  daemon.frame({ type: 2, procedure: 9_999, serial: 0 }, Buffer.alloc(40))
  daemon.on('domainGetXmlDesc', () => xml)
  expect(await client.call('domainGetXmlDesc', { dom })).toEqual(xml)
  expect(client.stats.messages).toBe(1)
})

test('a PING is answered', async () => {
  const { daemon } = await connectFake()
  daemon.ping()
  await until(() => daemon.pongs > 0, 'the PONG')
  expect(daemon.pongs).toBe(1)
})

test('a host that stops answering is unreachable', async () => {
  const { client, daemon, clock } = await connectFake({ keepalive: { intervalMs: 1_000, count: 2 } })
  daemon.on('domainGetXmlDesc', () => HOLD)
  clock.advance(1_000)
  await until(() => daemon.pings === 1, 'a PING')
  await settled()
  daemon.answersPings = false
  const call = rejection(client.call('domainGetXmlDesc', { dom }, { timeoutMs: Infinity }))
  clock.advance(10_000)
  expect(await client.closed).toMatchObject({ kind: 'unreachable', code: 'libvirt.keepalive-timeout' })
  expect(await call).toMatchObject({ kind: 'unreachable', code: 'libvirt.keepalive-timeout', sent: true })
})

test('a host that sends anything at all is alive', async () => {
  const { client, daemon, clock } = await connectFake({ keepalive: { intervalMs: 1_000, count: 2 } })
  daemon.answersPings = false
  for (let second = 1; second <= 20; second++) {
    clock.advance(1_000)
    daemon.emit('domainEventCallbackReboot', { callbackID: 1, msg: { dom } })
    await until(() => client.stats.messages === second, 'the event')
  }
  expect(client.closeReason).toBeUndefined()
})

test('closing says good-bye and settles what waits', async () => {
  const { client, daemon } = await connectFake()
  daemon.on('domainGetXmlDesc', () => HOLD)
  const call = rejection(client.call('domainGetXmlDesc', { dom }))
  await client.close()
  await client.close()
  expect(daemon.callsOf('connectClose').length).toBe(1)
  expect(await call).toMatchObject({ kind: 'cancelled', code: 'libvirt.connection-closed' })
  expect(await client.closed).toBeInstanceOf(LibvirtError)
})

test('no timer and no listener is left behind', async () => {
  const { client, daemon, clock } = await connectFake({ keepalive: { intervalMs: 0, count: 0 } })
  const { signal } = new AbortController()
  daemon.on('domainGetXmlDesc', () => xml)
  await Promise.all(Array.from({ length: 50 }, () => client.call('domainGetXmlDesc', { dom }, { signal, timeoutMs: 1_000 })))
  expect(clock.pending).toBe(0)
  expect(daemon.callsOf('domainGetXmlDesc').length).toBe(50)
})
