import type { MigrationSpec } from '../../../../shared/model/index.ts'
import type {
  ActOptions,
  CallOptions,
  EndFacts,
  IncomingFacts,
  IncomingOptions,
  MachineMover,
  MachineStanding,
  MoveChange,
  MoveOptions,
  MoveOrder,
  MoveOutcome,
  MoveReceiver,
  OutgoingFacts,
} from '../../provider.ts'
import { freeKiBOf } from '../actions.ts'
import type { Carrier } from '../build/carrier.ts'
import { deferred } from '../deferred.ts'
import { disksOf } from '../disks.ts'
import { holdsMemory, type SimulatedMachine } from '../fleet.ts'
import { busy } from '../problems.ts'
import type { World } from '../world.ts'
import { isCancelledByPerson } from './cancelled-by-person.ts'
import { copyDefinitionTo } from './copy-definition.ts'
import { addressOf, endFactsOf } from './end-facts.ts'
import { type Comer, incomingFactsOf } from './incoming.ts'
import { landedNetworks } from './land.ts'
import type { MoveUnderWay } from './move-book.ts'
import { outgoingFactsOf } from './outgoing.ts'
import { moveFailed, notBroken, nothingLeft, notMoving, otherSite } from './problems.ts'
import { dirtyBytesPerS, linkBytesPerS } from './rates.ts'
import { RunningMove } from './running-move.ts'
import { standingAt } from './standing.ts'
import { twinAt } from './twins.ts'

const SEND_MS = 1_000
const PORT = 49_152

/** Moves of the machines of a simulated site, over one link. `at` narrows it to one of its hosts. */
export class SimulatedMoves implements MachineMover {
  readonly providerId = 'simulated'
  readonly copiesWhenOff = true
  readonly #world: World
  readonly #carrier: Carrier
  readonly #hostRef: string | null

  constructor(world: World, carrier: Carrier, hostRef: string | null = null) {
    this.#world = world
    this.#carrier = carrier
    this.#hostRef = hostRef
  }

  at(hostRef: string): SimulatedMoves {
    return new SimulatedMoves(this.#world, this.#carrier, hostRef)
  }

  outgoing(machineRef: string, options: CallOptions): Promise<OutgoingFacts> {
    return this.#carrier.read(options, () => outgoingFactsOf(this.#world, this.#world.machine(machineRef)))
  }

  /** From another site only what is off can come, through the console. */
  incoming(hostRef: string, facts: OutgoingFacts, wish: MigrationSpec, { source, ...options }: IncomingOptions): Promise<IncomingFacts> {
    return this.#carrier.read(options, () => {
      const comer = (source instanceof SimulatedMoves ? source : this).#comer(facts.uuid)
      if (!comer || (comer.world !== this.#world && wish.mode !== 'cold')) throw otherSite()
      return incomingFactsOf(this.#world, this.#world.host(hostRef), comer, facts, wish)
    })
  }

  #comer(uuid: string): Comer | null {
    const world = this.#world
    const machine = this.#hostRef === null ? world.fleet.machines.get(uuid) : twinAt(world, uuid, this.#hostRef)
    return machine ? { world, machine } : null
  }

  /** Over both links: nothing but the console knows both sites. */
  async copyDefinition(machineRef: string, order: MoveOrder, { hostRef, mover }: MoveReceiver, options: ActOptions): Promise<void> {
    if (!(mover instanceof SimulatedMoves)) throw otherSite()
    const source = await this.#carrier.read(options, () => this.#world.machine(machineRef))
    await mover.#carrier.command('machine.define', options, () => copyDefinitionTo(mover.#world, hostRef, source, order))
  }

  ends(hostRef: string, options: CallOptions): Promise<EndFacts> {
    return this.#carrier.read(options, () => endFactsOf(this.#world, this.#world.host(hostRef)))
  }

  async dirtyRate(machineRef: string, seconds: number, options: CallOptions): Promise<number | null> {
    return await this.#carrier.read(options, async () => {
      const machine = this.#world.machine(machineRef)
      await this.#takes(seconds * 1_000)
      return dirtyBytesPerS(this.#world, machine)
    })
  }

  listen(hostRef: string, options: CallOptions): Promise<{ readonly port: number; close(): Promise<void> }> {
    return this.#carrier.read(options, () => {
      this.#world.host(hostRef)
      return { port: PORT, close: () => Promise.resolve() }
    })
  }

  async send(hostRef: string, address: string, _port: number, options: CallOptions): Promise<number> {
    return await this.#carrier.read(options, async () => {
      const from = this.#world.host(hostRef)
      const to = [...this.#world.fleet.hosts.values()].find((host) => addressOf(this.#world, host) === address)
      if (!to) throw otherSite()
      await this.#takes(SEND_MS)
      return linkBytesPerS(this.#world, from, to)
    })
  }

  async move(machineRef: string, order: MoveOrder, receiver: MoveReceiver, options: MoveOptions): Promise<MoveOutcome> {
    const target: unknown = receiver.mover
    if (!(target instanceof SimulatedMoves) || target.#world !== this.#world) throw otherSite()
    return await this.#attend('migrate', options, () => this.#begin(machineRef, order, receiver.hostRef), NOT_COUNTED)
  }

  async resume(machineRef: string, _order: MoveOrder, _receiver: MoveReceiver, options: MoveOptions): Promise<MoveOutcome> {
    return await this.#attend('migrate.resume', options, () => this.#takeUp(machineRef), NOT_COUNTED)
  }

  async follow(machineRef: string, options: MoveOptions): Promise<MoveOutcome | null> {
    return await this.#attend('migrate.follow', options, () => this.#world.moves.get(machineRef) ?? null, null)
  }

  standing(machineRef: string, options: CallOptions): Promise<MachineStanding> {
    return this.#carrier.read(options, () => standingAt(this.#world, machineRef, this.#hostRef, this.#here(machineRef)))
  }

  /** A move that failed leaves nothing behind: it ends at the site by itself, whoever is gone. What is off can be given up: its definition goes. */
  settle(machineRef: string, as: 'run' | 'give-up', options: ActOptions): Promise<void> {
    return this.#carrier.command('migrate.settle', options, () => {
      const machine = this.#here(machineRef) ?? this.#world.machine(machineRef)
      const { facts, job } = machine
      if (as !== 'give-up' || holdsMemory(facts.state) || job !== null) throw nothingLeft(facts.name, facts.state)
      this.#world.remove(machine)
    })
  }

  /** The machine as it is defined at this host, whose copy elsewhere may go by another reference. */
  #here(machineRef: string): SimulatedMachine | undefined {
    return this.#hostRef === null ? this.#world.fleet.machines.get(machineRef) : twinAt(this.#world, machineRef, this.#hostRef)
  }

  tune(machineRef: string, change: MoveChange, options: ActOptions): Promise<void> {
    return this.#carrier.command('migrate.tune', options, () => this.#running(machineRef).tune(change))
  }

  cancel(machineRef: string, options: ActOptions): Promise<void> {
    return this.#carrier.command('migrate.cancel', options, () => this.#running(machineRef).cancel())
  }

  setClock(hostRef: string, options: ActOptions): Promise<void> {
    return this.#carrier.command('host.setClock', options, () => this.#world.moves.setClock(this.#world.host(hostRef).ref))
  }

  #takeUp(machineRef: string): MoveUnderWay {
    const { facts, job } = this.#world.machine(machineRef)
    const broken = this.#world.moves.broken(machineRef)
    if (!broken || job !== 'migrate') throw notBroken(facts.name, facts.state)
    broken.takeUp()
    return broken
  }

  #running(machineRef: string): MoveUnderWay {
    const move = this.#world.moves.get(machineRef)
    if (!move) throw notMoving(this.#world.machine(machineRef).facts.name)
    return move
  }

  /** As a command, of which more comes back than that it was done. */
  async #attend<T>(name: string, options: MoveOptions, begin: () => MoveUnderWay | null, none: T): Promise<MoveOutcome | T> {
    const outcomes: MoveOutcome[] = []
    await this.#carrier.command(name, leaving(options), async () => {
      const move = begin()
      if (!move) return
      const leave = move.listen(options)
      try {
        outcomes.push(await move.outcome)
      } finally {
        leave()
      }
    })
    return outcomes[0] ?? none
  }

  #begin(machineRef: string, order: MoveOrder, targetRef: string): RunningMove {
    const machine = this.#world.machine(machineRef)
    const { name, memoryKiB, hostRef, state } = machine.facts
    if (machine.job !== null) throw busy(machine, machine.job)
    const refused = refusal(this.#world, machine, order, targetRef)
    if (refused !== null) throw moveFailed(name, 'target', refused)
    if (holdsMemory(state) && freeKiBOf(this.#world, targetRef) < memoryKiB) {
      throw moveFailed(
        name,
        'target',
        "internal error: qemu unexpectedly closed the monitor: cannot set up guest memory 'pc.ram': Cannot allocate memory",
      )
    }
    const copied = disksOf(machine).filter((disk) => order.files.some(({ target }) => target === disk.target))
    const bytes = copied.map(({ place, allocationBytes }) => {
      const volume = place && this.#world.volumes.find(hostRef, place)
      return volume?.allocationBytes ?? allocationBytes ?? 0
    })
    return new RunningMove(
      this.#world,
      machine,
      order,
      targetRef,
      bytes.reduce((sum, each) => sum + each, 0),
    )
  }

  #takes(guestMs: number): Promise<void> {
    const { promise, resolve } = deferred<void>()
    this.#world.later(guestMs, resolve)
    return promise
  }
}

/** A person's cancel stops the move itself and waits for its end; any other abort leaves it to its hosts at once. */
function leaving({ signal, timeoutMs }: MoveOptions): CallOptions {
  if (!signal) return timeoutMs === undefined ? {} : { timeoutMs }
  const leave = new AbortController()
  const pass = () => {
    if (!isCancelledByPerson(signal)) leave.abort(signal.reason)
  }
  if (signal.aborted) pass()
  else signal.addEventListener('abort', pass, { once: true })
  return { signal: leave.signal, ...(timeoutMs !== undefined && { timeoutMs }) }
}

const NOT_COUNTED: MoveOutcome = { totalMs: null, downtimeMs: null, dataBytes: null, memoryBytesPerS: null, passes: null }

/** What the target says before a byte is sent; null: it takes it. */
function refusal(world: World, machine: SimulatedMachine, order: MoveOrder, targetRef: string): string | null {
  const { facts, snapshots } = machine
  const name = order.spec.rename ?? facts.name
  if (facts.hostRef === targetRef) return 'internal error: Attempt to migrate guest to the same host'
  if (snapshots.length > 0) return `Requested operation is not valid: cannot migrate domain with ${snapshots.length} snapshots`
  if ([...world.host(targetRef).machines.values()].some((other) => other.facts.name === name)) {
    return `operation failed: domain '${name}' already exists with another uuid`
  }
  const networks = landedNetworks(world, machine, order, targetRef)
  if (networks.length < facts.networkRefs.length) return 'Network not found: no network with the name that a card needs'
  const off = networks.map((ref) => world.host(targetRef).networks.get(ref)).find((network) => network?.active === false)
  return off ? `Requested operation is not valid: network '${off.name}' is not active` : null
}
