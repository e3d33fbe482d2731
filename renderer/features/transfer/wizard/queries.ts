import { useMemo, useState } from 'react'
import type { AppError } from '../../../../shared/errors/index.ts'
import { type Host, isCloudId, type Machine, type TransferPlan, type TransferSpec } from '../../../../shared/model/index.ts'
import { useApiQuery } from '../../../lib/api/index.ts'
import { compareNames } from '../../../lib/i18n/index.ts'
import { useTable } from '../../../lib/live/index.ts'
import { useDebounced } from '../../../lib/time/use-debounced.ts'

const REST_MS = 300

/** A host, or a place of a cloud, that the machine could go to. */
export interface Target {
  readonly host: Host
  readonly providerId: string
  readonly connection: string
  readonly isCloud: boolean
  readonly isLive: boolean
}

/** Every other host and every place of a cloud of the machine's workspace: hosts first, by their names. */
export function useTargets(machine: Machine): readonly Target[] {
  const connections = useTable('connection')
  const hosts = useTable('host')
  return useMemo(() => {
    const byId = new Map(connections.map((one) => [one.id as string, one]))
    const workspaceId = byId.get(machine.connectionId)?.workspaceId
    return hosts
      .flatMap((host): Target[] => {
        const connection = byId.get(host.connectionId)
        if (host.id === machine.hostId || !connection || connection.workspaceId !== workspaceId) return []
        const { providerId, name } = connection
        const isLive = connection.freshness.state === 'live' && host.freshness.state === 'live'
        return [{ host, providerId, connection: name, isCloud: isCloudId(providerId), isLive }]
      })
      .toSorted((a, b) => Number(a.isCloud) - Number(b.isCloud) || compareNames(a.host.name, b.host.name))
  }, [connections, hosts, machine.connectionId, machine.hostId])
}

/** The plan as far as it is known. */
export interface Planned {
  readonly plan: TransferPlan | null
  readonly error: AppError | null
  /** What is shown is of another wish, or of before; or nothing is shown yet. */
  readonly pending: boolean
  readonly again: () => Promise<unknown>
}

/** Asks for the ways when choosing rests. The answer before stays to be seen until the next, as long as the target is the same. */
export function usePlan(spec: TransferSpec | null, state: Machine['state']): Planned {
  const text = JSON.stringify(spec)
  const rested = useDebounced(text, REST_MS)
  const asked = useMemo(() => JSON.parse(rested) as TransferSpec | null, [rested])
  const [kept, setKept] = useState<TransferPlan | null>(null)
  // the state is part of what is judged: another one and it is looked at anew
  const { data, error, isFetching, isPending, refetch } = useApiQuery(
    'transfers.plan',
    { spec: asked, state },
    (api, signal) => api.transfers.plan({ spec: asked as TransferSpec }, { signal }),
    { staleMs: 0, enabled: asked !== null },
  )
  if (data && data !== kept) setKept(data)
  const plan = data ?? kept
  return {
    plan: plan !== null && plan.target.hostId === spec?.targetHostId ? plan : null,
    error: asked?.targetHostId === spec?.targetHostId ? error : null,
    pending: spec !== null && (rested !== text || isFetching || isPending),
    again: refetch,
  }
}
