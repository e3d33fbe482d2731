import { type MigrationRecord, type MigrationSpec, type MigrationSpecInput, migrationSpecSchema } from '../../../../shared/model/index.ts'
import type { OutgoingDisk, OutgoingFacts } from '../../../providers/provider.ts'

export const MIB = 1_048_576

export function sampleSpec(wish: Partial<MigrationSpecInput> = {}): MigrationSpec {
  return migrationSpecSchema.parse({ machineId: 'c1.m.1', targetHostId: 'c2.h.1', mode: 'live', ...wish })
}

export function sampleOutgoing(more: Partial<OutgoingFacts> = {}): OutgoingFacts {
  const host = { uuid: null, hostName: 'a', addresses: [], libvirt: null, hypervisor: null, clockOffsetMs: null, clockErrorMs: null }
  return {
    name: 'web',
    uuid: '6c2f1e8e-6d5b-4c0a-9d8f-0b6f6f1a2b3c',
    isRunning: true,
    isPaused: false,
    isPersistent: true,
    hasManagedSave: false,
    xml: '<domain/>',
    machineType: 'q35',
    arch: 'x86_64',
    emulator: null,
    vcpus: 2,
    memoryKiB: 1_048_576,
    // 512 MiB of the guest, and the process itself
    residentKiB: 589_824,
    hugePagesKiB: [],
    cpuMode: null,
    cpuModel: null,
    firmware: null,
    tpm: null,
    disks: [],
    nics: [],
    hostDevices: [],
    snapshots: { internal: 0, external: 0 },
    checkpoints: 0,
    job: null,
    displays: [],
    agentAnswers: null,
    host: { ...host, nameResolvesTo: null, timeService: null },
    ...more,
  }
}

export function sampleDisk(more: Partial<OutgoingDisk> = {}): OutgoingDisk {
  const place = { path: '/pool/web.qcow2', pool: 'default', volume: 'web.qcow2', format: 'qcow2' }
  const sizes = { capacityBytes: 1_024 * MIB, allocationBytes: 200 * MIB }
  const flags = { isReadOnly: false, isShareable: false, cache: null, backing: [] }
  return { target: 'vda', device: 'disk', type: 'file', ...place, ...sizes, ...flags, ...more }
}

type Actual = MigrationRecord['actual']
type Predicted = NonNullable<MigrationRecord['predicted']>

/** A move of 512 MiB at 100 MiB/s that was foretold as it went, but for what the test says. */
export function sampleRecord(
  n: number,
  actual: Partial<Actual> = {},
  more: Partial<Omit<MigrationRecord, 'actual' | 'predicted'>> = {},
  predicted: Partial<Predicted> = {},
): MigrationRecord {
  const exact = (value: number) => ({ low: value, likely: value, high: value })
  return {
    taskId: `t${n}`,
    machineId: 'c1.m.1',
    machineName: 'web',
    sourceHostId: 'c1.h.1',
    targetHostId: 'c2.h.1',
    endedAtMs: n,
    mode: 'live',
    control: 'client',
    outcome: 'moved',
    predicted: {
      madeAtMs: 0,
      totalMs: exact(7_120),
      downtimeMs: exact(370),
      dataBytes: exact(512 * MIB),
      memoryBytes: 512 * MIB,
      diskBytes: 0,
      passes: 2,
      converges: true,
      waysOut: [],
      dirtyBytesPerS: 0,
      bandwidthBytesPerS: 100 * MIB,
      bandwidthFrom: 'measured',
      learnedFrom: { pair: 0, all: 0 },
      model: {
        memoryBytes: 512 * MIB,
        againBytes: 0,
        diskBytes: 0,
        linkBytesPerS: 100 * MIB,
        memoryMs: 5_120,
        diskMs: 0,
        stopMs: 250,
      },
      ...predicted,
    },
    actual: { totalMs: 7_120, downtimeMs: 370, dataBytes: 512 * MIB, memoryBytesPerS: 100 * MIB, passes: 2, ...actual },
    ...more,
  } as MigrationRecord
}
