import type { CloudFacts, Connection, Host, Machine } from '../../../shared/model/index.ts'
import { connection, host, machine } from './fleet-fixture.ts'

export function cloudFacts(change: Partial<CloudFacts> = {}): CloudFacts {
  return {
    id: 'i-0abc',
    type: 'm7i.large',
    region: 'eu-central-1',
    zone: 'eu-central-1b',
    arch: 'x86_64',
    platform: 'linux',
    image: { id: 'ami-1', name: 'debian-13' },
    purchase: 'on-demand',
    billing: 'compute',
    stopBills: false,
    isProtected: false,
    createdAtMs: Date.UTC(2026, 9, 1, 8),
    keyName: 'ops',
    groups: [{ id: 'sg-1', name: 'web' }],
    disks: [{ id: 'vol-1', name: 'root (/dev/xvda)', sizeBytes: 8 * 1_073_741_824, type: 'gp3', boot: true }],
    publicAddresses: ['203.0.113.7'],
    ...change,
  }
}

/** An account of AWS. */
export function account(number: number, change: Partial<Connection> = {}): Connection {
  return connection(number, { providerId: 'aws', name: 'aws-logistics', address: '123456789012', ...change })
}

/** One of its regions, with the id that the fixture's machines have for their host. */
export function place(number: number, change: Partial<Host> = {}): Host {
  const unknown = { cpuModel: null, cpus: null, sockets: null, coresPerSocket: null, threadsPerCore: null, cpuMhz: null }
  return host(number, {
    kind: 'region',
    nativeRef: 'eu-central-1',
    name: 'eu-central-1',
    hypervisor: 'AWS',
    versions: [],
    ...unknown,
    memoryKiB: null,
    memoryFreeKiB: null,
    cpuPercent: null,
    ...change,
  })
}

/** A machine of that region. */
export function cloudMachine(number: number, ofAccount: number, change: Partial<Machine> = {}): Machine {
  return machine(number, ofAccount, {
    nativeRef: `eu-central-1/i-${number}`,
    tags: ['env=prod'],
    os: 'Linux/UNIX',
    addresses: ['203.0.113.7', '172.30.2.87'],
    autostart: null,
    agent: null,
    cloud: cloudFacts(),
    ...change,
  })
}
