import type { PoolSource } from '../../../../shared/model/index.ts'
import type { PoolFacts } from '../../provider.ts'
import type { Fleet } from '../fleet.ts'
import { hashText, seededUuid, share } from '../random.ts'
import { amountsOf, NO_AMOUNTS, sourceOf } from './extra-pools.ts'

/** Told when there are other pools, or one of them is another. */
export interface PoolListener {
  readonly changed: (ref: string, patch: Partial<PoolFacts>) => void
  readonly made: (ref: string, facts: PoolFacts) => void
  readonly gone: (ref: string) => void
}

interface Made {
  readonly uuid: string
  readonly source: PoolSource
}

type Amounts = Pick<PoolFacts, 'capacityBytes' | 'allocationBytes' | 'availableBytes'>

/** The pools of a site: which there are, which run, and what they are made of. */
export class PoolBook {
  readonly #fleet: Fleet
  readonly #listener: PoolListener
  readonly #made = new Map<string, Made>()
  /** Of pools that were switched off, for when they are on again. */
  readonly #amounts = new Map<string, Amounts>()

  constructor(fleet: Fleet, listener: PoolListener) {
    this.#fleet = fleet
    this.#listener = listener
  }

  find(hostRef: string, name: string): PoolFacts | null {
    return this.#poolsOf(hostRef)?.get(`${hostRef}/${name}`) ?? null
  }

  all(hostRef: string): readonly PoolFacts[] {
    return [...(this.#poolsOf(hostRef)?.values() ?? [])]
  }

  uuidOf({ hostRef, name }: PoolFacts): string {
    const ref = `${hostRef}/${name}`
    return this.#made.get(ref)?.uuid ?? seededUuid(this.#fleet.seed, hashText(ref))
  }

  sourceOf(pool: PoolFacts): PoolSource {
    return this.#made.get(`${pool.hostRef}/${pool.name}`)?.source ?? sourceOf(pool)
  }

  setActive(pool: PoolFacts, active: boolean): void {
    const ref = `${pool.hostRef}/${pool.name}`
    if (pool.active === active) return
    if (!active) this.#amounts.set(ref, pool)
    const { capacityBytes, allocationBytes, availableBytes } = active ? this.#amountsOf(ref) : NO_AMOUNTS
    this.#patch(ref, { active, capacityBytes, allocationBytes, availableBytes })
  }

  setAutostart({ hostRef, name }: PoolFacts, autostart: boolean): void {
    this.#patch(`${hostRef}/${name}`, { autostart })
  }

  add(facts: PoolFacts, made: Made): void {
    const ref = `${facts.hostRef}/${facts.name}`
    this.#poolsOf(facts.hostRef)?.set(ref, facts)
    this.#made.set(ref, made)
    this.#listener.made(ref, facts)
  }

  remove({ hostRef, name }: PoolFacts): void {
    const ref = `${hostRef}/${name}`
    this.#poolsOf(hostRef)?.delete(ref)
    this.#made.delete(ref)
    this.#amounts.delete(ref)
    this.#listener.gone(ref)
  }

  #poolsOf(hostRef: string): Map<string, PoolFacts> | undefined {
    return this.#fleet.hosts.get(hostRef)?.pools
  }

  /** A pool that was off from the beginning holds what its name makes of it. */
  #amountsOf(ref: string): Amounts {
    return this.#amounts.get(ref) ?? amountsOf(1_920, 0.3 + share(hashText(ref), 163) * 0.4)
  }

  #patch(ref: string, patch: Partial<PoolFacts>): void {
    const pools = this.#poolsOf(ref.slice(0, ref.indexOf('/')))
    const pool = pools?.get(ref)
    if (!pools || !pool) return
    pools.set(ref, { ...pool, ...patch })
    this.#listener.changed(ref, patch)
  }
}
