import type { Duplex } from 'node:stream'
import { AppError } from '../../../shared/errors/index.ts'
import type { MachineConsole, Reason } from '../../../shared/model/index.ts'
import { constants, type DomainRef, type LibvirtHost, type RpcStream } from '../../libvirt/index.ts'
import type { ByteChannel, CallOptions, ConsoleRequest, ProviderConsole } from '../provider.ts'
import { isUnsupported, libvirtNumber, toProblem, VIR_ERR } from './problems.ts'
import { at, attributeOf, childrenOf, parseXml, type XmlElement } from './xml.ts'

/** Where a server on the host listens. */
export type Endpoint = { readonly host: string; readonly port: number } | { readonly path: string }

interface Display {
  readonly kind: 'vnc'
  readonly type: string
  readonly endpoint: Endpoint | null
  readonly password: string | null
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
const NO_LISTENER: Reason = { code: 'console.no-listener', text: 'The display has no address on the host: nothing listens there.' }
/** What a console can be opened of: a file or a log takes no reader. */
const OPENABLE: ReadonlySet<string> = new Set(['pty', 'unix', 'dev'])

/** The consoles of a definition: its displays, then its serial ports and virtio consoles. */
export async function listConsoles(host: LibvirtHost, dom: DomainRef, options: CallOptions): Promise<readonly MachineConsole[]> {
  const { running, displays, ports } = await findConsoles(host, dom, 0, options)
  return [
    ...displays.map((display, index) => ({
      kind: display.kind,
      index,
      label: display.type.toUpperCase(),
      reason: display.type === 'vnc' ? (running ? (display.endpoint ? null : NO_LISTENER) : NOT_RUNNING) : NOT_VNC,
    })),
    ...ports.map((port, index) => ({ kind: port.kind, index, label: port.label, reason: running ? null : NOT_RUNNING })),
  ]
}

/** Opens one. `reach`: a stream to a server on the host. Throws AppError. */
export async function openConsole(
  host: LibvirtHost,
  dom: DomainRef,
  request: ConsoleRequest,
  reach: (endpoint: Endpoint, options: CallOptions) => Promise<Duplex>,
  options: CallOptions,
): Promise<ProviderConsole> {
  // the password is only told to those who may change the machine, and goes no further than the engine
  const found = await findConsoles(host, dom, request.kind === 'vnc' ? constants.VIR_DOMAIN_XML_SECURE : 0, options)
  if (request.kind === 'serial') {
    const port = found.ports[request.index]
    if (!port) throw noSuchConsole(dom.name)
    if (!found.running || port.device === null) throw cannotOpen(NOT_RUNNING)
    return { channel: await openPort(host, dom, port.device, request.takeOver, options), password: null }
  }
  const display = found.displays[request.index]
  if (!display) throw noSuchConsole(dom.name)
  if (display.type !== 'vnc') throw cannotOpen(NOT_VNC)
  if (!found.running) throw cannotOpen(NOT_RUNNING)
  if (!display.endpoint) throw cannotOpen(NO_LISTENER)
  return { channel: new DuplexChannel(await reach(display.endpoint, options)), password: display.password }
}

async function findConsoles(host: LibvirtHost, dom: DomainRef, flags: number, options: CallOptions): Promise<Found> {
  const [{ xml }, { active }] = await Promise.all([
    host.call('domainGetXmlDesc', { dom, flags }, options),
    host.call('domainIsActive', { dom }, options),
  ])
  const devices = at(parseXml(xml), 'devices')
  return { running: active !== 0, displays: childrenOf(devices, 'graphics').map(readDisplay), ports: readPorts(devices) }
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

/** A socket as a channel. */
export class DuplexChannel implements ByteChannel {
  readonly #duplex: Duplex
  readonly #pieces: AsyncIterator<Buffer>

  constructor(duplex: Duplex) {
    this.#duplex = duplex
    this.#pieces = duplex[Symbol.asyncIterator]() as AsyncIterator<Buffer>
    duplex.on('error', () => {}) // the reader and the writer hear of it
  }

  async read(): Promise<Uint8Array | null> {
    try {
      const { done, value } = await this.#pieces.next()
      return done ? null : value
    } catch (error) {
      if (this.#duplex.destroyed && (error as { readonly code?: unknown }).code === 'ERR_STREAM_PREMATURE_CLOSE') return null
      throw toProblem(error)
    }
  }

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#duplex.write(bytes, (error) => (error ? reject(toProblem(error)) : resolve()))
    })
  }

  close(): void {
    this.#duplex.destroy()
  }
}
