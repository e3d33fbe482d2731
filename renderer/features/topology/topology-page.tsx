import './topology.css'
import { Button } from '@patternfly/react-core'
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { Link, useSearchParams } from 'react-router'
import type { Host, HostId } from '../../../shared/model/index.ts'
import { useApi, useEngineLinkState } from '../../lib/api/index.ts'
import { type I18n, useI18n } from '../../lib/i18n/index.ts'
import { useLivePhase } from '../../lib/live/index.ts'
import { paths } from '../../lib/paths.ts'
import { useDebounced } from '../../lib/time/use-debounced.ts'
import { Banner, EmptyState, PageHead } from '../../ui/index.ts'
import { useHosts } from '../networks/index.ts'
import { ListView } from './list-view.tsx'
import { MapCanvas } from './map-canvas.tsx'
import { buildScene, type SceneHost, type Spot } from './scene.ts'
import { SidePanel } from './side-panel.tsx'
import { TopologyReader } from './topology-reader.ts'
import { litSentence } from './words.ts'

const SEARCH_MS = 150
const LOOK_MS = 5_000
const RATE_MS = 3_000
/** As few hosts as these are open from the start. */
const FEW = 3

/** How cards, networks, bridges and wires of all hosts hang together. */
export function TopologyPage() {
  const { t } = useI18n()
  const phase = useLivePhase()
  const hosts = useHosts()
  if (hosts.length > 0) return <Topology hosts={hosts} />
  return (
    <>
      <PageHead title={t('topology.title')} />
      {phase === 'ready' && (
        <EmptyState title={t('topology.no-hosts')}>
          <p>
            {t('topology.no-hosts-text')} <Link to={paths.addHost()}>{t('topology.add-host')}</Link>
          </p>
        </EmptyState>
      )}
    </>
  )
}

function Topology({ hosts }: { readonly hosts: readonly Host[] }) {
  const { t, format } = useI18n()
  const i18n = useI18n()
  const { state } = useEngineLinkState()
  const [params, setParams] = useSearchParams()
  const asked = params.get('host')
  const view = params.get('view') === 'list' ? 'list' : 'map'
  const [openIds, setOpenIds] = useState<ReadonlySet<string>>(() => initiallyOpen(hosts, asked))
  const [search, setSearch] = useState('')
  const rested = useDebounced(search, SEARCH_MS)
  const [selected, setSelected] = useState<Spot | null>(null)
  const [goTo, setGoTo] = useState<Spot | null>(asked === null ? null : { hostId: asked, at: null })
  const [seen, setSeen] = useState<readonly string[]>([])
  const reader = useReader()
  const version = useSyncExternalStore(reader.subscribe, reader.version)
  const rates = useSyncExternalStore(reader.subscribe, reader.rates)

  const ids = useMemo(() => hosts.map(({ id }) => id), [hosts])
  const first = useMemo(
    () => [...new Set([...(asked === null ? [] : [asked]), ...seen])].filter((id): id is HostId => ids.some((each) => each === id)),
    [asked, seen, ids],
  )
  const scene = useMemo(() => {
    // version: pictures come into the reader, which stays the same
    const known = (id: string) => (version < 0 ? null : reader.get(id))
    const list = hosts.map(({ id, name }): SceneHost => ({ id, name, topology: known(id) }))
    return buildScene(list, openIds, rested)
  }, [hosts, openIds, rested, reader, version])

  const rated = useMemo(() => {
    const open = new Set(scene.blocks.filter(({ layout }) => layout !== null).map(({ host }) => host.id))
    const wanted = selected === null ? first : [selected.hostId, ...first]
    return [...new Set(wanted)].filter((id): id is HostId => open.has(id))
  }, [scene, selected, first])
  useLooking(reader, first, ids, rated, state === 'open')
  const chosen = selected && scene.blocks.find(({ host }) => host.id === selected.hostId)?.host
  const count = reader.count
  const select = (spot: Spot | null) => {
    setSelected(spot)
    if (spot) setGoTo(spot)
  }
  useAskedNode(params.get('node'), asked, reader, version, select)
  const missing = missingWords(params, hosts, reader, i18n)
  const toggle = (hostId: string) =>
    setOpenIds((before) => {
      const after = new Set(before)
      if (!after.delete(hostId)) after.add(hostId)
      return after
    })
  const show = (wanted: 'map' | 'list') =>
    setParams(
      (before) => {
        const after = new URLSearchParams(before)
        if (wanted === 'list') after.set('view', 'list')
        else after.delete('view')
        return after
      },
      { replace: true },
    )
  return (
    <>
      <PageHead title={t('topology.title')}>
        <span className="page-bit num sub" role="status">
          {count < hosts.length
            ? t('topology.read-of', { read: format.number(count), total: format.number(hosts.length) })
            : t('topology.hosts', { count: hosts.length, shown: format.number(hosts.length) })}
        </span>
      </PageHead>
      <div className="topo-bar">
        <input
          type="search"
          className="text-input"
          placeholder={t('topology.search')}
          aria-label={t('topology.search')}
          value={search}
          spellCheck={false}
          onChange={(event) => setSearch(event.target.value)}
        />
        <span className="sub num" role="status">
          {rested.trim() !== '' && t('topology.found', { count: scene.matchCount })}
        </span>
        <span className="grow" />
        <Button variant="link" isInline onClick={() => setOpenIds(new Set(ids))}>
          {t('topology.open-all')}
        </Button>
        <Button variant="link" isInline onClick={() => setOpenIds(new Set())}>
          {t('topology.fold-all')}
        </Button>
        <span className="segmented" role="radiogroup" aria-label={t('topology.view')}>
          {(['map', 'list'] as const).map((one) => (
            <button key={one} type="button" role="radio" aria-checked={view === one} onClick={() => show(one)}>
              {t(`topology.view.${one}`)}
            </button>
          ))}
        </span>
      </div>
      {reader.error && (
        <Banner
          tone="warn"
          actions={
            <Button variant="link" isInline onClick={() => reader.again(first.length > 0 ? first : ids)}>
              {t('offline.try-now')}
            </Button>
          }
        >
          <b>{t('topology.failed')}</b> {i18n.error(reader.error)}
        </Banner>
      )}
      <span className="visually-hidden" role="status">
        {chosen?.topology && selected?.at != null && litSentence(chosen.topology, selected.at, i18n)}
      </span>
      {missing !== null && (
        <Banner
          tone="warn"
          actions={
            <Button variant="link" isInline onClick={() => setParams(view === 'list' ? { view } : {}, { replace: true })}>
              {t('topology.show-all')}
            </Button>
          }
        >
          {missing}
        </Banner>
      )}
      <div className="topo">
        <div className="topo-main">
          {scene.blocks.length === 0 ? (
            <EmptyState title={t('topology.nothing', { searched: rested.trim() })}>
              <p>{count < hosts.length ? t('topology.still-reading') : t('topology.nothing-text')}</p>
            </EmptyState>
          ) : view === 'map' ? (
            <>
              <MapCanvas
                scene={scene}
                openIds={openIds}
                selected={selected}
                rates={rates}
                goTo={goTo}
                onSelect={select}
                onToggle={toggle}
                onSeen={setSeen}
              />
              <Legend />
            </>
          ) : (
            <ListView
              scene={scene}
              openIds={openIds}
              isReading={count < hosts.length && reader.error === null}
              onToggle={toggle}
              onSelect={setSelected}
            />
          )}
        </div>
        {chosen?.topology && selected?.at != null && (
          <SidePanel
            topology={chosen.topology}
            hostName={chosen.name}
            at={selected.at}
            rates={rates.get(chosen.id)}
            onSelect={(at) => select({ hostId: chosen.id, at })}
            onClose={() => setSelected(null)}
            onChanged={() => reader.again([chosen.id as HostId])}
          />
        )}
      </div>
    </>
  )
}

function initiallyOpen(hosts: readonly Host[], asked: string | null): ReadonlySet<string> {
  if (asked !== null) return new Set([asked])
  return new Set((hosts.length <= FEW ? hosts : hosts.slice(0, 1)).map(({ id }) => id))
}

/** Why what the address names is not shown; null: it is, or it is still being read. */
function missingWords(params: URLSearchParams, hosts: readonly Host[], reader: TopologyReader, { t }: I18n): string | null {
  const [asked, node] = [params.get('host'), params.get('node')]
  if (asked === null) return null
  const host = hosts.find(({ id }) => id === asked)
  if (!host) return t('topology.missing-host')
  const known = reader.get(asked)
  if (node === null || !known || known.nodes.some(({ id }) => id === node)) return null
  return t('topology.missing-node', { host: host.name })
}

function useReader(): TopologyReader {
  const api = useApi()
  const reader = useMemo(() => new TopologyReader(api.networks), [api])
  useEffect(() => () => reader.close(), [reader])
  return reader
}

/** Reads what is on screen now and then, the rest once, and rates of the open hosts that are looked at. */
function useLooking(
  reader: TopologyReader,
  first: readonly HostId[],
  rest: readonly HostId[],
  rated: readonly HostId[],
  isLinked: boolean,
): void {
  useEffect(() => {
    if (!isLinked) return undefined
    const look = () => document.visibilityState === 'visible' && reader.want(first, rest)
    look()
    const timer = setInterval(look, LOOK_MS)
    return () => clearInterval(timer)
  }, [reader, first, rest, isLinked])
  const ratedKey = rated.join('\n')
  useEffect(() => {
    const hostIds = ratedKey.split('\n').filter((id): id is HostId => id !== '')
    if (!isLinked || hostIds.length === 0) return undefined
    const look = () => {
      if (document.visibilityState === 'visible') void reader.rate(hostIds)
    }
    look()
    const timer = setInterval(look, RATE_MS)
    return () => clearInterval(timer)
  }, [reader, ratedKey, isLinked])
}

/** A node that the address names is selected once it is known. */
function useAskedNode(
  nodeId: string | null,
  hostId: string | null,
  reader: TopologyReader,
  version: number,
  select: (spot: Spot) => void,
): void {
  const done = useRef<string | null>(null)
  useEffect(() => {
    if (nodeId === null || hostId === null || version < 0 || done.current === nodeId) return
    const at = reader.get(hostId)?.nodes.findIndex(({ id }) => id === nodeId) ?? -1
    if (at < 0) return
    done.current = nodeId
    select({ hostId, at })
  }, [nodeId, hostId, reader, version, select])
}

/** What the signs mean. */
function Legend() {
  const { t } = useI18n()
  return (
    <div className="topo-legend" aria-hidden>
      <span>
        <i className="sign up" /> {t('topology.state.up')}
      </span>
      <span>
        <i className="sign down" /> {t('topology.state.down')}
      </span>
      <span>
        <i className="sign unknown" /> {t('topology.state.unknown')}
      </span>
      <span>{t('topology.thickness')}</span>
    </div>
  )
}
