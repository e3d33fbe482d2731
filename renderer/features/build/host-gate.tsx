import { type ReactNode, useState } from 'react'
import type { AppError } from '../../../shared/errors/index.ts'
import type { BuildOptions, HostId, OsEntry } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useLivePhase, useTable } from '../../lib/live/index.ts'
import { isPlace } from '../../lib/machine/index.ts'
import { useWorkspaceId } from '../../lib/session/index.ts'
import { EmptyState, useLate } from '../../ui/index.ts'
import { NotReadable, Waiting } from './build-states.tsx'
import { useBuildOptions, useCatalogue } from './queries.ts'

export interface ChosenHost {
  readonly options: BuildOptions
  readonly systems: readonly OsEntry[]
  /** The host that was chosen: its options may be still on their way. */
  readonly hostId: HostId
  /** Why that host's options could not be read: the form stays with the one before. */
  readonly hostError: AppError | null
  readonly onHost: (hostId: HostId) => void
}

export interface HostGateProps {
  /** Named in the address. */
  readonly asked: string | null
  /** Of the form as it was left. */
  readonly kept: HostId | null
  readonly children: (chosen: ChosenHost) => ReactNode
}

/** Whatever is made on a host: chooses one, and shows its form once it is known what that host can do. */
export function HostGate({ asked, kept, children }: HostGateProps) {
  const { t } = useI18n()
  const phase = useLivePhase()
  const usual = useUsualHost()
  const [chosen, setChosen] = useState<HostId | null>(null)
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
  return children({
    options: shown,
    systems: catalogue.data.systems,
    hostId: hostId as HostId,
    hostError: options.error,
    onHost: setChosen,
  })
}

/** The host that can be reached and has the most memory left. */
function useUsualHost(): string | null {
  const workspaceId = useWorkspaceId()
  const connections = useTable('connection')
  const hosts = useTable('host')
  const live = new Set(connections.filter((one) => one.workspaceId === workspaceId && one.freshness.state === 'live').map((one) => one.id))
  const [best] = hosts
    .filter((host) => live.has(host.connectionId) && !isPlace(host))
    .toSorted((a, b) => (b.memoryFreeKiB ?? 0) - (a.memoryFreeKiB ?? 0))
  return best?.id ?? null
}
