import type { AppError } from '../../../shared/errors/index.ts'
import type { Connection } from '../../../shared/model/index.ts'
import type { Clock } from '../../providers/provider.ts'
import type { EventSink } from '../ports.ts'

type LinkEvent = 'connection.online' | 'connection.lost' | 'connection.unreachable' | 'connection.needs-attention'

/** A group is told when so long nothing was added, or so long after its first. */
const CALM_MS = 1_500
const LONGEST_MS = 20_000
/** Up to so many are told one by one. */
const SINGLE = 3
const NAMES = 5

interface Told {
  readonly connection: Connection
  readonly error: AppError | null
}

interface Group {
  readonly members: Map<string, Told>
  readonly sinceMs: number
  cancel: () => void
}

const SEVERITY = {
  'connection.online': 'info',
  'connection.lost': 'warning',
  'connection.unreachable': 'warning',
  'connection.needs-attention': 'warning',
} as const

const MANY = {
  'connection.online': { code: 'connections.online', text: (n: number) => `${n} connections are online` },
  'connection.lost': { code: 'connections.lost', text: (n: number) => `The links to ${n} connections were lost` },
  'connection.unreachable': { code: 'connections.unreachable', text: (n: number) => `${n} connections cannot be reached` },
  'connection.needs-attention': { code: 'connections.needs-attention', text: (n: number) => `${n} connections need attention` },
} as const

function single(event: LinkEvent, name: string, error: AppError | null): string {
  switch (event) {
    case 'connection.online':
      return `${name} is online.`
    case 'connection.lost':
      return `The link to ${name} was lost. ${error?.message ?? ''}`.trim()
    case 'connection.unreachable':
      return `${name} cannot be reached. ${error?.message ?? ''}`.trim()
    case 'connection.needs-attention':
      return `${name} needs attention. ${error?.message ?? ''}`.trim()
  }
}

/** Words about links for the event log. What happens to many at once is one line. */
export class LinkEvents {
  readonly #clock: Clock
  readonly #events: EventSink
  readonly #groups = new Map<LinkEvent, Group>()

  constructor(clock: Clock, events: EventSink) {
    this.#clock = clock
    this.#events = events
  }

  note(event: LinkEvent, connection: Connection, error: AppError | null): void {
    let group = this.#groups.get(event)
    if (!group) {
      group = { members: new Map(), sinceMs: this.#clock.nowMs(), cancel: () => {} }
      this.#groups.set(event, group)
    }
    group.members.set(connection.id, { connection, error })
    group.cancel()
    const left = group.sinceMs + LONGEST_MS - this.#clock.nowMs()
    group.cancel = this.#clock.after(Math.max(0, Math.min(CALM_MS, left)), () => this.#tell(event))
  }

  /** The same account is seen through other connections as well: each of its machines stands there twice. */
  addedTwice(connection: Connection, others: readonly Connection[]): void {
    const names = others.map(({ name }) => name)
    this.#events.append({
      severity: 'warning',
      source: 'engine',
      code: 'connection.added-twice',
      atMs: this.#clock.nowMs(),
      connectionId: connection.id,
      objectName: connection.name,
      params: { name: connection.name, others: names.join(', ') },
      text: `${connection.name} is an account that is here already, as ${names.join(', ')}: its machines are listed twice. Remove one of them.`,
    })
  }

  /** Our own network is gone: what was about to be said of single links is said by that. */
  networkDown(connections: number): void {
    this.#drop('connection.lost')
    this.#drop('connection.unreachable')
    this.#events.append({
      severity: 'error',
      code: 'network.down',
      source: 'engine',
      atMs: this.#clock.nowMs(),
      params: { connections },
      text: `No connection answers (${connections} tried): the network of this computer seems to be down. One is tried at a time until it is back.`,
    })
  }

  networkUp(downMs: number): void {
    this.#events.append({
      severity: 'info',
      code: 'network.up',
      source: 'engine',
      atMs: this.#clock.nowMs(),
      params: { downMs },
      text: `The network is back after ${Math.round(downMs / 1_000)} s. All connections are tried again.`,
    })
  }

  /** Tells what waits now: the engine stops. */
  flush(): void {
    for (const event of this.#groups.keys()) this.#tell(event)
  }

  #drop(event: LinkEvent): void {
    this.#groups.get(event)?.cancel()
    this.#groups.delete(event)
  }

  #tell(event: LinkEvent): void {
    const group = this.#groups.get(event)
    this.#drop(event)
    if (!group) return
    const members = [...group.members.values()]
    if (members.length <= SINGLE) {
      for (const { connection, error } of members) this.#tellOne(event, connection, error)
      return
    }
    const names = members.slice(0, NAMES).map(({ connection }) => connection.name)
    const { code, text } = MANY[event]
    this.#events.append({
      severity: SEVERITY[event],
      code,
      source: 'engine',
      atMs: this.#clock.nowMs(),
      params: { count: members.length, names, reason: members[0]?.error?.code ?? null },
      text: `${text(members.length)}: ${names.join(', ')}${members.length > NAMES ? ', …' : ''}.`,
    })
  }

  #tellOne(event: LinkEvent, connection: Connection, error: AppError | null): void {
    this.#events.append({
      severity: SEVERITY[event],
      code: event,
      source: 'engine',
      atMs: this.#clock.nowMs(),
      connectionId: connection.id,
      objectName: connection.name,
      params: { name: connection.name, ...(error && { reason: error.code, message: error.message }) },
      text: single(event, connection.name, error),
    })
  }
}
