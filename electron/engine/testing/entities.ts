import type { Connection, ConnectionId, Task, TaskId, Workspace, WorkspaceId } from '../../../shared/model/index.ts'

export function aWorkspace(id: string, more: Partial<Workspace> = {}): Workspace {
  return { id: id as WorkspaceId, name: id, createdAtMs: 0, demo: false, ...more }
}

export function aConnection(id: string, more: Partial<Connection> = {}): Connection {
  return {
    id: id as ConnectionId,
    workspaceId: 'w1' as WorkspaceId,
    providerId: 'fake',
    name: id,
    config: { host: id },
    revision: 0,
    observedAtMs: 0,
    status: 'connecting',
    freshness: { state: 'never' },
    error: null,
    nextAttemptAtMs: null,
    lastOnlineAtMs: null,
    address: id,
    capabilities: null,
    ...more,
  }
}

export function aTask(id: string, more: Partial<Task> = {}): Task {
  return {
    id: id as TaskId,
    parentId: null,
    revision: 1,
    kind: 'machine.start',
    params: {},
    target: null,
    connectionId: null,
    actor: 'root',
    origin: 'page',
    reason: null,
    state: 'running',
    steps: [],
    progress: { fraction: 0, bytesDone: null, bytesTotal: null, bytesPerS: null, note: null },
    createdAtMs: 0,
    startedAtMs: null,
    endedAtMs: null,
    error: null,
    offers: [],
    undoable: false,
    children: null,
    ...more,
  }
}
