import { useCallback } from 'react'
import type { Workspace } from '../../../shared/model/index.ts'
import { useApi } from '../../lib/api/index.ts'
import { useT } from '../../lib/i18n/index.ts'
import { useLive } from '../../lib/live/index.ts'
import { useWorkspaceId } from '../../lib/session/index.ts'

/** Where a new connection goes: the shown workspace unless it is the demo, else the oldest real one, else a new one. */
export function useTargetWorkspace(): () => Promise<Workspace['id']> {
  const api = useApi()
  const t = useT()
  const { store } = useLive()
  const current = useWorkspaceId()
  return useCallback(async () => {
    const real = store.list('workspace').filter((one) => !one.demo)
    const chosen = real.find((one) => one.id === current) ?? [...real].sort((a, b) => a.createdAtMs - b.createdAtMs)[0]
    return chosen?.id ?? (await api.workspaces.create({ name: t('workspace.first-name') })).id
  }, [api, store, current, t])
}
