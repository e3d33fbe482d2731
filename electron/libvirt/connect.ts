import type { Duplex } from 'node:stream'
import { type CallOptions, type ClientOptions, LibvirtClient } from './client.ts'
import { type AuthMethod, FEATURES, type Feature, type LibvirtVersion } from './connection-facts.ts'
import { LibvirtError } from './errors.ts'
import { systemClock } from './rpc/clock.ts'

export interface ConnectOptions extends ClientOptions {
  /** An open transport. It belongs to the client from here on, and is destroyed when connecting fails. */
  readonly stream: Duplex
  /** What to open on the daemon: `qemu:///system`, `test:///default`, `storage:///system` … */
  readonly uri: string
  /** Refuses changes on the daemon's side. */
  readonly readOnly?: boolean | undefined
  /** The ways that may be used; both without it. */
  readonly auth?: readonly AuthMethod[] | undefined
  /** For all of it together. 15 s. */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

const CONNECT_TIMEOUT_MS = 15_000
const OLDEST_MAJOR = 5
const READ_ONLY_FLAG = 1
/** REMOTE_AUTH_…. */
const AUTH_NUMBERS: Readonly<Record<number, string>> = { 0: 'none', 1: 'sasl', 2: 'polkit' }

/**
 * Opens libvirt over a transport: authenticates, opens the URI, starts keepalive, and refuses daemons before 5.0.
 * Throws LibvirtError: `unauthenticated` (polkit said no), `unsupported` (SASL; too old, with `expected` and `actual`), the daemon's own
 * error for the URI, `timeout`, `cancelled`, `unreachable`.
 */
export async function connectLibvirt(options: ConnectOptions): Promise<LibvirtClient> {
  const client = new LibvirtClient(options.stream, options)
  const clock = options.clock ?? systemClock
  const deadline = clock.now() + (options.timeoutMs ?? CONNECT_TIMEOUT_MS)
  const bounds = (): CallOptions => ({ signal: options.signal, timeoutMs: Math.max(0, deadline - clock.now()), idempotent: true })
  try {
    const auth = await authenticate(client, options.auth ?? ['none', 'polkit'], bounds)
    const keepalive = await supports(client, 'keepalive', bounds)
    const readOnly = options.readOnly === true
    await client.call('connectOpen', { name: options.uri, flags: readOnly ? READ_ONLY_FLAG : 0 }, bounds())
    if (keepalive) client.startKeepalive()
    const [version, features] = await Promise.all([
      readVersion(client, bounds),
      readFeatures(client, keepalive, bounds),
      hearOfClosing(client, bounds),
    ])
    refuseOld(version)
    client.opened({ uri: options.uri, readOnly, version, auth, features })
    return client
  } catch (error) {
    client.destroy(new LibvirtError('cancelled', 'libvirt.connect-failed', 'connecting failed', { cause: error }))
    throw error
  }
}

async function authenticate(client: LibvirtClient, allowed: readonly AuthMethod[], bounds: () => CallOptions): Promise<AuthMethod> {
  const { types } = await client.call('authList', {}, bounds())
  const offered = types.map((type) => AUTH_NUMBERS[type] ?? `method ${type}`)
  const method = allowed.find((candidate) => offered.includes(candidate))
  if (method === undefined) {
    const actual = offered.join(', ') || 'nothing'
    const expected = allowed.join(' or ')
    throw new LibvirtError(
      'unsupported',
      'libvirt.auth-unsupported',
      `the host asks for ${actual} authentication; this client speaks ${expected}`,
      {
        expected,
        actual,
      },
    )
  }
  if (method === 'polkit') {
    const { complete } = await client.call('authPolkit', {}, bounds())
    if (complete === 0)
      throw new LibvirtError('unauthenticated', 'libvirt.polkit-refused', 'polkit on the host refused access', { sent: true })
  }
  return method
}

async function supports(client: LibvirtClient, feature: Feature, bounds: () => CallOptions): Promise<boolean> {
  try {
    const { supported } = await client.call('connectSupportsFeature', { feature: FEATURES[feature] }, bounds())
    return supported !== 0
  } catch (error) {
    // A daemon that answers with an error does not have it; without an answer the connection is in trouble.
    if (error instanceof LibvirtError && error.remote !== undefined) return false
    throw error
  }
}

/** Asks to be told when the daemon loses one that it stands before, as virtproxyd does; one that cannot tell is none. */
async function hearOfClosing(client: LibvirtClient, bounds: () => CallOptions): Promise<void> {
  try {
    await client.call('connectRegisterCloseCallback', {}, bounds())
  } catch (error) {
    if (!(error instanceof LibvirtError) || error.remote === undefined) throw error
  }
}

async function readFeatures(client: LibvirtClient, keepalive: boolean, bounds: () => CallOptions): Promise<ReadonlySet<Feature>> {
  const names = (Object.keys(FEATURES) as Feature[]).filter((name) => name !== 'keepalive')
  const answers = await Promise.all(names.map((name) => supports(client, name, bounds)))
  const found = new Set<Feature>(names.filter((_, index) => answers[index]))
  if (keepalive) found.add('keepalive')
  return found
}

async function readVersion(client: LibvirtClient, bounds: () => CallOptions): Promise<LibvirtVersion> {
  const { libVer } = await client.call('connectGetLibVersion', {}, bounds())
  return versionFromNumber(libVer)
}

/** libvirt packs versions as major × 1,000,000 + minor × 1,000 + release. */
export function versionFromNumber(packed: bigint): LibvirtVersion {
  const number = Number(packed)
  const major = Math.floor(number / 1_000_000)
  const minor = Math.floor(number / 1_000) % 1_000
  const release = number % 1_000
  return { major, minor, release, text: `${major}.${minor}.${release}` }
}

function refuseOld(version: LibvirtVersion): void {
  if (version.major >= OLDEST_MAJOR) return
  throw new LibvirtError('unsupported', 'libvirt.too-old', `libvirt ${version.text} on the host is too old: 5.0.0 or later is needed`, {
    expected: '5.0.0 or later',
    actual: version.text,
    sent: true,
  })
}
