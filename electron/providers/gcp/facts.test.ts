import { expect, test } from 'vitest'
import { detailOf } from './detail.ts'
import { seenMachine, type TypeFacts } from './instance-facts.ts'
import { customType } from './machine-types.ts'
import { parseRef, zonalDisk } from './refs.ts'
import { attentionOf, stateOf } from './states.ts'

const TYPE: TypeFacts = { vcpus: 2, memoryKiB: 1_048_576, arch: 'x86_64' }
const ZONE = 'https://www.googleapis.com/compute/v1/projects/acme/zones/europe-west1-b'
/** As compute.googleapis.com writes it. */
const INSTANCE = {
  id: '2966820606951926687',
  name: 'web-1',
  status: 'RUNNING',
  zone: ZONE,
  machineType: `${ZONE}/machineTypes/e2-micro`,
  creationTimestamp: '2026-05-19T05:15:46.024-07:00',
  lastStartTimestamp: '2026-11-19T05:15:46.024-08:00',
  labels: { env: 'prod' },
  tags: { items: ['https-server'] },
  scheduling: { preemptible: false, provisioningModel: 'STANDARD' },
  deletionProtection: true,
  disks: [
    {
      boot: true,
      autoDelete: true,
      deviceName: 'persistent-disk-0',
      source: `${ZONE}/disks/web-1`,
      diskSizeGb: '10',
      type: 'PERSISTENT',
      licenses: ['https://www.googleapis.com/compute/v1/projects/windows-cloud/global/licenses/windows-server-2022-dc'],
    },
  ],
  networkInterfaces: [
    {
      network: 'https://www.googleapis.com/compute/v1/projects/acme/global/networks/default',
      networkIP: '10.128.0.3',
      accessConfigs: [{ natIP: '203.0.113.7' }],
    },
  ],
}
const see = (more: object = {}) => seenMachine({ ...INSTANCE, ...more }, { project: 'acme', typeFacts: () => TYPE })

test('an instance is a machine', () => {
  expect(see()).toMatchObject({
    ref: 'acme/europe-west1-b/web-1/2966820606951926687',
    facts: {
      hostRef: 'acme',
      name: 'web-1',
      state: 'running',
      nativeState: 'RUNNING',
      tags: ['env=prod'],
      vcpus: 2,
      os: 'windows-server-2022-dc',
      addresses: ['10.128.0.3', '203.0.113.7'],
      networkRefs: ['projects/acme/global/networks/default'],
      startedAtMs: Date.parse('2026-11-19T13:15:46.024Z'),
      cloud: {
        type: 'e2-micro',
        region: 'europe-west1',
        zone: 'europe-west1-b',
        platform: 'windows',
        purchase: 'on-demand',
        billing: 'compute',
        stopBills: false,
        hibernates: null,
        isProtected: true,
        disks: [{ id: 'projects/acme/zones/europe-west1-b/disks/web-1', name: 'web-1', sizeBytes: 10 * 2 ** 30, boot: true }],
        publicAddresses: ['203.0.113.7'],
      },
    },
  })
})

test('what is missing is not made up', () => {
  const bare = seenMachine({ id: '1', name: 'n', zone: ZONE, metadata: { items: [{}] } }, { project: 'acme', typeFacts: () => null })
  expect(bare?.facts).toMatchObject({ state: 'unknown', vcpus: 0, tags: [], addresses: [], startedAtMs: null })
  expect(bare?.facts.cloud).toMatchObject({ type: null, platform: null, purchase: null, billing: null, isProtected: null, disks: [] })
  expect(seenMachine({ name: 'n', zone: ZONE }, { project: 'acme', typeFacts: () => null })).toBeNull()
})

test('a network that another project shares is none of this place', () => {
  const network = 'https://www.googleapis.com/compute/v1/projects/acme-shared/global/networks/vpc'
  expect(see({ networkInterfaces: [{ network, networkIP: '10.0.0.2' }] })?.facts).toMatchObject({
    networkRefs: [],
    addresses: ['10.0.0.2'],
  })
})

const SPECIFIC = {
  consumeReservationType: 'SPECIFIC_RESERVATION',
  key: 'compute.googleapis.com/reservation-name',
  values: ['projects/acme-shared/reservations/nightly'],
}
const ANY = { consumeReservationType: 'ANY_RESERVATION' }
const CONSUMES = {
  reservationConsumptionInfo: { consumedReservation: 'projects/acme/zones/europe-west3-a/reservations/pool' },
}

test('spot machines are told, old and new', () => {
  expect(see({ scheduling: { preemptible: true } })?.facts.cloud?.purchase).toBe('spot')
  expect(see({ scheduling: { provisioningModel: 'SPOT' } })?.facts.cloud?.purchase).toBe('spot')
})

test.each([
  ['bound to a reservation', { scheduling: { provisioningModel: 'RESERVATION_BOUND' } }, 'reserved'],
  ['that names its reservation', { reservationAffinity: SPECIFIC }, 'reserved'],
  ['that runs in whichever there was', { reservationAffinity: ANY, resourceStatus: CONSUMES }, 'reserved'],
  ['that would run in any', { reservationAffinity: ANY, resourceStatus: {} }, 'on-demand'],
  [
    'that would rather run in one',
    { reservationAffinity: { ...SPECIFIC, consumeReservationType: 'SPECIFIC_THEN_ANY_RESERVATION' } },
    'on-demand',
  ],
  ['on nodes of its own', { reservationAffinity: SPECIFIC, scheduling: { nodeAffinities: [{ key: 'group' }] } }, 'on-demand'],
  ['on spot', { reservationAffinity: SPECIFIC, scheduling: { provisioningModel: 'SPOT' } }, 'spot'],
] as const)('a machine %s is told as bought so', (_what, instance, purchase) => {
  expect(see(instance)?.facts.cloud?.purchase).toBe(purchase)
})

test('a machine’s reservation stands among its hardware, whether it runs in it or will', () => {
  const seen = see()
  if (!seen) throw new Error('It is a machine')
  const reservations = (more: object) =>
    detailOf({ ...INSTANCE, ...more }, seen, 1).hardware.devices.filter(({ kind }) => kind === 'capacity-reservation')
  expect(reservations({ reservationAffinity: ANY })).toEqual([])
  expect(reservations({ reservationAffinity: SPECIFIC })).toEqual([
    { kind: 'capacity-reservation', name: 'nightly', summary: '', properties: [{ key: 'running in it', value: 'false' }] },
  ])
  expect(reservations({ reservationAffinity: ANY, resourceStatus: CONSUMES })).toEqual([
    { kind: 'capacity-reservation', name: 'pool', summary: '', properties: [{ key: 'running in it', value: 'true' }] },
  ])
})

test('another start is another life', () => {
  expect(see()?.life).not.toBe(see({ lastStartTimestamp: '2026-11-20T00:00:00Z' })?.life)
})

test.each([
  ['PROVISIONING', 'starting'],
  ['STAGING', 'starting'],
  ['RUNNING', 'running'],
  ['PENDING_STOP', 'stopping'],
  ['STOPPING', 'stopping'],
  ['SUSPENDING', 'stopping'],
  ['SUSPENDED', 'saved'],
  ['TERMINATED', 'stopped'],
  ['STOPPED', 'stopped'],
  ['REPAIRING', 'starting'],
  ['SOMETHING_NEW', 'unknown'],
])('%s is %s', (status, state) => {
  expect(stateOf(status)).toBe(state)
  expect(attentionOf(status, null) !== null).toBe(status === 'REPAIRING')
})

test('custom types say what they have', () => {
  expect(customType('n2-custom-4-8192')).toMatchObject({ vcpus: 4, memoryKiB: 8_388_608 })
  expect(customType('custom-2-5120-ext')).toMatchObject({ vcpus: 2, memoryKiB: 5_242_880 })
  expect(customType('e2-medium')).toBeNull()
})

test('references are taken apart, and nothing else is', () => {
  expect(parseRef('acme/europe-west1-b/web-1/29')).toEqual({ project: 'acme', zone: 'europe-west1-b', name: 'web-1', id: '29' })
  for (const ref of ['', 'a/b/c', 'a/b/c/d/e', '00000000-1111-4222-8333-444444444444']) {
    expect(() => parseRef(ref)).toThrow(expect.objectContaining({ kind: 'not-found' }))
  }
  expect(zonalDisk('projects/a/zones/z/disks/d')).toEqual({ project: 'a', zone: 'z', disk: 'd' })
  expect(zonalDisk('projects/a/regions/r/disks/d')).toBeNull()
})
