import type { Machine } from '../../../shared/model/index.ts'
import type { PriceList } from '../../../shared/prices/index.ts'
import type { InventoryContext } from '../../../shared/query/index.ts'
import type { FleetIndex, LiveDelta, LiveStore } from '../../lib/live/index.ts'
import { type ColumnId, columnOf, naturalKey } from './columns.ts'
import { type GroupBy, groupsOf } from './groups.ts'

export interface GridView {
  readonly workspaceId: string
  /** Null: everything. */
  readonly matches: ((machine: Machine, context: InventoryContext) => boolean) | null
  /** The query asks for something that changes with samples or with time alone. */
  readonly volatileQuery: boolean
  readonly sort: { readonly column: ColumnId; readonly descending: boolean }
  readonly groupBy: GroupBy | null
  readonly collapsed: ReadonlySet<string>
  /** What an order by price goes by; null in every other order, which does not ask. */
  readonly prices: PriceList | null
}

export type GridRow =
  | { readonly kind: 'machine'; readonly key: string; readonly id: string }
  | { readonly kind: 'group'; readonly key: string; readonly value: string; readonly count: number; readonly collapsed: boolean }

export interface GridSnapshot {
  readonly rows: readonly GridRow[]
  /** Ids of the machines that match, in order, each once. */
  readonly ids: readonly string[]
  readonly total: number
}

export interface GridModelOptions {
  readonly store: LiveStore
  readonly index: FleetIndex
  readonly nowMs: () => number
  readonly setTimer: (run: () => void, delayMs: number) => () => void
}

interface Entry {
  readonly machine: Machine
  readonly key: string | number | null
}

const EMPTY: GridSnapshot = { rows: [], ids: [], total: 0 }
const SOON_MS = 40
const LOADING_MS = 150
/** Orders and memberships that depend on samples are renewed no more often than this. */
const LEISURE_MS = 2_000

/**
 * The rows of the grid: filtered, sorted, grouped. A change of the view computes at once; changes of the data compute only
 * when a row would move, come or go, and are put together. Samples alone never do, unless the view asks for them.
 */
export class GridModel {
  readonly #options: GridModelOptions
  readonly #context: InventoryContext & { nowMs: number; prices: PriceList | null }
  readonly #listeners = new Set<() => void>()
  #view: GridView | null = null
  #snapshot: GridSnapshot = EMPTY
  /** The machines that are shown, with what they were sorted by. */
  #entries: readonly Entry[] = []
  /** The same by id, made when it is first asked for: most views are replaced before any of their rows could move. */
  #keys: Map<string, string | number | null> | null = null
  /** Where the row that was last asked for stood. */
  #lastPosition = 0
  #ordered: { readonly workspaceId: string; readonly ids: readonly string[] } | null = null
  #cancelTimer: (() => void) | null = null
  #timerAtMs = 0
  #lastMs = 0

  constructor(options: GridModelOptions) {
    this.#options = options
    const { store } = options
    this.#context = {
      nowMs: options.nowMs(),
      host: (id) => store.get('host', id),
      connection: (id) => store.get('connection', id),
      network: (id) => store.get('network', id),
      prices: null,
    }
  }

  /** Follows the store until the returned function is called; may be started again. */
  start(): () => void {
    const { store } = this.#options
    const stop = store.onDelta((delta) => this.#onDelta(delta))
    // all is there: show it in the next turn, when the indexes have it, and not after the pause between two computations
    const stopPhase = store.subscribePhase(() => {
      if (store.phase === 'ready') this.#at(this.#options.nowMs())
    })
    this.#compute()
    return () => {
      stop()
      stopPhase()
      this.#cancelTimer?.()
      this.#cancelTimer = null
    }
  }

  get snapshot(): GridSnapshot {
    return this.#snapshot
  }

  /** How long the last computation took, in milliseconds: for the benchmarks. */
  get lastMs(): number {
    return this.#lastMs
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Where a row stands now; -1: nowhere. */
  positionOf(key: string): number {
    const { rows } = this.#snapshot
    if (rows[this.#lastPosition]?.key === key) return this.#lastPosition
    const position = rows.findIndex((row) => row.key === key)
    if (position >= 0) this.#lastPosition = position
    return position
  }

  setView(view: GridView): void {
    if (this.#view === view) return
    this.#view = view
    this.#context.prices = view.prices
    this.#compute()
  }

  #onDelta(delta: LiveDelta): void {
    if (this.#ordered && (delta.reset || namesChanged(delta))) this.#ordered = null
    if (!this.#view) return
    if (delta.reset) {
      this.#soon(this.#options.store.phase === 'ready' ? 0 : LOADING_MS)
      return
    }
    const sortColumn = columnOf(this.#view.sort.column)
    const volatileView = this.#view.volatileQuery || sortColumn?.volatile === true
    if (volatileView && (delta.machines.size > 0 || delta.entities.has('host') || delta.entities.has('connection'))) this.#soon(LEISURE_MS)
    let moved = false
    for (const [id, change] of delta.machines) {
      if (!change.metricsOnly && this.#moves(id, change.before, change.after)) {
        moved = true
        break
      }
    }
    if (moved) this.#soon(this.#options.store.phase === 'ready' ? SOON_MS : LOADING_MS)
  }

  /** Whether this change puts a row elsewhere, in or out. */
  #moves(id: string, before: Machine | undefined, after: Machine | undefined): boolean {
    const view = this.#view
    if (!view) return false
    this.#keys ??= new Map(this.#entries.map((entry) => [entry.machine.id, entry.key]))
    const known = this.#keys.has(id)
    if (!after || !before) return true
    this.#context.nowMs = this.#options.nowMs()
    const belongs = view.matches === null || view.matches(after, this.#context)
    if (belongs !== known) return true
    if (!belongs) return false
    if (
      view.groupBy &&
      groupsOf(before, view.groupBy, this.#context).join('\n') !== groupsOf(after, view.groupBy, this.#context).join('\n')
    )
      return true
    const column = columnOf(view.sort.column)
    return column !== undefined && !column.volatile && column.sortKey(after, this.#context) !== this.#keys.get(id)
  }

  #soon(delayMs: number): void {
    this.#at(this.#options.nowMs() + Math.max(delayMs, this.#lastMs * 4))
  }

  #at(wanted: number): void {
    if (this.#cancelTimer && this.#timerAtMs <= wanted) return
    this.#cancelTimer?.()
    this.#timerAtMs = wanted
    this.#cancelTimer = this.#options.setTimer(
      () => {
        this.#cancelTimer = null
        this.#compute()
      },
      Math.max(0, wanted - this.#options.nowMs()),
    )
  }

  #compute(): void {
    const view = this.#view
    if (!view) return
    const started = performance.now()
    this.#context.nowMs = this.#options.nowMs()
    const members = this.#options.index.members(`workspace/${view.workspaceId}`)
    if (this.#options.store.phase === 'loading') {
      // nothing is shown before all is there but how many have come
      this.#snapshot = { rows: [], ids: [], total: members.size }
      for (const listener of this.#listeners) listener()
      return
    }
    const entries = this.#filter(view)
    sortEntries(entries, view.sort)
    this.#entries = entries
    this.#keys = null
    const ids = entries.map((entry) => entry.machine.id)
    const rows = view.groupBy ? this.#grouped(entries, view, view.groupBy) : ids.map((id) => ({ kind: 'machine' as const, key: id, id }))
    this.#snapshot = { rows, ids, total: members.size }
    this.#lastMs = performance.now() - started
    for (const listener of this.#listeners) listener()
  }

  /** The workspace's machines by name: kept until one comes, goes or is renamed, so that most views need no sort at all. */
  #namesInOrder(view: GridView): readonly string[] {
    const known = this.#ordered
    if (known?.workspaceId === view.workspaceId) return known.ids
    const keyed = [...this.#options.index.members(`workspace/${view.workspaceId}`)].map((id) => ({
      id,
      key: naturalKey(this.#options.store.get('machine', id)?.name ?? ''),
    }))
    keyed.sort((a, b) => (a.key === b.key ? (a.id < b.id ? -1 : 1) : a.key < b.key ? -1 : 1))
    const ids = keyed.map((one) => one.id)
    this.#ordered = { workspaceId: view.workspaceId, ids }
    return ids
  }

  #filter(view: GridView): Entry[] {
    const { store } = this.#options
    const column = columnOf(view.sort.column)
    const entries: Entry[] = []
    for (const id of this.#namesInOrder(view)) {
      const machine = store.get('machine', id)
      if (!machine || (view.matches !== null && !view.matches(machine, this.#context))) continue
      entries.push({ machine, key: column?.sortKey(machine, this.#context) ?? null })
    }
    return entries
  }

  #grouped(entries: readonly Entry[], view: GridView, groupBy: GroupBy): GridRow[] {
    const groups = new Map<string, string[]>()
    for (const { machine } of entries) {
      for (const value of groupsOf(machine, groupBy, this.#context)) {
        const group = groups.get(value)
        if (group) group.push(machine.id)
        else groups.set(value, [machine.id])
      }
    }
    const rows: GridRow[] = []
    const ordered = [...groups].sort(([a], [b]) => compareKeys(a === '' ? null : naturalKey(a), b === '' ? null : naturalKey(b)))
    for (const [value, ids] of ordered) {
      const key = `group/${groupBy}/${value}`
      const collapsed = view.collapsed.has(key)
      rows.push({ kind: 'group', key, value, count: ids.length, collapsed })
      if (!collapsed) for (const id of ids) rows.push({ kind: 'machine', key: `${value}/${id}`, id })
    }
    return rows
  }
}

function compareKeys(a: string | number | null, b: string | number | null): number {
  if (a === b) return 0
  if (a === null) return 1
  if (b === null) return -1
  return a < b ? -1 : 1
}

function namesChanged(delta: LiveDelta): boolean {
  if (delta.entities.has('connection') && !delta.agesOnly) return true
  for (const { before, after, metricsOnly } of delta.machines.values()) {
    if (!metricsOnly && before?.name !== after?.name) return true
  }
  return false
}

/** Absent values last in both directions; equal ones stay by name, which is the order they come in. */
function sortEntries(entries: Entry[], sort: GridView['sort']): void {
  if (sort.column === 'name') {
    if (sort.descending) entries.reverse()
    return
  }
  const sign = sort.descending ? -1 : 1
  entries.sort((a, b) => {
    if (a.key === b.key) return 0
    if (a.key === null) return 1
    if (b.key === null) return -1
    return a.key < b.key ? -sign : sign
  })
}
