import { Button } from '@patternfly/react-core'
import { RhUiCloseIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-close-icon'
import { RhUiPauseIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-pause-icon'
import { RhUiPlayIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-play-icon'
import { RhUiPowerIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-power-icon'
import { RhUiTagIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-tag-icon'
import { type ReactElement, useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { useNavigate } from 'react-router'
import { type Command, useCommands } from '../../lib/commands/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useHasClouds, useLive, useMachineScene } from '../../lib/live/index.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { ActionButton, Chevron, FloatingMenu } from '../../ui/index.ts'
import { buildCommands } from '../build/index.ts'
import {
  type ActionPlan,
  consoleCommand,
  disabledReason,
  keepCosting,
  machineCommands,
  machineMenu,
  OFFERS,
  type Offer,
  type OfferId,
  offerLabel,
  offerOf,
  planOffer,
  requestAction,
} from '../machine-actions/index.ts'
import { migrateCommand, migrateEntry, withMigrate } from '../migration/index.ts'
import { Note, PriceOfAll } from './bulk-note.tsx'
import { clearSelection, select, useGridState } from './view-state.ts'

const BUTTONS: readonly { readonly id: OfferId; readonly icon?: ReactElement }[] = [
  { id: 'start', icon: <RhUiPlayIcon /> },
  { id: 'shutdown', icon: <RhUiPowerIcon /> },
  { id: 'suspend', icon: <RhUiPauseIcon /> },
  { id: 'resume' },
  { id: 'powerOff' },
  { id: 'tags', icon: <RhUiTagIcon /> },
]
const IN_MENU: ReadonlySet<OfferId> = new Set(OFFERS.map((offer) => offer.id).filter((id) => !BUTTONS.some((button) => button.id === id)))

/** What can be done with the selection, and what pressing it would do, before anybody presses it. */
export function BulkBar({ ids }: { readonly ids: readonly string[] }) {
  const i18n = useI18n()
  const { t, format } = i18n
  const live = useLive()
  const may = usePermissions()
  const selected = useGridState((state) => state.selected)
  const [menu, setMenu] = useState<{ readonly x: number; readonly y: number } | null>(null)
  const [looked, setLooked] = useState<OfferId | null>(null)
  const version = useVersionOfMachines()
  const hasClouds = useHasClouds()
  const chosen = useMemo(() => known([...selected], live.store.tables.machine, version), [selected, live, version])
  const plans = useMemo(() => plansOf((offer) => planOffer(offer, chosen, live, may)), [chosen, live, may])
  const object =
    chosen.length === 1
      ? (live.store.get('machine', chosen[0] ?? '')?.name ?? '')
      : t('fleet.machines', { count: chosen.length, shown: format.number(chosen.length) })
  const navigate = useNavigate()
  const migrate = useMemo(() => migrateEntry(chosen, live, may, i18n, (path) => void navigate(path)), [chosen, live, may, i18n, navigate])
  const commands = useMemo(
    () => [...machineCommands(chosen, object, live, may, i18n), ...migrateCommand(migrate, object, i18n)],
    [chosen, object, live, may, i18n, migrate],
  )
  useCommands(commands)
  const stopCosts = keepCosting(offerOf('shutdown'), plans.get('shutdown')?.fits ?? []).length > 0
  const noted = looked ?? (stopCosts ? 'shutdown' : null) ?? BUTTONS.find(({ id }) => isPartly(plans.get(id)))?.id ?? null
  return (
    <section className={hasClouds ? 'bulk two-lines' : 'bulk'} aria-label={t('bulk.title')}>
      <b className="num" role="status">
        {t('bulk.selected', { count: chosen.length, shown: format.number(chosen.length) })}
      </b>
      <span className="bulk-actions">
        {BUTTONS.map(({ id, icon }) => {
          const plan = plans.get(id)
          const label = plan && offerLabel(offerOf(id), plan, i18n)
          const look = {
            onMouseEnter: () => setLooked(id),
            onMouseLeave: () => setLooked(null),
            onFocus: () => setLooked(id),
            onBlur: () => setLooked(null),
          }
          return (
            plan && (
              <ActionButton
                key={id}
                variant="link"
                size="sm"
                icon={icon}
                disabledReason={disabledReason(plan, i18n)}
                onClick={() => requestAction(id, chosen)}
                {...look}
              >
                {label}
                {plan.fits.length > 0 && plan.refused.length > 0 && (
                  <span className="num bulk-fits">{format.number(plan.fits.length)}</span>
                )}
              </ActionButton>
            )
          )
        })}
        <Button
          variant="link"
          size="sm"
          aria-haspopup="menu"
          aria-expanded={menu !== null}
          onClick={(event) => {
            const box = event.currentTarget.getBoundingClientRect()
            setMenu({ x: box.left, y: box.bottom + 2 })
          }}
        >
          {t('bulk.more')} <Chevron open />
        </Button>
      </span>
      {noted ? <Note offer={noted} plan={plans.get(noted)} chosen={chosen} /> : hasClouds && <PriceOfAll ids={chosen} version={version} />}
      <span className="grow" />
      {chosen.length < ids.length && (
        <Button variant="link" size="sm" isInline onClick={() => select(ids)}>
          {t('bulk.select-all', { count: format.number(ids.length) })}
        </Button>
      )}
      <button type="button" className="query-clear" aria-label={t('bulk.clear')} onClick={clearSelection}>
        <RhUiCloseIcon />
      </button>
      {menu && (
        <FloatingMenu
          label={t('bulk.more')}
          at={menu}
          entries={withMigrate(machineMenu(chosen, live, may, i18n, IN_MENU), migrate)}
          onClose={() => setMenu(null)}
        />
      )}
    </section>
  )
}

/** It fits some, and others could be made to fit: what a kind of machines never knows is said when it is looked at. */
function isPartly(plan: ActionPlan | undefined): boolean {
  return plan !== undefined && plan.fits.length > 0 && plan.refused.some((one) => !one.forGood)
}

/** Renders again, at most four times a second, while machines or their tasks change: what fits may be another. */
function useVersionOfMachines(): number {
  const { store, index } = useLive()
  const subscribe = useCallback(
    (listener: () => void) => {
      let timer: ReturnType<typeof setTimeout> | null = null
      const soon = () => {
        timer ??= setTimeout(() => {
          timer = null
          listener()
        }, 250)
      }
      const stops = [index.subscribe(soon), store.subscribeTable('task', soon)]
      return () => {
        for (const stop of stops) stop()
        if (timer) clearTimeout(timer)
      }
    },
    [store, index],
  )
  return useSyncExternalStore(subscribe, () => index.version + store.version('task'))
}

/** Of the selected ids those that still exist. The version stands for the table's content, which changes in place. */
function known(ids: readonly string[], machines: ReadonlyMap<string, unknown>, _version: number): readonly string[] {
  return ids.filter((id) => machines.has(id))
}

function plansOf(plan: (offer: Offer) => ActionPlan): ReadonlyMap<OfferId, ActionPlan> {
  return new Map(BUTTONS.map(({ id }) => [id, plan(offerOf(id))]))
}

/** Takes out of the selection what the query no longer shows: nothing unseen is acted on. Null: nothing is known yet. */
export function useSelectionWithin(ids: readonly string[] | null): void {
  useEffect(() => {
    if (ids === null) return
    const { selected } = useGridState.getState()
    if (selected.size === 0) return
    const shown = new Set(ids)
    const kept = [...selected].filter((id) => shown.has(id))
    if (kept.length < selected.size) select(kept)
  }, [ids])
}

const NO_COMMANDS: readonly Command[] = []

/** With nothing selected, the palette's actions are for the row under the cursor. */
export function CursorCommands({ machineId }: { readonly machineId: string }) {
  const i18n = useI18n()
  const live = useLive()
  const may = usePermissions()
  // The whole scene is read again through the store: a lost link or a new task changes what can be done.
  const scene = useMachineScene(machineId)
  const navigate = useNavigate()
  const { machine } = scene
  const commands = machine
    ? [
        consoleCommand(machine, may, i18n, (path) => void navigate(path)),
        ...machineCommands([machineId], machine.name, live, may, i18n),
        ...migrateCommand(
          migrateEntry([machineId], live, may, i18n, (path) => void navigate(path)),
          machine.name,
          i18n,
        ),
        ...buildCommands(machine, live, may, i18n, (path) => void navigate(path)),
      ]
    : NO_COMMANDS
  useCommands(commands)
  return null
}
