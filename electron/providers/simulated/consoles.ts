import type { AppError } from '../../../shared/errors/index.ts'
import type { MachineConsole, Reason, TerminalSize } from '../../../shared/model/index.ts'
import type { ByteChannel, ConnectOptions, ConsoleRequest, ProviderConsole } from '../provider.ts'
import { withFaults } from './consoles/console-faults.ts'
import { ConsolePipe } from './consoles/console-pipe.ts'
import { canResize, displaysOf, type SimulatedDisplay } from './consoles/displays.ts'
import { GuestTerminal, type TerminalViewer } from './consoles/guest-terminal.ts'
import { rubbish } from './consoles/rubbish.ts'
import { logInBySsh, type TrustedKeys } from './consoles/ssh-login.ts'
import { SshTerminal } from './consoles/ssh-terminal.ts'
import { VncDisplay } from './consoles/vnc-display.ts'
import { holdsMemory, type SimulatedMachine } from './fleet.ts'
import * as problems from './problems.ts'
import type { World } from './world.ts'

/** An open console and the way to end it from the far side. */
export interface OpenConsole extends ProviderConsole {
  /** With an error: the way broke. */
  readonly end: (error: AppError | null) => void
}

const NOT_RUNNING: Reason = { code: 'console.not-running', text: 'The machine is off. Start it to open its console.' }
const NOT_VNC: Reason = {
  code: 'console.not-vnc',
  text: 'This display does not speak VNC. Add a VNC display to the machine to see it here.',
}

const AFTER_START: Reason = {
  code: 'console.after-start',
  text: 'This display is in the machine’s definition and comes with its next start. Shut the machine down and start it.',
}

/** The consoles of a simulated machine: its displays and a serial port, all showing the same terminal, and the SSH server inside it. */
export function listConsoles(machine: SimulatedMachine): readonly MachineConsole[] {
  const whileOff = holdsMemory(machine.facts.state) ? null : NOT_RUNNING
  const whyNot = (display: SimulatedDisplay) => {
    if (display.type !== 'vnc') return NOT_VNC
    return whileOff ?? (display.waits ? AFTER_START : null)
  }
  return [
    ...displaysOf(machine).map(
      (display, index): MachineConsole => ({ kind: 'vnc', index, label: display.type.toUpperCase(), reason: whyNot(display) }),
    ),
    { kind: 'serial', index: 0, label: 'isa-serial 0', reason: whileOff },
    { kind: 'ssh', index: 0, label: 'SSH', reason: whileOff },
  ]
}

/** The consoles of a site that are open. A machine's terminal and its timers are there only while one of its consoles is. */
export class Consoles {
  readonly #world: World
  readonly #terminals = new Map<string, GuestTerminal>()
  /** A serial port takes one client, whatever link it comes by. */
  readonly #ports = new Map<string, ConsolePipe>()
  readonly #trustedKeys: TrustedKeys = new Map()

  constructor(world: World) {
    this.#world = world
  }

  /** Throws AppError: console.not-found, console.not-running, console.not-vnc, console.busy. `onEnd`: it is over, whoever ended it. */
  open(machine: SimulatedMachine, request: ConsoleRequest, onEnd: () => void): OpenConsole {
    this.#check(machine, request)
    return request.kind === 'serial' ? this.#openPort(machine, request.takeOver, onEnd) : this.#openDisplay(machine, request.index, onEnd)
  }

  /** The same for `ssh`, which is asked about on the way. Throws AppError: console.ssh-refused, -login-refused, -key-unknown as well. */
  async openSsh(machine: SimulatedMachine, request: ConsoleRequest, options: ConnectOptions, onEnd: () => void): Promise<OpenConsole> {
    this.#check(machine, request)
    const { login } = request
    if (!login) throw problems.noLogin()
    await logInBySsh(machine, login, this.#trustedKeys, options)
    // the answers took their time
    this.#check(machine, request)
    const decoder = new TextDecoder()
    const pipe = new ConsolePipe({
      onInput: (bytes) => terminal.type(decoder.decode(bytes, { stream: true })),
      onEnd: () => {
        terminal.stop()
        onEnd()
      },
    })
    const written = (text: string) => pipe.push(Buffer.from(text))
    const terminal = new SshTerminal(this.#world, machine, login, { written, ended: () => pipe.end(null) })
    const opened = this.#opened(pipe, null)
    return { ...opened, channel: withResize(opened.channel, (size) => terminal.resize(size)) }
  }

  #check(machine: SimulatedMachine, request: ConsoleRequest): void {
    const found = listConsoles(machine).find(({ kind, index }) => kind === request.kind && index === request.index)
    if (!found) throw problems.noSuchConsole(machine)
    if (found.reason) throw problems.cannotOpenConsole(machine, found.reason)
  }

  #openPort(machine: SimulatedMachine, takeOver: boolean, onEnd: () => void): OpenConsole {
    const holder = this.#ports.get(machine.ref)
    const isBusy = holder !== undefined || this.#world.config.faults.consoles.busy
    if (isBusy && !takeOver) throw problems.consoleBusy()
    const terminal = this.#terminalOf(machine)
    const decoder = new TextDecoder()
    const pipe = new ConsolePipe({
      onInput: (bytes) => terminal.type(decoder.decode(bytes, { stream: true })),
      onEnd: () => {
        leave()
        if (this.#ports.get(machine.ref) === pipe) this.#ports.delete(machine.ref)
        onEnd()
      },
    })
    const written = (text: string) => pipe.push(Buffer.from(text))
    const leave = terminal.join({ written, ended: () => pipe.end(null) })
    this.#ports.set(machine.ref, pipe)
    // only now: the terminal lives as long as somebody looks
    holder?.end(null)
    const standing = terminal.standing()
    if (standing !== '') written(standing)
    return this.#opened(pipe, null)
  }

  #openDisplay(machine: SimulatedMachine, index: number, onEnd: () => void): OpenConsole {
    const shown = displaysOf(machine)[index]
    const password = shown?.type === 'vnc' ? shown.password : null
    const { vnc } = this.#world.config.faults.consoles
    const terminal = this.#terminalOf(machine)
    const pipe = new ConsolePipe({
      onInput: (bytes) => display.hear(bytes),
      onTaken: () => display.update(),
      onEnd: () => {
        leave()
        display.stop()
        onEnd()
      },
    })
    const viewer: TerminalViewer = { written: () => display.update(), ended: () => pipe.end(null) }
    const leave = terminal.join(viewer)
    const display: Pick<VncDisplay, 'hear' | 'update' | 'stop'> =
      vnc === 'rubbish'
        ? rubbish(this.#world.clock, (bytes) => pipe.push(bytes))
        : new VncDisplay({
            screen: terminal.screen,
            title: index === 0 ? machine.facts.name : `${machine.facts.name}, display ${index + 1}`,
            password,
            clock: this.#world.clock,
            send: (bytes) => pipe.push(bytes),
            isHungry: () => pipe.isHungry,
            onKeys: (text) => terminal.type(text),
            onRestart: () => terminal.restart(),
            onRefused: () => pipe.end(null),
            claimsHugeScreen: vnc === 'huge',
            isRestless: vnc === 'restless',
            takesSizes: canResize(machine),
          })
    return this.#opened(pipe, password)
  }

  #opened(pipe: ConsolePipe, password: string | null): OpenConsole {
    const channel = withFaults(pipe, this.#world.config.faults.consoles, this.#world.clock)
    return { channel, password, end: (error) => pipe.end(error) }
  }

  #terminalOf(machine: SimulatedMachine): GuestTerminal {
    const known = this.#terminals.get(machine.ref)
    if (known) return known
    const terminal: GuestTerminal = new GuestTerminal(this.#world, machine, () => {
      if (this.#terminals.get(machine.ref) === terminal) this.#terminals.delete(machine.ref)
    })
    this.#terminals.set(machine.ref, terminal)
    return terminal
  }
}

function withResize(channel: ByteChannel, resize: (size: TerminalSize) => void): ByteChannel {
  return { read: () => channel.read(), write: (bytes) => channel.write(bytes), close: () => channel.close(), resize }
}
