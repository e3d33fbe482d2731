import { toAppError } from '../../../shared/errors/index.ts'
import type { Host, HostId, Pool } from '../../../shared/model/index.ts'
import type { Clock, HostClaims, StorageKeeper } from '../../providers/provider.ts'
import type { InventoryReader, Links } from '../ports.ts'
import { volumeInUse } from '../volumes/volume-errors.ts'
import type { Placed } from '../volumes/volume-tasks.ts'
import { type AskedVolume, Verdicts } from './other-claims.ts'
import { unknownUse } from './storage-errors.ts'

/** Every volume and every definition of a host are read for it. */
const LOOK_TIMEOUT_MS = 10 * 60_000
/** So many hosts are looked through at a time. */
const AT_ONCE = 6
/** For a report, other hosts are not looked through anew that were this long ago: all of them may be reported on one after the other. */
const FOR_REPORT_MS = 5 * 60_000
/**
 * Before something is destroyed each host is looked through anew. Of many that are deleted together the next one takes what was found for the
 * last, if that was this long ago, or no longer than it takes to look through all hosts.
 */
const FOR_DELETION_MS = 3_000
const FOR_DELETION_MOST_MS = 60_000

/** What the answer is for. */
type Before = 'report' | 'deletion'

interface Look {
  readonly claims: Promise<HostClaims>
  /** Begun because something was to be destroyed: what a report saw serves no deletion. */
  readonly before: Before
  /** When it had ended; null: it is under way. */
  endedAtMs: number | null
}

export interface OtherHostsOptions {
  readonly inventory: InventoryReader
  readonly links: Links
  readonly clock: Clock
}

/** What the machines of all known hosts use in storage that several of them may see. */
export class OtherHosts {
  readonly #options: OtherHostsOptions
  readonly #looks = new Map<HostId, Look>()
  /** How long it took last time. */
  #allTookMs = 0

  constructor(options: OtherHostsOptions) {
    this.#options = options
  }

  /** What a look of somebody else's told. */
  note(hostId: HostId, claims: HostClaims): void {
    this.#looks.set(hostId, { claims: Promise.resolve(claims), before: 'report', endedAtMs: this.#options.clock.nowMs() })
  }

  /** Every host is asked that can be; of the others it counts which pools they had. Fails with nothing but the signal's reason. */
  async judge(own: Host, asked: readonly AskedVolume[], before: Before, signal: AbortSignal): Promise<Verdicts> {
    const { inventory, links, clock } = this.#options
    this.#forgetOld()
    const verdicts = new Verdicts(asked)
    if (asked.length === 0) return verdicts
    const live: Array<{ readonly host: Host; readonly keeper: StorageKeeper }> = []
    const away: Host[] = []
    for (const host of inventory.all('host')) {
      const link = links.current(host.connectionId)
      if (!link || host.freshness.state !== 'live') away.push(host)
      else if (link.storage) live.push({ host, keeper: link.storage })
    }
    const next = live.values()
    const work = async () => {
      for (const { host, keeper } of next) {
        signal.throwIfAborted()
        try {
          verdicts.hear(host.name, await heard(this.#look(host, keeper, before), signal), host.id === own.id)
        } catch (thrown) {
          signal.throwIfAborted()
          verdicts.missed(host.name, toAppError(thrown).message)
        }
      }
    }
    const begunAtMs = clock.nowMs()
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    if (before === 'deletion') this.#allTookMs = Math.max(clock.nowMs() - begunAtMs, this.#allTookMs / 2)
    for (const host of away) if (host.id !== own.id) verdicts.away(host.name, poolsOf(inventory, host))
    for (const name of neverSeen(own, inventory)) verdicts.neverSeen(name)
    return verdicts
  }

  /** Throws `precondition` volume.in-use, volume.use-unknown, for a volume that other hosts may see. Its own host judges for itself. */
  async needUnused({ hostId, hostRef, place }: Placed, keeper: StorageKeeper | null, signal: AbortSignal): Promise<void> {
    const own = this.#options.inventory.get('host', hostId)
    if (!own || !keeper) return
    const found = await keeper.sharedPlace(hostRef, place, { signal, timeoutMs: LOOK_TIMEOUT_MS })
    if (!found) return
    const asked = { place: found, path: `${poolOf(this.#options.inventory, own, place.pool)?.target ?? place.pool}/${place.volume}` }
    const verdict = (await this.judge(own, [asked], 'deletion', signal)).of(asked)
    if (verdict?.use === 'used') throw volumeInUse(place, verdict.by, `${verdict.by.join(', ')} on ${verdict.host} uses it.`)
    if (verdict?.use === 'unknown') throw unknownUse(place, verdict.reason)
  }

  #serves(look: Look, before: Before): boolean {
    if (before === 'deletion' && look.before === 'report') return false
    const most = before === 'report' ? FOR_REPORT_MS : Math.min(Math.max(this.#allTookMs, FOR_DELETION_MS), FOR_DELETION_MOST_MS)
    return look.endedAtMs === null || this.#options.clock.nowMs() - look.endedAtMs <= most
  }

  #forgetOld(): void {
    const since = this.#options.clock.nowMs() - FOR_REPORT_MS
    for (const [id, { endedAtMs }] of this.#looks) if (endedAtMs !== null && endedAtMs < since) this.#looks.delete(id)
  }

  /** One at a time of each host: whoever asks meanwhile hears what it finds. */
  #look(host: Host, keeper: StorageKeeper, before: Before): Promise<HostClaims> {
    const { clock } = this.#options
    const known = this.#looks.get(host.id)
    if (known && this.#serves(known, before)) return known.claims
    // Not under the signal of whoever asked first: others wait for it as well.
    const claims = keeper.orphans(host.nativeRef, { timeoutMs: LOOK_TIMEOUT_MS }).then((look) => look.claims)
    const look: Look = { claims, before, endedAtMs: null }
    this.#looks.set(host.id, look)
    claims.then(
      () => {
        look.endedAtMs = clock.nowMs()
      },
      () => {
        if (this.#looks.get(host.id) === look) this.#looks.delete(host.id)
      },
    )
    return claims
  }
}

async function heard<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = () => {}
  const given = new Promise<never>((_, reject) => {
    stop = () => reject(toAppError(signal.reason))
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([answer, given])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** Connections of the same kind that have never told which hosts they lead to. */
function neverSeen({ connectionId }: Host, inventory: InventoryReader): readonly string[] {
  const known = new Set([...inventory.all('host')].map((host) => host.connectionId))
  const providerId = inventory.get('connection', connectionId)?.providerId
  return [...inventory.all('connection')].filter((one) => one.providerId === providerId && !known.has(one.id)).map(({ name }) => name)
}

function poolsOf(inventory: InventoryReader, { id }: Host): readonly Pool[] {
  return [...inventory.all('pool')].filter(({ hostId }) => hostId === id)
}

function poolOf(inventory: InventoryReader, host: Host, name: string): Pool | undefined {
  return poolsOf(inventory, host).find((pool) => pool.name === name)
}
