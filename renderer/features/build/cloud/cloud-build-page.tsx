import '../build.css'
import './cloud-build.css'
import { useMemo, useState } from 'react'
import { useSearchParams } from 'react-router'
import type { HostId } from '../../../../shared/model/index.ts'
import { isCloudId } from '../../../../shared/model/index.ts'
import { compareNames, useI18n } from '../../../lib/i18n/index.ts'
import { useLivePhase, useTable } from '../../../lib/live/index.ts'
import { isPlace } from '../../../lib/machine/index.ts'
import { useWorkspaceId } from '../../../lib/session/index.ts'
import { EmptyState, useLate } from '../../../ui/index.ts'
import { Waiting } from '../build-states.tsx'
import { useDrafts } from '../drafts.ts'
import { CloudForm } from './cloud-form.tsx'

/** `/cloud-build?host=…`: a new machine in a region, a subscription or a project. */
export function CloudBuildPage() {
  const { t } = useI18n()
  const [search] = useSearchParams()
  const phase = useLivePhase()
  const workspaceId = useWorkspaceId()
  const connections = useTable('connection')
  const hosts = useTable('host')
  const [chosen, setChosen] = useState<HostId | null>(null)
  const kept = useDrafts((state) => state.cloud?.hostId ?? null)
  const asked = chosen ?? search.get('host')
  const accounts = useMemo(
    () =>
      new Map(
        connections.filter((one) => one.workspaceId === workspaceId && isCloudId(one.providerId)).map((one) => [one.id as string, one]),
      ),
    [connections, workspaceId],
  )
  const places = hosts.filter((host) => isPlace(host) && accounts.has(host.connectionId)).toSorted((a, b) => compareNames(a.name, b.name))
  const usable = places.filter((host) => accounts.get(host.connectionId)?.freshness.state === 'live' && host.freshness.state === 'live')
  const place = places.find(({ id }) => id === asked) ?? (asked === null ? (usable.find(({ id }) => id === kept) ?? usable[0]) : undefined)
  const account = place && accounts.get(place.connectionId)
  const late = useLate(phase !== 'ready')
  if (phase !== 'ready') return late ? <Waiting /> : null
  if (!place || !account || !isCloudId(account.providerId)) {
    return (
      <EmptyState title={t(asked === null ? 'cloud-build.no-place' : 'cloud-build.unknown-place')}>
        <p>{t('cloud-build.no-place-text')}</p>
      </EmptyState>
    )
  }
  return (
    <CloudForm
      cloud={account.providerId}
      place={place}
      account={account}
      // one that cannot be read takes no machine; the chosen one stays to be seen, with why
      places={places.filter((one) => usable.includes(one) || one.id === place.id)}
      accountOf={(one) => accounts.get(one.connectionId)?.name ?? ''}
      onPlace={setChosen}
    />
  )
}
