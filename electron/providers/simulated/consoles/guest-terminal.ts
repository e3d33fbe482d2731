import { perform } from '../actions.ts'
import { holdsMemory, type SimulatedMachine } from '../fleet.ts'
import type { World } from '../world.ts'
import { type BootLine, bootMessages, SHUTDOWN_LINES } from './boot-messages.ts'
import { GuestView } from './guest-view.ts'
import { Screen } from './screen.ts'
import { Shell } from './shell.ts'

/** Somebody who looks at a terminal. */
export interface TerminalViewer {
  written(text: string): void
  /** The machine is off, or gone. */
  ended(): void
}

const POWEROFF_DEADLINE_MS = 120_000
/** Keys and output that wait while the machine is paused. */
const MOST_HELD = 200
const CLEAR = '\u001b[0m\u001b[?25h\u001b[H\u001b[2J'

/**
 * A machine's one terminal, on its display and its serial port alike. It is there while somebody looks: whoever comes first finds it as
 * it stands after the boot, since nobody has typed anything. It lives through a reboot and ends when the machine is off.
 */
export class GuestTerminal {
  readonly screen = new Screen()
  readonly #world: World
  readonly #machine: SimulatedMachine
  readonly #guest: GuestView
  readonly #shell: Shell
  readonly #onEnd: () => void
  readonly #viewers = new Set<TerminalViewer>()
  readonly #leave = new AbortController()
  readonly #stopFollowing: () => void
  #held: Array<() => void> = []
  #cancelBoot: (() => void) | null = null
  /** Of the life whose boot is on the screen; null: none yet, it is only being started. */
  #boots: number | null = null
  #isStopping = false
  #ended = false

  /** `onEnd`: nobody looks any more, or the machine is off. */
  constructor(world: World, machine: SimulatedMachine, onEnd: () => void) {
    this.#world = world
    this.#machine = machine
    this.#onEnd = onEnd
    this.#guest = new GuestView(world, machine)
    this.#shell = new Shell({
      guest: this.#guest,
      write: (text) => this.#write(text),
      act: (action) => this.#act(action),
      after: (delayMs, run) => world.clock.after(delayMs, () => this.#whenAwake(run)),
    })
    this.#stopFollowing = world.follow(machine, (gone) => this.#changed(gone))
    if (machine.facts.state !== 'starting') this.#begin(this.#guest.uptimeMs * world.config.speed)
    this.#isStopping = machine.facts.state === 'stopping'
    if (this.#isStopping) this.#shell.silence()
  }

  /** The answer leaves again; the last one to leave ends the terminal. */
  join(viewer: TerminalViewer): () => void {
    this.#viewers.add(viewer)
    return () => {
      this.#viewers.delete(viewer)
      if (this.#viewers.size === 0) this.#end()
    }
  }

  /** What a port is told when it is opened: the getty greets, a shell says its prompt. */
  standing(): string {
    return this.#shell.standing()
  }

  type(text: string): void {
    this.#whenAwake(() => this.#shell.type(text))
  }

  /** Ctrl-Alt-Del. */
  restart(): void {
    this.#act('reboot').catch((error: unknown) => this.#write(`\r\n${error instanceof Error ? error.message : String(error)}\r\n`))
  }

  #act(action: 'reboot' | 'poweroff'): Promise<void> {
    const { signal } = this.#leave
    return action === 'reboot'
      ? perform(this.#world, this.#machine.ref, { action: 'reboot', method: 'acpi' }, { signal })
      : perform(this.#world, this.#machine.ref, { action: 'shutdown', method: 'acpi', deadlineMs: POWEROFF_DEADLINE_MS }, { signal })
  }

  #changed(gone: boolean): void {
    const { state } = this.#machine.facts
    if (gone || !holdsMemory(state)) {
      this.#end()
      return
    }
    if (this.#machine.boots !== this.#boots && state === 'running') {
      this.#held = []
      this.#begin(0)
    }
    const isStopping = state === 'stopping'
    if (isStopping && !this.#isStopping) {
      this.#cancelBoot?.()
      this.#shell.silence()
      this.#write(`\r\n${SHUTDOWN_LINES.join('\r\n')}\r\n`)
    }
    this.#isStopping = isStopping
    if (this.#isAwake()) for (const run of this.#held.splice(0)) run()
  }

  #isAwake(): boolean {
    return ['running', 'stopping', 'migrating'].includes(this.#machine.facts.state)
  }

  /** A paused machine neither hears nor speaks; it does both when it goes on. */
  #whenAwake(run: () => void): void {
    if (this.#ended) return
    if (this.#isAwake()) run()
    else if (this.#held.length < MOST_HELD) this.#held.push(run)
  }

  /** A life begins, or began so long ago. */
  #begin(elapsedMs: number): void {
    this.#boots = this.#machine.boots
    this.#shell.silence()
    this.#cancelBoot?.()
    this.#write(CLEAR)
    this.#boot(bootMessages(this.#guest), elapsedMs)
  }

  #boot(lines: readonly BootLine[], elapsedMs: number): void {
    const due = lines.findIndex(({ atMs }) => atMs > elapsedMs)
    const now = due < 0 ? lines : lines.slice(0, due)
    if (now.length > 0) this.#write(`${now.map(({ text }) => text).join('\r\n')}\r\n`)
    const next = due < 0 ? undefined : lines[due]
    if (!next) {
      this.#cancelBoot = null
      this.#shell.greet()
      return
    }
    this.#cancelBoot = this.#world.later(next.atMs - elapsedMs, () => this.#whenAwake(() => this.#boot(lines.slice(due), next.atMs)))
  }

  #write(text: string): void {
    if (this.#ended) return
    this.screen.write(text)
    for (const viewer of this.#viewers) viewer.written(text)
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#cancelBoot?.()
    this.#shell.silence()
    this.#stopFollowing()
    this.#leave.abort()
    this.#held = []
    const viewers = [...this.#viewers]
    this.#viewers.clear()
    for (const viewer of viewers) viewer.ended()
    this.#onEnd()
  }
}
