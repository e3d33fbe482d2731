import { AppError } from '../../../shared/errors/index.ts'
import { type ConnectionId, type Host, type Machine, machineFreshness, machineSeenAtMs } from '../../../shared/model/index.ts'
import { compileQuery, formatQuery, type InventoryContext, MACHINE_FIELDS, parseQuery } from '../../../shared/query/index.ts'
import type { Clock } from '../../providers/provider.ts'
import type { Inventory } from './inventory.ts'
import { MachineRows, type QueriedMachine } from './machine-rows.ts'
import { type Narrowed, narrow } from './narrowing.ts'

export type MachineSort = 'name' | 'state' | 'host' | 'cpu' | 'memory' | 'seen'

export interface MachineListRequest {
  readonly query: string
  readonly workspaceId?: string | undefined
  readonly sort: MachineSort
  readonly descending: boolean
  readonly limit: number
  readonly cursor?: string | undefined
}

export interface MachineRow {
  readonly machine: Machine
  readonly hostName: string
  readonly connectionName: string
  readonly seenAtMs: number
  readonly freshness: 'live' | 'stale' | 'cached' | 'never'
}

export interface MachinePage {
  readonly total: number
  readonly items: readonly MachineRow[]
  readonly cursor: string | null
}

export interface HostRow {
  readonly host: Host
  readonly connectionName: string
  readonly machines: number
  readonly running: number
}

interface HostFilter {
  readonly workspaceId?: string | undefined
  readonly connectionId?: ConnectionId | undefined
}

const BY_NAME = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })
/** How old an answer may be when since then only samples have come. */
const FRESH_MS = 250
const MOST_ANSWERS = 64
const CURSOR_LENGTH = 200

interface Answer {
  readonly ids: readonly string[]
  readonly atMs: number
}

/** Questions about machines and hosts, answered from memory. Answers are kept until something but samples has changed. */
export class MachineQueries {
  readonly #inventory: Inventory
  readonly #clock: Clock
  readonly #answers = new Map<string, Answer>()
  /** Whole answers, the same frozen object for all who ask before anything at all has changed. */
  readonly #pages = new Map<string, Timed<MachinePage>>()
  readonly #hostRows = new Map<string, Timed<readonly HostRow[]>>()
  readonly #candidates = new Map<string, readonly QueriedMachine[]>()
  readonly #rows: MachineRows

  constructor(inventory: Inventory, clock: Clock) {
    this.#inventory = inventory
    this.#clock = clock
    this.#rows = new MachineRows(inventory)
    inventory.subscribe((changes) => {
      this.#pages.clear()
      this.#hostRows.clear()
      for (const { entity, quiet } of changes) {
        if (quiet || entity === 'task') continue
        this.#answers.clear()
        this.#candidates.clear()
      }
    })
  }

  /** All machines that match. Throws `invalid-input` with the code, place and parameters of the query's fault. */
  select(query: string, workspaceId?: string): readonly Machine[] {
    const machines: Machine[] = []
    for (const id of this.#matching({ query, workspaceId, sort: 'name', descending: false })) {
      const machine = this.#inventory.get('machine', id)
      if (machine) machines.push(machine)
    }
    return machines
  }

  list(request: MachineListRequest): MachinePage {
    const { query, workspaceId = null, sort, descending, limit, cursor = null } = request
    return remembered(this.#pages, this.#clock.nowMs(), JSON.stringify([query, workspaceId, sort, descending, limit, cursor]), () =>
      this.#page(request),
    )
  }

  #page(request: MachineListRequest): MachinePage {
    const ids = this.#matching(request)
    const start = startOf(ids, request.cursor)
    const end = Math.min(ids.length, start + request.limit)
    const items: MachineRow[] = []
    for (const id of ids.slice(start, end)) {
      const machine = this.#inventory.get('machine', id)
      if (machine) items.push(this.#row(machine))
    }
    return { total: ids.length, items, cursor: end < ids.length ? cursorAt(end, ids[end - 1] ?? '') : null }
  }

  hosts(filter: HostFilter): readonly HostRow[] {
    const key = JSON.stringify([filter.workspaceId ?? null, filter.connectionId ?? null])
    return remembered(this.#hostRows, this.#clock.nowMs(), key, () => this.#hosts(filter))
  }

  #hosts(filter: HostFilter): readonly HostRow[] {
    const inventory = this.#inventory
    const running = inventory.idsBy('machine', 'state', 'running')
    const rows: HostRow[] = []
    for (const host of inventory.all('host')) {
      const connection = inventory.get('connection', host.connectionId)
      if (filter.connectionId !== undefined && host.connectionId !== filter.connectionId) continue
      if (filter.workspaceId !== undefined && connection?.workspaceId !== filter.workspaceId) continue
      const machines = inventory.idsBy('machine', 'hostId', host.id)
      let runningHere = 0
      for (const id of machines) if (running.has(id)) runningHere++
      rows.push({ host, connectionName: connection?.name ?? '', machines: machines.size, running: runningHere })
    }
    return rows.sort((a, b) => BY_NAME.compare(a.host.name, b.host.name))
  }

  #row(machine: Machine): MachineRow {
    const host = this.#inventory.get('host', machine.hostId)
    const connection = this.#inventory.get('connection', machine.connectionId)
    return {
      machine,
      hostName: host?.name ?? '',
      connectionName: connection?.name ?? '',
      seenAtMs: machineSeenAtMs(machine, host),
      freshness: machineFreshness(connection, host).state,
    }
  }

  #matching(request: Pick<MachineListRequest, 'query' | 'workspaceId' | 'sort' | 'descending'>): readonly string[] {
    const key = JSON.stringify([request.query, request.workspaceId ?? null, request.sort, request.descending])
    const known = this.#answers.get(key)
    if (known && isFresh(known.atMs, this.#clock.nowMs())) return known.ids
    const machines = this.#filter(request.query, request.workspaceId)
    this.#sort(machines, request.sort, request.descending)
    const ids = machines.map((machine) => machine.id)
    if (this.#answers.size >= MOST_ANSWERS) this.#answers.clear()
    this.#answers.set(key, { ids, atMs: this.#clock.nowMs() })
    return ids
  }

  /** In the order of names. */
  #filter(query: string, workspaceId: string | undefined): Machine[] {
    const parsed = parseQuery(query, MACHINE_FIELDS)
    if (!parsed.ok) throw badQuery(query, parsed.error)
    const inventory = this.#inventory
    const narrowed = narrow(parsed.ast, inventory)
    const matches = compileQuery(narrowed?.rest ?? parsed.ast, MACHINE_FIELDS)
    let row: QueriedMachine | undefined
    const rows = this.#rows
    const context: InventoryContext = {
      nowMs: this.#clock.nowMs(),
      host: (id) => inventory.get('host', id),
      connection: (id) => inventory.get('connection', id),
      network: (id) => inventory.get('network', id),
      searchedText: () => (row ? rows.textOf(row, context) : ''),
    }
    const found: Machine[] = []
    for (row of narrowed ? this.#candidatesOf(narrowed) : rows.sorted()) {
      if (workspaceId !== undefined && row.workspaceId !== workspaceId) continue
      if (matches(row.machine, context)) found.push(row.machine)
    }
    return found
  }

  /** The rows that the indexes give, in the order of names: questions that differ in their figures only share them. */
  #candidatesOf({ sets: [smallest, ...others], answered }: Narrowed): readonly QueriedMachine[] {
    const key = formatQuery(answered)
    let candidates = this.#candidates.get(key)
    if (!candidates) {
      const rows = this.#rows.of(smallest)
      candidates = rows.filter(({ machine }) => others.every((ids) => ids.has(machine.id))).sort((a, b) => a.rank - b.rank)
      if (this.#candidates.size >= MOST_ANSWERS) this.#candidates.clear()
      this.#candidates.set(key, candidates)
    }
    return candidates
  }

  /** Stable: equal ones stay in the order of names. What is not known comes last either way. */
  #sort(machines: Machine[], sort: MachineSort, descending: boolean): void {
    const inventory = this.#inventory
    const host = (machine: Machine): Host | undefined => inventory.get('host', machine.hostId)
    const text = (of: (machine: Machine) => string) => (a: Machine, b: Machine) => BY_NAME.compare(of(a), of(b)) * (descending ? -1 : 1)
    const number = (of: (machine: Machine) => number | null | undefined) => (a: Machine, b: Machine) => {
      const left = of(a) ?? null
      const right = of(b) ?? null
      if (left === null || right === null) return Number(left === null) - Number(right === null)
      return descending ? right - left : left - right
    }
    switch (sort) {
      case 'name':
        if (descending) machines.reverse()
        return
      case 'state':
        machines.sort(text((machine) => machine.state))
        return
      case 'host':
        machines.sort(text((machine) => host(machine)?.name ?? ''))
        return
      case 'cpu':
        machines.sort(number((machine) => machine.metrics?.cpuPercent))
        return
      case 'memory':
        machines.sort(number((machine) => machine.memoryKiB))
        return
      case 'seen':
        machines.sort(number((machine) => machineSeenAtMs(machine, host(machine))))
    }
  }
}

/** An answer from the future is of a clock that was set back since: who knows how old it is. */
function isFresh(atMs: number, nowMs: number): boolean {
  return nowMs >= atMs && nowMs - atMs < FRESH_MS
}

interface Timed<T> {
  readonly answer: T
  readonly atMs: number
}

/** The answer to a question, frozen: it goes to many. Not for long: queries may ask for ages. */
function remembered<T extends object>(answers: Map<string, Timed<T>>, nowMs: number, key: string, work: () => T): T {
  const known = answers.get(key)
  if (known && isFresh(known.atMs, nowMs)) return known.answer
  const answer = Object.freeze(work())
  if (answers.size >= MOST_ANSWERS) answers.clear()
  answers.set(key, { answer, atMs: nowMs })
  return answer
}

/** A page begins after the last object of the one before; when that has gone, at its place. */
function startOf(ids: readonly string[], cursor: string | undefined): number {
  if (cursor === undefined) return 0
  const offset = Number.parseInt(cursor, 10)
  if (!(offset >= 0)) throw new AppError({ kind: 'invalid-input', code: 'input.bad-cursor', message: 'The cursor is not one of ours.' })
  const id = cursor.slice(cursor.indexOf(':') + 1)
  if (ids[offset - 1] === id || id === '') return offset
  const now = ids.indexOf(id)
  return now < 0 ? Math.min(offset, ids.length) : now + 1
}

function cursorAt(offset: number, lastId: string): string {
  const cursor = `${offset}:${lastId}`
  return cursor.length <= CURSOR_LENGTH ? cursor : `${offset}:`
}

function badQuery(
  query: string,
  error: { readonly code: string; readonly params: object; readonly from: number; readonly to: number },
): AppError {
  return new AppError({
    kind: 'invalid-input',
    code: error.code,
    message: `The query cannot be read at column ${error.from + 1}: ${query.slice(error.from, error.to) || 'end'}`,
    details: { from: error.from, to: error.to, params: JSON.parse(JSON.stringify(error.params)) as Record<string, string> },
  })
}
