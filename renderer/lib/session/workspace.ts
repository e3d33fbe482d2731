import { create } from 'zustand'
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

/** The workspace that is shown: the chosen one if it (still) exists, else the oldest. Null: there is none. */
export function useWorkspaceId(): string | null {
  const chosen = useChoice((choice) => choice.workspaceId)
  const workspaces = useTable('workspace')
  if (workspaces.some((workspace) => workspace.id === chosen)) return chosen
  const oldest = [...workspaces].sort((a, b) => a.createdAtMs - b.createdAtMs)[0]
  return oldest?.id ?? null
}
