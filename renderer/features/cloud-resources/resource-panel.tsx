import './cloud-resources.css'
import { Button } from '@patternfly/react-core'
import { useState } from 'react'
import { toWireError } from '../../../shared/errors/index.ts'
import { type CloudResourceKind, type Host, type MachineId, objectId } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useLive } from '../../lib/live/index.ts'
import { useDebounced } from '../../lib/time/use-debounced.ts'
import { Age, EmptyState, Problem, Skeleton, useLate } from '../../ui/index.ts'
import { useResources } from './queries.ts'
import { ResourceTable } from './resource-table.tsx'
import { isUnused, matching, ordered } from './resources.ts'

const REST_MS = 400

export interface ResourcePanelProps {
  readonly place: Host
  readonly kind: CloudResourceKind
  /** It can be asked now. */
  readonly live: boolean
}

/** Everything of one kind that a place has, to read. */
export function ResourcePanel({ place, kind, live }: ResourcePanelProps) {
  const { t, format } = useI18n()
  const [search, setSearch] = useState('')
  const [unusedOnly, setUnusedOnly] = useState(false)
  const rested = useDebounced(search, REST_MS)
  const read = useResources(place.id, kind, rested, live)
  const late = useLate(read.isPending && live)
  const { store } = useLive()
  const all = read.data ?? []
  const userName = (ref: string) => store.get('machine', objectId<MachineId>(place.connectionId, 'm', ref))?.name
  const found = ordered(kind === 'image' ? all : matching(all, search, userName))
  const unused = found.filter(isUnused)
  const shown = unusedOnly ? unused : found
  const title = t(`resource.${kind}`)
  return (
    <section className="resources" aria-label={title}>
      <div className="resources-bar">
        <h2>
          {title} {read.data && <span className="sub num">{format.number(found.length)}</span>}
        </h2>
        <input
          type="search"
          className="text-input"
          placeholder={t(kind === 'image' ? 'resource.search-image' : 'resource.search')}
          aria-label={t('resource.search-in', { what: title })}
          value={search}
          spellCheck={false}
          onChange={(event) => setSearch(event.target.value)}
        />
        {(unused.length > 0 || unusedOnly) && (
          <label className="check-line">
            <input type="checkbox" className="check-input" checked={unusedOnly} onChange={(event) => setUnusedOnly(event.target.checked)} />
            <span>{t('resource.unused-only', { count: unused.length })}</span>
          </label>
        )}
        <span className="grow" />
        {read.data && (
          <span className="sub num">
            {t('machine.read')} <Age atMs={read.dataUpdatedAt} ago />
          </span>
        )}
        <Button variant="link" isInline isDisabled={!live || read.isFetching} onClick={() => void read.refetch()}>
          {t('resource.again')}
        </Button>
      </div>
      {read.data && read.error && (
        <div className="resources-note" role="alert">
          <Problem error={toWireError(read.error)} />
        </div>
      )}
      {read.data ? (
        shown.length > 0 ? (
          <ResourceTable resources={shown} place={place} kind={kind} />
        ) : (
          <Nothing kind={kind} searched={search.trim()} place={place} />
        )
      ) : read.error ? (
        <EmptyState
          title={t('resource.failed', { what: title })}
          actions={
            <Button variant="secondary" isLoading={read.isFetching} onClick={() => void read.refetch()}>
              {t('offline.try-now')}
            </Button>
          }
        >
          <Problem error={toWireError(read.error)} />
        </EmptyState>
      ) : !live ? (
        <EmptyState title={t('resource.not-read', { what: title })}>
          <p>{t('resource.not-live', { name: place.name })}</p>
        </EmptyState>
      ) : (
        late && (
          <div className="rows-waiting">
            <Skeleton width={320} />
            <Skeleton width={460} />
            <Skeleton width={380} />
          </div>
        )
      )}
    </section>
  )
}

function Nothing({ kind, searched, place }: { readonly kind: CloudResourceKind; readonly searched: string; readonly place: Host }) {
  const { t } = useI18n()
  if (searched !== '') {
    return (
      <EmptyState title={t('resource.no-match', { searched })}>
        <p>{t(kind === 'image' ? 'resource.no-match-image' : 'resource.no-match-text')}</p>
      </EmptyState>
    )
  }
  return (
    <EmptyState title={t('resource.none', { what: t(`resource.${kind}`), name: place.name })}>
      {kind === 'key' && place.kind === 'project' && <p>{t('resource.none.gcp-keys')}</p>}
    </EmptyState>
  )
}
