import type { LabGuest, LabHost } from '../../../../../e2e/lab/lab.ts'
import { isAppError } from '../../../../../shared/errors/index.ts'
import type { SnapshotOperationInput, SnapshotTree } from '../../../../../shared/model/index.ts'
import type { SnapshotKeeper } from '../../../provider.ts'
import { randomOf, same } from '../../../snapshots/testing/random.ts'
import { act, activeOf, contentOf, parsed, snapshotContent, stateOf, write } from './lab-keeper.ts'

/** One sequence of operations on a real machine, all of it from its seed. Throws Error for what is not as it must be. */
export class LabWalk {
  readonly done: string[] = []
  readonly #expected = new Map<string, number[]>()
  readonly #host: LabHost
  readonly #guest: LabGuest
  readonly #keeper: SnapshotKeeper
  readonly #random: (below: number) => number
  /** Apart, so that the rest of a sequence is the same with and without. */
  readonly #discards: (below: number) => number
  #value = 0
  #named = 0

  constructor(host: LabHost, guest: LabGuest, keeper: SnapshotKeeper, seed: number) {
    this.#host = host
    this.#guest = guest
    this.#keeper = keeper
    this.#random = randomOf(seed)
    this.#discards = randomOf(seed + 1_000)
  }

  async step(): Promise<void> {
    const tree = await this.#keeper.tree(this.#guest.uuid, {})
    const isOff = (await stateOf(this.#host, this.#guest)) === 'shut off'
    const choice = this.#random(8)
    if (choice < 2 && isOff) {
      this.#value += 1
      const cluster = this.#random(8)
      this.done.push(`write ${this.#value} at ${cluster}`)
      await write(this.#host, activeOf(tree), this.#value, cluster)
    } else if (choice === 2) {
      this.done.push(isOff ? 'start' : 'off')
      await this.#host.virsh([isOff ? 'start' : 'destroy', this.#guest.uuid])
    } else await this.#operate(tree)
  }

  /** QEMU itself reads everything, by processes of its own. */
  async check(): Promise<void> {
    const tree = await this.#keeper.tree(this.#guest.uuid, {})
    same(
      tree.snapshots.map(({ name }) => name),
      [...this.#expected.keys()].toSorted(),
      'the snapshots',
    )
    same(
      tree.snapshots.flatMap(({ noRevert }) => (noRevert === null || noRevert.code === 'snapshot.mixed-chain' ? [] : [noRevert])),
      [],
      'what cannot be gone back to',
    )
    for (const [name, content] of this.#expected) same(await snapshotContent(this.#host, tree, name), content, `the data of ${name}`)
  }

  async #operate(tree: SnapshotTree): Promise<void> {
    const operation = this.#operation(tree)
    const before = await contentOf(this.#host, activeOf(tree))
    const { reason } = await this.#keeper.plan(this.#guest.uuid, parsed(operation), {})
    this.done.push(`${JSON.stringify(operation)} ${reason?.code ?? ''}`)
    const after = await act(this.#keeper, this.#guest.uuid, operation).catch((thrown: unknown) => {
      // what the plan refuses is refused when it is done as well, and nothing else is
      if (reason && isAppError(thrown) && thrown.code === reason.code) return null
      throw thrown
    })
    same(after === null, reason !== null, 'refused')
    if (after === null) return
    if (operation.operation === 'create') this.#expected.set(operation.name, before)
    if (operation.operation === 'delete') this.#expected.delete(operation.name)
    if (operation.operation === 'revert' && operation.keepAs) this.#expected.set(operation.keepAs, before)
    const content = operation.operation === 'revert' ? this.#expected.get(operation.name) : before
    same(await contentOf(this.#host, activeOf(after)), content, 'the machine')
  }

  #operation(tree: SnapshotTree): SnapshotOperationInput {
    const names = tree.snapshots.map(({ name }) => name)
    const chain = tree.chains[0]?.files.map(({ path }) => path) ?? []
    const [left] = (tree.chains[0]?.others ?? []).filter((file) => file.snapshots.length === 0)
    // what was left behind goes sooner or later
    if (left && this.#discards(3) === 0) return { operation: 'discard', target: 'vda', path: left.path }
    switch (names.length === 0 ? 0 : this.#random(9)) {
      case 0:
      case 1:
      case 2:
        return { operation: 'create', name: this.#newName(), kind: this.#random(3) === 0 ? 'internal' : 'external' }
      case 3:
      case 4:
      case 5:
        return { operation: 'revert', name: this.#one(names), keepAs: this.#random(2) === 0 ? this.#newName() : null }
      case 6:
      case 7:
        return { operation: 'delete', name: this.#one(names) }
      default:
        return this.#random(2) === 0
          ? { operation: 'flatten', target: 'vda' }
          : { operation: 'merge', target: 'vda', top: this.#one(chain), base: this.#one(chain) }
    }
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
