import { AppError } from '../../../shared/errors/index.ts'
import type { MachineConsole, Reason } from '../../../shared/model/index.ts'
import { constants, type DomainRef, type LibvirtHost, type RpcStream } from '../../libvirt/index.ts'
import { at, attributeOf, childrenOf, parseXml, type XmlElement } from '../../xml/index.ts'
import type { ByteChannel, CallOptions, ConnectOptions, ConsoleRequest, ProviderConsole, ProviderPorts } from '../provider.ts'
import { DuplexChannel, type GuestWay, openGuestShell } from '../ssh/index.ts'
import { hasKeptVnc } from './display-actions.ts'
import type { Endpoint } from './endpoints.ts'
import { isUnsupported, libvirtNumber, toProblem, VIR_ERR } from './problems.ts'
import type { Uplink } from './uplink.ts'

interface Display {
  readonly kind: 'vnc'
  readonly type: string
  readonly endpoint: Endpoint | null
  readonly password: string | null
  /** It stands in the kept definition alone: the machine has it after its next start. */
  readonly waits?: true
}

interface Port {
  readonly kind: 'serial'
  /** libvirt's name of the device: its alias. */
  readonly device: string | null
  readonly label: string
}

interface Found {
  readonly running: boolean
  readonly displays: readonly Display[]
  readonly ports: readonly Port[]
}

const NOT_RUNNING: Reason = { code: 'console.not-running', text: 'The machine is off. Start it to open its console.' }
const NOT_VNC: Reason = {
  code: 'console.not-vnc',
  text: 'This display does not speak VNC. Add a VNC display to the machine to see it here.',
}
const NO_GUEST_WAY: Reason = {
  code: 'console.ssh-needs-ssh',
  text: 'Its host is connected by TLS, which leads no further than libvirt. Connect the host by SSH to go on to its machines.',
}
const AFTER_START: Reason = {
  code: 'console.after-start',
  text: 'This display is in the machine’s definition and comes with its next start. Shut the machine down and start it.',
}
const NO_LISTENER: Reason = { code: 'console.no-listener', text: 'The display has no address on the host: nothing listens there.' }
const WAITING: Display = { kind: 'vnc', type: 'vnc', endpoint: null, password: null, waits: true }
/** What a console can be opened of: a file or a log takes no reader. */
const OPENABLE: ReadonlySet<string> = new Set(['pty', 'unix', 'dev'])

/** The consoles of a machine: its displays, its serial ports and virtio consoles, and the SSH server inside it. `way`: to the latter. */
export async function listConsoles(
  host: LibvirtHost,
  dom: DomainRef,
  way: GuestWay | null,
  options: CallOptions,
): Promise<readonly MachineConsole[]> {
  const { running, displays, ports } = await findConsoles(host, dom, 0, options)
  return [
    ...displays.map((display, index) => ({
      kind: display.kind,
      index,
      label: display.type.toUpperCase(),
      reason: whyNot(display, running),
    })),
    ...ports.map((port, index) => ({ kind: port.kind, index, label: port.label, reason: running ? null : NOT_RUNNING })),
    { kind: 'ssh', index: 0, label: 'SSH', reason: running ? (way ? null : NO_GUEST_WAY) : NOT_RUNNING },
  ]
}

function whyNot(display: Display, running: boolean): Reason | null {
  if (display.type !== 'vnc') return NOT_VNC
  if (!running) return NOT_RUNNING
  if (display.waits) return AFTER_START
  return display.endpoint ? null : NO_LISTENER
}

/** Opens one. Throws AppError. */
export async function openConsole(
  { host, reach, guestWay }: Pick<Uplink, 'host' | 'reach' | 'guestWay'>,
  dom: DomainRef,
  request: ConsoleRequest,
  ports: ProviderPorts,
  options: ConnectOptions,
): Promise<ProviderConsole> {
  // the password is only told to those who may change the machine, and goes no further than the engine
  const found = await findConsoles(host, dom, request.kind === 'vnc' ? constants.VIR_DOMAIN_XML_SECURE : 0, options)
  if (request.kind === 'serial') {
    const port = found.ports[request.index]
    if (!port) throw noSuchConsole(dom.name)
    if (!found.running || port.device === null) throw cannotOpen(NOT_RUNNING)
    return { channel: await openPort(host, dom, port.device, request.takeOver, options), password: null }
  }
  if (request.kind === 'ssh') {
    if (request.index > 0) throw noSuchConsole(dom.name)
    if (!found.running) throw cannotOpen(NOT_RUNNING)
    if (!guestWay) throw cannotOpen(NO_GUEST_WAY)
    if (!request.login) throw noLogin()
    return { channel: await openGuestShell(guestWay, dom.uuid, request.login, ports, options), password: null }
  }
  const display = found.displays[request.index]
  if (!display) throw noSuchConsole(dom.name)
  const reason = whyNot(display, found.running)
  if (reason || !display.endpoint) throw cannotOpen(reason ?? NO_LISTENER)
  return { channel: new DuplexChannel(await reach(display.endpoint, options)), password: display.password }
}

async function findConsoles(host: LibvirtHost, dom: DomainRef, flags: number, options: CallOptions): Promise<Found> {
  const [{ xml }, { active }] = await Promise.all([
    host.call('domainGetXmlDesc', { dom, flags }, options),
    host.call('domainIsActive', { dom }, options),
  ])
  const devices = at(parseXml(xml), 'devices')
  const running = active !== 0
  const displays = childrenOf(devices, 'graphics').map(readDisplay)
  const waits = running && displays.every(({ type }) => type !== 'vnc') && (await hasKeptVnc(host, dom, options))
  return { running, displays: waits ? [...displays, WAITING] : displays, ports: readPorts(devices) }
}

function readDisplay(graphics: XmlElement): Display {
  const listen = at(graphics, 'listen')
  const port = Number(attributeOf(graphics, 'port') ?? -1)
  const path = attributeOf(listen, 'socket') ?? attributeOf(graphics, 'socket')
  const address = attributeOf(listen, 'address') ?? attributeOf(graphics, 'listen') ?? '127.0.0.1'
  const endpoint = path !== null ? { path } : port > 0 ? { host: reachable(address), port } : null
  return { kind: 'vnc', type: attributeOf(graphics, 'type') ?? 'unknown', endpoint, password: attributeOf(graphics, 'passwd') }
}

/** A server that listens everywhere is nearest on the host's own address. */
function reachable(address: string): string {
  if (address === '0.0.0.0' || address === '') return '127.0.0.1'
  return address === '::' ? '::1' : address
}

/** The first `console` is the first serial port once more, as libvirt writes it. */
function readPorts(devices: XmlElement | undefined): readonly Port[] {
  const serials = childrenOf(devices, 'serial')
  const consoles = childrenOf(devices, 'console').filter((console) => attributeOf(at(console, 'target'), 'type') !== 'serial')
  return [...serials, ...consoles]
    .filter((device) => OPENABLE.has(attributeOf(device, 'type') ?? ''))
    .map((device) => {
      const target = at(device, 'target')
      const type = attributeOf(target, 'type') ?? device.name
      return { kind: 'serial', device: attributeOf(at(device, 'alias'), 'name'), label: `${type} ${attributeOf(target, 'port') ?? '0'}` }
    })
}

async function openPort(host: LibvirtHost, dom: DomainRef, device: string, takeOver: boolean, options: CallOptions): Promise<ByteChannel> {
  try {
    const flags = takeOver ? constants.VIR_DOMAIN_CONSOLE_FORCE : 0
    const { stream } = await host.openStream('domainOpenConsole', { dom, devName: device, flags }, options)
    return new RpcChannel(stream)
  } catch (error) {
    // libvirt has no number of its own for it: an operation that failed
    if (libvirtNumber(error) === VIR_ERR.operationFailed && !takeOver) throw consoleBusy(error)
    if (isUnsupported(error)) throw cannotOpen({ code: 'console.unsupported', text: 'The hypervisor’s driver opens no consoles.' }, error)
    throw error
  }
}

function consoleBusy(cause: unknown): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'console.busy',
    message: 'Somebody else has this console open, such as virsh console. Take it over to end their session, or wait.',
    cause,
  })
}

function noSuchConsole(name: string): AppError {
  return new AppError({ kind: 'not-found', code: 'console.not-found', message: `${name} has no such console.` })
}

/** The engine always says who logs in. */
function noLogin(): AppError {
  return new AppError({ kind: 'invalid-input', code: 'console.no-login', message: 'Say which user logs in to the machine.' })
}

function cannotOpen({ code, text }: Reason, cause?: unknown): AppError {
  return new AppError({
    kind: 'precondition',
    code,
    message: text,
    details: { expected: 'an open console', actual: code, reason: text },
    ...(cause !== undefined && { cause }),
  })
}

/** A stream of libvirt's as a channel. */
class RpcChannel implements ByteChannel {
  readonly #stream: RpcStream
  #closed = false

  constructor(stream: RpcStream) {
    this.#stream = stream
  }

  async read(): Promise<Uint8Array | null> {
    try {
      for (;;) {
        const piece = await this.#stream.read()
        if (piece === null || piece.type === 'data') return piece?.bytes ?? null
      }
    } catch (error) {
      // an aborted stream fails its reader; ours has asked for it
      if (this.#closed) return null
      throw toProblem(error)
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#stream.write(bytes).catch((error: unknown) => {
      throw toProblem(error)
    })
  }

  close(): void {
    this.#closed = true
    this.#stream.abort()
  }
}
