import './build.css'
import { useState } from 'react'
import { useSearchParams } from 'react-router'
import type { BuildOptions, HostId } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useLivePhase, useTable } from '../../lib/live/index.ts'
import { useWorkspaceId } from '../../lib/session/index.ts'
import { EmptyState, useLate } from '../../ui/index.ts'
import { NotReadable, Waiting } from './build-states.tsx'
import { CloneMachine } from './clone-page.tsx'
import { useDrafts } from './drafts.ts'
import { NewForm } from './new-form.tsx'
import { useBuildOptions, useCatalogue } from './queries.ts'

/** `/build?host=…`: new machines; `/build?from=…`: machines from one that is there, or from a template. */
export function BuildPage() {
  const [search] = useSearchParams()
  const from = search.get('from')
  return from === null ? <NewMachine asked={search.get('host')} /> : <CloneMachine key={from} machineId={from} />
}

function NewMachine({ asked }: { readonly asked: string | null }) {
  const { t } = useI18n()
  const phase = useLivePhase()
  const usual = useUsualHost()
  const [chosen, setChosen] = useState<HostId | null>(null)
  const kept = useDrafts((state) => state.made?.draft.hostId ?? null)
  // Decided once: news of the fleet must not move the form to another host.
  const [first, setFirst] = useState<string | null>(asked ?? kept)
  if (first === null && usual !== null) setFirst(usual)
  const hostId = chosen ?? first
  const options = useBuildOptions(hostId)
  const catalogue = useCatalogue()
  const [shown, setShown] = useState<BuildOptions | null>(null)
  if (options.data && options.data !== shown) setShown(options.data)
  const late = useLate(!shown || !catalogue.data)
  if (hostId === null) {
    if (phase !== 'ready') return late ? <Waiting /> : null
    return (
      <EmptyState title={t('build.no-host')}>
        <p>{t('build.no-host-text')}</p>
      </EmptyState>
    )
  }
  const error = options.error ?? catalogue.error
  if (error && (!shown || !catalogue.data)) {
    return <NotReadable error={error} onAgain={() => void Promise.all([options.refetch(), catalogue.refetch()])} />
  }
  if (!shown || !catalogue.data) return late ? <Waiting /> : null
  const { systems } = catalogue.data
  return <NewForm options={shown} systems={systems} hostId={hostId as HostId} hostError={options.error} onHost={setChosen} />
}

/** The host that can be reached and has the most memory left. */
function useUsualHost(): string | null {
  const workspaceId = useWorkspaceId()
  const connections = useTable('connection')
  const hosts = useTable('host')
  const live = new Set(connections.filter((one) => one.workspaceId === workspaceId && one.freshness.state === 'live').map((one) => one.id))
  const [best] = hosts.filter((host) => live.has(host.connectionId)).toSorted((a, b) => (b.memoryFreeKiB ?? 0) - (a.memoryFreeKiB ?? 0))
  return best?.id ?? null
}
