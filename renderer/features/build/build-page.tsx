import './build.css'
import { Navigate, useSearchParams } from 'react-router'
import { useEntity, useLivePhase, useTable } from '../../lib/live/index.ts'
import { isPlace } from '../../lib/machine/index.ts'
import { paths } from '../../lib/paths.ts'
import { useWorkspaceId } from '../../lib/session/index.ts'
import { CloneMachine } from './clone-page.tsx'
import { useDrafts } from './drafts.ts'
import { HostGate } from './host-gate.tsx'
import { NewForm } from './new-form.tsx'

/**
 * `/build?host=…`: new machines, with `&pool=…&volume=…` on a disk that is there; `/build?from=…`: machines from one that is there, or
 * from a template.
 */
export function BuildPage() {
  const [search] = useSearchParams()
  const kept = useDrafts((state) => state.made?.draft.hostId ?? null)
  const from = search.get('from')
  const cloud = useCloudInstead(search.get('host'))
  if (from !== null) return <CloneMachine key={from} machineId={from} />
  if (cloud !== null) return <Navigate to={cloud} replace />
  const [pool, volume] = [search.get('pool'), search.get('volume')]
  const disk = pool !== null && volume !== null ? { pool, volume } : null
  return (
    <HostGate asked={search.get('host')} kept={kept}>
      {(chosen) => <NewForm {...chosen} disk={disk} />}
    </HostGate>
  )
}

/** Where machines of a cloud are made: the host that is asked for is one of its places, or there are no others. Null: here. */
function useCloudInstead(asked: string | null): string | null {
  const workspaceId = useWorkspaceId()
  const phase = useLivePhase()
  const host = useEntity('host', asked)
  const hosts = useTable('host')
  const connections = useTable('connection')
  if (host) return isPlace(host) ? paths.cloudBuild(host.id) : null
  if (asked !== null || phase !== 'ready') return null
  const here = new Set(connections.filter((one) => one.workspaceId === workspaceId).map(({ id }) => id))
  const own = hosts.filter(({ connectionId }) => here.has(connectionId))
  return own.length > 0 && own.every(isPlace) ? paths.cloudBuild() : null
}
