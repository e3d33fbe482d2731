import type { AppError } from '../../../shared/errors/index.ts'
import type { EditTime, HardwareEdit, MachineAction } from '../../../shared/model/index.ts'
import { isStubborn, perform } from './actions.ts'
import type { MoveFault } from './config.ts'
import type { SimulatedMachine } from './fleet.ts'
import { applyEdit } from './hardware/editor.ts'
import type { Drop } from './link.ts'
import * as problems from './problems.ts'
import { pick } from './random.ts'
import type { Site } from './site.ts'

const STORM_TICK_MS = 20

/** What tests and benchmarks do to a site from outside: faults of the link, and acts of somebody else. */
export class SimulatedControls {
  readonly #site: Site

  constructor(site: Site) {
    this.#site = site
  }

  /** Ends every link; new ones fail with `unreachable` until `restore`. */
  cutLink(reason = 'connection reset by peer'): void {
    this.#site.cutReason = reason
    for (const link of this.#site.links) link.cut(problems.linkLost(reason))
  }

  /** The site can be reached again, without any of the faults. */
  restore(): void {
    this.#site.cutReason = null
    this.#site.connectError = null
    this.#site.extraDelayMs = 0
    this.#site.dropReplies(0, 'carried-out')
  }

  /** Connecting fails with this error from now on; null: no more. */
  failConnectWith(error: AppError | null): void {
    this.#site.connectError = error
  }

  /** The replies of the next `count` actions are lost: `indeterminate`, whether carried out or not. */
  dropReplies(count: number, how: Drop = 'carried-out'): void {
    this.#site.dropReplies(count, how)
  }

  /** The link ends in the middle of the next deletion: the machine is gone and its disks are not. */
  cutNextDeletion(): void {
    this.#site.cutNextDeletion()
  }

  /** Somebody else's files leave so much room in a pool. */
  fillPool(hostRef: string, pool: string, leavingBytes: number): void {
    this.#site.world.volumes.fill(hostRef, pool, leavingBytes)
  }

  /** What moves meet in their middle; null: no more. */
  failMovesWith(fault: MoveFault | null): void {
    this.#site.world.moves.fault = fault
  }

  /** Each reply comes this much later; 0: as before. */
  delayReplies(extraMs: number): void {
    this.#site.extraDelayMs = extraMs
  }

  /** Somebody else deletes it, whatever state it is in. */
  deleteBehindOurBack(ref: string): void {
    const machine = this.#site.world.machine(ref)
    this.#site.world.remove(machine)
    this.#site.world.tell('machine.deleted', machine, `${machine.facts.name} was deleted.`)
  }

  /** Somebody else acts, by the same rules. Resolves when it is done. */
  externalAct(ref: string, action: MachineAction): Promise<void> {
    return perform(this.#site.world, ref, action)
  }

  /** Somebody else edits its hardware, by the same rules. */
  externalEdit(ref: string, edit: HardwareEdit, when: EditTime): Promise<void> {
    const { world } = this.#site
    return applyEdit(world, world.machine(ref), edit, when, null)
  }

  /** The guest panics. */
  crash(ref: string): void {
    const machine = this.#site.world.machine(ref)
    this.#site.world.enter(machine, 'crashed')
    this.#site.world.tell('machine.crashed', machine, `${machine.facts.name} crashed: the guest panicked.`, 'error')
  }

  /**
   * `perSecond` changes: running machines are paused and run on, in bursts of 20 ms, each change with its event. The
   * answer ends it.
   */
  storm(perSecond: number): () => void {
    const { world } = this.#site
    const machines = [...world.fleet.machines.values()].filter(({ facts }) => facts.state === 'running' || facts.state === 'paused')
    let due = 0
    let cancel: () => void
    const tick = () => {
      due += (perSecond * STORM_TICK_MS) / 1_000
      for (; due >= 1 && machines.length > 0; due--) this.#toggle(pick(machines, world.random()))
      cancel = world.clock.after(STORM_TICK_MS, tick)
    }
    cancel = world.clock.after(STORM_TICK_MS, tick)
    return () => cancel()
  }

  /** Whether its guest ignores requests to shut down and restart. */
  isStubborn(ref: string): boolean {
    return isStubborn(this.#site.world, this.#site.world.machine(ref))
  }

  /** The machines as they really are, for choosing one and for checking what became of it. */
  machines(): readonly SimulatedMachine[] {
    return [...this.#site.world.fleet.machines.values()]
  }

  hostRefs(): readonly string[] {
    return [...this.#site.world.fleet.hosts.keys()]
  }

  get openLinks(): number {
    return this.#site.links.size
  }

  #toggle(machine: SimulatedMachine): void {
    const { world } = this.#site
    if (machine.facts.state === 'running') {
      world.enter(machine, 'paused')
      world.tell('machine.paused', machine, `${machine.facts.name} was paused.`)
    } else if (machine.facts.state === 'paused') {
      world.enter(machine, 'running', 'running (unpaused)')
      world.tell('machine.resumed', machine, `${machine.facts.name} runs on.`)
    }
  }
}
