import './console.css'
import { useEffect, useRef, useState } from 'react'
import { useLocation, useNavigate, useSearchParams } from 'react-router'
import type { Machine, MachineConsole } from '../../../shared/model/index.ts'
import { useApiQuery } from '../../lib/api/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useIdParam } from '../../lib/id-param.ts'
import { useLivePhase, useMachineScene } from '../../lib/live/index.ts'
import { useMovedMachine } from '../../lib/machine/index.ts'
import { paths } from '../../lib/paths.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { EmptyState } from '../../ui/index.ts'
import { MachineHead, MachineTabs } from '../machine/index.ts'
import { ConsoleBar, ConsolePicker } from './console-bar.tsx'
import { ConsoleMessage } from './console-message.tsx'
import { chooseConsole, type Obstacle, obstacleOf } from './obstacle.ts'
import { SerialPane } from './serial-pane.tsx'
import { SshPane } from './ssh-pane.tsx'
import { useOwnWindows } from './use-own-windows.tsx'
import { VncPane } from './vnc-pane.tsx'

/** A machine's console, under the machine's head. */
export function ConsolePage() {
  return <Console plain={false} />
}

/** The same in a window of its own. */
export function ConsoleWindow() {
  return <Console plain />
}

function Console({ plain }: { readonly plain: boolean }) {
  const { t } = useI18n()
  const machineId = useIdParam('machineId')
  const phase = useLivePhase()
  const { machine } = useMachineScene(machineId)
  const [last, setLast] = useState(machine)
  if (machine && machine !== last) setLast(machine)
  const shown = machine ?? (last?.id === machineId ? last : undefined)
  const key = useFollowing(machine, shown, plain)
  if (!shown) {
    return phase === 'ready' ? (
      <EmptyState title={t('machine.unknown')}>
        <p>{t('machine.unknown-text')}</p>
      </EmptyState>
    ) : null
  }
  return (
    <div className="console-page">
      {plain ? (
        <WindowHead name={shown.name} />
      ) : (
        <MachineHead
          machine={shown}
          gone={machine === undefined && phase === 'ready'}
          tabs={<MachineTabs machineId={shown.id} active="console" />}
        />
      )}
      <section
        className="console-panel"
        {...(plain ? {} : { id: 'panel-console', role: 'tabpanel' })}
        aria-label={t('machine.tab.console')}
      >
        <Known key={key} machine={shown} plain={plain} />
      </section>
    </div>
  )
}

/**
 * Goes where the machine has gone. Answers with what the console is known by: over a move it stays the same, and with it the last picture,
 * until the new host shows one.
 */
function useFollowing(machine: Machine | undefined, shown: Machine | undefined, plain: boolean): string {
  const navigate = useNavigate()
  const [search] = useSearchParams()
  const state: unknown = useLocation().state
  const key = typeof state === 'object' && state && 'console' in state ? String(state.console) : (shown?.id ?? '')
  const movedTo = useMovedMachine(machine, shown)?.id
  useEffect(() => {
    if (movedTo === undefined) return
    const path = plain
      ? paths.consoleWindow(movedTo, search.get('kind') ?? 'vnc', Number(search.get('index') ?? 0))
      : `${paths.console(movedTo)}?${search.toString()}`
    void navigate(path, { replace: true, state: { console: key } })
  }, [movedTo, navigate, plain, search, key])
  return key
}

function WindowHead({ name }: { readonly name: string }) {
  const { t } = useI18n()
  useEffect(() => {
    document.title = t('app.window-title', { screen: name })
  }, [t, name])
  return <h1 className="console-name ellipsis">{name}</h1>
}

const PANES = { vnc: VncPane, serial: SerialPane, ssh: SshPane } as const
const NO_CONSOLES: readonly MachineConsole[] = []
const NOT_TRIED = { phase: 'idle', channel: null, trouble: null, nextAtMs: null, lostAtMs: null } as const

function Known({ machine, plain }: { readonly machine: Machine; readonly plain: boolean }) {
  const i18n = useI18n()
  const may = usePermissions()
  const [search, setSearch] = useSearchParams()
  const scene = useMachineScene(machine.id)
  const live = scene.freshness.state === 'live'
  const list = useApiQuery(
    'consoles.list',
    { machineId: machine.id },
    (api, signal) => api.consoles.list({ machineId: machine.id }, { signal }),
    { staleMs: 15_000, enabled: live },
  )
  const { refetch } = list
  // The consoles of a machine may be others after each start, and can be read again once the link is back; its addresses open one more, and a
  // task may have added one.
  const version = `${machine.state}/${live}/${machine.addresses.length > 0}/${scene.task?.kind ?? ''}`
  const seen = useRef(version)
  useEffect(() => {
    if (seen.current === version) return
    seen.current = version
    if (live) void refetch()
  }, [version, live, refetch])
  // while those of another host are read, those it had are taken for what it has
  const [known, setKnown] = useState(list.data)
  if (list.data && list.data !== known) setKnown(list.data)
  const consoles = known ?? NO_CONSOLES
  const chosen = chooseConsole(consoles, search.get('kind'), search.get('index'))
  const obstacle: Obstacle | null = obstacleOf({
    machine: scene.machine,
    freshness: scene.freshness,
    linkProblem: scene.connection?.error ? i18n.error(scene.connection.error) : null,
    mayOpen: may('machine.console'),
    consoles: list.data,
    listError: list.error,
    chosen,
  })
  const windows = useOwnWindows(machine.id, consoles, chosen, plain)
  const onListAgain = () => void refetch()
  const picker = (
    <ConsolePicker
      consoles={consoles}
      chosen={chosen}
      isOutput={machine.cloud !== null}
      onChoose={({ kind, index }) => setSearch({ kind, index: String(index) }, { replace: true })}
    />
  )
  if (!chosen) {
    return (
      <>
        <ConsoleBar picker={null} />
        <div className="console-stage">
          <ConsoleMessage
            machine={machine}
            obstacle={obstacle}
            snapshot={NOT_TRIED}
            session={null}
            hasPicture={false}
            plain={plain}
            onListAgain={onListAgain}
          />
        </div>
      </>
    )
  }
  const Pane = PANES[chosen.kind]
  return (
    <Pane
      key={`${chosen.kind}/${chosen.index}`}
      machine={machine}
      target={chosen}
      obstacle={obstacle}
      allowed={obstacle === null}
      plain={plain}
      picker={picker}
      windows={windows}
      onListAgain={onListAgain}
    />
  )
}
