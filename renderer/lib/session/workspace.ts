import { create } from 'zustand'
import type { Connection } from '../../../shared/model/index.ts'
import { useEngineLinkState } from '../api/index.ts'
import { useTable } from '../live/index.ts'

const REMEMBERED = 'novacron.workspace'

interface Choice {
  readonly workspaceId: string | null
}

function remembered(): string | null {
  try {
    return localStorage.getItem(REMEMBERED)
  } catch {
    return null
  }
}

const useChoice = create<Choice>(() => ({ workspaceId: remembered() }))

/** Makes a workspace the one that is shown, here and at the next start. */
export function rememberWorkspace(workspaceId: string): void {
  useChoice.setState({ workspaceId })
  try {
    localStorage.setItem(REMEMBERED, workspaceId)
  } catch {
    // Private mode: it holds for this page.
  }
}

/** The workspace that is shown: the chosen one if it (still) exists, else the oldest with connections. Null: there is none. */
export function useWorkspaceId(): string | null {
  const chosen = useChoice((choice) => choice.workspaceId)
  const workspaces = useTable('workspace')
  const connections = useTable('connection')
  if (workspaces.some((workspace) => workspace.id === chosen)) return chosen
  const byAge = [...workspaces].sort((a, b) => a.createdAtMs - b.createdAtMs)
  const inUse = byAge.find((workspace) => connections.some((one) => one.workspaceId === workspace.id))
  return (inUse ?? byAge[0])?.id ?? null
}

/** Down, and not just on its way up for the first time: the start of the page is no alarm. */
function isDown(connection: Connection): boolean {
  return connection.freshness.state !== 'live' && (connection.status === 'offline' || connection.status === 'needs-attention')
}

/** Nothing of the workspace can be reached: one banner says so, and the rows stay calm. */
export function useOffline(): boolean {
  const engine = useEngineLinkState()
  const workspaceId = useWorkspaceId()
  const connections = useTable('connection').filter((one) => one.workspaceId === workspaceId && one.status !== 'disabled')
  return engine.state === 'lost' || (connections.length > 0 && connections.every(isDown))
}
