import type { AuditRecord, EventRecord, Machine, MachineId, MigrationRecord, Task, TaskId, Workspace } from '../../../shared/model/index.ts'
import type { NewDefinitionVersion } from '../store.ts'

export function sampleMachine(id: string, more: Partial<Machine> = {}): Machine {
  const known = { id, connectionId: 'c1', hostId: 'c1.h.x', nativeRef: id, revision: 1, observedAtMs: 1_000, name: id }
  return {
    ...known,
    state: 'running',
    nativeState: 'running (booted)',
    title: null,
    description: 'Grüße, “日本” 🦀',
    tags: ['prod', 'a b'],
    notes: null,
    vcpus: 2,
    memoryKiB: 2_097_152,
    maxMemoryKiB: 4_194_304,
    os: null,
    addresses: ['192.0.2.7'],
    networkIds: [],
    autostart: true,
    persistent: true,
    hasManagedSave: false,
    agent: null,
    startedAtMs: 900,
    attention: null,
    metrics: null,
    ...more,
  } as Machine
}

export function sampleWorkspace(id: string): Workspace {
  return { id, name: `Workspace ${id}`, createdAtMs: 5, demo: false } as Workspace
}

export function sampleTask(id: string, more: Partial<Task> = {}): Task {
  return {
    id: id as TaskId,
    parentId: null,
    revision: 1,
    kind: 'machine.start',
    params: {},
    target: { entity: 'machine', id: 'm1', name: 'web' },
    connectionId: 'c1',
    actor: 'ada',
    origin: 'page',
    reason: null,
    state: 'queued',
    steps: [],
    progress: { fraction: 0, bytesDone: null, bytesTotal: null, bytesPerS: null, note: null },
    createdAtMs: 100,
    startedAtMs: null,
    endedAtMs: null,
    error: null,
    offers: [],
    undoable: false,
    children: null,
    ...more,
  }
}

export function sampleEvent(id: number, more: Partial<EventRecord> = {}): EventRecord {
  return {
    id,
    atMs: id * 1_000,
    severity: 'info',
    code: 'machine.started',
    params: { name: 'web' },
    text: 'web started',
    source: 'provider',
    actor: null,
    connectionId: 'c1',
    hostId: null,
    machineId: 'm1',
    taskId: null,
    objectName: 'web',
    ...more,
  }
}

export function sampleAudit(seq: number): AuditRecord {
  const said = { actor: 'ada', origin: 'cli', method: 'machines.act', input: { ids: ['m1'] }, outcome: 'ok' as const, errorCode: null }
  return { seq, atMs: seq, ...said, prevHash: `p${seq}`, hash: `h${seq}` }
}

export function sampleDefinition(more: Partial<NewDefinitionVersion> = {}): NewDefinitionVersion {
  const said = { atMs: 1, actor: 'ada', origin: 'page', taskId: null, edit: 'setMemory', definition: 'kept' as const }
  return { machineId: 'm1' as MachineId, xml: '<domain/>', ...said, ...more }
}

export function sampleMigration(taskId: string, more: Partial<MigrationRecord> = {}): MigrationRecord {
  return {
    taskId: taskId as TaskId,
    machineId: 'c1.m.web',
    machineName: 'web',
    sourceHostId: 'c1.h.host',
    targetHostId: 'c2.h.host',
    endedAtMs: 1_000,
    mode: 'live',
    control: 'client',
    outcome: 'moved',
    predicted: null,
    actual: { totalMs: 2_000, downtimeMs: 80, dataBytes: 50_000_000, memoryBytesPerS: 90_000_000, passes: 3 },
    ...more,
  } as MigrationRecord
}
