import type { MigrationFinding, TransferPlan, TransferSpec, TransferWayPlan } from '../../../../shared/model/index.ts'
import { FakeEngine } from '../../../lib/testing/fake-engine.ts'
import { connection, host, machine, put, workspace } from '../../../lib/testing/fleet-fixture.ts'

export const MACHINE = 'c1.m.1'
export const say = (code: string, text: string) => ({ code: `test.${code}`, text })

export function way(change: Partial<TransferWayPlan> = {}): TransferWayPlan {
  return { way: 'console', done: 'task', obstacle: null, steps: [], costs: [], differs: [], findings: [], ...change }
}

export function finding(id: string, severity: MigrationFinding['severity'], text: string, change: Partial<MigrationFinding> = {}) {
  return { id, check: 'identity' as const, severity, reason: say(id, text), facts: null, mends: [], ...change }
}

export const KEPT = finding('kept', 'warns', 'It stays here as well.')
export const COPY_STEP = {
  id: 'copy-vda',
  what: say('copy', 'Copy the disk'),
  by: 'console' as const,
  command: null,
  check: null,
  bytes: 1_048_576,
}

export interface Asked {
  readonly spec: TransferSpec
}

/** A machine that is off on kvm-01, two more hosts and a region of an AWS account. `ways`: what a look answers then. */
export function transferEngine(ways: (asked: TransferSpec) => readonly TransferWayPlan[]): FakeEngine {
  const engine = new FakeEngine([
    put('workspace', workspace()),
    put('connection', connection(1)),
    put('connection', connection(2)),
    put('connection', connection(3, { freshness: { state: 'stale', sinceMs: 1, reason: 'gone' } })),
    put('connection', connection(4, { providerId: 'aws', name: 'Kestrel AWS' })),
    put('host', host(1)),
    put('host', host(2)),
    put('host', host(3)),
    put('host', host(4, { name: 'eu-central-1', kind: 'region', nativeRef: 'eu-central-1', memoryFreeKiB: null })),
    put('machine', machine(1, 1, { state: 'stopped' })),
  ])
  engine.answer('transfers.plan', ({ spec }: Asked): TransferPlan => {
    const isCloud = spec.targetHostId === 'c4.h.1'
    const end = (hostId: string, name: string, providerId: string) => ({
      hostId: hostId as TransferSpec['targetHostId'],
      name,
      providerId,
    })
    const filled = {
      ...spec,
      disks:
        spec.disks.length > 0 || isCloud ? spec.disks : [{ target: 'vda', how: 'copy' as const, pool: 'vmstore', volume: 'web-1.qcow2' }],
      nics: spec.nics.length > 0 || isCloud ? spec.nics : [{ mac: '52:54:00:00:00:01', on: { kind: 'network' as const, name: 'prod' } }],
    }
    return {
      spec: filled,
      machine: 'web-1',
      source: end('c1.h.1', 'kvm-01', 'libvirt'),
      target: isCloud ? end('c4.h.1', 'eu-central-1', 'aws') : end(spec.targetHostId, 'kvm-02', 'libvirt'),
      disks: [{ target: 'vda', format: 'qcow2', capacityBytes: 85_899_345_920, allocationBytes: 10_737_418_240 }],
      ways: [...ways(spec)],
      madeAtMs: Date.now(),
    }
  })
  engine.answer('transfers.start', () => ({ taskId: 't1' }))
  engine.answer('transfers.runBook', () => ({ fileName: 'web-1.md', markdown: '# web-1' }))
  engine.answer('migrations.mended', () => [])
  engine.answer('machines.detail', () => ({ hardware: { devices: [] } }))
  engine.answer('clouds.prices', () => ({ version: 1, dated: '2026-01-01', providers: {} }))
  engine.answer('clouds.resources', () => [])
  engine.answer('clouds.types', () =>
    [
      ['t3.micro', 2, 1],
      ['m5.xlarge', 4, 16],
    ].map(([name, vcpus, gib]) => ({
      name,
      vcpus,
      memoryKiB: Number(gib) * 1_048_576,
      arch: 'x86_64',
      family: null,
      gpus: 0,
      reason: null,
    })),
  )
  return engine
}
