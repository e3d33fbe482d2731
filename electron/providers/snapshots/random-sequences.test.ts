import { expect, test } from 'vitest'
import { type SnapshotOperationInput, snapshotOperationSchema } from '../../../shared/model/index.ts'
import { chainOf, judge, needsOf } from './index.ts'
import { type Content, ModelHost } from './testing/model-host.ts'

/** mulberry32: the same sequence for the same seed, so that a failure can be had again. */
function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

const SEQUENCES = 1_500
const STEPS = 36
/** Room for a few overlays, and not for a merge. */
const FEW_BYTES = 600_000

type Disks = Readonly<Record<string, 'qcow2' | 'raw'>>
const MACHINES: readonly Disks[] = [{ vda: 'qcow2' }, { vda: 'qcow2', vdb: 'qcow2' }, { vda: 'raw' }, { vda: 'qcow2', vdb: 'raw' }]

class Walk {
  readonly host: ModelHost
  readonly accepted = new Map<string, number>()
  readonly refusals = new Map<string, number>()
  readonly #expected = new Map<string, Map<string, Content>>()
  readonly #clones = new Map<string, Content>()
  readonly #random: (below: number) => number
  #named = 0
  #value = 0

  constructor(seed: number) {
    this.#random = randomOf(seed)
    this.host = new ModelHost(MACHINES[this.#random(MACHINES.length)] ?? {})
  }

  step(): void {
    switch (this.#random(10)) {
      case 0:
      case 1:
      case 2:
        this.#value += 1
        this.host.write(this.#one([...this.host.active.keys()]), this.#random(6), this.#value)
        return
      case 3:
        this.host.isActive = this.#random(2) === 1
        return
      case 4:
        this.#others()
        return
      default:
        this.#operate()
        this.check()
    }
  }

  /** Everything that was written before a snapshot can be read, whatever has been done since; so can what others stand on. */
  check(): void {
    for (const [name, content] of this.#expected) expect(this.host.contentOf(name), name).toEqual(content)
    for (const [path, content] of this.#clones) expect(this.host.read(path), path).toEqual(content)
    const names = this.host.snapshots.map(({ name }) => name)
    expect([...this.#expected.keys()].toSorted()).toEqual(names.toSorted())
  }

  /** What goes on beside the console: room, pools and linked clones that come and go, files that nobody needs being deleted. */
  #others(): void {
    switch (this.#random(6)) {
      case 0:
        this.#link()
        return
      case 1:
        this.host.availableBytes = this.host.availableBytes === null ? FEW_BYTES : null
        return
      case 2:
      case 3:
        this.host.blind = this.host.blind === null ? 'a pool is off' : null
        return
      case 4:
        for (const path of this.#clones.keys()) {
          this.host.files.delete(path)
          this.host.clones.delete(path)
        }
        this.#clones.clear()
        return
      default:
        for (const [path, { overlays, usedBy }] of this.host.sight().files) {
          const isActive = [...this.host.active.values()].includes(path)
          const isFree = overlays.length + usedBy.length === 0 && needsOf(this.host.sight(), path).length === 0
          if (!isActive && isFree) this.host.files.delete(path)
        }
    }
  }

  #operate(): void {
    const operation = snapshotOperationSchema.parse(this.#operation())
    const sight = this.host.sight()
    const before = this.host.contentNow()
    const { plan, deed } = judge(sight, operation)
    if (deed === null) {
      count(this.refusals, plan.reason?.code ?? 'none')
      return
    }
    count(this.accepted, deed.do)
    this.host.carryOut(operation, deed)
    if (operation.operation === 'create') this.#expected.set(operation.name, before)
    if (operation.operation === 'delete') this.#expected.delete(operation.name)
    if (operation.operation === 'revert') {
      if (operation.keepAs === null) expect(plan.losses).not.toEqual([])
      else this.#expected.set(operation.keepAs, before)
      expect(this.host.contentNow()).toEqual(this.#expected.get(operation.name))
    } else {
      expect(this.host.contentNow()).toEqual(before)
    }
    for (const path of plan.deletes) expect(this.host.files.has(path), `${path} was to go`).toBe(false)
  }

  #operation(): SnapshotOperationInput {
    const names = this.host.snapshots.map(({ name }) => name)
    const target = this.#one([...this.host.active.keys()])
    const chain = chainOf(this.host.sight(), this.host.active.get(target) ?? null)
    const kind = this.#random(2) === 0 ? 'internal' : 'external'
    switch (names.length === 0 ? 0 : this.#random(10)) {
      case 0:
      case 1:
      case 2:
        return { operation: 'create', name: this.#newName(), kind }
      case 3:
      case 4:
        return { operation: 'revert', name: this.#one(names), keepAs: this.#random(2) === 0 ? null : this.#newName() }
      case 5:
      case 6:
        return { operation: 'delete', name: this.#one(names) }
      case 7:
      case 8:
        return { operation: 'merge', target, ...this.#twoOf(chain) }
      default:
        return this.#random(3) === 0 ? { operation: 'flatten', target } : { operation: 'clone', name: this.#one(names), as: 'copy' }
    }
  }

  /** Another machine is linked to a file that nobody writes to. */
  #link(): void {
    const active = new Set(this.host.active.values())
    const frozen = [...this.host.files.keys()].filter((path) => !active.has(path) && !this.host.clones.has(path))
    if (frozen.length === 0 || this.host.clones.size > 1) return
    const clone = this.host.linkClone(this.#one(frozen))
    this.#clones.set(clone, this.host.read(clone))
  }

  /** Mostly an upper and a lower one. */
  #twoOf(chain: readonly string[]): { readonly top: string; readonly base: string } {
    const top = this.#random(chain.length)
    const lower = chain.slice(top + 1)
    const base = lower.length === 0 || this.#random(5) === 0 ? this.#one(chain) : this.#one(lower)
    return { top: chain[top] ?? '', base }
  }

  #newName(): string {
    this.#named += 1
    return `s${this.#named}`
  }

  #one<T>(items: readonly T[]): T {
    const item = items[this.#random(items.length)]
    if (item === undefined) throw new Error('nothing to choose from')
    return item
  }
}

function count(counts: Map<string, number>, what: string, by = 1): void {
  counts.set(what, (counts.get(what) ?? 0) + by)
}

test('whatever is done that is allowed, what was written before each snapshot can be read', { timeout: 60_000 }, () => {
  const accepted = new Map<string, number>()
  const refusals = new Map<string, number>()
  for (let seed = 1; seed <= SEQUENCES; seed += 1) {
    const walk = new Walk(seed)
    try {
      for (let step = 0; step < STEPS; step += 1) {
        walk.step()
      }
      walk.check()
    } catch (thrown) {
      throw new Error(`seed ${seed}`, { cause: thrown })
    }
    for (const [what, times] of walk.accepted) count(accepted, what, times)
    for (const [what, times] of walk.refusals) count(refusals, what, times)
  }
  // a rule that refuses everything keeps all data as well
  for (const what of [
    'create-internal',
    'create-external',
    'revert-internal',
    'revert-external',
    'delete-internal',
    'delete-external',
    'merge',
    'flatten',
    'clone',
  ]) {
    expect(accepted.get(what) ?? 0, what).toBeGreaterThan(what === 'merge' ? 20 : 200)
  }
  for (const code of [
    'snapshot.mixed-chain',
    'snapshot.needed',
    'snapshot.stands-on',
    'snapshot.raw-inside',
    'snapshot.not-in-chain',
    'snapshot.pool-full',
  ]) {
    expect(refusals.get(code) ?? 0, code).toBeGreaterThan(50)
  }
})
