import type { CallOptions, LibvirtClient } from './client.ts'
import { isLibvirtError, LibvirtError } from './errors.ts'
import type { LibvirtHost } from './host.ts'
import {
  VIR_CONNECT_LIST_DOMAINS_ACTIVE as ACTIVE,
  VIR_CONNECT_LIST_DOMAINS_AUTOSTART as AUTOSTART,
  VIR_CONNECT_LIST_DOMAINS_HAS_CHECKPOINT as HAS_CHECKPOINT,
  VIR_CONNECT_LIST_DOMAINS_HAS_SNAPSHOT as HAS_SNAPSHOT,
  VIR_CONNECT_LIST_DOMAINS_INACTIVE as INACTIVE,
  VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE as MANAGEDSAVE,
  VIR_CONNECT_LIST_DOMAINS_NO_AUTOSTART as NO_AUTOSTART,
  VIR_CONNECT_LIST_DOMAINS_NO_CHECKPOINT as NO_CHECKPOINT,
  VIR_CONNECT_LIST_DOMAINS_NO_MANAGEDSAVE as NO_MANAGEDSAVE,
  VIR_CONNECT_LIST_DOMAINS_NO_SNAPSHOT as NO_SNAPSHOT,
  VIR_CONNECT_LIST_DOMAINS_PERSISTENT as PERSISTENT,
  VIR_CONNECT_LIST_DOMAINS_TRANSIENT as TRANSIENT,
  VIR_ERR_INTERNAL_ERROR,
  VIR_ERR_INVALID_ARG,
  VIR_ERR_NO_DOMAIN,
  VIR_ERR_RPC,
  VIR_FROM_RPC,
} from './wire/generated/constants.ts'
import type { DomainRef } from './wire/generated/types.ts'

/** What can be asked of: one connection, or a host of several. */
export type Callable = Pick<LibvirtClient, 'call' | 'callWith'> | Pick<LibvirtHost, 'call' | 'callWith'>

/** REMOTE_DOMAIN_LIST_MAX: domains in one list of the protocol, in either direction. */
export const DOMAINS_MAX = 16_384

/** Halves that a list too long for one message is cut into, one after the other. Each pair covers every domain. */
const HALVES: ReadonlyArray<readonly [left: number, right: number]> = [
  [ACTIVE, INACTIVE],
  [PERSISTENT, TRANSIENT],
  [AUTOSTART, NO_AUTOSTART],
  [MANAGEDSAVE, NO_MANAGEDSAVE],
  [HAS_SNAPSHOT, NO_SNAPSHOT],
  // Last: daemons before 5.6 do not know it.
  [HAS_CHECKPOINT, NO_CHECKPOINT],
]

export interface ListDomainsOptions extends CallOptions {
  /** VIR_CONNECT_LIST_DOMAINS_…; all domains without it. */
  readonly flags?: number | undefined
}

export interface DomainListing {
  readonly domains: readonly DomainRef[]
  /** Why there are more of them, that the protocol cannot name; null: these are all. */
  readonly incomplete: LibvirtError | null
}

/**
 * All domains of a host. The protocol carries 16,384 in one list; beyond it the active and the inactive are asked for apart, then halves of
 * those by persistence, autostart, managed save, snapshots and checkpoints. A domain that changed sides in between is listed once. Throws
 * `unsupported` libvirt.list-too-long for more than that many which are alike in all of these.
 */
export async function listAllDomains(host: Callable, options: ListDomainsOptions = {}): Promise<readonly DomainRef[]> {
  return listInHalves(host, options, (_flags, error) => {
    throw error
  })
}

/** The same, and of those that are alike as many as the protocol names: 16,384 of the active and of the inactive, whichever the daemon picks. */
export async function listDomains(host: Callable, options: CallOptions = {}): Promise<DomainListing> {
  let incomplete: LibvirtError | null = null
  const domains = await listInHalves(host, options, (flags, error) => {
    incomplete = error
    return (flags & ACTIVE) === 0 ? someInactive(host, options) : someActive(host, options)
  })
  return { domains, incomplete }
}

/** Whether a list or statistics failed because more domains are alike than the protocol can name. */
export function isListTooLong(error: unknown): boolean {
  return isLibvirtError(error) && error.code === 'libvirt.list-too-long'
}

/** "Too many domains …" is raised by the daemon's RPC layer as an internal error, "unable to encode message" as an RPC error. */
export function isTooLong(error: unknown): error is LibvirtError {
  return isLibvirtError(error) && error.domain === VIR_FROM_RPC && (error.number === VIR_ERR_INTERNAL_ERROR || error.number === VIR_ERR_RPC)
}

type Alike = (flags: number, error: LibvirtError) => Promise<readonly DomainRef[]>

function listInHalves(host: Callable, options: ListDomainsOptions, alike: Alike): Promise<readonly DomainRef[]> {
  const { flags: asked = 0, ...bounds } = options
  const list = async (flags: number): Promise<readonly DomainRef[]> => {
    try {
      return (await host.call('connectListAllDomains', { needResults: 1, flags }, bounds)).domains
    } catch (error) {
      if (!isTooLong(error)) throw error
      const pair = HALVES.find(([left, right]) => (flags & (left | right)) === 0)
      if (pair === undefined) return alike(flags, tooManyAlike(error))
      try {
        return onceEach([...(await list(flags | pair[0])), ...(await list(flags | pair[1]))])
      } catch (thrown) {
        if (isLibvirtError(thrown) && thrown.number === VIR_ERR_INVALID_ARG) return alike(flags, tooManyAlike(error))
        throw thrown
      }
    }
  }
  return list(asked)
}

function onceEach(domains: readonly DomainRef[]): readonly DomainRef[] {
  return [...new Map(domains.map((dom) => [dom.uuid, dom])).values()]
}

/** The older calls name so many and no more, without a way to go on from there. */
async function someInactive(host: Callable, options: CallOptions): Promise<readonly DomainRef[]> {
  const { names } = await host.call('connectListDefinedDomains', { maxnames: DOMAINS_MAX }, options)
  return lookUp(names, async (name) => (await host.call('domainLookupByName', { name }, options)).dom)
}

async function someActive(host: Callable, options: CallOptions): Promise<readonly DomainRef[]> {
  const { ids } = await host.call('connectListDomains', { maxids: DOMAINS_MAX }, options)
  return lookUp(ids, async (id) => (await host.call('domainLookupById', { id }, options)).dom)
}

async function lookUp<T>(keys: readonly T[], find: (key: T) => Promise<DomainRef>): Promise<readonly DomainRef[]> {
  const found = await Promise.all(
    keys.map(async (key) => {
      try {
        return await find(key)
      } catch (error) {
        // Gone since it was named.
        if (isLibvirtError(error) && error.number === VIR_ERR_NO_DOMAIN) return null
        throw error
      }
    }),
  )
  return found.filter((dom) => dom !== null)
}

function tooManyAlike(cause: LibvirtError): LibvirtError {
  return new LibvirtError(
    'unsupported',
    'libvirt.list-too-long',
    'The host has more than 16,384 machines that are alike in all that libvirt lists by, and its protocol names no more at once. ' +
      'Move some to another host, or make them differ: switch autostart on for some.',
    { sent: true, expected: `at most ${DOMAINS_MAX} machines alike`, cause },
  )
}
