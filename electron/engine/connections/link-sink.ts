import type { AppError } from '../../../shared/errors/index.ts'
import type { ConnectionId, Freshness, MachineId, MachineMetrics } from '../../../shared/model/index.ts'
import type { Clock, ProviderChange, ProviderEvent, ProviderSink } from '../../providers/provider.ts'
import { providedId } from '../inventory/facts.ts'
import type { Inventory } from '../inventory/inventory.ts'
import type { MetricsHistory } from '../metrics/metrics-history.ts'
import type { EventSink } from '../ports.ts'

/** Of the same trouble of one connection at most so many lines in a window; the rest is counted. */
const STORM_LINES = 10
const STORM_WINDOW_MS = 10_000

interface Storm {
  count: number
  last: ProviderEvent
}

export interface LinkSinkOptions {
  readonly connectionId: ConnectionId
  readonly inventory: Inventory
  readonly metrics: MetricsHistory
  readonly events: EventSink
  readonly clock: Clock
}

/** Where one link's observations go. Closed with its link: what comes late from a former link is not heard. */
export class LinkSink implements ProviderSink {
  readonly #options: LinkSinkOptions
  readonly #storms = new Map<string, Storm>()
  readonly #timers = new Set<() => void>()
  readonly #unseen = new Map<string, Freshness>()
  #open = true

  constructor(options: LinkSinkOptions) {
    this.#options = options
  }

  close(): void {
    this.#open = false
    for (const cancel of this.#timers) cancel()
    for (const code of this.#storms.keys()) this.#calm(code)
  }

  changes(batch: readonly ProviderChange[]): void {
    if (this.#open) this.#options.inventory.applyChanges(this.#options.connectionId, batch, { state: 'live' })
  }

  metrics(samples: Parameters<ProviderSink['metrics']>[0]): void {
    if (!this.#open) return
    const { connectionId, inventory, metrics } = this.#options
    inventory.applyMetrics(
      connectionId,
      samples.filter(({ isPast }) => isPast !== true),
    )
    const past = new Map<MachineId, MachineMetrics[]>()
    for (const sample of samples) {
      const id = providedId(connectionId, 'machine', sample.ref)
      if (!inventory.get('machine', id)) continue
      if (sample.isPast !== true) metrics.add(id, sample.metrics)
      else past.set(id, [...(past.get(id) ?? []), sample.metrics])
    }
    for (const [id, late] of past) metrics.addPast(id, late)
  }

  confirmed(hostRef: string, atMs: number): void {
    if (!this.#open) return
    const { connectionId, inventory } = this.#options
    this.#unseen.delete(hostRef)
    inventory.confirmHost(connectionId, hostRef, atMs)
  }

  unseen(hostRef: string, sinceMs: number, why: AppError): void {
    if (!this.#open) return
    const { connectionId, inventory, events } = this.#options
    const isNew = !this.#unseen.has(hostRef)
    this.#unseen.set(hostRef, { state: 'stale', sinceMs, reason: why.code })
    this.applyUnseen()
    if (!isNew) return
    const hostId = providedId(connectionId, 'host', hostRef)
    const name = inventory.get('host', hostId)?.name ?? hostRef
    events.append({
      severity: 'warning',
      source: 'provider',
      code: 'host.unseen',
      text: `${name} cannot be read: ${why.message}`,
      params: { name, reason: why.code },
      atMs: sinceMs,
      connectionId,
      hostId,
      machineId: null,
      objectName: name,
    })
  }

  /** What a link cannot read is not as live as the link itself. */
  applyUnseen(): void {
    const { connectionId, inventory } = this.#options
    for (const [hostRef, freshness] of this.#unseen) inventory.update('host', providedId(connectionId, 'host', hostRef), { freshness })
  }

  event(event: ProviderEvent): void {
    if (!this.#open) return
    if (event.severity === 'info' || !this.#isStorm(event)) this.#append(event, event.code, event.text, event.params)
  }

  #isStorm(event: ProviderEvent): boolean {
    const storm = this.#storms.get(event.code)
    if (storm) {
      storm.count++
      storm.last = event
      return storm.count > STORM_LINES
    }
    this.#storms.set(event.code, { count: 1, last: event })
    const cancel = this.#options.clock.after(STORM_WINDOW_MS, () => {
      this.#timers.delete(cancel)
      this.#calm(event.code)
    })
    this.#timers.add(cancel)
    return false
  }

  #calm(code: string): void {
    const storm = this.#storms.get(code)
    this.#storms.delete(code)
    const more = (storm?.count ?? 0) - STORM_LINES
    if (!storm || more <= 0) return
    this.#append(storm.last, 'events.repeated', `${more} more of: ${storm.last.text}`, { code, count: more })
  }

  #append(event: ProviderEvent, code: string, text: string, params: ProviderEvent['params']): void {
    const { connectionId, inventory, events } = this.#options
    const machineId = event.machineRef === null ? null : providedId(connectionId, 'machine', event.machineRef)
    const machine = machineId === null ? undefined : inventory.get('machine', machineId)
    const hostId = event.hostRef === null ? (machine?.hostId ?? null) : providedId(connectionId, 'host', event.hostRef)
    const name = machine?.name ?? event.params.name
    events.append({
      severity: event.severity,
      source: 'provider',
      code,
      text,
      params,
      atMs: event.atMs,
      connectionId,
      hostId,
      machineId,
      objectName: typeof name === 'string' ? name : hostId === null ? null : (inventory.get('host', hostId)?.name ?? null),
    })
  }
}
