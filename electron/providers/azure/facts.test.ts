import type { VirtualMachine, VirtualMachineInstanceView } from '@azure/arm-compute'
import { expect, test } from 'vitest'
import { type Surroundings, seenOf } from './facts.ts'

const ID = '/subscriptions/EA42F556-5106-4743-99B0-C129BFA71A47/resourceGroups/TEST_VM/providers/Microsoft.Compute/virtualMachines/web-1'
const ALONE: Surroundings = { type: undefined, cards: [], isLocked: null, startedAtMs: null, osName: null, diskBytes: new Map() }

function view(...codes: readonly string[]): VirtualMachineInstanceView {
  return { statuses: codes.map((code) => ({ code })) }
}

function facts(vm: Partial<VirtualMachine>, instance?: VirtualMachineInstanceView, around: Partial<Surroundings> = {}) {
  return seenOf({ id: ID, name: 'web-1', location: 'westeurope', ...vm }, instance, { ...ALONE, ...around }).facts
}

test.each([
  ['starting', 'starting', 'compute'],
  ['running', 'running', 'compute'],
  ['stopping', 'stopping', 'compute'],
  ['stopped', 'stopped', 'compute'],
  ['deallocating', 'stopping', 'storage'],
  ['deallocated', 'stopped', 'storage'],
  ['creating', 'starting', 'storage'],
  ['dreaming', 'unknown', null],
])('PowerState/%s is %s and costs %s', (power, state, billing) => {
  const told = facts({ provisioningState: 'Succeeded' }, view('ProvisioningState/succeeded', `PowerState/${power}`))
  expect(told).toMatchObject({ state, nativeState: power, attention: null, cloud: { billing, stopBills: true } })
})

test('a hibernated machine is saved and costs its disks only, whatever case Azure writes it in', () => {
  for (const code of ['HibernationState/Hibernated', 'HibernationState/hibernated']) {
    const told = facts(
      { provisioningState: 'Succeeded', additionalCapabilities: { hibernationEnabled: true } },
      view('PowerState/deallocated', code),
    )
    expect(told).toMatchObject({
      state: 'saved',
      nativeState: 'hibernated, deallocated',
      hasManagedSave: true,
      cloud: { billing: 'storage', hibernates: true },
    })
  }
  expect(facts({}, view('PowerState/running', 'HibernationState/Hibernated'))).toMatchObject({ state: 'running', hasManagedSave: false })
})

test.each<[string, Partial<VirtualMachine>, string]>([
  ['one of a capacity reservation group', { capacityReservation: { capacityReservationGroup: { id: `${ID}-group` } } }, 'reserved'],
  ['one that was taken out of its group', { capacityReservation: {} }, 'on-demand'],
  ['a spot machine', { priority: 'Spot' }, 'spot'],
  ['one with nothing said', {}, 'on-demand'],
])('%s is bought so', (_, vm, purchase) => {
  expect(facts(vm).cloud?.purchase).toBe(purchase)
})

test('a failed operation wants attention with Azure’s reason, whatever the power state is', () => {
  const instance = view('PowerState/running')
  instance.statuses?.push({ code: 'ProvisioningState/failed/AllocationFailed', message: 'No room.' })
  expect(facts({ provisioningState: 'Failed' }, instance)).toMatchObject({
    state: 'running',
    nativeState: 'running, failed',
    attention: { code: 'azure.operation-failed', text: 'The last operation in Azure failed: AllocationFailed: No room.' },
  })
})

test('one that is being deleted is on its way out', () => {
  expect(facts({ provisioningState: 'Deleting' }, view('PowerState/running')).state).toBe('stopping')
})

test('nothing but an id is enough, and null stands for nothing', () => {
  const bare = {
    tags: null,
    zones: null,
    storageProfile: { imageReference: null, osDisk: null, dataDisks: null },
    networkProfile: null,
    hardwareProfile: null,
  }
  expect(facts(bare as unknown as Partial<VirtualMachine>)).toMatchObject({
    hostRef: 'ea42f556-5106-4743-99b0-c129bfa71a47',
    state: 'unknown',
    tags: [],
    os: null,
    cloud: { id: ID.toLowerCase(), type: null, image: null, disks: [], platform: null, zone: null },
  })
})

test('a disk of a storage account has its address for an id; a grown one the size it has now', () => {
  const uri = 'https://account.blob.core.windows.net/vhds/Boot.vhd'
  const id = ID.replace('virtualMachines/web-1', 'disks/data')
  const storageProfile = {
    osDisk: { createOption: 'FromImage', osType: 'Linux', name: 'boot', vhd: { uri }, diskSizeGB: 30 },
    dataDisks: [{ lun: 0, createOption: 'Attach', managedDisk: { id }, diskSizeGB: 64 }],
  } as NonNullable<VirtualMachine['storageProfile']>
  const { cloud } = facts({ storageProfile }, undefined, { diskBytes: new Map([[id.toLowerCase(), 128 * 1024 ** 3]]) })
  expect(cloud?.disks).toEqual([
    { id: uri.toLowerCase(), name: 'boot', sizeBytes: 30 * 1024 ** 3, type: null, boot: true },
    { id: id.toLowerCase(), name: 'data', sizeBytes: 128 * 1024 ** 3, type: null, boot: false },
  ])
})
