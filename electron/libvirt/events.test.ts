import { expect, test } from 'vitest'
import { EVENTS, type EventName } from './events.ts'
import { connectFake, fakeDomain, rejection } from './testing/fake-client.ts'
import { FakeFailure, HOLD } from './testing/fake-daemon.ts'
import { until } from './testing/until.ts'
import * as constants from './wire/generated/constants.ts'
import { messageTable } from './wire/procedure-table.ts'

const dom = fakeDomain()
const started = { dom, event: 2, detail: 0 }

test('a subscription delivers, unwrapped, until it is closed', async () => {
  const { client, daemon } = await connectFake()
  const seen: unknown[] = []
  const subscription = await client.events.subscribe('domain.lifecycle', (event) => seen.push(event))
  daemon.emit('domainEventCallbackLifecycle', { callbackID: 1, msg: started })
  await until(() => seen.length === 1, 'the event')
  expect(seen).toEqual([started])
  await subscription.close()
  await subscription.close()
  expect(daemon.callsOf('connectDomainEventCallbackDeregisterAny').map((call) => call.args)).toEqual([{ callbackID: 1 }])
  daemon.emit('domainEventCallbackLifecycle', { callbackID: 1, msg: started })
  await until(() => client.stats.messages === 2, 'the second message')
  expect(seen.length).toBe(1)
  expect(client.events.size).toBe(0)
})

test('events that overtake the reply to their subscription are not lost', async () => {
  const { client, daemon } = await connectFake()
  const seen: number[] = []
  daemon.on('connectDomainEventCallbackRegisterAny', (_, call) => {
    daemon.emit('domainEventCallbackReboot', { callbackID: 8, msg: { dom: fakeDomain(8) } })
    daemon.emit('domainEventCallbackReboot', { callbackID: 9, msg: { dom: fakeDomain(9) } })
    call.reply({ callbackID: 9 })
    daemon.emit('domainEventCallbackReboot', { callbackID: 9, msg: { dom: fakeDomain(10) } })
    return HOLD
  })
  await client.events.subscribe('domain.reboot', (event) => seen.push(event.dom.id))
  await until(() => seen.length === 2, 'both events')
  expect(seen).toEqual([9, 10])
})

test('callback numbers of different families do not mix', async () => {
  const { client, daemon } = await connectFake()
  daemon.on('connectDomainEventCallbackRegisterAny', () => ({ callbackID: 0 }))
  daemon.on('connectNetworkEventRegisterAny', () => ({ callbackID: 0 }))
  const seen: string[] = []
  await client.events.subscribe('domain.lifecycle', (event) => seen.push(event.dom.name))
  await client.events.subscribe('network.lifecycle', (event) => seen.push(event.net.name))
  daemon.emit('networkEventLifecycle', { callbackID: 0, net: { name: 'default', uuid: dom.uuid }, event: 2, detail: 0 })
  daemon.emit('domainEventCallbackLifecycle', { callbackID: 0, msg: started })
  await until(() => seen.length === 2, 'both events')
  expect(seen).toEqual(['default', 'vm-1'])
})

test('what a listener throws is reported and hurts neither the connection nor the other listeners', async () => {
  const errors: unknown[] = []
  const { client, daemon } = await connectFake({ onListenerError: (error) => errors.push(error) })
  const seen: string[] = []
  await client.events.subscribe('domain.lifecycle', () => {
    throw new Error('listener')
  })
  await client.events.subscribe('domain.lifecycle', (event) => seen.push(event.dom.name))
  daemon.emit('domainEventCallbackLifecycle', { callbackID: 1, msg: started })
  daemon.emit('domainEventCallbackLifecycle', { callbackID: 2, msg: started })
  await until(() => seen.length === 1, 'the second listener')
  expect(errors).toMatchObject([{ message: 'listener' }])
})

test('a refused subscription rejects and leaves nothing behind', async () => {
  const { client, daemon } = await connectFake()
  daemon.on('connectDomainEventCallbackRegisterAny', () => {
    throw new FakeFailure(3, 'unsupported event')
  })
  expect(await rejection(client.events.subscribe('domain.memory-failure', () => {}))).toMatchObject({ kind: 'unsupported' })
  expect(client.events.size).toBe(0)
})

test('a subscription of a lost connection closes without a fuss', async () => {
  const { client, daemon } = await connectFake()
  const subscription = await client.events.subscribe('domain.lifecycle', () => {}, { object: dom })
  expect(daemon.callsOf('connectDomainEventCallbackRegisterAny')[0]?.args).toEqual({ eventID: 0, dom })
  daemon.die()
  await client.closed
  expect(await subscription.close()).toBeUndefined()
})

test('every event has its message and the number that libvirt gives it', () => {
  const messages = new Set(messageTable().map((row) => row.name))
  const names = Object.keys(EVENTS) as EventName[]
  expect(names.every((name) => messages.has(EVENTS[name].message))).toBe(true)
  const idOf = (key: string) => (constants as Readonly<Record<string, unknown>>)[key]
  for (const name of names.filter((candidate) => candidate !== 'qemu.monitor')) {
    const [family = '', event = ''] = name.toUpperCase().replaceAll('-', '_').split('.')
    expect([name, idOf(`VIR_${family}_EVENT_ID_${event.replace('PM_', 'PM')}`)]).toEqual([name, EVENTS[name].id])
  }
})

test('every message with a callback can be subscribed to', () => {
  const subscribed = new Set<string>(Object.values(EVENTS).map((row) => row.message))
  const legacy =
    /^domainEvent(Lifecycle|Reboot|RtcChange|Watchdog|IoError|IoErrorReason|Graphics|ControlError|BlockJob|DiskChange|TrayChange|Pmwakeup|Pmsuspend|PmsuspendDisk|BalloonChange|DeviceRemoved)$/
  const missing = messageTable().filter((row) => !subscribed.has(row.name) && !legacy.test(row.name))
  expect(missing.map((row) => row.name)).toEqual(['connectEventConnectionClosed'])
})

test('a subscription that was given up and answered late is taken back', async () => {
  const { client, daemon, clock } = await connectFake()
  daemon.on('connectDomainEventCallbackRegisterAny', () => HOLD)
  const failed = rejection(client.events.subscribe('domain.lifecycle', () => {}, { timeoutMs: 1_000 }))
  await until(() => daemon.callsOf('connectDomainEventCallbackRegisterAny').length === 1, 'the subscription')
  clock.advance(1_000)
  expect(await failed).toMatchObject({ kind: 'timeout' })
  daemon.callsOf('connectDomainEventCallbackRegisterAny')[0]?.reply({ callbackID: 7 })
  await until(() => daemon.callsOf('connectDomainEventCallbackDeregisterAny').length === 1, 'the end of it')
  expect(daemon.callsOf('connectDomainEventCallbackDeregisterAny')[0]?.args).toEqual({ callbackID: 7 })
  expect(client.events.size).toBe(0)
})
