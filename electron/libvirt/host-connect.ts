import type { Duplex } from 'node:stream'
import type { ClientOptions, LibvirtClient } from './client.ts'
import { connectLibvirt } from './connect.ts'
import type { AuthMethod } from './connection-facts.ts'
import { type DaemonName, type HostPart, MONOLITHIC, partUri, SPLIT } from './daemons.ts'
import { isLibvirtError, type LibvirtError } from './errors.ts'
import type { CallOptions as Bounds } from './rpc/pending-call.ts'

/** One daemon for everything, or one for each part. */
export type DaemonKind = 'monolithic' | 'split'

export interface HostOptions extends ClientOptions {
  /**
   * Opens a transport to one daemon of the host. A daemon that is not there is an error with the code `ENOENT`, `ECONNREFUSED`,
   * `libvirt.socket-missing`, `libvirt.socket-refused` or `libvirt.not-installed`, or of kind `not-found`.
   */
  readonly open: (daemon: DaemonName, limits: Bounds) => Promise<Duplex>
  /** The same by a guess that costs one round trip; undefined where it was wrong. For ways on which `open` has to look around first. */
  readonly openQuickly?: ((daemon: DaemonName, limits: Bounds) => Promise<Duplex | undefined>) | undefined
  /** What to take the host for, where `open` has but one way: TLS, a socket in an unusual place. Without it both are looked for. */
  readonly daemons?: DaemonKind | undefined
  /** qemu:///system without it. */
  readonly uri?: string | undefined
  readonly readOnly?: boolean | undefined
  readonly auth?: readonly AuthMethod[] | undefined
  /** For each connection, from opening the transport on. 15 s. */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** A connection beside the hypervisor's was lost: its subscriptions are gone, its next call opens it again. */
  readonly onPartLost?: ((part: HostPart, reason: LibvirtError) => void) | undefined
}

const DEFAULT_URI = 'qemu:///system'
const CONNECT_TIMEOUT_MS = 15_000
const ABSENT_CODES: ReadonlySet<unknown> = new Set([
  'ENOENT',
  'ECONNREFUSED',
  'libvirt.socket-missing',
  'libvirt.socket-refused',
  'libvirt.not-installed',
])

function isAbsent(error: unknown): boolean {
  // What a daemon that is there said is no absence.
  if (typeof error !== 'object' || error === null || isLibvirtError(error)) return false
  const { code, kind } = error as { readonly code?: unknown; readonly kind?: unknown }
  return kind === 'not-found' || ABSENT_CODES.has(code)
}

/** The socket is there, and nobody listens. */
function isStale(error: unknown): boolean {
  const code = (error as { readonly code?: unknown }).code
  return code === 'ECONNREFUSED' || code === 'libvirt.socket-refused'
}

/**
 * Which daemons to look for, best first. Where virtqemud runs, libvirtd's socket is virtproxyd's: it keeps connections of its own to the
 * other daemons and stays up when they go away (https://libvirt.org/daemons.html#proxying). Other drivers than qemu's have split daemons
 * that this library does not know.
 */
function candidates(options: HostOptions): readonly DaemonKind[] {
  if (options.daemons !== undefined) return [options.daemons]
  return (options.uri ?? DEFAULT_URI).startsWith('qemu:') ? ['split', 'monolithic'] : ['monolithic']
}

/**
 * The hypervisor's connection. Throws as {@link connectPart}; where no daemon is there, what is known of the first socket that is there
 * with nobody listening, else what the first daemon's absence threw.
 */
export async function connectHypervisor(options: HostOptions): Promise<{ readonly daemons: DaemonKind; readonly client: LibvirtClient }> {
  const kinds = candidates(options)
  // Guesses for both first: neither kind of host then pays for a look around that the other one needs.
  for (const daemons of options.openQuickly === undefined ? [] : kinds) {
    const way = wayTo(options, 'hypervisor', daemons)
    const stream = await options.openQuickly?.(way.daemon, way)
    if (stream !== undefined) return { daemons, client: await connectOver(options, way, stream) }
  }
  const absences: unknown[] = []
  for (const daemons of kinds) {
    try {
      return { daemons, client: await connectPart(options, 'hypervisor', daemons) }
    } catch (error) {
      if (!isAbsent(error)) throw error
      absences.push(error)
    }
  }
  throw absences.find(isStale) ?? absences[0]
}

/** A connection to the daemon that serves a part. Throws what the transport or {@link connectLibvirt} throws. */
export async function connectPart(options: HostOptions, part: HostPart, daemons: DaemonKind, bounds: Bounds = {}): Promise<LibvirtClient> {
  const way = wayTo(options, part, daemons, bounds)
  return connectOver(options, way, await options.open(way.daemon, way))
}

interface Way extends Bounds {
  readonly daemon: DaemonName
  readonly uri: string
}

function wayTo(options: HostOptions, part: HostPart, daemons: DaemonKind, bounds: Bounds = {}): Way {
  const uri = options.uri ?? DEFAULT_URI
  const signals = [options.signal, bounds.signal].filter((signal) => signal !== undefined)
  return {
    daemon: daemons === 'monolithic' ? MONOLITHIC.daemon : SPLIT[part].daemon,
    uri: daemons === 'monolithic' ? uri : partUri(uri, part),
    signal: signals.length > 1 ? AbortSignal.any(signals) : signals[0],
    timeoutMs: Math.min(bounds.timeoutMs ?? Infinity, options.timeoutMs ?? CONNECT_TIMEOUT_MS),
  }
}

function connectOver(options: HostOptions, { uri, signal, timeoutMs }: Way, stream: Duplex): Promise<LibvirtClient> {
  return connectLibvirt({ ...options, stream, uri, signal, timeoutMs })
}
