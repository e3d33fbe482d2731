import type { Freshness, Machine, MachineState } from '../../../shared/model/index.ts'
import type { I18n } from '../i18n/index.ts'
import type { BusyTask } from '../live/index.ts'
import { moveOf } from '../task/index.ts'

/** Shape names of renderer/ui's StateIcon, kept as plain strings so that lib needs no component. */
export interface MachineStatus {
  readonly shape:
    | 'running'
    | 'stopped'
    | 'saved'
    | 'paused'
    | 'busy'
    | 'migrating'
    | 'attention'
    | 'failed'
    | 'was-running'
    | 'was-stopped'
    | 'unknown'
  readonly word: string
  /** Where there is little room: "62 % → kvm-b" in place of "Migrating → kvm-b, 62 %". */
  readonly brief?: string
  /** Only busy, attention and failed colour the word; `past` greys it. */
  readonly tone: 'plain' | 'busy' | 'attention' | 'failed' | 'past'
  /** More to say on hover: the hypervisor's own words, or the trouble. */
  readonly hint: string
}

const SHAPES: Readonly<Record<MachineState, MachineStatus['shape']>> = {
  running: 'running',
  stopped: 'stopped',
  paused: 'paused',
  suspended: 'paused',
  saved: 'saved',
  starting: 'busy',
  stopping: 'busy',
  migrating: 'migrating',
  crashed: 'failed',
  unknown: 'unknown',
}

const BUSY_STATES: ReadonlySet<MachineState> = new Set<MachineState>(['starting', 'stopping', 'migrating'])

/**
 * How a machine's state is shown. A running task on it comes first (a click shows at once), then what is known, in the past
 * tense once nobody vouches for it any more.
 */
export function machineStatus(machine: Machine, freshness: Freshness, task: BusyTask | undefined, i18n: I18n): MachineStatus {
  const { t } = i18n
  if (freshness.state === 'never') return { shape: 'unknown', word: t('state.unknown'), tone: 'past', hint: '' }
  if (freshness.state !== 'live') {
    const shape = SHAPES[machine.state]
    const past =
      shape === 'running' || shape === 'attention' ? 'was-running' : shape === 'stopped' || shape === 'saved' ? 'was-stopped' : shape
    return { shape: past, word: t(`state.was.${machine.state}`), tone: 'past', hint: machine.nativeState }
  }
  if (task) {
    const move = task.state === 'running' && task.params ? moveOf({ kind: task.kind, params: task.params }) : null
    if (move) {
      const words = { to: move.to, percent: i18n.format.percent((task.progress?.fraction ?? 0) * 100) }
      const word = t('state.migrating-to', words)
      return { shape: 'migrating', word, brief: t('state.migrating-brief', words), tone: 'busy', hint: word }
    }
    const word = task.state === 'queued' ? t('state.queued') : i18n.code('state', `doing.${task.kind}`, t('state.busy'))
    return { shape: task.kind === 'machine.migrate' ? 'migrating' : 'busy', word, tone: 'busy', hint: machine.nativeState }
  }
  if (machine.attention) {
    const word = i18n.code('attention', machine.attention.code, machine.attention.text)
    return { shape: 'attention', word, tone: 'attention', hint: machine.attention.text }
  }
  const tone =
    machine.state === 'crashed' ? 'failed' : BUSY_STATES.has(machine.state) ? 'busy' : machine.state === 'unknown' ? 'past' : 'plain'
  return { shape: SHAPES[machine.state], word: stateWord(machine, i18n), tone, hint: machine.nativeState }
}

/** Off is two things where a stopped machine may go on costing. */
function stateWord({ state, cloud }: Machine, { t }: I18n): string {
  if (state === 'stopped' && cloud?.billing === 'compute') return t('state.stopped-billed')
  if (state === 'stopped' && cloud?.stopBills && cloud.billing === 'storage') return t('state.deallocated')
  return t(`state.${state}`)
}

/** The dot of a connection or host; a connection with hosts of both kinds is `partly`. */
export function freshShape(freshness: Freshness): 'live' | 'lost' | 'never' {
  return freshness.state === 'live' ? 'live' : freshness.state === 'never' ? 'never' : 'lost'
}
