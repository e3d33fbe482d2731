import { useCallback } from 'react'
import { useNavigate } from 'react-router'
import { until, useLive } from '../live/index.ts'
import { paths } from '../paths.ts'
import { rememberWorkspace } from './workspace.ts'

/**
 * Shows the fleet of a workspace that a command has just made, or (`connected`) has just put its first connection in. The stream
 * brings what the command did a moment after its answer: without waiting for it the fleet would take the workspace for empty and
 * lead back to the first steps.
 */
export function useOpenWorkspace(): (workspaceId: string, options?: { readonly connected?: boolean }) => Promise<void> {
  const { store } = useLive()
  const navigate = useNavigate()
  return useCallback(
    async (workspaceId, { connected = false } = {}) => {
      await until(
        store,
        () =>
          store.get('workspace', workspaceId) !== undefined &&
          (!connected || store.list('connection').some((one) => one.workspaceId === workspaceId)),
      )
      rememberWorkspace(workspaceId)
      await navigate(paths.fleet())
    },
    [store, navigate],
  )
}
