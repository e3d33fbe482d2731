import type { CallOptions, LibvirtClient } from './client.ts'
import { LibvirtError } from './errors.ts'
import type { LibvirtHost } from './host.ts'
import {
  VIR_CONNECT_LIST_DOMAINS_ACTIVE as ACTIVE,
  VIR_CONNECT_LIST_DOMAINS_AUTOSTART as AUTOSTART,
  VIR_CONNECT_LIST_DOMAINS_HAS_SNAPSHOT as HAS_SNAPSHOT,
  VIR_CONNECT_LIST_DOMAINS_INACTIVE as INACTIVE,
  VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE as MANAGEDSAVE,
  VIR_CONNECT_LIST_DOMAINS_NO_AUTOSTART as NO_AUTOSTART,
  VIR_CONNECT_LIST_DOMAINS_NO_MANAGEDSAVE as NO_MANAGEDSAVE,
  VIR_CONNECT_LIST_DOMAINS_NO_SNAPSHOT as NO_SNAPSHOT,
  VIR_CONNECT_LIST_DOMAINS_PERSISTENT as PERSISTENT,
  VIR_CONNECT_LIST_DOMAINS_TRANSIENT as TRANSIENT,
  VIR_ERR_INTERNAL_ERROR,
  VIR_ERR_RPC,
  VIR_FROM_RPC,
} from './wire/generated/constants.ts'
import type { DomainRef } from './wire/generated/types.ts'

/** What can be asked of: one connection, or a host of several. */
export type Callable = Pick<LibvirtClient, 'call' | 'callWith'> | Pick<LibvirtHost, 'call' | 'callWith'>

/** Halves that a list too long for one message is cut into, one after the other. Each pair covers every domain. */
const LIST_HALVES: Halves = [
  [ACTIVE, INACTIVE],
  [PERSISTENT, TRANSIENT],
  [AUTOSTART, NO_AUTOSTART],
  [MANAGEDSAVE, NO_MANAGEDSAVE],
  [HAS_SNAPSHOT, NO_SNAPSHOT],
]

export interface ListDomainsOptions extends CallOptions {
  /** VIR_CONNECT_LIST_DOMAINS_…; all domains without it. */
  readonly flags?: number | undefined
}

/**
 * All domains of a host. The protocol carries 16,384 in one list; beyond it the active and the inactive are asked for apart, then halves of
 * those by persistence, autostart, managed save and snapshots. A domain that changed sides in between is listed once.
 */
export async function listAllDomains(host: Callable, options: ListDomainsOptions = {}): Promise<readonly DomainRef[]> {
  const { flags = 0, ...bounds } = options
  return splitWhenTooLong(flags, LIST_HALVES, async (someFlags) => {
    const { domains } = await host.call('connectListAllDomains', { needResults: 1, flags: someFlags }, bounds)
    return domains
  })
}

/** Bulk statistics filter by these only; their flag bits are the same. */
export const STATS_HALVES = LIST_HALVES.slice(0, 2)

type Halves = readonly (readonly [left: number, right: number])[]
type Listed = DomainRef | { readonly dom: DomainRef }

/** Asks once, and where the daemon says that the answer has too many items, asks for halves of it. */
export async function splitWhenTooLong<T extends Listed>(
  flags: number,
  pairs: Halves,
  ask: (flags: number) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  try {
    return await ask(flags)
  } catch (error) {
    if (!(error instanceof LibvirtError) || !isTooLong(error)) throw error
    const pair = pairs.find(([left, right]) => (flags & (left | right)) === 0)
    if (pair === undefined) throw new LibvirtError('exhausted', 'libvirt.list-too-long', error.message, { sent: true, cause: error })
    const parts = [await splitWhenTooLong(flags | pair[0], pairs, ask), await splitWhenTooLong(flags | pair[1], pairs, ask)]
    const byId = new Map(parts.flat().map((item) => ['dom' in item ? item.dom.uuid : item.uuid, item]))
    return [...byId.values()]
  }
}

/** "Too many domains …" is raised by the daemon's RPC layer as an internal error, "unable to encode message" as an RPC error. */
function isTooLong(error: LibvirtError): boolean {
  return error.domain === VIR_FROM_RPC && (error.number === VIR_ERR_INTERNAL_ERROR || error.number === VIR_ERR_RPC)
}
