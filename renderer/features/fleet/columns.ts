import {
  type CloudFacts,
  type Connection,
  type Host,
  type Machine,
  machineFreshness,
  machineSeenAtMs,
} from '../../../shared/model/index.ts'
import type { PriceList } from '../../../shared/prices/index.ts'
import type { MessageKey } from '../../lib/i18n/index.ts'
import { costOfMachine } from '../../lib/prices/index.ts'

export const COLUMN_IDS = [
  'state',
  'name',
  'tags',
  'host',
  'type',
  'zone',
  'vcpu',
  'cpu',
  'memory',
  'ip',
  'system',
  'billing',
  'price',
  'launched',
  'seen',
] as const
export type ColumnId = (typeof COLUMN_IDS)[number]

/** Of what only machines of clouds have, the price alone is shown to whoever never chose. */
export const FIRST_COLUMNS: readonly ColumnId[] = COLUMN_IDS.filter((id) => !['type', 'zone', 'billing', 'launched'].includes(id))

export interface MachineContext {
  readonly host: (id: string) => Host | undefined
  readonly connection: (id: string) => Connection | undefined
  /** Null: there is no list of prices (yet). */
  readonly prices: PriceList | null
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
  /** Only machines of clouds have it: without an account of one there is no such column. */
  readonly ofClouds?: boolean
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
    width: 120,
    sortKey: (machine, context) => naturalKey(context.host(machine.hostId)?.name ?? ''),
  },
  { id: 'type', label: 'column.type', align: 'start', width: 128, ofClouds: true, sortKey: ({ cloud }) => naturalOrNull(cloud?.type) },
  {
    id: 'zone',
    label: 'column.zone',
    align: 'start',
    width: 120,
    ofClouds: true,
    sortKey: ({ cloud }) => naturalOrNull(cloud && placeOf(cloud)),
  },
  { id: 'vcpu', label: 'column.vcpu', align: 'end', width: 44, sortKey: (machine) => (machine.vcpus > 0 ? machine.vcpus : null) },
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
  { id: 'system', label: 'column.system', align: 'start', width: 96, sortKey: (machine) => machine.os?.toLowerCase() ?? null },
  { id: 'billing', label: 'column.billing', align: 'start', width: 136, ofClouds: true, sortKey: ({ cloud }) => cloud?.billing ?? null },
  {
    id: 'price',
    label: 'column.price',
    align: 'end',
    width: 112,
    ofClouds: true,
    sortKey: (machine, context) => costOfMachine(context.prices, machine, context.connection(machine.connectionId)?.providerId).usdPerMonth,
  },
  { id: 'launched', label: 'column.launched', align: 'end', width: 96, ofClouds: true, sortKey: ({ cloud }) => cloud?.createdAtMs ?? null },
  {
    id: 'seen',
    label: 'column.seen',
    align: 'start',
    width: 138,
    fixed: true,
    volatile: true,
    sortKey: (machine, context) => machineSeenAtMs(machine, context.host(machine.hostId)),
  },
]

/** The part of an account that is read as one stands where a host does. */
export function columnLabel(column: Column, hasClouds: boolean): MessageKey {
  return column.id === 'host' && hasClouds ? 'column.host-or-region' : column.label
}

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

function naturalOrNull(text: string | null | undefined): string | null {
  return text === null || text === undefined ? null : naturalKey(text)
}

/** The zone, which names its region in most clouds; in Azure it is a number. */
export function placeOf({ region, zone }: Pick<CloudFacts, 'region' | 'zone'>): string {
  if (zone === null) return region
  return zone.startsWith(region) ? zone : `${region}-${zone}`
}

/** What is left out to fit, in the order of the visual rules; the names are CSS hooks of the grid. */
export const DROPS = ['spark', 'bar', 'ip', 'system', 'second-tag', 'tags', 'launched', 'billing', 'zone', 'type', 'vcpu', 'host'] as const
export type Drop = (typeof DROPS)[number]

/** They make room for the price alone, which does not leave. */
const FOR_PRICE: ReadonlySet<Drop> = new Set<Drop>(['vcpu', 'host'])

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

/** Those that there are at all, with or without an account of a cloud. */
export function columnsFor(hasClouds: boolean): readonly Column[] {
  return hasClouds ? COLUMNS : COLUMNS.filter((column) => !column.ofClouds)
}

/** Which columns fit into `available` pixels, and how wide they are. */
export function layoutColumns(chosen: readonly ColumnId[], available: number, hasClouds = false): Layout {
  const drops = new Set<Drop>()
  let columns = columnsFor(hasClouds).filter((column) => column.fixed || chosen.includes(column.id))
  const sum = () => columns.reduce((total, column) => total + widthOf(column, drops), SELECT_WIDTH + GAP_END)
  for (const drop of DROPS) {
    if (available <= 0 || sum() <= available) break
    if (FOR_PRICE.has(drop) && !columns.some(({ id }) => id === 'price')) break
    drops.add(drop)
    columns = columns.filter((column) => column.id !== drop)
  }
  const template = columns.map((column) => (column.flex ? `minmax(${column.width}px, 1fr)` : `${widthOf(column, drops)}px`)).join(' ')
  return { columns, drops, template: `${SELECT_WIDTH}px ${template}` }
}
