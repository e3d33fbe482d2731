import type { CloudFacts, Connection, Host, Machine } from '../../../shared/model/index.ts'
import { connection, cloudFacts as factsOf, host, machine } from './fleet-fixture.ts'

/** Of a machine that is reached from outside. */
export function cloudFacts(change: Partial<CloudFacts> = {}): CloudFacts {
  return factsOf({
    id: 'i-0abc',
    region: 'eu-central-1',
    zone: 'eu-central-1b',
    keyName: 'ops',
    groups: [{ id: 'sg-1', name: 'web' }],
    publicAddresses: ['203.0.113.7'],
    ...change,
  })
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
