import { isDeepStrictEqual } from 'node:util'
import { type SnapshotOperationInput, snapshotOperationSchema } from '../../../../shared/model/index.ts'
import { chainOf, judge, needsOf, treeOf } from '../index.ts'
import { type Content, ModelHost } from './model-host.ts'
import { randomOf, same } from './random.ts'

/** Room for a few overlays, and not for a merge. */
const FEW_BYTES = 600_000

type Disks = Readonly<Record<string, 'qcow2' | 'raw'>>
const MACHINES: readonly Disks[] = [{ vda: 'qcow2' }, { vda: 'qcow2', vdb: 'qcow2' }, { vda: 'raw' }, { vda: 'qcow2', vdb: 'raw' }]

/** One sequence of operations and of what goes on beside them, all of it from its seed. Every method throws Error for what is not as it must be. */
export class Walk {
  readonly host: ModelHost
  readonly accepted = new Map<string, number>()
  readonly refusals = new Map<string, number>()
  /** Images that nobody could look at, and that were destroyed after it was said that this may be. */
  lostUnseen = 0
  readonly #expected = new Map<string, Map<string, Content>>()
  readonly #clones = new Map<string, Content>()
  readonly #elsewhere = new Map<string, Content>()
  readonly #random: (below: number) => number
  /** In a part of the runs, images lie where libvirt does not look. */
  readonly #hasElsewhere: boolean
  #named = 0
  #value = 0

  constructor(seed: number) {
    this.#random = randomOf(seed)
    this.#hasElsewhere = seed % 3 === 0
    this.host = new ModelHost(MACHINES[this.#random(MACHINES.length)] ?? {})
  }

  step(): void {
    if (this.#hasElsewhere && this.#random(6) === 0) {
      this.host.elsewhereIs = this.#one(['seen', 'seen', 'gone', 'gone', 'unread'])
      this.#linkElsewhere()
      return
    }
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
    for (const [name, content] of this.#expected) same(this.host.contentOf(name), content, `the data of ${name}`)
    for (const [path, content] of [...this.#clones, ...this.#elsewhere]) same(this.host.read(path), content, path)
    const names = this.host.snapshots.map(({ name }) => name)
    same([...this.#expected.keys()].toSorted(), names.toSorted(), 'the snapshots')
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
        for (const path of [...this.#clones.keys(), ...this.#elsewhere.keys()]) this.host.unlink(path)
        this.#clones.clear()
        this.#elsewhere.clear()
        return
      default:
        for (const [path, { overlays, usedBy }] of this.host.sight().files) {
          const isActive = [...this.host.active.values()].includes(path) || this.#isElsewhere(path)
          const isFree = overlays.length + usedBy.length === 0 && needsOf(this.host.sight(), path).length === 0
          if (!isActive && isFree) this.host.files.delete(path)
        }
    }
  }

  #operate(operation = snapshotOperationSchema.parse(this.#operation())): void {
    const sight = this.host.sight()
    const before = this.host.contentNow()
    const { plan, deed } = judge(sight, operation)
    if (deed === null) {
      count(this.refusals, plan.reason?.code ?? 'none')
      // what leads to the same is done mostly, and then that reason is none any more
      const [way] = plan.instead
      if (operation.operation !== 'merge' || way?.operation !== 'discard' || this.#random(4) === 0) return
      for (const each of plan.instead) this.#operate(each)
      const after = judge(this.host.sight(), operation).plan.reason
      same(String(after?.params?.['by']).includes(way.path), false, `${way.path} stands in the way`)
      if (after === null) this.#operate(operation)
      return
    }
    count(this.accepted, deed.do)
    this.host.carryOut(operation, deed)
    if (sight.unseen.length > 0) this.#forgetLost(new Set(plan.warnings.map(({ code }) => code)))
    if (operation.operation === 'create') this.#expected.set(operation.name, before)
    if (operation.operation === 'delete') this.#expected.delete(operation.name)
    if (operation.operation === 'revert') {
      if (operation.keepAs === null) same(plan.losses.length > 0, true, 'a loss is named')
      else this.#expected.set(operation.keepAs, before)
      same(this.host.contentNow(), this.#expected.get(operation.name), 'the machine')
    } else {
      same(this.host.contentNow(), before, 'the machine')
    }
    if (operation.operation === 'discard') same(plan.losses.length > 0, true, 'a loss is named')
    for (const path of plan.deletes) same(this.host.files.has(path), false, `${path} is there`)
  }

  #operation(): SnapshotOperationInput {
    const names = this.host.snapshots.map(({ name }) => name)
    const target = this.#one([...this.host.active.keys()])
    const chain = chainOf(this.host.sight(), this.host.active.get(target) ?? null)
    const kind = this.#random(2) === 0 ? 'internal' : 'external'
    switch (names.length === 0 ? 0 : this.#random(13)) {
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
      case 9:
        return { operation: 'merge', target, ...this.#twoOf(chain) }
      case 10:
      case 11:
        return { operation: 'discard', target, path: this.#mostlyLeftBehind(target) }
      default:
        return this.#random(3) === 0 ? { operation: 'flatten', target } : { operation: 'clone', name: this.#one(names), as: 'copy' }
    }
  }

  /** Any file, and mostly one that the tree shows beside the chain. */
  #mostlyLeftBehind(target: string): string {
    const sight = this.host.sight()
    const others = treeOf(sight, '', 0).chains.find((chain) => chain.target === target)?.others ?? []
    return others.length === 0 || this.#random(5) === 0 ? this.#one([...sight.files.keys()]) : this.#one(others).path
  }

  /** Another machine is linked to a file that nobody writes to. */
  #link(): void {
    const active = new Set(this.host.active.values())
    const frozen = [...this.host.files.keys()].filter(
      (path) => !active.has(path) && !this.host.clones.has(path) && !this.host.elsewhere.has(path),
    )
    if (frozen.length === 0 || this.host.clones.size > 1) return
    const clone = this.host.linkClone(this.#one(frozen))
    this.#clones.set(clone, this.host.read(clone))
  }

  /** An image on a file that nobody writes to, where libvirt does not look. */
  #linkElsewhere(): void {
    const active = new Set(this.host.active.values())
    const frozen = [...this.host.files.keys()].filter((path) => !active.has(path) && !this.host.clones.has(path))
    if (frozen.length === 0 || this.#elsewhere.size > 1) return
    const image = this.host.linkElsewhere(this.#one(frozen))
    this.#elsewhere.set(image, this.host.read(image))
  }

  /** It is one of those, or such a one stands on it. */
  #isElsewhere(path: string): boolean {
    return [...this.#elsewhere.keys()].some((image) => this.host.chain(image).includes(path))
  }

  /** What could not be looked at is destroyed only where that was said. */
  #forgetLost(warnings: ReadonlySet<string>): void {
    for (const [image, content] of this.#elsewhere) {
      const chain = this.host.chain(image)
      const isThere = chain.every((path) => this.host.files.has(path))
      // the machine will write into what it stands on
      const isDoomed = chain.some((path) => [...this.host.active.values()].includes(path))
      if (isThere && !isDoomed && isDeepStrictEqual(this.host.read(image), content)) continue
      same(warnings.has('snapshot.warn-pools-unseen'), true, `${image} is lost, and that it may be is said`)
      this.lostUnseen += 1
      this.host.unlink(image)
      this.#elsewhere.delete(image)
    }
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

export function count(counts: Map<string, number>, what: string, by = 1): void {
  counts.set(what, (counts.get(what) ?? 0) + by)
}
