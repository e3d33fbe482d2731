import { AppError } from '../../../shared/errors/index.ts'
import type { Clock } from '../provider.ts'
import type { SimulatedConfig } from './config.ts'
import { Consoles } from './consoles.ts'
import { Drift } from './drift.ts'
import { type Drop, Link, type LinkOwner } from './link.ts'
import * as problems from './problems.ts'
import { createRandom } from './random.ts'
import { plantTrees } from './snapshots/fleet-trees.ts'
import { World } from './world.ts'

/** A site with its world, its links and the faults that are set on it. Two connections of one configuration share it. */
export class Site implements LinkOwner {
  readonly config: SimulatedConfig
  readonly clock: Clock
  readonly links = new Set<Link>()
  connectError: AppError | null
  cutReason: string | null = null
  extraDelayMs = 0
  #drops: Drop[] = []
  #cutsDeletion = false
  /** Apart from the world's: what happens there does not hang on how often it is asked. */
  readonly #random: () => number
  #world: World | null = null
  #drift: Drift | null = null
  #consoles: Consoles | null = null

  constructor(config: SimulatedConfig, clock: Clock) {
    this.config = config
    this.clock = clock
    this.#random = createRandom(config.seed)
    const { failConnect } = config.faults
    this.connectError =
      failConnect &&
      new AppError({ kind: failConnect, code: `link.${failConnect}`, message: `The simulated site refuses: ${failConnect}.` })
  }

  /** Built with the first link: a site nobody asks for costs nothing. */
  get world(): World {
    if (!this.#world) {
      this.#world = new World(this.config, this.clock)
      plantTrees(this.#world)
    }
    return this.#world
  }

  get consoles(): Consoles {
    this.#consoles ??= new Consoles(this.world)
    return this.#consoles
  }

  open(): Link {
    if (this.connectError) throw this.connectError
    if (this.cutReason !== null) throw problems.linkLost(this.cutReason)
    const link = new Link(this, this.world)
    this.links.add(link)
    const { cutAfterMs } = this.config.faults
    if (cutAfterMs !== null) this.clock.after(cutAfterMs, () => link.cut(problems.linkLost('connection reset')))
    return link
  }

  /** Things change by themselves only while somebody looks. */
  watchersChanged(): void {
    this.#drift ??= new Drift(this.world)
    if (this.world.watched) this.#drift.start()
    else this.#drift.stop()
  }

  travelMs(): { thereMs: number; backMs: number } {
    const { latencyMs, jitterMs } = this.config
    const ms = latencyMs + (jitterMs > 0 ? this.#random() * jitterMs : 0)
    return { thereMs: ms / 2, backMs: ms / 2 + this.extraDelayMs }
  }

  dropReplies(count: number, how: Drop): void {
    this.#drops = Array.from({ length: count }, () => how)
  }

  cutNextDeletion(): void {
    this.#cutsDeletion = true
  }

  takeCut(): boolean {
    const cuts = this.#cutsDeletion
    this.#cutsDeletion = false
    return cuts
  }

  takeDrop(): Drop | null {
    const drop = this.#drops.shift()
    if (drop) return drop
    const { lostReplies } = this.config.faults
    return lostReplies > 0 && this.#random() < lostReplies ? 'carried-out' : null
  }
}
