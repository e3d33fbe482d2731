import { describe, expect, test } from 'vitest'
import { type CapabilityContext, capabilityOf, heldAs } from './capabilities.ts'
import type { Machine, MachineActionId } from './machine.ts'

const live = { state: 'live' as const, sinceMs: 0 }
const context = { connection: { freshness: live, name: 'kvm' }, host: { freshness: live } } as unknown as CapabilityContext
const template = { family: 'base', version: 1, changeable: [] }

function machine(more: Partial<Machine>): Machine {
  return { name: 'base-v1', state: 'stopped', persistent: true, hasManagedSave: false, template, ...more } as unknown as Machine
}

describe('a template', () => {
  test.each<[MachineActionId, Machine['state']]>([
    ['start', 'stopped'],
    ['resume', 'paused'],
    ['restore', 'saved'],
    ['setAutostart', 'stopped'],
  ])('is not run: %s', (action, state) => {
    expect(capabilityOf(action, machine({ state }), context)).toMatchObject({
      ok: false,
      reason: { code: 'machine.is-template', params: { name: 'base-v1' } },
    })
  })

  test.each<[MachineActionId, Machine['state']]>([
    ['delete', 'stopped'],
    ['rename', 'stopped'],
    ['setMetadata', 'stopped'],
    // somebody has started it with another tool
    ['shutdown', 'running'],
    ['powerOff', 'running'],
  ])('can be looked after: %s', (action, state) => {
    expect(capabilityOf(action, machine({ state }), context)).toEqual({ ok: true })
  })
})

test('what is no template is started', () => {
  expect(capabilityOf('start', machine({ template: null }), context)).toEqual({ ok: true })
})

describe('a machine of a cloud', () => {
  const cloud = { stopBills: false, billing: 'compute', isProtected: false } as unknown as NonNullable<Machine['cloud']>

  test.each<[MachineActionId, Partial<Machine>, string]>([
    ['resize', { cloud: null, state: 'stopped' }, 'action.cloud-only'],
    ['delete', { cloud: { ...cloud, isProtected: true }, state: 'running' }, 'machine.protected'],
    ['deallocate', { cloud, state: 'running' }, 'machine.stop-is-enough'],
    ['deallocate', { cloud: { ...cloud, stopBills: true, billing: 'storage' }, state: 'stopped' }, 'machine.is-deallocated'],
    ['resize', { cloud, state: 'running' }, 'machine.wrong-state'],
    ['managedSave', { cloud: { ...cloud, hibernates: false }, state: 'running' }, 'machine.no-hibernation'],
  ])('%s is refused with its reason', (action, more, code) => {
    expect(capabilityOf(action, machine({ template: null, ...more }), context)).toMatchObject({ ok: false, reason: { code } })
  })

  test.each<[MachineActionId, Partial<Machine>]>([
    ['rename', { cloud, state: 'running' }],
    ['delete', { cloud, state: 'running' }],
    ['deallocate', { cloud: { ...cloud, stopBills: true }, state: 'stopped' }],
    ['deallocate', { cloud: { ...cloud, stopBills: true }, state: 'running' }],
    ['resize', { cloud, state: 'stopped' }],
    ['managedSave', { cloud: { ...cloud, hibernates: true }, state: 'running' }],
    ['managedSave', { cloud: { ...cloud, hibernates: null }, state: 'running' }],
  ])('%s is possible', (action, more) => {
    expect(capabilityOf(action, machine({ template: null, ...more }), context)).toEqual({ ok: true })
  })
})

describe('a machine whose move broke in post-copy', () => {
  const broken = machine({ state: 'paused', template: null, attention: { code: 'machine.postcopy-failed', text: 'Broke.' } })

  test.each<MachineActionId>(['powerOff', 'reset', 'resume', 'shutdown', 'managedSave', 'delete'])(
    'is not ended by %s: it would be lost',
    (action) => {
      const busy = { ...context, busyWith: 'machine.migrate' }
      for (const given of [context, busy]) {
        expect(capabilityOf(action, broken, given)).toMatchObject({
          ok: false,
          reason: { code: 'machine.in-two-parts', params: { name: 'base-v1' } },
        })
      }
    },
  )

  test('its words may change', () => {
    expect(capabilityOf('setMetadata', broken, context)).toEqual({ ok: true })
  })
})

test('a machine that arrives is held by the move that brings it, with from where', () => {
  const task = { id: 't1' as never, kind: 'machine.migrate', params: { from: 'kvm-07', arrivesAs: 'c2.m.1' } }
  const running = machine({ state: 'running', template: null })
  expect(capabilityOf('powerOff', running, { ...context, ...heldAs('c2.m.1', task) })).toMatchObject({
    reason: { code: 'machine.arriving', params: { from: 'kvm-07', task: 't1' } },
  })
  expect(capabilityOf('powerOff', running, { ...context, ...heldAs('c1.m.1', task) })).toMatchObject({ reason: { code: 'machine.busy' } })
  expect(capabilityOf('powerOff', running, { ...context, ...heldAs('c1.m.1', undefined) })).toEqual({ ok: true })
})
