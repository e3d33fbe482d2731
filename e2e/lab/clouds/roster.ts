/** What all loopback clouds make up alike: who is in the fleet. Each writes it in its own wire format. */
export interface Enrolled {
  readonly index: number
  /** Null: it has no name, as machines made by scripts often have none. */
  readonly name: string | null
  /** Index of the place (region, zone) it is in, for a cloud with `places` of them. */
  readonly place: number
  /** Index of its type, for a cloud with `types` of them, small ones first and most often; -1: one that no list of types knows. */
  readonly type: number
  readonly running: boolean
  readonly spot: boolean
  readonly windows: boolean
  readonly protected: boolean
  readonly tags: Readonly<Record<string, string>>
  /** Before now, in milliseconds. */
  readonly ageMs: number
}

export interface RosterOptions {
  readonly machines: number
  readonly places: number
  readonly types: number
  readonly seed: number
}

const ROLES = ['web', 'api', 'db', 'cache', 'queue', 'build', 'batch', 'mail', 'vpn', 'metrics'] as const
const ENVIRONMENTS = ['prod', 'staging', 'test', 'dev'] as const
const TEAMS = ['shop', 'billing', 'search', 'platform', 'data'] as const
const DAY_MS = 86_400_000
/** Machines that nobody would think of: without a name, with fifty tags, of an unknown type. One in so many each. */
const ODD_EVERY = 97
const TAGS_OF_THE_ODD = 50

/** A stream of numbers from 0 to 1 that is the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** The first two are plain: one runs and one is off, both in the first place, named, unprotected, of the smallest type. */
export function enrol({ machines, places, types, seed }: RosterOptions): Enrolled[] {
  const random = seededRandom(seed)
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
  return Array.from({ length: machines }, (_, index) => {
    const role = pick(ROLES)
    const environment = pick(ENVIRONMENTS)
    const team = pick(TEAMS)
    const odd = index > 1 ? index % ODD_EVERY : -1
    const rolls = { place: random(), type: random() ** 3, running: random(), spot: random(), windows: random(), protected: random() }
    const plain = index < 2
    return {
      index,
      name: odd === 0 ? null : `${role}-${environment}-${String(index).padStart(4, '0')}`,
      place: plain ? 0 : Math.floor(rolls.place * places),
      type: plain ? 0 : odd === 2 ? -1 : Math.floor(rolls.type * types),
      running: plain ? index === 0 : rolls.running < 0.8,
      spot: !plain && rolls.spot < 0.08,
      windows: !plain && rolls.windows < 0.12,
      protected: !plain && rolls.protected < 0.05,
      tags: odd === 1 ? manyTags() : { env: environment, team, role },
      ageMs: Math.floor((1 + random() * 700) * DAY_MS),
    }
  })
}

function manyTags(): Record<string, string> {
  return Object.fromEntries(Array.from({ length: TAGS_OF_THE_ODD }, (_, index) => [`etikett-${index}`, `wert ${index} 🚚`]))
}
