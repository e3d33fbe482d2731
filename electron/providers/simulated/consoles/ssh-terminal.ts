import type { GuestLogin } from '../../provider.ts'
import { perform } from '../actions.ts'
import type { SimulatedMachine } from '../fleet.ts'
import type { World } from '../world.ts'
import { GuestView } from './guest-view.ts'
import { Shell } from './shell.ts'

const POWEROFF_DEADLINE_MS = 120_000
/** Keys that wait while the machine is paused. */
const MOST_HELD = 200

export interface SshTerminalEvents {
  readonly written: (text: string) => void
  /** The shell was left, or the machine is on its way down. */
  readonly ended: () => void
}

/** A shell of somebody's own on a simulated machine. Unlike its serial port it does not live through a restart. */
export class SshTerminal {
  readonly #machine: SimulatedMachine
  readonly #shell: Shell
  readonly #events: SshTerminalEvents
  readonly #leave = new AbortController()
  readonly #stopFollowing: () => void
  readonly #boots: number
  #held: string[] = []

  constructor(world: World, machine: SimulatedMachine, { user, size }: Pick<GuestLogin, 'user' | 'size'>, events: SshTerminalEvents) {
    this.#machine = machine
    this.#events = events
    this.#boots = machine.boots
    this.#shell = new Shell({
      guest: new GuestView(world, machine),
      write: events.written,
      act: (action) => {
        const { signal } = this.#leave
        return action === 'reboot'
          ? perform(world, machine.ref, { action: 'reboot', method: 'acpi' }, { signal })
          : perform(world, machine.ref, { action: 'shutdown', method: 'acpi', deadlineMs: POWEROFF_DEADLINE_MS }, { signal })
      },
      after: (delayMs, run) => world.clock.after(delayMs, run),
      onLogout: () => this.#over(),
    })
    this.#stopFollowing = world.follow(machine, (gone) => this.#changed(gone))
    this.#shell.resize(size)
    this.#shell.welcome(user)
  }

  type(text: string): void {
    if (this.#isAwake) this.#shell.type(text)
    else if (this.#held.length < MOST_HELD) this.#held.push(text)
  }

  resize(size: GuestLogin['size']): void {
    this.#shell.resize(size)
  }

  /** Nobody looks any more. */
  stop(): void {
    this.#stopFollowing()
    this.#shell.silence()
    this.#leave.abort()
  }

  get #isAwake(): boolean {
    return this.#machine.facts.state === 'running' || this.#machine.facts.state === 'migrating'
  }

  #changed(gone: boolean): void {
    const { state } = this.#machine.facts
    if (gone || this.#machine.boots !== this.#boots || (!this.#isAwake && state !== 'paused' && state !== 'suspended')) this.#over()
    else if (this.#isAwake) for (const text of this.#held.splice(0)) this.#shell.type(text)
  }

  #over(): void {
    this.stop()
    this.#events.ended()
  }
}
