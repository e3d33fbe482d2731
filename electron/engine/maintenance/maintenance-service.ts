import type { DrainOrder, DrainPlan, Host, HostId, LeftMachine, Maintenance, MigrationSpec, TaskId } from '../../../shared/model/index.ts'
import type { Clock } from '../../providers/provider.ts'
import type { Looked } from '../migration/preflight.ts'
import type { EventSink, InventoryReader, Links } from '../ports.ts'
import { DoubleClicks } from '../tasks/double-click.ts'
import type { BulkLineage } from '../tasks/task-engine-options.ts'
import type { TaskAuthor, TaskRequest } from '../tasks/task-kind.ts'
import { type DrainPorts, type Planned, planDrain } from './drain-plan.ts'
import { DRAIN_KIND, headOf, knownAfter, moveOf, RETURN_KIND, shutdownOf } from './drain-requests.ts'
import type { MaintenanceBook, MaintenanceRecord } from './maintenance-book.ts'
import { maintenanceBusy, noHostToEmpty, notAHypervisor, notInMaintenance } from './maintenance-errors.ts'
import { timeOfAll } from './placement.ts'
import { planReturn } from './return-plan.ts'

export interface MaintenanceServiceOptions {
  readonly inventory: InventoryReader
  readonly links: Links
  readonly clock: Clock
  readonly book: MaintenanceBook
  readonly events: EventSink
  readonly look: (wish: MigrationSpec, signal: AbortSignal) => Promise<Looked>
  readonly tasks: {
    busyWith(targetId: string): string | undefined
    submitBulk(requests: readonly TaskRequest[], author: TaskAuthor, lineage: Pick<BulkLineage, 'head'>): Promise<{ readonly id: TaskId }>
  }
}

export interface Left {
  readonly taskId: TaskId | null
  readonly left: LeftMachine[]
}

/** Takes hosts out of use and back into it. What was told in the plan is what is done, each machine looked at again just before. */
export class MaintenanceService {
  readonly #options: MaintenanceServiceOptions
  readonly #drains: DoubleClicks<{ readonly taskId: TaskId | null }>
  readonly #returns: DoubleClicks<Left>

  constructor(options: MaintenanceServiceOptions) {
    this.#options = options
    this.#drains = new DoubleClicks(options.clock)
    this.#returns = new DoubleClicks(options.clock)
  }

  list(): Maintenance[] {
    return this.#options.book.all()
  }

  /** Throws `not-found` host.not-found, `unsupported` maintenance.not-a-host. */
  async plan(order: DrainOrder, signal: AbortSignal): Promise<DrainPlan> {
    const host = this.#host(order.hostId)
    const planned = await planDrain(this.#ports, host, order, signal)
    const moves = planned.flatMap(({ looked }) => (looked ? [looked.preflight.prediction] : []))
    return {
      hostId: host.id,
      items: planned.map(({ item }) => item),
      totalMs: timeOfAll(moves, order.atOnce),
      checkedAtMs: this.#options.clock.nowMs(),
    }
  }

  /** Closes the host first, so that nothing comes while it is planned. Throws `conflict` maintenance.busy and what {@link plan} does. */
  drain(order: DrainOrder, author: TaskAuthor, signal: AbortSignal, token?: string): Promise<{ readonly taskId: TaskId | null }> {
    return this.#drains.once([author.actor, 'drain', order.hostId], token, async () => {
      const { book, clock } = this.#options
      const host = this.#host(order.hostId)
      const before = book.get(host.id)
      if (before && before.state !== 'maintenance') throw maintenanceBusy(host.name, before.state)
      const fresh = { sinceMs: clock.nowMs(), actor: author.actor, reason: author.reason, moved: [], stopped: [] }
      await book.put({ ...(before ?? fresh), hostId: host.id, state: 'draining', taskId: null, order, going: [], stopping: [], stayed: [] })
      try {
        const planned = await planDrain(this.#ports, host, order, signal)
        await book.change(host.id, (record) => ({ ...record, ...this.#intended(planned) }))
        return { taskId: await this.#submit(DRAIN_KIND, host, requestsOf(host, planned), author) }
      } catch (thrown) {
        await (before ? book.put(before) : book.remove(host.id))
        throw thrown
      }
    })
  }

  /** Throws `precondition` maintenance.not-there, `conflict` maintenance.busy. */
  leave(hostId: HostId, bringBack: boolean, author: TaskAuthor, signal: AbortSignal, token?: string): Promise<Left> {
    return this.#returns.once([author.actor, 'leave', hostId], token, async () => {
      const { book, inventory } = this.#options
      const record = book.get(hostId)
      const host = inventory.get('host', hostId)
      if (!record) throw notInMaintenance(host?.name ?? hostId)
      if (record.state !== 'maintenance') throw maintenanceBusy(host?.name ?? hostId, record.state)
      if (!bringBack || !host) {
        await book.remove(hostId)
        return { taskId: null, left: [] }
      }
      await book.put({ ...record, state: 'returning', taskId: null })
      try {
        const { requests, left } = await planReturn({ ...this.#ports, host, record }, signal)
        const taskId = await this.#submit(RETURN_KIND, host, requests, author)
        if (left.length > 0) this.#tellLeft(host, left)
        return { taskId, left }
      } catch (thrown) {
        await book.put(record)
        throw thrown
      }
    })
  }

  get #ports(): DrainPorts {
    const { inventory, links, tasks, look } = this.#options
    return { inventory, links, look, busyWith: (id) => tasks.busyWith(id) }
  }

  #host(hostId: HostId): Host {
    const host = this.#options.inventory.get('host', hostId)
    if (!host) throw noHostToEmpty(hostId)
    if (host.kind !== 'hypervisor') throw notAHypervisor(host.name)
    return host
  }

  #intended(planned: readonly Planned[]): Pick<MaintenanceRecord, 'going' | 'stopping' | 'stayed'> {
    const { inventory } = this.#options
    return {
      going: planned.flatMap(({ machine, item: { toHostId } }) => (toHostId ? [knownAfter(machine, toHostId, inventory)] : [])),
      stopping: planned.flatMap(({ machine: { id, name }, item }) => (item.what === 'shut-down' ? [{ machineId: id, name }] : [])),
      stayed: planned.flatMap(({ item }) => (item.what === 'stays' ? [stayedOf(item)] : [])),
    }
  }

  /** Null: there was nothing to do, and the host is where it was to get to. */
  async #submit(kind: string, host: Host, requests: readonly TaskRequest[], author: TaskAuthor): Promise<TaskId | null> {
    const { book, tasks } = this.#options
    if (requests.length === 0) {
      await (kind === RETURN_KIND ? book.remove(host.id) : book.change(host.id, (record) => ({ ...record, state: 'maintenance' })))
      return null
    }
    const { id: taskId } = await tasks.submitBulk(requests, author, { head: headOf(kind, host) })
    // it may have ended by now
    await book.change(host.id, (record) => (record.state === 'maintenance' ? record : { ...record, taskId }))
    return taskId
  }

  #tellLeft({ id, name, connectionId }: Host, left: readonly LeftMachine[]): void {
    const names = left.map((one) => one.name).join(', ')
    this.#options.events.append({
      severity: 'warning',
      code: 'maintenance.not-back',
      params: { host: name, machines: names },
      text: `These machines were not brought back to ${name}: ${names}`,
      source: 'engine',
      hostId: id,
      connectionId,
      objectName: name,
    })
  }
}

function requestsOf(host: Host, planned: readonly Planned[]): TaskRequest[] {
  return planned.flatMap(({ machine, item, looked }) => {
    if (looked) return [moveOf(host, looked)]
    return item.what === 'shut-down' ? [shutdownOf(host, machine)] : []
  })
}

function stayedOf({ machineId, name, findings }: DrainPlan['items'][number]): LeftMachine {
  const reason = (findings.find(({ severity }) => severity === 'blocks') ?? findings[0])?.reason
  return { machineId, name, reason: reason ?? { code: 'maintenance.stayed', text: 'It stays.' } }
}
