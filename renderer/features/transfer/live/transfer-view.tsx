import '../transfer.css'
import { Link } from 'react-router'
import { FINAL_TASK_STATES, type Machine, type Task } from '../../../../shared/model/index.ts'
import { type MessageKey, useI18n } from '../../../lib/i18n/index.ts'
import { useEntity } from '../../../lib/live/index.ts'
import { paths } from '../../../lib/paths.ts'
import type { TransferParams } from '../../../lib/task/index.ts'
import { useNowMs } from '../../../lib/time/ticker.ts'
import { Bar, type Fact, Facts, Panel, StateIcon, type StateShape } from '../../../ui/index.ts'
import { RUNS, useMachineAt } from '../../migration/index.ts'
import { type DiskProgress, diskProgress, expectedLeftMs } from './disk-progress.ts'

export interface TransferViewProps {
  readonly task: Task
  readonly params: TransferParams
}

/** A move between worlds as it goes, disk by disk, and how it ended. */
export function TransferView({ task, params: told }: TransferViewProps) {
  const { t } = useI18n()
  const params = useSource(task, told)
  const disks = diskProgress(task, params)
  const ended = FINAL_TASK_STATES.has(task.state)
  return (
    <div className="move-view">
      <Route params={params} />
      {disks.length > 0 && (
        <ul className="transfer-disks" aria-label={t('migrate.disks')}>
          {disks.map((disk) => (
            <DiskRow key={disk.index} disk={disk} isIntoCloud={params.way === 'image-import'} />
          ))}
        </ul>
      )}
      {ended ? <Outcome task={task} params={params} /> : task.state === 'needs-attention' ? null : <Going task={task} params={params} />}
    </div>
  )
}

/** Where a task does not tell it comes from, the host of its machine, as long as that is there. */
function useSource({ target }: Task, params: TransferParams): TransferParams {
  const machine = useEntity('machine', target?.id)
  const host = useEntity('host', params.sourceHostId ?? machine?.hostId)
  return host ? { ...params, sourceHostId: host.id, from: params.from ?? host.name } : params
}

function Route({ params: { from, to, sourceHostId, targetHostId, way } }: { readonly params: TransferParams }) {
  const { t } = useI18n()
  const name = (hostId: TransferParams['targetHostId'], text: string) =>
    hostId === undefined ? <b>{text}</b> : <Link to={paths.host(hostId)}>{text}</Link>
  return (
    <div className="move-route">
      <span>
        <span className="sub">{t('move.from')}</span>
        {name(sourceHostId, from ?? t('move.source'))}
      </span>
      <span className="move-arrow" aria-hidden>
        →
      </span>
      <span>
        <span className="sub">{t('move.to')}</span>
        {name(targetHostId, to)}
      </span>
      <span className="grow" />
      <span className="sub move-how">{t(`transfer.way.${way}`)}</span>
    </div>
  )
}

const SHAPES: Readonly<Record<DiskProgress['state'], StateShape>> = {
  waits: 'unknown',
  sending: 'busy',
  'reading-back': 'busy',
  done: 'running',
  failed: 'failed',
  'taken-back': 'stopped',
}

interface DiskRowProps {
  readonly disk: DiskProgress
  /** Nothing is read back there: each part is proven as it is sent. */
  readonly isIntoCloud: boolean
}

function DiskRow({ disk: { index, target, to, bytes, state, percent, bytesDone }, isIntoCloud }: DiskRowProps) {
  const { t, format } = useI18n()
  const name = target ?? t('transfer.live.disk', { number: index + 1 })
  const isNow = state === 'sending' || state === 'reading-back'
  return (
    <li>
      <StateIcon shape={SHAPES[state]} muted={state === 'waits'} />
      <span className="transfer-disk-name">
        <b>{name}</b>
        {to !== null && <span className="sub small mono ellipsis"> {to}</span>}
      </span>
      <span className="sub">{t(state === 'done' && isIntoCloud ? 'transfer.live.done-cloud' : `transfer.live.${state}`)}</span>
      <Bar percent={percent} tone={isNow ? 'busy' : 'plain'} label={name} />
      <span className="num sub">
        {bytesDone !== null && bytes !== null
          ? t('tasks.bytes', { done: format.bytes(bytesDone), total: format.bytes(bytes) })
          : bytes !== null && format.bytes(bytes)}
      </span>
    </li>
  )
}

/** How fast it goes, when it will end, and what a cancel takes back. */
function Going({ task, params }: TransferViewProps) {
  const { t, format } = useI18n()
  const nowMs = useNowMs(1_000)
  const { bytesPerS, note } = task.progress
  const leftMs = expectedLeftMs(task, nowMs)
  const facts: readonly Fact[] = [
    {
      label: t('transfer.live.rate'),
      value: bytesPerS === null || bytesPerS <= 0 ? null : <span className="num">{format.rate(bytesPerS)}</span>,
    },
    {
      label: t('move.expected-end'),
      value:
        leftMs === null ? null : (
          <span className="num">
            {t('move.left', { time: format.clock(leftMs) })}
            <span className="sub">, {format.whenSeconds(nowMs + leftMs)}</span>
          </span>
        ),
    },
  ]
  return (
    <>
      <Facts facts={facts} />
      <p className="sub">
        {t(task.state === 'cancelling' || note === 'taking-back' ? 'transfer.live.taking-back' : 'transfer.live.cancel-text', {
          name: task.target?.name ?? '',
          to: params.to,
        })}
      </p>
    </>
  )
}

/** Where it is now, and what was left, deleted or taken back. */
function Outcome({ task, params }: TransferViewProps) {
  const { t } = useI18n()
  const name = task.target?.name ?? ''
  const words = { name, from: params.from ?? t('move.source'), to: params.to }
  const atSource = useMachineAt(params.sourceHostId, name)
  const atTarget = useMachineAt(params.targetHostId, params.as ?? params.rename ?? name)
  return (
    <Panel title={t('move.where-now')}>
      <ul className="move-facts">
        {params.sourceHostId !== undefined && <Place machine={atSource} host={words.from} />}
        {params.targetHostId !== undefined && <Place machine={atTarget} host={words.to} />}
        {outcomeFacts(task, params).map(({ key, shape, count }) => (
          <li key={key}>
            <StateIcon shape={shape} />
            <span>{t(key, { ...words, count })}</span>
          </li>
        ))}
      </ul>
      <p className="move-next">
        {task.state === 'succeeded' ? (
          params.source === 'keep' && t('transfer.live.kept-next', words)
        ) : (
          <>
            {t('transfer.live.again', words)} {atSource && <Link to={paths.transfer(atSource.id)}>{t('transfer.live.to-plan')}</Link>}
          </>
        )}
      </p>
    </Panel>
  )
}

function Place({ machine, host }: { readonly machine: Machine | undefined; readonly host: string }) {
  const { t } = useI18n()
  if (!machine)
    return (
      <li>
        <StateIcon shape="stopped" muted />
        <span>{t('move.absent-at', { host })}</span>
      </li>
    )
  return (
    <li>
      <StateIcon shape={RUNS.has(machine.state) ? 'running' : 'stopped'} />
      <span>
        {t('move.state-at', { host, state: t(`state.${machine.state}`) })}{' '}
        <Link to={paths.machine(machine.id)}>{t('move.open-machine')}</Link>
      </span>
    </li>
  )
}

interface OutcomeFact {
  readonly key: MessageKey
  readonly shape: StateShape
  readonly count: number
}

/** As the task's own steps say. */
export function outcomeFacts({ steps, state }: Pick<Task, 'steps' | 'state'>, { source, way }: TransferParams): readonly OutcomeFact[] {
  const of = (prefix: string, ...states: readonly string[]) =>
    steps.filter(({ id, state: now }) => id.startsWith(prefix) && states.includes(now)).length
  const facts: OutcomeFact[] = []
  const isInto = way === 'image-import'
  const add = (key: MessageKey, shape: StateShape, count: number) => count > 0 && facts.push({ key, shape, count })
  add(isInto ? 'transfer.live.fact.proven' : 'transfer.live.fact.read-back', 'running', of('copy-', 'done'))
  add(isInto ? 'transfer.live.fact.confirmed-cloud' : 'transfer.live.fact.confirmed', 'running', of('confirm', 'done'))
  add('transfer.live.fact.retired', 'running', of('retire', 'done'))
  add('transfer.live.fact.purged', 'running', of('purge-', 'done'))
  add('transfer.live.fact.not-purged', 'attention', of('purge-', 'failed', 'unknown'))
  add('transfer.live.fact.taken-back', 'stopped', of('copy-', 'undone') + of('define', 'undone'))
  const went = state === 'succeeded'
  if (!went) add('transfer.live.fact.not-taken-back', 'attention', of('copy-', 'failed', 'unknown') + of('define', 'failed', 'unknown'))
  if (went && source === 'keep') add(way === 'console' ? 'transfer.live.fact.kept' : 'transfer.live.fact.kept-cloud', 'attention', 1)
  if (went && source === 'undefine') add('transfer.live.fact.disks-kept', 'stopped', of('copy-', 'done'))
  return facts
}
