import './machine.css'
import { useEffect, useRef, useState } from 'react'
import { useNavigate, useSearchParams } from 'react-router'
import type { Machine, MachineId } from '../../../shared/model/index.ts'
import { useApi, useApiQuery, useEngineLinkState } from '../../lib/api/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useIdParam } from '../../lib/id-param.ts'
import { useEntity, useLivePhase, useMachineScene, useTable } from '../../lib/live/index.ts'
import { unseenText, useMovedMachine } from '../../lib/machine/index.ts'
import { paths } from '../../lib/paths.ts'
import { useNowMs } from '../../lib/time/ticker.ts'
import { Banner, EmptyState, Skeleton, useLate } from '../../ui/index.ts'
import { CloudGuestTab } from '../cloud-machine/index.ts'
import { EventsPanel } from '../events/index.ts'
import { HardwareEditor } from '../hardware/index.ts'
import { MoveBanner } from '../migration/index.ts'
import { SnapshotsTab } from '../snapshots/index.ts'
import { TasksPanel } from '../tasks/index.ts'
import { GuestTab } from './guest-tab.tsx'
import { HardwareTab } from './hardware-tab.tsx'
import { MachineHead } from './machine-head.tsx'
import { MachineTabs, PANELS } from './machine-tabs.tsx'
import { Overview } from './overview.tsx'

/** One machine: what it is, how it does, what happened to it, what can be done. */
export function MachinePage() {
  const machineId = useIdParam('machineId')
  return <MachineView key={machineId} machineId={machineId} />
}

function MachineView({ machineId }: { readonly machineId: string }) {
  const { t } = useI18n()
  const phase = useLivePhase()
  const scene = useMachineScene(machineId)
  const { machine: shown, goneAtMs } = useLastKnown(scene.machine, phase === 'ready')
  const late = useLate(!shown && phase !== 'ready')
  useFocus(machineId, scene.machine !== undefined)
  useFollowing(scene.machine, shown)
  if (!shown) {
    if (phase !== 'ready') return late ? <Waiting /> : null
    return (
      <EmptyState title={t('machine.unknown')}>
        <p>{t('machine.unknown-text')}</p>
      </EmptyState>
    )
  }
  return <Known machine={shown} goneAtMs={goneAtMs} />
}

function Known({ machine, goneAtMs }: { readonly machine: Machine; readonly goneAtMs: number | null }) {
  const i18n = useI18n()
  const { t, format } = i18n
  const [search] = useSearchParams()
  const scene = useMachineScene(machine.id)
  const wanted = search.get('tab')
  const tab = PANELS.find((one) => one === wanted) ?? 'overview'
  const deletedHere = useTable('task').some(
    (task) => task.kind === 'machine.delete' && task.target?.id === machine.id && task.state === 'succeeded',
  )
  const connection = useEntity('connection', machine.connectionId)
  const detail = useApiQuery(
    'machines.detail',
    { machineId: machine.id },
    (api, signal) => api.machines.detail({ machineId: machine.id }, { signal }),
    { staleMs: 15_000, enabled: goneAtMs === null },
  )
  const { refetch } = detail
  const live = scene.freshness.state === 'live'
  // The console's own engine is gone: the banner over the whole page says it already.
  const toldAbove = scene.freshness.state === 'stale' && scene.freshness.reason === 'engine'
  // The definition may be another one after a start, a stop or a change of metadata, and readable again once the link is back.
  const version = `${machine.state}/${machine.name}/${machine.autostart}/${machine.cloud?.type}/${live}`
  const seen = useRef(version)
  useEffect(() => {
    if (seen.current === version) return
    seen.current = version
    if (goneAtMs === null) void refetch()
  }, [version, refetch, goneAtMs])
  return (
    <>
      <MachineHead machine={machine} gone={goneAtMs !== null} tabs={<MachineTabs machineId={machine.id} active={tab} />} />
      {goneAtMs === null && <MoveBanner machine={machine} />}
      {goneAtMs !== null && (
        <Banner tone="warn">
          <b>{t('machine.gone', { name: machine.name, time: format.when(goneAtMs) })}</b>{' '}
          {t(deletedHere ? 'machine.gone-here' : 'machine.gone-host')}
        </Banner>
      )}
      {goneAtMs === null && scene.freshness.state !== 'live' && !toldAbove && (
        <Banner tone="warn">
          <b>
            {scene.freshness.state === 'never'
              ? t('machine.stale-never')
              : t(scene.freshness.state === 'cached' ? 'machine.cached' : 'machine.stale', { time: format.when(scene.freshness.sinceMs) })}
          </b>{' '}
          {connection?.error
            ? i18n.error(connection.error)
            : ((scene.host && unseenText(scene.host, connection?.providerId, i18n)) ?? t('machine.stale-text'))}
        </Banner>
      )}
      <section id={`panel-${tab}`} role="tabpanel" aria-label={t(`machine.tab.${tab}`)} className="page-body tab-panel">
        {tab === 'overview' && <Overview machine={machine} detail={detail} gone={goneAtMs !== null} />}
        {tab === 'hardware' &&
          (machine.cloud ? (
            <HardwareTab detail={detail} machine={machine} />
          ) : (
            <HardwareEditor machine={machine} gone={goneAtMs !== null} />
          ))}
        {tab === 'snapshots' && <SnapshotsTab machine={machine} live={live && goneAtMs === null} />}
        {tab === 'guest' &&
          (machine.cloud ? (
            <CloudGuestTab machine={machine} cloud={machine.cloud} live={live && goneAtMs === null} />
          ) : (
            <GuestTab machine={machine} live={live && goneAtMs === null} />
          ))}
        {tab === 'events' && <EventsPanel machineId={machine.id} />}
        {tab === 'tasks' && <TasksPanel machineId={machine.id} />}
      </section>
    </>
  )
}

/** The machine as it last was: when it goes while somebody looks at it, it stays readable. */
function useLastKnown(
  machine: Machine | undefined,
  ready: boolean,
): { readonly machine: Machine | undefined; readonly goneAtMs: number | null } {
  const [last, setLast] = useState(machine)
  const nowMs = useNowMs()
  const [goneAtMs, setGoneAtMs] = useState<number | null>(null)
  if (machine && machine !== last) setLast(machine)
  if (machine && goneAtMs !== null) setGoneAtMs(null)
  if (!machine && last && ready && goneAtMs === null) setGoneAtMs(nowMs)
  return { machine: machine ?? last, goneAtMs: machine ? null : goneAtMs }
}

/** Goes where the machine has gone, to the same tab: a move to another connection gives it another id. */
function useFollowing(machine: Machine | undefined, shown: Machine | undefined): void {
  const navigate = useNavigate()
  const [search] = useSearchParams()
  const movedTo = useMovedMachine(machine, shown)?.id
  useEffect(() => {
    if (movedTo !== undefined) void navigate({ pathname: paths.machine(movedTo), search: search.toString() }, { replace: true })
  }, [movedTo, navigate, search])
}

/** Tells the engine what the eye is on, so that it samples that more often; told again after each reconnect. */
function useFocus(machineId: string, known: boolean): void {
  const api = useApi()
  const { state } = useEngineLinkState()
  useEffect(() => {
    if (!known || state !== 'open') return undefined
    const tell = (focused: MachineId | null) =>
      // Interest is a hint: a lost one costs nothing but a slower chart.
      void api.inventory.setInterest({ visible: focused ? [focused] : [], focused }).catch(() => {})
    tell(machineId as MachineId)
    return () => tell(null)
  }, [api, state, known, machineId])
}

function Waiting() {
  return (
    <div className="rows-waiting">
      <Skeleton width={240} />
      <Skeleton width={420} />
      <Skeleton width={360} />
    </div>
  )
}
