import { randomBytes } from 'node:crypto'
import { type AppError, toAppError } from '../../../shared/errors/index.ts'
import {
  type ConsoleLoginMessage,
  type GuestLoginMethod,
  loginAddresses,
  type Machine,
  type MachineConsole,
  type MachineId,
  type TerminalSize,
} from '../../../shared/model/index.ts'
import type { AskPerson, ByteChannel, Clock, ConsoleRequest, ProviderConnection, ProviderConsole } from '../../providers/provider.ts'
import { bounded } from '../connections/bounded.ts'
import { type HostKeyChoice, trusting } from '../connections/connection-setup.ts'
import { Prompts } from '../connections/prompts.ts'
import { told } from '../connections/told.ts'
import { knownMachine, linkOf } from '../machines/machine-links.ts'
import type { InventoryReader, Links } from '../ports.ts'
import { consoleTimedOut, NO_ADDRESS, noAddress, unknownAddress, unknownToken } from './console-errors.ts'
import { openRfb } from './rfb-handshake.ts'
import { SerialHub } from './serial-hub.ts'

const TIMEOUT_MS = 15_000
/** How long an opened console waits for somebody to take it. */
const TOKEN_MS = 30_000
/** How long a host may take our own session for alive after the link broke: until then whoever holds the port is that one. */
const GHOST_MS = 5 * 60_000

export interface ConsoleServiceOptions {
  readonly inventory: InventoryReader
  readonly links: Links
  readonly clock: Clock
}

/** Who goes into a machine by SSH, and how; see the contract. */
export interface GuestLoginRequest {
  readonly user: string
  readonly port: number
  readonly address?: string | undefined
  readonly method: GuestLoginMethod
  readonly keyFile?: string | undefined
  readonly secrets: { readonly password?: string | undefined; readonly passphrase?: string | undefined }
  readonly acceptHostKey?: (HostKeyChoice & { readonly replace: boolean }) | undefined
  readonly prompts: boolean
  readonly size: TerminalSize
}

interface Waiting {
  readonly channel: ByteChannel
  readonly forget: () => void
}

/** Opens consoles and keeps each until whoever asked for it comes to take it. */
export class ConsoleService {
  /** Questions of machines, apart from those of hosts: whoever may open consoles may answer them. */
  readonly prompts: Prompts
  readonly #options: ConsoleServiceOptions
  readonly #waiting = new Map<string, Waiting>()
  readonly #serials = new Map<string, Promise<SerialHub>>()
  /** By display, the opening that is the last in its queue. */
  readonly #openings = new Map<string, Promise<unknown>>()
  /** When ports were lost with their link. */
  readonly #lostAtMs = new Map<string, number>()

  constructor(options: ConsoleServiceOptions) {
    this.#options = options
    this.prompts = new Prompts(options.clock)
  }

  async list(id: MachineId, signal: AbortSignal): Promise<readonly MachineConsole[]> {
    const machine = knownMachine(this.#options.inventory, id)
    const link = linkOf(machine, this.#options.inventory, this.#options.links)
    const consoles = await link.consoles(machine.nativeRef, { signal, timeoutMs: TIMEOUT_MS })
    const hasAddress = machine.addresses.length > 0
    return consoles.map((one) => (one.kind === 'ssh' && one.reason === null && !hasAddress ? { ...one, reason: NO_ADDRESS } : one))
  }

  /** The answer is what `take` gives the channel for, once, within half a minute. Throws AppError. */
  async open(id: MachineId, request: ConsoleRequest, signal: AbortSignal): Promise<string> {
    const machine = knownMachine(this.#options.inventory, id)
    const link = linkOf(machine, this.#options.inventory, this.#options.links)
    const channel =
      request.kind === 'serial'
        ? await this.#joinSerial(link, machine, request, signal)
        : await this.#inTurn(`${machine.id}/${request.index}`, () => this.#openDisplay(link, machine, request, signal))
    return this.offer(channel)
  }

  /**
   * A terminal inside the machine by its SSH server. Tells what is asked on the way, then the token of the channel. No two share one. Throws
   * AppError, `precondition` console.ssh-key-unknown and `conflict` console.ssh-key-changed with the key in their details.
   */
  async *logIn(id: MachineId, request: GuestLoginRequest, signal: AbortSignal): AsyncGenerator<ConsoleLoginMessage> {
    const machine = knownMachine(this.#options.inventory, id)
    const link = linkOf(machine, this.#options.inventory, this.#options.links)
    const { user, port, method, keyFile, size, acceptHostKey } = request
    const { password, passphrase } = request.secrets
    const secrets = { ...(password !== undefined && { password }), ...(passphrase !== undefined && { passphrase }) }
    const address = addressOf(machine, request.address)
    const login = { user, port, method, size, address, keyFile: keyFile ?? null, secrets }
    const isTrusted = trusting(acceptHostKey)
    const onHostKey: typeof isTrusted = async (info) => (info.status === 'unknown' || acceptHostKey?.replace === true) && isTrusted(info)
    yield* told<ConsoleLoginMessage>(async (tell, until) => {
      const onPrompt = request.prompts
        ? keepingNothing(this.prompts.attend((prompt) => tell({ type: 'prompt', prompt }), until).ask)
        : undefined
      // no clock of ours: it would run while the person thinks
      const { channel } = await link.openConsole(
        machine.nativeRef,
        { kind: 'ssh', index: 0, takeOver: false, login },
        { signal: until, onHostKey, onPrompt },
      )
      if (until.aborted) channel.close()
      else tell({ type: 'opened', token: this.offer(channel) })
    }, signal)
  }

  /** Keeps any channel for whoever brings the token that is answered, as with a console. */
  offer(channel: ByteChannel): string {
    const token = randomBytes(24).toString('base64url')
    const cancel = this.#options.clock.after(TOKEN_MS, () => {
      this.#waiting.delete(token)
      channel.close()
    })
    this.#waiting.set(token, { channel, forget: cancel })
    return token
  }

  /** Throws `not-found` console.token-unknown. */
  take(token: string): ByteChannel {
    const waiting = this.#waiting.get(token)
    if (!waiting) throw unknownToken()
    this.#waiting.delete(token)
    waiting.forget()
    return waiting.channel
  }

  /** Ends those that nobody has taken; those that were taken end with their links. */
  stop(): void {
    for (const { channel, forget } of this.#waiting.values()) {
      forget()
      channel.close()
    }
    this.#waiting.clear()
  }

  /**
   * One opening of a display at a time. QEMU keeps room for a single caller who waits: of several at once most hang for seconds, taken for
   * connected by their own side.
   */
  #inTurn<T>(key: string, open: () => Promise<T>): Promise<T> {
    const opening = (this.#openings.get(key) ?? Promise.resolve()).then(open, open)
    this.#openings.set(key, opening)
    const forget = () => {
      if (this.#openings.get(key) === opening) this.#openings.delete(key)
    }
    opening.then(forget, forget)
    return opening
  }

  async #openDisplay(link: ProviderConnection, machine: Machine, request: ConsoleRequest, signal: AbortSignal): Promise<ByteChannel> {
    const opened = await link.openConsole(machine.nativeRef, request, { signal, timeoutMs: TIMEOUT_MS })
    const bounds = { clock: this.#options.clock, signal, timeoutMs: TIMEOUT_MS, overdue: consoleTimedOut }
    try {
      return await bounded(openRfb(opened), bounds)
    } catch (thrown) {
      opened.channel.close()
      throw thrown
    }
  }

  async #joinSerial(link: ProviderConnection, machine: Machine, request: ConsoleRequest, signal: AbortSignal): Promise<ByteChannel> {
    const key = `${machine.id}/${request.index}`
    // for all who come while it opens: one who leaves must not take it away from the others
    const hub = await (this.#serials.get(key) ?? this.#openSerial(key, link, machine, request))
    const viewer = hub.join()
    if (signal.aborted) viewer.close()
    return viewer
  }

  #openSerial(key: string, link: ProviderConnection, machine: Machine, request: ConsoleRequest): Promise<SerialHub> {
    const forget = () => {
      if (this.#serials.get(key) === opening) this.#serials.delete(key)
    }
    const opening = this.#openPort(key, link, machine, request).then(
      ({ channel }) =>
        new SerialHub(channel, (error) => {
          forget()
          if (error && isLoss(error)) this.#lostAtMs.set(key, this.#options.clock.nowMs())
        }),
    )
    this.#serials.set(key, opening)
    opening.catch(forget)
    return opening
  }

  async #openPort(key: string, link: ProviderConnection, machine: Machine, request: ConsoleRequest): Promise<ProviderConsole> {
    const lostAtMs = this.#lostAtMs.get(key)
    this.#lostAtMs.delete(key)
    try {
      return await link.openConsole(machine.nativeRef, request, { timeoutMs: TIMEOUT_MS })
    } catch (thrown) {
      const isGhost = lostAtMs !== undefined && this.#options.clock.nowMs() - lostAtMs < GHOST_MS
      if (!isGhost || toAppError(thrown).code !== 'console.busy') throw thrown
      return await link.openConsole(machine.nativeRef, { ...request, takeOver: true }, { timeoutMs: TIMEOUT_MS })
    }
  }
}

/** Only where the machine is known to be: its host is no way to anywhere else. */
function addressOf(machine: Machine, wanted: string | undefined): string {
  if (wanted !== undefined && !machine.addresses.includes(wanted)) throw unknownAddress(machine.name, wanted)
  const address = wanted ?? loginAddresses(machine)[0]
  if (address === undefined) throw noAddress()
  return address
}

/** What a machine asks is answered once; there is no place to keep it. */
function keepingNothing(ask: AskPerson): AskPerson {
  return (question, withdrawn) => ask({ ...question, secret: null }, withdrawn)
}

/** The way to the host broke, and not the console: there it may still be open. */
function isLoss({ kind }: AppError): boolean {
  return kind === 'unreachable' || kind === 'timeout'
}
