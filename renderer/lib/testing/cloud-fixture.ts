import type { Change, CloudFacts, Connection, Host, Machine } from '../../../shared/model/index.ts'
import { cloudFacts, connection, host, machine, put } from './fleet-fixture.ts'

const LACKS = {
  aws: ['reset', 'suspend', 'resume', 'discardSave', 'setAutostart', 'addDisplay', 'deallocate'],
  azure: ['rename', 'suspend', 'resume', 'reset', 'setAutostart', 'addDisplay'],
  gcp: ['reboot', 'suspend', 'resume', 'discardSave', 'setAutostart', 'rename', 'addDisplay', 'deallocate'],
} as const

const PLACES = { aws: 'us-east-1', azure: 'Production', gcp: 'kestrel-prod' } as const
const KINDS = { aws: 'region', azure: 'subscription', gcp: 'project' } as const
const OWN: Readonly<Record<keyof typeof LACKS, Partial<CloudFacts>>> = {
  aws: {},
  azure: { type: 'Standard_D2s_v5', region: 'westeurope', zone: '2', stopBills: true, hibernates: false },
  gcp: { type: 'n2-standard-4', region: 'europe-west3', zone: 'europe-west3-a' },
}

/** An account of a cloud with one part that is read as one. */
export function account(cloud: keyof typeof LACKS, number: number): readonly Change[] {
  const unsupported = Object.fromEntries(
    LACKS[cloud].map((action) => [action, { code: `${cloud}.no`, text: `${cloud} has no ${action}.` }]),
  )
  const link: Partial<Connection> = { providerId: cloud, name: `${cloud}-acme`, capabilities: { unsupported } }
  const place: Partial<Host> = { kind: KINDS[cloud], name: PLACES[cloud], cpuModel: null, cpus: null }
  return [put('connection', connection(number, link)), put('host', host(number, place))]
}

/** A machine of an account of `account`, with tags of keys and values. */
export function cloudMachine(
  cloud: keyof typeof LACKS,
  number: number,
  onAccount: number,
  change: Partial<Machine> = {},
  facts: Partial<CloudFacts> = {},
): Change {
  const own = { ...cloudFacts({ id: `id-${number}`, ...OWN[cloud] }), ...facts }
  return put(
    'machine',
    machine(number, onAccount, { name: `${cloud}-${number}`, tags: ['env=prod'], autostart: null, cloud: own, ...change }),
  )
}
