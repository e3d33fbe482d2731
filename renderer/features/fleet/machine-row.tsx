import { RhUiDisconnectedIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-disconnected-icon'
import { memo, type ReactNode } from 'react'
import { type Machine, machineSeenAtMs } from '../../../shared/model/index.ts'
import type { PriceList } from '../../../shared/prices/index.ts'
import { type I18n, useI18n } from '../../lib/i18n/index.ts'
import { HISTORY_POINTS, type MachineScene, useLive, useMachineScene } from '../../lib/live/index.ts'
import { machineName, machineStatus } from '../../lib/machine/index.ts'
import { costOfMachine, costRemark, priceOrigin } from '../../lib/prices/index.ts'
import { useTicking } from '../../lib/time/ticker.ts'
import { Bar, Prov, Spark, StateIcon, Tags, TemplateChip } from '../../ui/index.ts'
import { type Column, type ColumnId, type Drop, placeOf } from './columns.ts'
import { toggleSelected, useGridState } from './view-state.ts'

export interface MachineRowProps {
  readonly id: string
  readonly domId: string
  readonly top: number
  /** Counted from 1, the header included. */
  readonly rowIndex: number
  readonly columns: readonly Column[]
  readonly drops: ReadonlySet<Drop>
  readonly cursor: boolean
  readonly prices: PriceList | null
  /** Everything is offline, and one banner says so: no alarm in each row. */
  readonly calm: boolean
}

/** One machine. It listens to that machine alone: a change elsewhere does not render it. */
export const MachineRow = memo(function MachineRow({ id, domId, top, rowIndex, columns, drops, cursor, prices, calm }: MachineRowProps) {
  const i18n = useI18n()
  const scene = useMachineScene(id)
  const selected = useGridState((state) => state.selected.has(id))
  const { machine, freshness } = scene
  if (!machine) return null
  const stale = freshness.state !== 'live'
  return (
    <div
      id={domId}
      role="row"
      aria-rowindex={rowIndex}
      aria-selected={selected}
      data-machine={id}
      className={`grid-row${selected ? ' picked' : ''}${stale ? ' stale' : ''}${cursor ? ' cursor' : ''}`}
      style={{ top }}
    >
      <span role="gridcell" className="cell cell-select">
        <input
          type="checkbox"
          className="check-input"
          tabIndex={-1}
          checked={selected}
          aria-label={i18n.t('fleet.select-machine', { name: machineName(machine) })}
          onChange={({ nativeEvent }) => {
            // with shift the grid has selected a range already, this row included
            if (!(nativeEvent instanceof MouseEvent && nativeEvent.shiftKey)) toggleSelected(id)
          }}
        />
      </span>
      {columns.map((column) => (
        <span key={column.id} role="gridcell" className={`cell cell-${column.id}${column.align === 'end' ? ' num end' : ''}`}>
          {CELLS[column.id](machine, scene, i18n, { drops, prices, calm })}
        </span>
      ))}
    </div>
  )
})

interface Look {
  readonly drops: ReadonlySet<Drop>
  readonly prices: PriceList | null
  readonly calm: boolean
}

type Cell = (machine: Machine, scene: MachineScene, i18n: I18n, look: Look) => ReactNode

const NONE = <span className="none">–</span>

const CELLS: Readonly<Record<ColumnId, Cell>> = {
  state: (machine, scene, i18n) => {
    const status = machineStatus(machine, scene.freshness, scene.task, i18n)
    return (
      <>
        <StateIcon shape={status.shape} muted={status.tone === 'past'} />
        <span className={`state-word ${status.tone} ellipsis`} title={status.hint}>
          {status.brief ?? status.word}
        </span>
      </>
    )
  },
  name: (machine) => (
    <>
      <span className="ellipsis" title={machine.title ?? machineName(machine)}>
        {machineName(machine)}
      </span>
      {machine.template && <TemplateChip template={machine.template} />}
    </>
  ),
  tags: (machine, _scene, _i18n, { drops }) => <Tags tags={machine.tags} max={drops.has('second-tag') ? 1 : 2} />,
  host: (_machine, scene) => (
    <>
      <Prov providerId={scene.connection?.providerId ?? 'libvirt'} />
      <span className="ellipsis">{scene.host?.name ?? scene.connection?.name ?? ''}</span>
    </>
  ),
  type: ({ cloud }) => <TextCell text={cloud?.type} />,
  zone: ({ cloud }) => <TextCell text={cloud && placeOf(cloud)} />,
  // 0: of a type that no list knows
  vcpu: (machine) => (machine.vcpus > 0 ? machine.vcpus : <span className="none">–</span>),
  cpu: (machine, scene, i18n, { drops }) => (
    <CpuCell machine={machine} stale={scene.freshness.state !== 'live'} i18n={i18n} spark={!drops.has('spark')} />
  ),
  memory: (machine, scene, i18n, { drops }) => (
    <MemoryCell machine={machine} stale={scene.freshness.state !== 'live'} i18n={i18n} bar={!drops.has('bar')} />
  ),
  ip: (machine) =>
    machine.addresses[0] ? (
      <span className="num ellipsis" title={machine.addresses.join('\n')}>
        {machine.addresses[0]}
      </span>
    ) : (
      NONE
    ),
  system: (machine) => <TextCell text={machine.os} />,
  billing: ({ cloud }, _scene, { t }) => <TextCell text={cloud?.billing && t(`billing.${cloud.billing}`)} />,
  price: (machine, scene, i18n, { prices }) => (
    <PriceCell machine={machine} providerId={scene.connection?.providerId} prices={prices} i18n={i18n} />
  ),
  launched: ({ cloud }, _scene, { format }) =>
    cloud?.createdAtMs ? (
      <time className="num" dateTime={new Date(cloud.createdAtMs).toISOString()} title={format.absolute(cloud.createdAtMs)}>
        {format.date(cloud.createdAtMs)}
      </time>
    ) : (
      NONE
    ),
  seen: (machine, scene, _i18n, { calm }) => <SeenCell machine={machine} scene={scene} calm={calm} />,
}

function TextCell({ text }: { readonly text: string | null | undefined }) {
  return text ? (
    <span className="ellipsis" title={text}>
      {text}
    </span>
  ) : (
    NONE
  )
}

interface PriceCellProps {
  readonly machine: Machine
  readonly providerId: string | undefined
  readonly prices: PriceList | null
  readonly i18n: I18n
}

/** A month by the list, with its kind; without a figure why there is none. Of one that is off and still costs it is marked. */
function PriceCell({ machine, providerId, prices, i18n }: PriceCellProps) {
  const cost = costOfMachine(prices, machine, providerId)
  const remark = costRemark(cost, i18n)
  if (cost.listPrice === null) {
    return (
      <span className="none" title={remark ?? undefined}>
        –
      </span>
    )
  }
  const isWaste = machine.state === 'stopped'
  return (
    <span className={isWaste ? 'price waste' : 'price'} title={[remark, priceOrigin(cost.listPrice, i18n)].filter(Boolean).join('\n')}>
      {i18n.format.usd(cost.usdPerMonth)}{' '}
      <i className="unit">{i18n.t(cost.remark === null ? 'price.list' : `price.list-${cost.remark}`)}</i>
    </span>
  )
}

interface MeterProps {
  readonly machine: Machine
  readonly stale: boolean
  readonly i18n: I18n
}

function CpuCell({ machine, stale, i18n, spark }: MeterProps & { readonly spark: boolean }) {
  const { store } = useLive()
  const percent = machine.metrics?.cpuPercent ?? null
  const idle = percent === null || machine.state === 'stopped' || machine.state === 'saved' || machine.state === 'crashed'
  return (
    <>
      {idle ? (
        <span className="none">–</span>
      ) : (
        <span>
          {i18n.format.number(percent)}
          <i className="unit">%</i>
        </span>
      )}
      {spark &&
        (idle ? <span className="spark-gap" /> : <Spark values={store.history.read(machine.id)} capacity={HISTORY_POINTS} stale={stale} />)}
    </>
  )
}

function MemoryCell({ machine, stale, i18n, bar }: MeterProps & { readonly bar: boolean }) {
  const { format } = i18n
  const used =
    machine.state === 'stopped' || machine.state === 'saved' || machine.state === 'crashed'
      ? null
      : (machine.metrics?.memoryUsedKiB ?? null)
  const total = Math.max(machine.memoryKiB, machine.state === 'running' ? 0 : machine.maxMemoryKiB)
  const percent = used === null || total === 0 ? 0 : (used / total) * 100
  return (
    <>
      {bar && used !== null && <Bar percent={percent} width={34} tone={stale ? 'stale' : percent > 97 ? 'hot' : 'plain'} />}
      <span className="memory-figure">
        {used === null ? <span className="none">–</span> : format.short(used / 1_048_576)}{' '}
        <i className="unit-of">/ {total > 0 ? format.gib(total) : '–'}</i>
      </span>
    </>
  )
}

/** The age of what the row shows: a few seconds while the host vouches for it, and why not when it no longer does. */
function SeenCell({ machine, scene, calm }: { readonly machine: Machine; readonly scene: MachineScene; readonly calm: boolean }) {
  const { t, format } = useI18n()
  const { freshness, host } = scene
  const seenAtMs = machineSeenAtMs(machine, host)
  const live = freshness.state === 'live'
  const text = useTicking((nowMs) => (live ? format.span(nowMs - seenAtMs) : t('age.ago', { age: format.span(nowMs - seenAtMs) })))
  const title = format.absolute(seenAtMs)
  if (live) {
    return (
      <time className="num" dateTime={new Date(seenAtMs).toISOString()} title={title}>
        {text}
      </time>
    )
  }
  if (freshness.state === 'never') return <span className="lost ellipsis">{t('fleet.seen.never')}</span>
  if (freshness.state === 'cached' || calm) {
    return (
      <time className="num ellipsis" dateTime={new Date(seenAtMs).toISOString()} title={title}>
        {text}
      </time>
    )
  }
  return (
    <span className="lost num" title={title}>
      <RhUiDisconnectedIcon />
      <span className="ellipsis">{t('fleet.seen.lost', { age: text })}</span>
    </span>
  )
}
