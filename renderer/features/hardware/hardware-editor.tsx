import './hardware.css'
import './hardware-parts.css'
import { useEffect, useRef } from 'react'
import { useSearchParams } from 'react-router'
import type { HardwareView, Machine } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useMachineScene } from '../../lib/live/index.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { ActionButton, Age, EmptyState, NotRead, Skeleton, useLate } from '../../ui/index.ts'
import { AddDevice } from './add/add-device.tsx'
import { useDrafts } from './drafts.ts'
import { BootForm } from './forms/boot-form.tsx'
import { CpuForms } from './forms/cpu-forms.tsx'
import { DeviceForms } from './forms/device-forms.tsx'
import { DiskForms } from './forms/disk-forms.tsx'
import { DriveForms } from './forms/media-form.tsx'
import { MemoryForm } from './forms/memory-form.tsx'
import { NicForm } from './forms/nic-form.tsx'
import { OtherDevice } from './forms/other-device.tsx'
import { PlacementForms } from './forms/placement-form.tsx'
import { TuneForm } from './forms/tune-form.tsx'
import { HardwareContext, type HardwareScene, useHardware } from './hardware-context.ts'
import { HistoryView } from './history-view.tsx'
import { ItemList } from './item-list.tsx'
import { deviceIn, deviceTitle, isDisk, isDrive, isNic, SETTINGS, type SettingId } from './items.ts'
import { lockedReason } from './locked.ts'
import { PendingPanel } from './pending-panel.tsx'
import { useHardwareOptions, useHardwareView, useHostParts } from './queries.ts'
import { AttemptWatch } from './use-attempt.ts'
import { XmlView } from './xml-view.tsx'

const VIEWS = ['devices', 'xml', 'history'] as const
type ViewId = (typeof VIEWS)[number]

export interface HardwareEditorProps {
  readonly machine: Machine
  readonly gone: boolean
}

/** The virtual hardware of a machine of a hypervisor: what it is, what waits, and forms that change it. */
export function HardwareEditor({ machine, gone }: HardwareEditorProps) {
  const i18n = useI18n()
  const { t } = i18n
  const view = useHardwareView(machine.id, !gone)
  const { refetch } = view
  const scene = useMachineScene(machine.id)
  const live = scene.freshness.state === 'live'
  // after a start, a stop or a task the definitions may be others; and readable again once the link is back
  const version = `${machine.state}/${machine.name}/${scene.task?.kind}/${live}`
  const seen = useRef(version)
  useEffect(() => {
    if (seen.current === version) return
    seen.current = version
    if (!gone) void refetch()
  }, [version, refetch, gone])
  const late = useLate(view.isPending)
  if (!view.data) {
    if (view.error) {
      return <NotRead title={t('machine.hardware-failed', { name: machine.name })} error={view.error} onAgain={() => void refetch()} />
    }
    return late ? (
      <div className="rows-waiting">
        <Skeleton width={300} />
        <Skeleton width={440} />
        <Skeleton width={380} />
      </div>
    ) : null
  }
  return <Known machine={machine} gone={gone} view={view.data} problem={view.error ? i18n.error(view.error) : null} refetch={refetch} />
}

interface KnownProps extends HardwareEditorProps {
  readonly view: HardwareView
  readonly problem: string | null
  readonly refetch: () => Promise<{ readonly data: HardwareView | undefined }>
}

function Known({ machine, gone, view, problem, refetch }: KnownProps) {
  const i18n = useI18n()
  const { t } = i18n
  const may = usePermissions()
  const scene = useMachineScene(machine.id)
  const [search, setSearch] = useSearchParams()
  const live = scene.freshness.state === 'live'
  const options = useHardwareOptions(machine.id, !gone && live)
  const parts = useHostParts(machine.hostId, !gone && live)
  const locked = lockedReason(
    { machine, gone, live, may, connection: scene.connection?.name ?? '', busy: scene.task?.kind, options: options.data },
    i18n,
  )
  const shown = view.kept ?? view.running
  const wanted = search.get('view')
  const tab: ViewId = VIEWS.find((one) => one === wanted) ?? 'devices'
  const item = search.get('device') ?? SETTINGS[0]
  const put = (name: string, value: string) =>
    setSearch(
      (before) => {
        const next = new URLSearchParams(before)
        next.set(name, value)
        if (name === 'device') next.delete('view')
        return next
      },
      { replace: true },
    )
  const go = (id: string) => put('device', id)
  if (!shown) return <EmptyState title={t('hw.no-definition')} />
  const hardware: HardwareScene = {
    machine,
    view,
    shown,
    options: options.data,
    parts: parts.data,
    locked,
    refetch: async () => (await refetch()).data,
    go,
  }
  return (
    <HardwareContext value={hardware}>
      <div className="hw">
        <div className="hw-bar">
          <span className="segmented" role="radiogroup" aria-label={t('machine.hardware-view')}>
            {VIEWS.map((one) => (
              <button key={one} type="button" role="radio" aria-checked={tab === one} onClick={() => put('view', one)}>
                {t(`hw.view.${one}`)}
              </button>
            ))}
          </span>
          {locked !== null && <span className="sub small">{locked}</span>}
          <span className="grow" />
          <span className="sub small num">
            {live && problem} {t('machine.read')} <Age atMs={view.observedAtMs} ago />
          </span>
          <ActionButton variant="secondary" size="sm" disabledReason={locked ?? undefined} onClick={() => go('add')}>
            {t('hw.add')}
          </ActionButton>
        </div>
        <PendingPanel onHistory={() => put('view', 'history')} />
        {tab === 'xml' ? (
          <XmlView />
        ) : tab === 'history' ? (
          <HistoryView />
        ) : (
          <div className="hw-body">
            <div className="hw-side">
              <ItemList chosen={item} onChoose={go} />
            </div>
            <section className="hw-detail" aria-label={t('hw.detail')}>
              <Detail key={item} item={item} />
            </section>
          </div>
        )}
        <Watches />
      </div>
    </HardwareContext>
  )
}

/** Follows what was sent from any of the machine's forms. */
function Watches() {
  const { machine } = useHardware()
  const attempts = useDrafts((state) => state.attempts)
  return Object.entries(attempts)
    .filter(([key]) => key.startsWith(`${machine.id} `))
    .map(([key, attempt]) => <AttemptWatch key={`${key} ${attempt.taskId}`} attemptKey={key} attempt={attempt} />)
}

const SETTING_FORMS: Readonly<Record<SettingId, () => React.ReactNode>> = {
  cpu: CpuForms,
  memory: MemoryForm,
  boot: BootForm,
  placement: PlacementForms,
  tune: TuneForm,
}

function Detail({ item }: { readonly item: string }) {
  const i18n = useI18n()
  const { t } = i18n
  const { view, parts } = useHardware()
  const setting = SETTINGS.find((id) => id === item)
  if (item === 'add') return parts ? <AddDevice /> : null
  if (setting) {
    const Form = SETTING_FORMS[setting]
    return (
      <>
        <h2>{t(`hw.item.${setting}`)}</h2>
        <Form />
      </>
    )
  }
  const device = deviceIn(view, item)
  if (!device) {
    return (
      <EmptyState title={t('hw.device-gone')}>
        <p>{t('hw.device-gone-text')}</p>
      </EmptyState>
    )
  }
  const inKept = view.kept === null || deviceIn({ ...view, running: null }, item) !== undefined
  const inRunning = view.running === null || deviceIn({ ...view, kept: null }, item) !== undefined
  return (
    <>
      <h2>{deviceTitle(device, i18n)}</h2>
      {!inKept && <p className="warn-text">{t('hw.goes')}</p>}
      {!inRunning && <p className="warn-text">{t('hw.comes')}</p>}
      {isDisk(device) ? (
        isDrive(device) ? (
          <DriveForms drive={device} />
        ) : (
          <DiskForms disk={device} />
        )
      ) : isNic(device) ? (
        <NicForm nic={device} />
      ) : (
        <OtherDevice device={device} />
      )}
      <DeviceForms device={device} />
    </>
  )
}
