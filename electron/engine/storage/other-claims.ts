import { posix } from 'node:path'
import { mayHold, type Pool, type Reason, SHARED_POOL_TYPES, type SharedPlace, sameService } from '../../../shared/model/index.ts'
import type { HostClaims } from '../../providers/provider.ts'

/** A volume that several hosts may see, and that is asked about. */
export interface AskedVolume {
  readonly place: SharedPlace
  /** As its own host has it. */
  readonly path: string
}

/** What another host makes of a volume. */
export type Verdict =
  | { readonly use: 'used'; readonly host: string; readonly by: readonly string[] }
  | { readonly use: 'unknown'; readonly reason: Reason }

/** Whether anybody uses these volumes: what one host has is laid beside what another names. Without a verdict, nobody was found. */
export class Verdicts {
  readonly #asked: readonly AskedVolume[]
  readonly #byPlace = new Map<string, AskedVolume[]>()
  readonly #byName = new Map<string, AskedVolume[]>()
  readonly #found = new Map<AskedVolume, Verdict>()
  readonly #away = new Map<AskedVolume, string[]>()

  constructor(asked: readonly AskedVolume[]) {
    this.#asked = asked
    for (const one of asked) {
      put(this.#byPlace, keyOf(one.place), one)
      put(this.#byName, posix.basename(one.path), one)
    }
  }

  of(asked: AskedVolume): Verdict | null {
    const away = this.#away.get(asked)
    return this.#found.get(asked) ?? (away ? { use: 'unknown', reason: hostsAway(away) } : null)
  }

  /** What a host names. Its own host's paths are judged where they are known, so `unplaced` counts for others only. */
  hear(host: string, { shared, unplaced, blind }: HostClaims, isOwn: boolean): void {
    for (const { place, by } of shared) {
      for (const one of this.#at(place)) {
        if (sameService(place, one.place) === 'same') this.#used(one, host, by)
        else this.#unknown(one, maybeNamed(host, `${place.servers.join(',')}:${place.path}`, by))
      }
    }
    if (isOwn) return
    for (const { path, by } of unplaced) {
      for (const one of this.#byName.get(posix.basename(path)) ?? []) this.#unknown(one, maybeNamed(host, path, by))
    }
    const [why] = blind
    if (why) for (const one of this.#asked) this.#unknown(one, unread(host, why.text))
  }

  /** A host that should have answered and did not. */
  missed(host: string, said: string): void {
    for (const one of this.#asked) this.#unknown(one, unread(host, said))
  }

  /** A host that cannot be asked now, and its pools as they were known. */
  away(host: string, pools: readonly Pool[]): void {
    for (const one of this.#asked) if (pools.some((pool) => mayLieIn(pool, one))) put(this.#away, one, host)
  }

  /** A connection that has not told of any host yet. */
  neverSeen(connection: string): void {
    for (const one of this.#asked) put(this.#away, one, connection)
  }

  #at(place: SharedPlace): readonly AskedVolume[] {
    if (!place.path.endsWith('/')) return this.#byPlace.get(keyOf(place)) ?? []
    return this.#asked.filter((one) => one.place.kind === place.kind && one.place.path.startsWith(place.path))
  }

  #used(asked: AskedVolume, host: string, by: readonly string[]): void {
    if (this.#found.get(asked)?.use !== 'used') this.#found.set(asked, { use: 'used', host, by })
  }

  #unknown(asked: AskedVolume, reason: Reason): void {
    if (!this.#found.has(asked)) this.#found.set(asked, { use: 'unknown', reason })
  }
}

/** Of a pool that an older console kept only the type is known. A folder of the same path is mounted from the same server, as a rule. */
function mayLieIn({ type, target, shared }: Pool, { place, path }: AskedVolume): boolean {
  if (shared) return mayHold(shared, place)
  if (shared === undefined && SHARED_POOL_TYPES.has(type)) return true
  return type === 'dir' && target === posix.dirname(path)
}

function keyOf({ kind, path }: SharedPlace): string {
  return `${kind} ${path}`
}

function put<K, T>(map: Map<K, T[]>, key: K, one: T): void {
  const known = map.get(key)
  if (known) known.push(one)
  else map.set(key, [one])
}

/** So many are named. */
const NAMED = 3

function hostsAway(away: readonly string[]): Reason {
  const names = away.toSorted()
  const more = names.length > NAMED ? ` +${names.length - NAMED}` : ''
  const hosts = names.slice(0, NAMED).join(', ') + more
  const text = `Whether a machine on ${hosts} uses it is not known: there is no link there now. Connect and look again, or take what is gone for good out of the console.`
  return { code: 'orphans.host-away', text, params: { hosts } }
}

function unread(host: string, said: string): Reason {
  return { code: 'orphans.host-unread', text: `Whether a machine on ${host} uses it is not known: ${said}`, params: { host, said } }
}

function maybeNamed(host: string, path: string, [by = '']: readonly string[]): Reason {
  const text = `${by} on ${host} names ${path}, which may be the same.`
  return { code: 'orphans.maybe-named', text, params: { host, path, by } }
}
