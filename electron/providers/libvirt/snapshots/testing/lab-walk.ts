import type { LabGuest, LabHost } from '../../../../../e2e/lab/lab.ts'
import { isAppError } from '../../../../../shared/errors/index.ts'
import type { SnapshotOperationInput, SnapshotTree } from '../../../../../shared/model/index.ts'
import type { SnapshotKeeper } from '../../../provider.ts'
import { randomOf, same } from '../../../snapshots/testing/random.ts'
import { act, activeOf, contentOf, parsed, snapshotContent, stateOf, write } from './lab-keeper.ts'

/** A folder that is a pool which is off. */
export const OFF = '/srv/off'
const MOST_HIDDEN = 2
/** Why a snapshot that is whole cannot be gone back to. */
const FOR_GOOD: ReadonlySet<string> = new Set(['snapshot.mixed-chain', 'snapshot.stands-on'])

/** One sequence of operations on a real machine, all of it from its seed. Throws Error for what is not as it must be. */
export class LabWalk {
  readonly done: string[] = []
  readonly #expected = new Map<string, number[]>()
  /** Images in a pool that is off, on files that nobody writes to. */
  readonly #hidden = new Map<string, number[]>()
  readonly #host: LabHost
  readonly #guest: LabGuest
  readonly #keeper: SnapshotKeeper
  readonly #random: (below: number) => number
  /** Apart, so that the rest of a sequence is the same with and without. */
  readonly #discards: (below: number) => number
  #value = 0
  #named = 0

  readonly #hides: boolean

  /** `hides`: images come to stand on its files where libvirt does not look. */
  constructor(host: LabHost, guest: LabGuest, keeper: SnapshotKeeper, { seed, hides }: { readonly seed: number; readonly hides: boolean }) {
    this.#host = host
    this.#guest = guest
    this.#keeper = keeper
    this.#hides = hides
    this.#random = randomOf(seed)
    this.#discards = randomOf(seed + 1_000)
  }

  get hidden(): number {
    return this.#hidden.size
  }

  async step(): Promise<void> {
    const tree = await this.#keeper.tree(this.#guest.uuid, {})
    const isOff = (await stateOf(this.#host, this.#guest)) === 'shut off'
    const choice = this.#random(8)
    if (this.#hides && this.#hidden.size < MOST_HIDDEN) await this.#hide(tree)
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
      tree.snapshots.flatMap(({ noRevert }) => (noRevert === null || FOR_GOOD.has(noRevert.code) ? [] : [noRevert])),
      [],
      'what cannot be gone back to',
    )
    for (const [path, content] of this.#hidden) same(await contentOf(this.#host, path), content, path)
    for (const [name, content] of this.#expected) same(await snapshotContent(this.#host, tree, name), content, `the data of ${name}`)
  }

  /** Somebody makes an image by hand on a file that is frozen. */
  async #hide({ chains }: SnapshotTree): Promise<void> {
    const [, ...frozen] = chains[0]?.files ?? []
    if (frozen.length === 0) return
    const base = this.#one(frozen).path
    const image = `${OFF}/${this.#guest.uuid}-${this.#hidden.size}.qcow2`
    const { code, stderr } = await this.#host.exec(['qemu-img', 'create', '-q', '-f', 'qcow2', '-b', base, '-F', 'qcow2', image])
    if (code !== 0) throw new Error(`qemu-img: ${stderr}`)
    this.done.push(`${image} on ${base}`)
    this.#hidden.set(image, await contentOf(this.#host, image))
  }

  async #operate(tree: SnapshotTree): Promise<void> {
    const operation = this.#operation(tree)
    const before = await this.#read(tree)
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
    same(await this.#read(after), content, 'the machine')
  }

  /** What the machine has. One that runs may keep in its memory where in the file it has put what it copied; standing still it writes that down. */
  async #read(tree: SnapshotTree): Promise<number[]> {
    if ((await stateOf(this.#host, this.#guest)) !== 'running') return await contentOf(this.#host, activeOf(tree))
    await this.#host.virsh(['suspend', this.#guest.uuid])
    try {
      return await contentOf(this.#host, activeOf(tree))
    } finally {
      await this.#host.virsh(['resume', this.#guest.uuid])
    }
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
