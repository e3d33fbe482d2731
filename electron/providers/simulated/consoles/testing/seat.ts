import { onTestFinished } from 'vitest'
import { FakeClock, settle } from '../../../../engine/testing/fake-clock.ts'
import type { ByteChannel } from '../../../provider.ts'
import { type SimulatedConfigInput, simulatedConfigSchema } from '../../config.ts'
import { Consoles, type OpenConsole } from '../../consoles.ts'
import type { SimulatedMachine } from '../../fleet.ts'
import { World } from '../../world.ts'
import { displayOf } from '../displays.ts'
import { Screen } from '../screen.ts'

/** A world whose time stands still until a test says so, and its consoles. */
export interface Seat {
  readonly clock: FakeClock
  readonly world: World
  readonly consoles: Consoles
  /** Running, with a display that asks for no password unless told. */
  readonly machine: SimulatedMachine
  readonly guarded: SimulatedMachine
  readonly stopped: SimulatedMachine
  readonly open: (kind: 'vnc' | 'serial', machine?: SimulatedMachine, takeOver?: boolean) => OpenConsole
}

/** A Monday noon. */
const NOON = Date.UTC(2026, 10, 23, 12)

export function createSeat(input: SimulatedConfigInput = {}): Seat {
  const clock = new FakeClock(NOON)
  const world = new World(simulatedConfigSchema.parse({ hosts: 3, machines: 90, ...input }), clock)
  const consoles = new Consoles(world)
  const find = (fits: (machine: SimulatedMachine) => boolean) => {
    const found = [...world.fleet.machines.values()].find((each) => each.facts.persistent && fits(each))
    if (!found) throw new Error('The seed gives no such machine')
    return found
  }
  const isGuarded = (machine: SimulatedMachine) => {
    const display = displayOf(machine)
    return display?.type === 'vnc' ? display.password !== null : null
  }
  const machine = find((each) => each.facts.state === 'running' && isGuarded(each) === false)
  return {
    clock,
    world,
    consoles,
    machine,
    guarded: find((each) => each.facts.state === 'running' && isGuarded(each) === true),
    stopped: find((each) => each.facts.state === 'stopped' && isGuarded(each) === false),
    open: (kind, of = machine, takeOver = false) => {
      const opened = consoles.open(of, { kind, index: 0, takeOver }, () => undefined)
      onTestFinished(() => opened.channel.close())
      return opened
    },
  }
}

/** A person at a serial port: what came, and how it looks on a terminal. */
export class Reader {
  readonly screen = new Screen()
  /** Everything since the last `take`. */
  text = ''
  /** What ended it; undefined: it goes on. */
  end: unknown
  readonly #channel: ByteChannel

  constructor(channel: ByteChannel) {
    this.#channel = channel
    void this.#read()
  }

  async type(text: string): Promise<void> {
    await this.#channel.write(Buffer.from(text))
    await settle()
  }

  /** What a command writes, without the line itself and the prompt after it. */
  async run(line: string): Promise<string> {
    this.text = ''
    await this.type(`${line}\r`)
    const [, ...output] = this.text.replaceAll('\r', '').split('\n')
    return output.slice(0, -1).join('\n')
  }

  async logIn(): Promise<void> {
    await settle()
    await this.type('root\rsecret\r')
  }

  /** The rows of the terminal that hold something. */
  get rows(): readonly string[] {
    return this.screen.rows.map((_, row) => this.screen.textAt(row)).filter((row) => row !== '')
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder()
    const next = () =>
      this.#channel.read().catch((error: unknown) => {
        this.end = error
        return undefined
      })
    for (let bytes = await next(); bytes !== undefined; bytes = await next()) {
      if (bytes === null) {
        this.end = null
        return
      }
      const text = decoder.decode(bytes, { stream: true })
      this.text += text
      this.screen.write(text)
    }
  }
}
