import './build.css'
import { useSearchParams } from 'react-router'
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
  if (from !== null) return <CloneMachine key={from} machineId={from} />
  const [pool, volume] = [search.get('pool'), search.get('volume')]
  const disk = pool !== null && volume !== null ? { pool, volume } : null
  return (
    <HostGate asked={search.get('host')} kept={kept}>
      {(chosen) => <NewForm {...chosen} disk={disk} />}
    </HostGate>
  )
}
