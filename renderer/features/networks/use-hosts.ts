import { useMemo } from 'react'
import type { Host } from '../../../shared/model/index.ts'
import { compareNames } from '../../lib/i18n/index.ts'
import { useTable } from '../../lib/live/index.ts'
import { isPlace } from '../../lib/machine/index.ts'
import { useWorkspaceId } from '../../lib/session/index.ts'

/** Hosts of the workspace that have networks of their own, by name. */
export function useHosts(): readonly Host[] {
  const workspaceId = useWorkspaceId()
  const connections = useTable('connection')
  const hosts = useTable('host')
  return useMemo(() => {
    const own = new Set(connections.filter((one) => one.workspaceId === workspaceId).map(({ id }) => id))
    return hosts.filter((host) => own.has(host.connectionId) && !isPlace(host)).sort((a, b) => compareNames(a.name, b.name))
  }, [connections, hosts, workspaceId])
}
