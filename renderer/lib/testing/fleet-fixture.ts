import type { Change, CloudFacts, Connection, Host, Machine, MachineState, Task, Workspace } from '../../../shared/model/index.ts'

export const WORKSPACE = 'w1' as Workspace['id']

export function workspace(): Workspace {
  return { id: WORKSPACE, name: 'Kestrel Logistics', createdAtMs: 1, demo: false }
}

export function connection(number: number, change: Partial<Connection> = {}): Connection {
  return {
    id: `c${number}` as Connection['id'],
    workspaceId: WORKSPACE,
    providerId: 'libvirt',
    name: `kvm-${String(number).padStart(2, '0')}`,
    config: {},
    revision: 1,
    observedAtMs: 1,
    status: 'online',
    freshness: { state: 'live' },
    error: null,
    nextAttemptAtMs: null,
    lastOnlineAtMs: 1,
    address: `root@10.0.0.${number}`,
    capabilities: { unsupported: {} },
    ...change,
  }
}

export function host(number: number, change: Partial<Host> = {}): Host {
  return {
    id: `c${number}.h.1` as Host['id'],
    connectionId: `c${number}` as Host['connectionId'],
    nativeRef: '1',
    revision: 1,
    observedAtMs: Date.now(),
    freshness: { state: 'live' },
    name: `kvm-${String(number).padStart(2, '0')}`,
    kind: 'hypervisor',
    account: null,
    hypervisor: 'QEMU/KVM',
    versions: [{ name: 'libvirt', version: '11.2.0' }],
    cpuModel: 'Icelake-Server',
    cpus: 64,
    sockets: 2,
    coresPerSocket: 16,
    threadsPerCore: 2,
    cpuMhz: 2_400,
    memoryKiB: 256 * 1_048_576,
    memoryFreeKiB: 100 * 1_048_576,
    cpuPercent: 40,
    ...change,
  }
}

export function machine(number: number, onHost: number, change: Partial<Machine> = {}): Machine {
  const state: MachineState = change.state ?? 'running'
  return {
    id: `c${onHost}.m.${number}` as Machine['id'],
    connectionId: `c${onHost}` as Machine['connectionId'],
    hostId: `c${onHost}.h.1` as Machine['hostId'],
    nativeRef: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    revision: 1,
    observedAtMs: Date.now(),
    name: `web-${number}`,
    state,
    nativeState: state,
    title: null,
    description: null,
    tags: ['prod'],
    notes: null,
    vcpus: 4,
    memoryKiB: 8 * 1_048_576,
    maxMemoryKiB: 8 * 1_048_576,
    os: 'Debian 13',
    addresses: [`10.40.${onHost}.${number % 250}`],
    networkIds: [],
    autostart: true,
    persistent: true,
    hasManagedSave: false,
    agent: 'connected',
    startedAtMs: 1,
    template: null,
    cloud: null,
    attention: null,
    metrics:
      state === 'running'
        ? {
            atMs: number,
            cpuPercent: number % 100,
            memoryUsedKiB: 4 * 1_048_576,
            diskReadBytesPerS: 0,
            diskWriteBytesPerS: 0,
            netRxBytesPerS: 0,
            netTxBytesPerS: 0,
          }
        : null,
    ...change,
  }
}

/** What a machine of a cloud has beside the rest: by default one of AWS that runs. */
export function cloudFacts(change: Partial<CloudFacts> = {}): CloudFacts {
  return {
    id: 'i-1',
    type: 'm7i.large',
    region: 'us-east-1',
    zone: 'us-east-1a',
    arch: 'x86_64',
    platform: 'linux',
    image: { id: 'ami-1', name: 'debian-13' },
    purchase: 'on-demand',
    billing: 'compute',
    stopBills: false,
    hibernates: null,
    isProtected: false,
    createdAtMs: 1_760_000_000_000,
    keyName: null,
    groups: [],
    disks: [{ id: 'vol-1', name: 'root', sizeBytes: 20 * 1_073_741_824, type: 'gp3', boot: true }],
    publicAddresses: [],
    ...change,
  }
}

export function task(number: number, change: Partial<Task> = {}): Task {
  return {
    id: `t${number}` as Task['id'],
    parentId: null,
    revision: 1,
    kind: 'machine.start',
    params: {},
    target: null,
    connectionId: null,
    actor: 'maja',
    origin: 'page',
    reason: null,
    state: 'running',
    steps: [],
    progress: { fraction: 0.4, bytesDone: null, bytesTotal: null, bytesPerS: null, note: null },
    createdAtMs: Date.now(),
    startedAtMs: Date.now(),
    endedAtMs: null,
    error: null,
    offers: [],
    undoable: false,
    children: null,
    ...change,
  }
}

type Putable = { readonly id: string; readonly revision?: number }

export function put(entity: Change['entity'], value: Putable): Change {
  return { op: 'put', entity, id: value.id, revision: value.revision ?? 1, value: { ...value } }
}
