import type { DrainOrder, DrainPlan, Host, HostId, LeftMachine, Maintenance, MigrationSpec, TaskId } from '../../../shared/model/index.ts'
import type { Clock } from '../../providers/provider.ts'
import type { ComingTo } from '../migration/coming.ts'
import type { Looked } from '../migration/preflight.ts'
import { linkTo } from '../migration/sides.ts'
import type { EventSink, InventoryReader, Links } from '../ports.ts'
import { DoubleClicks } from '../tasks/double-click.ts'
import type { BulkLineage } from '../tasks/task-engine-options.ts'
import type { TaskAuthor, TaskRequest } from '../tasks/task-kind.ts'
import { heldBy } from '../tasks/task-ledger.ts'
import { stillHere } from './as-it-is.ts'
import type { DrainPorts, Promised } from './drain-open.ts'
import { type Planned, planDrain } from './drain-plan.ts'
import { busyReason, DRAIN_KIND, headOf, knownAfter, moveOf, RETURN_KIND, shutdownOf } from './drain-requests.ts'
import type { MaintenanceBook, MaintenanceRecord } from './maintenance-book.ts'
import { maintenanceBusy, noHostToEmpty, notAHypervisor, notInMaintenance } from './maintenance-errors.ts'
import { isOff, timeOfAll } from './placement.ts'
import { busyBack, planReturn } from './return-plan.ts'

/** Hosts that one machine is moved to in vain before it stays. */
const MOST_TARGETS = 4

export interface MaintenanceServiceOptions {
  readonly inventory: InventoryReader
  readonly links: Links
  readonly clock: Clock
  readonly book: MaintenanceBook
  readonly events: EventSink
  readonly onTheWay: ComingTo
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

  /** Of a host that stands empty: who runs there all the same by now. */
  list(): Maintenance[] {
    const { book, inventory } = this.#options
    return book.all().map((record) => (record.state === 'maintenance' ? { ...record, stayed: stillHere(record, inventory) } : record))
  }

  /** Throws `not-found` host.not-found, `unsupported` maintenance.not-a-host. */
  async plan(order: DrainOrder, signal: AbortSignal): Promise<DrainPlan> {
    const host = this.#host(order.hostId)
    const planned = await planDrain(this.#ports, host, order, signal)
    return {
      hostId: host.id,
      items: planned.map(({ item }) => item),
      totalMs: timeOfMoves(
        planned.flatMap(({ looked }) => looked ?? []),
        order.atOnce,
      ),
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
      const fresh = { expectedMs: null, sinceMs: clock.nowMs(), actor: author.actor, reason: author.reason, moved: [], stopped: [] }
      await book.put({
        ...(before ?? fresh),
        hostId: host.id,
        state: 'draining',
        taskId: null,
        order,
        going: [],
        stopping: [],
        stayed: [],
        tried: [],
      })
      try {
        const planned = await planDrain(this.#ports, host, order, signal)
        await book.change(host.id, (record) => ({ ...record, ...this.#intended(planned, order) }))
        return { taskId: (await this.#submit(DRAIN_KIND, host, requestsOf(host, planned), author)).taskId }
      } catch (thrown) {
        await (before ? book.put(before) : book.remove(host.id))
        throw thrown
      }
    })
  }

  /**
   * A drain whose task has ended goes on with machines that could not go where they were to go, by the same order, with hosts that they have not
   * been tried with. Null: there is none, and they stay. Nobody is shut down for it: that was not in the plan.
   */
  async goOn(hostId: HostId, machineIds: readonly string[], author: TaskAuthor, signal: AbortSignal): Promise<TaskId | null> {
    const { book, inventory } = this.#options
    const record = book.get(hostId)
    const host = inventory.get('host', hostId)
    if (!record || !host) return null
    const order: DrainOrder = { ...record.order, others: 'leave' }
    const chosen = new Set<string>(order.chosen.map(({ machineId }) => machineId))
    const triesOf = (id: string) => record.tried.filter(({ machineId }) => machineId === id)
    // where somebody has chosen its target, it goes there or stays
    const open = machineIds.filter((id) => triesOf(id).length < (chosen.has(id) ? 1 : MOST_TARGETS))
    const again = { machineIds: new Set(open), tried: open.flatMap((id) => given(triesOf(id))) }
    const planned = (await planDrain(this.#ports, host, order, signal, again)).filter(({ looked }) => looked !== null)
    if (planned.length === 0) return null
    const { going, expectedMs } = this.#intended(planned, order)
    const isGoing = ({ machineId }: { readonly machineId: string }) => going.some((one) => one.machineId === machineId)
    await book.change(hostId, (one) => ({
      ...one,
      expectedMs,
      going: [...one.going.filter((before) => !isGoing(before)), ...going],
      stayed: one.stayed.filter((before) => !isGoing(before)),
    }))
    try {
      return (await this.#submit(DRAIN_KIND, host, requestsOf(host, planned), author)).taskId
    } catch (thrown) {
      await book.put(record)
      throw thrown
    }
  }

  /** Throws `precondition` maintenance.not-there, `conflict` maintenance.busy, `unreachable` link.not-live of a host that is not back. */
  leave(hostId: HostId, bringBack: boolean, author: TaskAuthor, signal: AbortSignal, token?: string): Promise<Left> {
    return this.#returns.once([author.actor, 'leave', hostId], token, async () => {
      const { book, inventory, links } = this.#options
      const record = book.get(hostId)
      const host = inventory.get('host', hostId)
      if (!record) throw notInMaintenance(host?.name ?? hostId)
      if (record.state !== 'maintenance') throw maintenanceBusy(host?.name ?? hostId, record.state)
      if (!bringBack || !host) {
        await book.remove(hostId)
        return { taskId: null, left: [] }
      }
      // with nobody able to come back what is known of them would be gone
      linkTo(host, inventory, links)
      await book.put({ ...record, state: 'returning', taskId: null, expectedMs: null, going: [] })
      try {
        const { requests, left, moves } = await planReturn({ ...this.#ports, host, record }, signal)
        await book.change(hostId, (one) => ({ ...one, expectedMs: timeOfMoves(moves, record.order.atOnce) }))
        const { taskId, busy } = await this.#submit(RETURN_KIND, host, requests, author)
        const stayed = [...left, ...busy]
        for (const one of stayed) this.#tellLeft(host, one)
        return { taskId, left: stayed }
      } catch (thrown) {
        await book.put(record)
        throw thrown
      }
    })
  }

  get #ports(): DrainPorts {
    const { inventory, links, tasks, look } = this.#options
    return { inventory, links, look, busyWith: (id) => tasks.busyWith(id), promised: (...hosts) => this.#promised(...hosts) }
  }

  /** Those that go there by other drains, in a queue or under way, and those that somebody moves there. */
  #promised(hostId: HostId, ofHostId: HostId): Promised[] {
    const { book, inventory, onTheWay } = this.#options
    const promised = new Map<string, Promised>()
    for (const { machineId, name, takes } of onTheWay.at(hostId, '')) {
      const bytes = takes.reduce((sum, { what, most }) => sum + (what === 'memory' ? most : 0), 0)
      promised.set(machineId, { name, memoryKiB: Math.ceil(bytes / 1_024) })
    }
    for (const record of book.all()) {
      if (record.state !== 'draining' || record.hostId === ofHostId) continue
      for (const { machineId, name, toHostId } of record.going) {
        const machine = inventory.get('machine', machineId)
        const waits = toHostId === hostId && machine?.hostId === record.hostId && !promised.has(machineId)
        if (waits && !isOff(machine)) promised.set(machineId, { name, memoryKiB: machine.memoryKiB })
      }
    }
    return [...promised.values()]
  }

  #host(hostId: HostId): Host {
    const host = this.#options.inventory.get('host', hostId)
    if (!host) throw noHostToEmpty(hostId)
    if (host.kind !== 'hypervisor') throw notAHypervisor(host.name)
    return host
  }

  #intended(planned: readonly Planned[], { atOnce }: DrainOrder): Pick<MaintenanceRecord, 'going' | 'stopping' | 'stayed' | 'expectedMs'> {
    const { inventory } = this.#options
    return {
      expectedMs: timeOfMoves(
        planned.flatMap(({ looked }) => looked ?? []),
        atOnce,
      ),
      going: planned.flatMap(({ machine, item: { toHostId } }) => (toHostId ? [knownAfter(machine, toHostId, inventory)] : [])),
      stopping: planned.flatMap(({ machine: { id, name, nativeRef: ref }, item }) =>
        item.what === 'shut-down' ? [{ machineId: id, name, ref }] : [],
      ),
      stayed: planned.flatMap(({ item }) => (item.what === 'stays' ? [stayedOf(item)] : [])),
    }
  }

  /** Null: there was nothing to do, and the host is where it was to get to. Machines that other work has taken up since stay, and are named. */
  async #submit(kind: string, host: Host, requests: readonly TaskRequest[], author: TaskAuthor): Promise<Submitted> {
    const { book, tasks } = this.#options
    const ready = requests.filter((request) => heldBy(request).every(({ id }) => tasks.busyWith(id) === undefined))
    const busy = requests.flatMap((request) => (ready.includes(request) ? [] : stayedBusy(kind, request, this.#ports)))
    if (ready.length === 0) {
      await (kind === RETURN_KIND
        ? book.remove(host.id)
        : book.change(host.id, (record) => ({ ...without(record, busy), state: 'maintenance' })))
      return { taskId: null, busy }
    }
    const { id: taskId } = await tasks.submitBulk(ready, author, { head: headOf(kind, host) })
    // it may have ended by now
    await book.change(host.id, (record) => ({ ...without(record, busy), ...(record.state !== 'maintenance' && { taskId }) }))
    return { taskId, busy }
  }

  /** One by one, each with its reason. */
  #tellLeft({ id, name, connectionId }: Host, left: LeftMachine): void {
    this.#options.events.append({
      severity: 'warning',
      code: 'maintenance.machine-not-back',
      params: { host: name, name: left.name, reason: left.reason.text },
      text: `${left.name} was not brought back to ${name}. ${left.reason.text}`,
      source: 'engine',
      hostId: id,
      connectionId,
      objectName: left.name,
    })
  }
}

interface Submitted {
  readonly taskId: TaskId | null
  readonly busy: readonly LeftMachine[]
}

function stayedBusy(
  kind: string,
  request: TaskRequest,
  { busyWith }: { readonly busyWith: (id: string) => string | undefined },
): LeftMachine[] {
  const { target } = request
  const task = heldBy(request).flatMap(({ id }) => busyWith(id) ?? [])[0]
  const reason = target && task !== undefined && (kind === RETURN_KIND ? busyBack(target, task) : busyReason(target, task))
  return target && reason ? [{ machineId: target.id as LeftMachine['machineId'], name: target.name, reason }] : []
}

/** With the busy ones among those that stay, until they are tried again when the others have gone. */
function without(record: MaintenanceRecord, busy: readonly LeftMachine[]): MaintenanceRecord {
  const ids = new Set<string>(busy.map(({ machineId }) => machineId))
  const isOther = ({ machineId }: { readonly machineId: string }) => !ids.has(machineId)
  return {
    ...record,
    going: record.going.filter(isOther),
    stopping: record.stopping.filter(isOther),
    stayed: [...record.stayed.filter(isOther), ...busy],
  }
}

/** Hosts that it is not tried with again. Where others were first it is tried once more: they may not have come after all. */
function given(tried: MaintenanceRecord['tried']): MaintenanceRecord['tried'] {
  const isTwice = (hostId: HostId) => tried.filter((one) => one.hostId === hostId).length > 1
  return tried.filter(({ hostId, forRoom }) => !forRoom || isTwice(hostId))
}

function timeOfMoves(moves: readonly Looked[], atOnce: number): Maintenance['expectedMs'] {
  return timeOfAll(
    moves.map(({ preflight }) => preflight.prediction),
    atOnce,
  )
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
