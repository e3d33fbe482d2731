import { type TransferPlan, transferSpecSchema } from '../../../../shared/model/index.ts'
import { FakeClock } from '../../testing/fake-clock.ts'
import type { LookOutPorts } from '../images/look-out-of-cloud.ts'
import { planTransfer } from '../plan-transfer.ts'

const SIGNAL = new AbortController().signal
export const GIB = 1_073_741_824

const CONNECTIONS = { c1: 'libvirt', c2: 'aws', c3: 'azure', c4: 'gcp', c5: 'simulated' }
const HOSTS = [
  { id: 'c1.h.kvm', connectionId: 'c1', name: 'kvm-01', kind: 'hypervisor', nativeRef: 'kvm' },
  { id: 'c2.h.eu', connectionId: 'c2', name: 'eu-central-1', kind: 'region', nativeRef: 'eu-central-1' },
  { id: 'c3.h.sub', connectionId: 'c3', name: 'Production', kind: 'subscription', nativeRef: 'sub' },
  { id: 'c4.h.prj', connectionId: 'c4', name: 'shop-prod', kind: 'project', nativeRef: 'shop-prod' },
  { id: 'c5.h.sim', connectionId: 'c5', name: 'demo-01', kind: 'hypervisor', nativeRef: 'sim' },
]
/** As the host's builder of machines tells of it; its file is found by its place. */
export const DISK = {
  target: 'vda',
  path: "/srv/it's here/web.qcow2",
  place: { pool: 'default', volume: 'web.qcow2' },
  format: 'qcow2',
  capacityBytes: 20 * GIB,
  allocationBytes: 3 * GIB,
  copied: true,
}

export interface Wish {
  readonly to: string
  readonly machine?: object
  readonly disks?: ReadonlyArray<typeof DISK>
  readonly firmware?: 'bios' | 'uefi'
  readonly region?: string
  readonly isLinked?: boolean
}

/** The plan of a machine of `kvm-01`, or of whatever it is made out to be. */
export function plan({ to, machine = {}, disks = [DISK], firmware = 'bios', region, isLinked = true }: Wish): Promise<TransferPlan> {
  const own = {
    id: 'c1.m.web',
    nativeRef: 'web',
    connectionId: 'c1',
    hostId: 'c1.h.kvm',
    name: 'Web & Shop',
    state: 'stopped',
    os: 'Debian 12',
    vcpus: 2,
    memoryKiB: 4_194_304,
    cloud: null,
    ...machine,
  }
  const entities: Record<string, ReadonlyMap<string, object>> = {
    machine: new Map([[own.id, own]]),
    host: new Map(HOSTS.map((host) => [host.id, host])),
    connection: new Map(Object.entries(CONNECTIONS).map(([id, providerId]) => [id, { id, providerId, name: id }])),
  }
  const link = {
    builder: { source: async () => ({ disks, firmware }) },
    volumes: { find: async () => ({ path: disks[0]?.path }) },
  }
  const ports = {
    inventory: { get: (entity: string, id: string) => entities[entity]?.get(id), all: () => [] },
    links: { current: () => (isLinked ? link : undefined), onChange: () => () => {} },
    clock: new FakeClock(),
  } as unknown as LookOutPorts
  return planTransfer(ports, transferSpecSchema.parse({ machineId: own.id, targetHostId: to, region }), SIGNAL)
}
