import type { MigrationFinding, MigrationPrediction, MigrationRecord, MigrationSpec, Preflight } from '../../../../../shared/model/index.ts'
import { FakeEngine } from '../../../../lib/testing/fake-engine.ts'
import { connection, host, machine, put, workspace } from '../../../../lib/testing/fleet-fixture.ts'

export const MACHINE = 'c1.m.1'
export const TARGET = 'c2.h.1'

export function finding(
  id: string,
  severity: MigrationFinding['severity'],
  text: string,
  change: Partial<MigrationFinding> = {},
): MigrationFinding {
  return { id, check: 'pools', severity, reason: { code: `test.${id}`, text }, facts: null, mends: [], ...change }
}

export const POOL_MISSING = finding(
  'pools.missing:vmstore',
  'blocks',
  'kvm-02 has no pool vmstore. The disk vda would have nowhere to go.',
  {
    facts: 'dir pool, /srv/vmstore',
    mends: [{ label: { code: 'test.create', text: 'Create it there' }, mend: { mend: 'create-pool', pool: 'vmstore' } }],
  },
)
export const CLOCK = finding('clock.apart', 'warns', 'The clock of kvm-02 is 1.8 s ahead.', {
  check: 'clock',
  mends: [{ label: { code: 'test.clock', text: 'Set the clock' }, mend: { mend: 'set-clock', side: 'target' } }],
})
export const PASSED = finding('cpu.there', 'passed', 'CPU model Icelake-Server', { check: 'cpu' })

export function prediction(change: Partial<MigrationPrediction> = {}): MigrationPrediction {
  return {
    madeAtMs: Date.now(),
    totalMs: { low: 41_000, likely: 50_000, high: 58_000 },
    downtimeMs: { low: 90, likely: 150, high: 240 },
    dataBytes: { low: 8e9, likely: 9.4e9, high: 11e9 },
    memoryBytes: 8.1e9,
    diskBytes: 1.3e9,
    passes: 3,
    converges: true,
    waysOut: [],
    dirtyBytesPerS: 78e6,
    bandwidthBytesPerS: 228e6,
    bandwidthFrom: 'measured',
    learnedFrom: { pair: 7, all: 30 },
    ...change,
  }
}

export function preflightOf(spec: MigrationSpec, findings: readonly MigrationFinding[], change: Partial<Preflight> = {}): Preflight {
  return {
    spec: {
      ...spec,
      disks: spec.disks.length > 0 ? spec.disks : [{ target: 'vda', how: 'copy', pool: 'vmstore', volume: 'web-1.qcow2' }],
      nics: spec.nics.length > 0 ? spec.nics : [{ mac: '52:54:00:00:00:01', on: { kind: 'network', name: 'prod' } }],
    },
    findings: [...findings],
    prediction: prediction(),
    takes: [],
    source: { hostId: 'c1.h.1' as Preflight['source']['hostId'], name: 'kvm-01', memoryFreeKiB: 100 * 1_048_576 },
    target: { hostId: TARGET as Preflight['target']['hostId'], name: 'kvm-02', memoryFreeKiB: 100 * 1_048_576 },
    checkedAtMs: Date.now(),
    ...change,
  }
}

export function record(number: number, error: number): MigrationRecord {
  return {
    taskId: `t${number}` as MigrationRecord['taskId'],
    machineId: MACHINE as MigrationRecord['machineId'],
    machineName: 'web-1',
    sourceHostId: 'c1.h.1' as MigrationRecord['sourceHostId'],
    targetHostId: TARGET as MigrationRecord['targetHostId'],
    endedAtMs: number,
    mode: 'live',
    control: 'client',
    outcome: 'moved',
    predicted: prediction(),
    actual: { totalMs: 50_000 * (1 + error), downtimeMs: 120, dataBytes: 9e9, memoryBytesPerS: 2e8, passes: 3 },
  }
}

/** Two machines on kvm-01, and kvm-02 and kvm-03 to move to. `findings` is what a look finds at that moment. */
export function migrateEngine(findings: () => readonly MigrationFinding[] = () => [PASSED]): FakeEngine {
  const engine = new FakeEngine([
    put('workspace', workspace()),
    put('connection', connection(1)),
    put('connection', connection(2)),
    put('connection', connection(3)),
    put('host', host(1)),
    put('host', host(2)),
    put('host', host(3)),
    put('machine', machine(1, 1)),
    put('machine', machine(2, 1)),
  ])
  engine.answer('migrations.targets', () =>
    [1, 2, 3].map((number) => ({
      hostId: `c${number}.h.1`,
      name: `kvm-0${number}`,
      reason: number === 1 ? { code: 'migration.target.same-host', text: 'It runs here already.' } : null,
      memoryFreeKiB: number === 3 ? 1_048_576 : 100 * 1_048_576,
      cpuPercent: 40,
    })),
  )
  engine.answer('migrations.preflight', ({ spec }: { spec: MigrationSpec }) => preflightOf(spec, findings()))
  engine.answer('migrations.records', () => [record(1, 0.05), record(2, -0.1), record(3, 0.02)])
  engine.answer('migrations.mended', () => [])
  engine.answer('machines.detail', () => ({ hardware: { devices: [] } }))
  return engine
}
