import { type MigrationPrediction, type MigrationSpecInput, migrationSpecSchema } from '../../../../shared/model/index.ts'
import type { EndFacts, IncomingFacts, OutgoingDisk, OutgoingFacts } from '../../../providers/provider.ts'
import type { Carried } from '../carried.ts'
import { filledWish } from '../fill-wish.ts'
import type { Case } from '../judge/judge.ts'

export const GIB = 1_073_741_824
export const MAC = '52:54:00:00:00:01'

export function anEnd(name: string, address: string, more: Partial<EndFacts> = {}): EndFacts {
  return {
    uuid: `uuid-${name}`,
    hostName: name,
    addresses: [address],
    libvirt: '9.0.0',
    hypervisor: '7.2.0',
    clockOffsetMs: 0,
    clockErrorMs: 5,
    nameResolvesTo: [address],
    timeService: { name: 'chronyd', isActive: true },
    ...more,
  }
}

export function aDisk(target: string, more: Partial<OutgoingDisk> = {}): OutgoingDisk {
  return {
    target,
    device: 'disk',
    type: 'file',
    path: `/images/${target}.qcow2`,
    pool: 'images',
    volume: `${target}.qcow2`,
    format: 'qcow2',
    capacityBytes: 10 * GIB,
    allocationBytes: 2 * GIB,
    isReadOnly: false,
    isShareable: false,
    cache: null,
    backing: [],
    ...more,
  }
}

/** A machine that runs, with one disk and one card. */
export function outgoing(more: Partial<OutgoingFacts> = {}): OutgoingFacts {
  return {
    name: 'web',
    uuid: '5d3c',
    isRunning: true,
    isPaused: false,
    isPersistent: true,
    hasManagedSave: false,
    xml: '<domain/>',
    machineType: 'pc-q35-7.2',
    arch: 'x86_64',
    emulator: '/usr/bin/qemu-system-x86_64',
    vcpus: 2,
    memoryKiB: 4 * 1_048_576,
    residentKiB: 2 * 1_048_576,
    hugePagesKiB: [],
    cpuMode: 'custom',
    cpuModel: 'Skylake-Server',
    firmware: null,
    tpm: null,
    disks: [aDisk('vda')],
    nics: [{ mac: MAC, kind: 'network', network: 'prod', bridge: null, portGroup: null }],
    hostDevices: [],
    snapshots: { internal: 0, external: 0 },
    checkpoints: 0,
    job: null,
    displays: ['127.0.0.1'],
    agentAnswers: true,
    host: anEnd('kvm-1', '10.0.0.1'),
    ...more,
  }
}

/** Its disks go through the console. */
export function carried(more: Partial<Carried> = {}): Carried {
  return { noConversion: null, versions: new Map([['vda', '1-1-1']]), opensFolders: true, ...more }
}

export type TargetPool = IncomingFacts['pools'][number]

export function aPool(name: string, more: Partial<TargetPool> = {}): TargetPool {
  return { name, isActive: true, type: 'dir', path: `/${name}`, availableBytes: 100 * GIB, taken: [], ...more }
}

/** A target that has all of it. */
export function incoming(more: Partial<IncomingFacts> = {}): IncomingFacts {
  return {
    host: anEnd('kvm-2', '10.0.0.2'),
    cpuMissing: [],
    cpuNote: null,
    hasMachineType: true,
    hasEmulator: true,
    hasLoader: null,
    hasTpm: null,
    memoryFreeKiB: 32 * 1_048_576,
    hugePagesFree: new Map(),
    pools: [aPool('images')],
    networks: [{ name: 'prod', isActive: true }],
    bridges: ['br0'],
    paths: new Map([['/images/vda.qcow2', { exists: false, isShared: null, sizeBytes: null }]]),
    uuidTaken: null,
    nameTaken: false,
    ports: { first: 49_152, last: 49_215, used: 0 },
    peerTrust: null,
    peerTrustNote: null,
    ...more,
  }
}

export function aPrediction(more: Partial<MigrationPrediction> = {}): MigrationPrediction {
  const range = { low: 1, likely: 2, high: 3 }
  return {
    madeAtMs: 0,
    totalMs: range,
    downtimeMs: range,
    dataBytes: range,
    memoryBytes: 0,
    diskBytes: 0,
    passes: 2,
    converges: true,
    waysOut: [],
    dirtyBytesPerS: 1_048_576,
    bandwidthBytesPerS: 104_857_600,
    bandwidthFrom: 'measured',
    learnedFrom: { pair: 0, all: 0 },
    ...more,
  }
}

export interface CaseChange {
  readonly wish?: Partial<MigrationSpecInput>
  readonly out?: Partial<OutgoingFacts>
  readonly into?: Partial<IncomingFacts>
  readonly more?: Partial<Case>
}

/** A move about which there is nothing to say against, but for what is changed. */
export function aCase({ wish = {}, out = {}, into = {}, more = {} }: CaseChange = {}): Case {
  const facts = outgoing(out)
  const there = incoming(into)
  const spec = migrationSpecSchema.parse({ machineId: 'c1.m.5d3c', targetHostId: 'c2.h.1', mode: 'live', ...wish })
  return {
    spec: filledWish(spec, facts, there),
    wished: spec,
    out: facts,
    into: there,
    recallsSnapshots: true,
    carried: null,
    sourceName: 'kvm-1',
    targetName: 'kvm-2',
    isSameHost: false,
    busyWith: undefined,
    isTargetInMaintenance: false,
    prediction: aPrediction(),
    measured: { dirtyBytesPerS: 1_048_576, bandwidthBytesPerS: 104_857_600, notes: [], measuredAtMs: 0 },
    writing: { usualBytesPerS: 1_048_576, peak: null },
    sourcePools: new Map([['images', 'dir pool, /images']]),
    sourceNetworks: new Map([['prod', 'nat, 10.1.0.1/24, virbr1']]),
    ...more,
  }
}
