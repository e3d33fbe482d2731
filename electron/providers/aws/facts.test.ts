import type { Instance } from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'
import { detailOf } from './detail.ts'
import { type Beside, isRef, seenMachine } from './facts.ts'

const BESIDE: Beside = {
  region: 'eu-central-1',
  type: (name) => (name === 't3.micro' ? { vcpus: 2, memoryKiB: 1_048_576, arch: 'x86_64' } : undefined),
  volume: (id) => (id === 'vol-1' ? { VolumeId: id, Size: 8, VolumeType: 'gp3', Tags: [{ Key: 'Name', Value: 'root' }] } : undefined),
  imageName: (id: string) => (id === 'ami-1' ? 'al2023-ami-2023.6' : null),
  isProtected: () => null,
}
const seen = (instance: Instance) => seenMachine({ InstanceId: 'i-0123456789abcdef0', ...instance }, BESIDE)

test.each([
  ['pending', {}, 'starting'],
  ['running', {}, 'running'],
  ['stopping', {}, 'stopping'],
  ['shutting-down', {}, 'stopping'],
  ['stopped', {}, 'stopped'],
  ['stopped', { HibernationOptions: { Configured: true }, StateReason: { Code: 'Client.UserInitiatedHibernate' } }, 'saved'],
  // it could be hibernated, and was stopped
  ['stopped', { HibernationOptions: { Configured: true }, StateReason: { Code: 'Client.UserInitiatedShutdown' } }, 'stopped'],
  ['rebooting', {}, 'unknown'],
])('%s with %j is %s', (name, more, state) => {
  const machine = seen({ State: { Name: name as never }, ...more })
  expect(machine?.facts).toMatchObject({ state, nativeState: name, hasManagedSave: state === 'saved' })
})

test.each([
  ['ami-1', 'al2023-ami-2023.6'],
  ['ami-2', null],
])('the image %s has the name %s, and what is told of hibernation is said', (ImageId, name) => {
  const machine = seen({ State: { Name: 'running' }, ImageId, HibernationOptions: { Configured: false } })
  expect(machine?.facts.cloud).toMatchObject({ image: { id: ImageId, name }, hibernates: false })
  expect(seen({ State: { Name: 'running' } })?.facts.cloud).toMatchObject({ image: null, hibernates: null })
})

test('a terminated one is gone', () => {
  expect(seen({ State: { Name: 'terminated' } })).toBeNull()
})

test('without a name it has its id; an unknown type has no sizes but those that the machine tells itself', () => {
  const machine = seen({ State: { Name: 'running' }, InstanceType: 'x9z.metal' as never, CpuOptions: { CoreCount: 4, ThreadsPerCore: 2 } })
  expect(machine?.facts).toMatchObject({ name: 'i-0123456789abcdef0', vcpus: 8, memoryKiB: 0 })
  expect(machine?.facts.cloud).toMatchObject({ type: 'x9z.metal', billing: 'compute', purchase: 'on-demand', isProtected: null })
})

test('fifty tags with emoji are all there; the name is not one of them', () => {
  const Tags = Array.from({ length: 49 }, (_, index) => ({ Key: `etikett-${index}`, Value: `wert ${index} 🚚` }))
  const machine = seen({ State: { Name: 'running' }, Tags: [...Tags, { Key: 'Name', Value: 'web' }] })
  expect(machine?.facts.name).toBe('web')
  expect(machine?.facts.tags.length).toBe(49)
  expect(machine?.facts.tags).toContain('etikett-48=wert 48 🚚')
})

test('a disk has its size, its name and whether it is the one that is booted from', () => {
  const machine = seen({
    State: { Name: 'stopped' },
    RootDeviceName: '/dev/xvda',
    BlockDeviceMappings: [
      { DeviceName: '/dev/xvda', Ebs: { VolumeId: 'vol-1' } },
      { DeviceName: '/dev/sdf', Ebs: { VolumeId: 'vol-2' } },
    ],
  })
  expect(machine?.facts.cloud?.billing).toBe('storage')
  expect(machine?.facts.cloud?.disks).toEqual([
    { id: 'vol-1', name: 'root (/dev/xvda)', sizeBytes: 8_589_934_592, type: 'gp3', boot: true },
    { id: 'vol-2', name: '/dev/sdf', sizeBytes: null, type: null, boot: false },
  ])
})

test.each([
  [{}, 'on-demand'],
  [{ CapacityReservationSpecification: { CapacityReservationPreference: 'open' as const } }, 'on-demand'],
  // it was stopped: nothing is held for it before it starts again
  [{ CapacityReservationSpecification: { CapacityReservationTarget: { CapacityReservationId: 'cr-1' } } }, 'on-demand'],
  [{ CapacityReservationId: 'cr-0123456789abcdef0' }, 'reserved'],
  [{ InstanceLifecycle: 'capacity-block' as const }, 'reserved'],
  [{ InstanceLifecycle: 'scheduled' as const }, 'reserved'],
  [{ InstanceLifecycle: 'spot' as const }, 'spot'],
])('%j is bought %s', (told, purchase) => {
  expect(seen({ State: { Name: 'running' }, ...told })?.facts.cloud?.purchase).toBe(purchase)
})

test.each([
  [{ CapacityReservationId: 'cr-1' }, 'cr-1', [{ key: 'running in it', value: 'true' }]],
  [
    { CapacityReservationSpecification: { CapacityReservationTarget: { CapacityReservationId: 'cr-2' } } },
    'cr-2',
    [{ key: 'running in it', value: 'false' }],
  ],
])('the detail of %j names the reservation', (told, name, properties) => {
  const instance: Instance = { InstanceId: 'i-0123456789abcdef0', State: { Name: 'running' }, ...told }
  const machine = seenMachine(instance, BESIDE)
  const devices = machine ? detailOf(machine, instance, 0).hardware.devices : []
  expect(devices.find(({ kind }) => kind === 'capacity-reservation')).toEqual({
    kind: 'capacity-reservation',
    name,
    summary: '',
    properties,
  })
})

test('without a reservation the detail names none', () => {
  const instance: Instance = { InstanceId: 'i-0123456789abcdef0', State: { Name: 'running' } }
  const machine = seenMachine(instance, BESIDE)
  expect(machine && detailOf(machine, instance, 0).hardware.devices).toEqual([])
})

test('what AWS stopped by itself wants an eye', () => {
  const stopped = (Code: string) => seen({ State: { Name: 'stopped' }, StateReason: { Code, Message: 'so it says' } })?.facts.attention
  expect(stopped('Server.InsufficientInstanceCapacity')).toEqual({ code: 'aws.stopped-there', text: 'so it says' })
  expect(stopped('Client.UserInitiatedShutdown')).toBeNull()
})

test('another life after each start and each stop', () => {
  const at = (launch: string, reason: string) => seen({ LaunchTime: new Date(launch), StateTransitionReason: reason })?.life
  const lives = [at('2026-01-01', ''), at('2026-01-01', 'User initiated (2026-01-02 00:00:00 GMT)'), at('2026-01-03', '')]
  expect(new Set(lives).size).toBe(3)
})

test.each(['i-0123456789abcdef0', 'eu-central-1/vol-1', 'Frankfurt/i-0', '4d3c2b1a-0000-4000-8000-000000000000', ''])(
  '%s names no machine',
  (ref) => {
    expect(isRef(ref)).toBe(false)
  },
)
