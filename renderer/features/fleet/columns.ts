import { type Connection, type Host, type Machine, machineFreshness, machineSeenAtMs } from '../../../shared/model/index.ts'
import type { MessageKey } from '../../lib/i18n/index.ts'

export const COLUMN_IDS = ['state', 'name', 'tags', 'host', 'vcpu', 'cpu', 'memory', 'ip', 'system', 'seen'] as const
export type ColumnId = (typeof COLUMN_IDS)[number]

export interface MachineContext {
  readonly host: (id: string) => Host | undefined
  readonly connection: (id: string) => Connection | undefined
}

export interface Column {
  readonly id: ColumnId
  readonly label: MessageKey
  readonly align: 'start' | 'end'
  /** Pixels. `flex`: takes what is left, at least this. */
  readonly width: number
  readonly flex?: boolean
  /** Never chosen away, never dropped for want of room. */
  readonly fixed?: boolean
  /** Changes with every sample: an order by it is renewed at leisure. */
  readonly volatile?: boolean
  /** Sorts by this; null sorts last in both directions. */
  readonly sortKey: (machine: Machine, context: MachineContext) => string | number | null
}

const STATE_ORDER: Readonly<Record<Machine['state'], number>> = {
  crashed: 0,
  starting: 2,
  stopping: 3,
  migrating: 4,
  running: 5,
  paused: 6,
  suspended: 7,
  saved: 8,
  stopped: 9,
  unknown: 10,
}

export const COLUMNS: readonly Column[] = [
  {
    id: 'state',
    label: 'column.state',
    align: 'start',
    width: 118,
    fixed: true,
    sortKey: (machine, context) => {
      const fresh = machineFreshness(context.connection(machine.connectionId), context.host(machine.hostId)).state === 'live'
      const order = machine.attention ? 1 : STATE_ORDER[machine.state]
      return fresh ? order : 20 + order
    },
  },
  {
    id: 'name',
    label: 'column.name',
    align: 'start',
    width: 130,
    flex: true,
    fixed: true,
    sortKey: (machine) => naturalKey(machine.name),
  },
  { id: 'tags', label: 'column.tags', align: 'start', width: 120, sortKey: (machine) => machine.tags.join(' ').toLowerCase() || null },
  {
    id: 'host',
    label: 'column.host',
    align: 'start',
    width: 132,
    sortKey: (machine, context) => naturalKey(context.host(machine.hostId)?.name ?? ''),
  },
  { id: 'vcpu', label: 'column.vcpu', align: 'end', width: 44, sortKey: (machine) => machine.vcpus },
  { id: 'cpu', label: 'column.cpu', align: 'end', width: 110, volatile: true, sortKey: (machine) => machine.metrics?.cpuPercent ?? null },
  {
    id: 'memory',
    label: 'column.memory',
    align: 'end',
    width: 122,
    volatile: true,
    sortKey: (machine) => machine.metrics?.memoryUsedKiB ?? (machine.state === 'running' ? machine.memoryKiB : null),
  },
  {
    id: 'ip',
    label: 'column.ip',
    align: 'start',
    width: 120,
    sortKey: (machine) => (machine.addresses[0] ? naturalKey(machine.addresses[0]) : null),
  },
  { id: 'system', label: 'column.system', align: 'start', width: 104, sortKey: (machine) => machine.os?.toLowerCase() ?? null },
  {
    id: 'seen',
    label: 'column.seen',
    align: 'start',
    width: 150,
    fixed: true,
    volatile: true,
    sortKey: (machine, context) => machineSeenAtMs(machine, context.host(machine.hostId)),
  },
]

export function columnOf(id: string): Column | undefined {
  return COLUMNS.find((column) => column.id === id)
}

const naturalKeys = new Map<string, string>()
const ASCII = /^[ -~]*$/
const ZEROS = '0'.repeat(12)

const isDigit = (code: number): boolean => code >= 48 && code <= 57

/** Each number in twelve digits. A regular expression with a function takes five times as long, and a page's first sight waits for it. */
function padNumbers(text: string): string {
  let key = ''
  let from = 0
  for (let at = 0; at < text.length; at += 1) {
    if (!isDigit(text.charCodeAt(at))) continue
    let end = at + 1
    while (end < text.length && isDigit(text.charCodeAt(end))) end += 1
    key += text.slice(from, at) + ZEROS.slice(Math.min(ZEROS.length, end - at)) + text.slice(at, end)
    from = end
    at = end
  }
  return from === 0 ? text : key + text.slice(from)
}

/** A key that sorts `web-2` before `web-10` by plain comparison: a collator is forty times slower over 10,000 names. */
export function naturalKey(text: string): string {
  const known = naturalKeys.get(text)
  if (known !== undefined) return known
  if (naturalKeys.size > 100_000) naturalKeys.clear()
  const plain = ASCII.test(text) ? text.toLowerCase() : text.normalize('NFKD').toLowerCase().replaceAll(/\p{M}/gu, '')
  const key = padNumbers(plain)
  naturalKeys.set(text, key)
  return key
}

/** What is left out to fit, in the order of the visual rules; the names are CSS hooks of the grid. */
export const DROPS = ['spark', 'bar', 'ip', 'system', 'second-tag', 'tags'] as const
export type Drop = (typeof DROPS)[number]

const SELECT_WIDTH = 34
const GAP_END = 12

export interface Layout {
  readonly columns: readonly Column[]
  readonly drops: ReadonlySet<Drop>
  readonly template: string
}

function widthOf(column: Column, drops: ReadonlySet<Drop>): number {
  if (column.id === 'cpu' && drops.has('spark')) return 60
  if (column.id === 'memory' && drops.has('bar')) return 92
  if (column.id === 'tags' && drops.has('second-tag')) return 88
  return column.width
}

/** Which columns fit into `available` pixels, and how wide they are. */
export function layoutColumns(chosen: readonly ColumnId[], available: number): Layout {
  const drops = new Set<Drop>()
  let columns = COLUMNS.filter((column) => column.fixed || chosen.includes(column.id))
  const sum = () => columns.reduce((total, column) => total + widthOf(column, drops), SELECT_WIDTH + GAP_END)
  for (const drop of DROPS) {
    if (available <= 0 || sum() <= available) break
    drops.add(drop)
    if (drop === 'ip' || drop === 'system' || drop === 'tags') columns = columns.filter((column) => column.id !== drop)
  }
  const template = columns.map((column) => (column.flex ? `minmax(${column.width}px, 1fr)` : `${widthOf(column, drops)}px`)).join(' ')
  return { columns, drops, template: `${SELECT_WIDTH}px ${template}` }
}
