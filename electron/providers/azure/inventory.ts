import type { ComputeManagementClient, VirtualMachine, VirtualMachineInstanceView } from '@azure/arm-compute'
import type { VirtualNetwork } from '@azure/arm-network'
import { isAppError } from '../../../shared/errors/index.ts'
import type { ChangedMachines, KnownMachines, SeenMachine, SeenNetwork } from '../cloud/index.ts'
import type { CallOptions, Clock } from '../provider.ts'
import { type AzureAccount, abortOf, allOf, ask, orNull, pagesOf } from './account.ts'
import { disksOf } from './attached.ts'
import { type Card, Cards } from './cards.ts'
import { bytesOf, type Surroundings, seenOf, stateOf, statusOf } from './facts.ts'
import { parseId, refOf, subscriptionOf } from './ids.ts'
import { Locks } from './locks.ts'
import { Memory } from './memory.ts'
import { isNotOffered } from './problems.ts'
import { Types } from './types.ts'

/** So many machines are looked at by themselves before the whole list is read. */
const LOOKS_INSTEAD_OF_A_LIST = 20
/** So many are no burden. */
const FEW_PAGES = 10
/** Machines whose state the list left out, asked about one by one. */
const VIEWS_AT_ONCE = 8

type Views = ReadonlyMap<string, VirtualMachineInstanceView>

/** What there is in the subscriptions of an account. */
export class Inventory {
  readonly locks: Locks
  readonly types: Types
  readonly cards: Cards
  /** By the disk's reference. */
  readonly diskBytes = new Map<string, number>()
  /** Pages that all lists of machines have together. */
  readonly #pageCounts = new Map<string, number>()
  readonly #account: AzureAccount
  readonly #memory: Memory
  readonly #clock: Clock
  /** Subscriptions whose list of states has none, as of servers that do not know it. */
  readonly #withoutStatusList = new Set<string>()

  /** `cardsMs`: cards and addresses are read no more often than that. */
  constructor(account: AzureAccount, clock: Clock, cardsMs: number) {
    this.#account = account
    this.locks = new Locks(account)
    this.types = new Types(account, clock)
    this.cards = new Cards(account, clock, cardsMs)
    this.#memory = new Memory(clock)
    this.#clock = clock
  }

  /** What one look at the machines of all subscriptions costs in pages, when they are more than a few. */
  get pagesOfALook(): number {
    let pages = 0
    for (const count of this.#pageCounts.values()) pages += count
    return pages > FEW_PAGES ? pages : 0
  }

  async *machines(subscription: string, options: CallOptions): AsyncGenerator<readonly SeenMachine[]> {
    const compute = await this.#account.compute(subscription)
    // all are begun at once, so that a far cloud is waited for once
    const beganAtMs = this.#clock.nowMs()
    const [pages, views, known] = await Promise.all([
      this.#pages(compute, options),
      this.#views(subscription, compute, options),
      this.cards.of(subscription, options),
      this.locks.read(subscription, options),
    ])
    const cards = await this.#cardsWith(subscription, known, pages.flat(), beganAtMs, options)
    this.#memory.keepOnly(
      subscription,
      pages.flat().map(({ id = '' }) => refOf(id)),
    )
    this.#pageCounts.set(subscription, pages.length)
    for (const page of pages) {
      const more = await this.#missingViews(compute, page, views, options)
      const seen: SeenMachine[] = []
      for (const vm of page) {
        const ref = refOf(vm.id ?? '')
        const view = more.get(ref) ?? views.get(ref)
        seen.push(seenOf(vm, view, await this.#around(vm, view, cards, options)))
      }
      yield seen
    }
  }

  /**
   * By the list of states alone, half of what the whole lists cost: machines whose state is another, new ones, and those that are gone. Null:
   * there is no such list, or so much has changed that the whole lists are cheaper.
   */
  async changed(subscription: string, known: KnownMachines, options: CallOptions): Promise<ChangedMachines | null> {
    if (this.#withoutStatusList.has(subscription)) return null
    const compute = await this.#account.compute(subscription)
    const rows = await this.#states(subscription, compute, options)
    if (this.#withoutStatusList.has(subscription)) return null
    const refs = [...rows].filter(([ref, row]) => isChanged(known.get(ref), row)).map(([ref]) => ref)
    if (refs.length > LOOKS_INSTEAD_OF_A_LIST) return null
    const changed: SeenMachine[] = []
    for (const ref of refs) {
      const seen = await this.machine(ref, options)
      if (seen !== null) changed.push(seen)
    }
    return { changed, gone: [...known.refs()].filter((ref) => !rows.has(ref)) }
  }

  /** It was restarted, which its state does not show. */
  restarted(ref: string): void {
    this.#memory.restarted(ref)
  }

  /** One, fresh; null: there is none. */
  async machine(ref: string, options: CallOptions): Promise<SeenMachine | null> {
    const found = await this.model(ref, options)
    if (found === null) return null
    const { vm, view } = found
    const subscription = subscriptionOf(ref)
    // a lock that somebody took off since must not hold anything up; one that was put on is minded by Azure itself
    if (this.locks.holds(subscription, ref) !== false) await this.locks.read(subscription, options)
    const cards = this.cards.known(subscription) ?? (await this.cards.of(subscription, options))
    await this.#missingSizes(vm, options)
    return seenOf(vm, view, await this.#around(vm, view, cards, options))
  }

  /** As Azure has it. */
  async model(
    ref: string,
    options: CallOptions,
  ): Promise<{ readonly vm: VirtualMachine; readonly view: VirtualMachineInstanceView | undefined } | null> {
    const id = parseId(ref)
    if (id === null) return null
    const { virtualMachines } = await this.#account.compute(id.subscription)
    const vm = await orNull(virtualMachines.get(id.group, id.name, { expand: 'instanceView', ...abortOf(options) }))
    if (vm === null) return null
    if (statusOf(vm.instanceView, 'PowerState/') !== undefined || vm.provisioningState === 'Creating') return { vm, view: vm.instanceView }
    // what `$expand` did not bring is asked for by itself
    const view = await orNull(virtualMachines.instanceView(id.group, id.name, abortOf(options)))
    return { vm, view: view ?? vm.instanceView }
  }

  async networks(subscription: string, options: CallOptions): Promise<readonly SeenNetwork[]> {
    const network = await this.#account.network(subscription)
    let found: readonly VirtualNetwork[]
    try {
      found = await allOf<VirtualNetwork>(network.virtualNetworks.listAll(abortOf(options)), options)
    } catch (thrown) {
      // who may not see networks still sees machines
      if (isNotOffered(thrown)) return []
      throw thrown
    }
    return found.map((each) => ({
      ref: refOf(each.id ?? ''),
      facts: {
        hostRef: subscription,
        name: each.name ?? '',
        active: true,
        autostart: null,
        persistent: true,
        forward: null,
        bridge: null,
        cidrs: [...(each.addressSpace?.addressPrefixes ?? [])],
      },
    }))
  }

  /** A machine that was made since the cards were read has one that is not among them. */
  async #cardsWith(
    subscription: string,
    known: ReadonlyMap<string, Card>,
    machines: readonly VirtualMachine[],
    sinceMs: number,
    options: CallOptions,
  ): Promise<ReadonlyMap<string, Card>> {
    const isWhole = known.size === 0 || machines.every((vm) => cardIdsOf(vm).every((id) => known.has(refOf(id))))
    if (isWhole || this.cards.isReadSince(subscription, sinceMs)) return known
    this.cards.forget(subscription)
    return this.cards.of(subscription, options)
  }

  async #pages(compute: ComputeManagementClient, options: CallOptions): Promise<VirtualMachine[][]> {
    const pages: VirtualMachine[][] = []
    for await (const page of pagesOf<VirtualMachine>(compute.virtualMachines.listAll(abortOf(options)), options)) pages.push(page)
    return pages
  }

  async #views(subscription: string, compute: ComputeManagementClient, options: CallOptions): Promise<Views> {
    const views = new Map<string, VirtualMachineInstanceView>()
    if (this.#withoutStatusList.has(subscription)) return views
    for (const [ref, { instanceView }] of await this.#states(subscription, compute, options)) if (instanceView) views.set(ref, instanceView)
    return views
  }

  /** The power states of a whole subscription, in the one list that tells them. */
  async #states(
    subscription: string,
    compute: ComputeManagementClient,
    options: CallOptions,
  ): Promise<ReadonlyMap<string, VirtualMachine>> {
    const rows = new Map<string, VirtualMachine>()
    const list = compute.virtualMachines.listAll({ statusOnly: 'true', ...abortOf(options) })
    try {
      for await (const page of pagesOf<VirtualMachine>(list, options)) for (const row of page) rows.set(refOf(row.id ?? ''), row)
    } catch (thrown) {
      if (!isAppError(thrown) || (thrown.kind !== 'invalid-input' && thrown.kind !== 'unsupported')) throw thrown
      this.#withoutStatusList.add(subscription)
    }
    if (rows.size > 0 && ![...rows.values()].some(({ instanceView }) => instanceView)) this.#withoutStatusList.add(subscription)
    return rows
  }

  async #missingViews(
    compute: ComputeManagementClient,
    page: readonly VirtualMachine[],
    views: Views,
    options: CallOptions,
  ): Promise<Views> {
    const found = new Map<string, VirtualMachineInstanceView>()
    const waiting = page.filter(({ id = '' }) => statusOf(views.get(refOf(id)), 'PowerState/') === undefined).values()
    const work = async () => {
      for (const { id = '' } of waiting) {
        const parts = parseId(id)
        if (parts === null) continue
        const view = await orNull(compute.virtualMachines.instanceView(parts.group, parts.name, abortOf(options)))
        if (view) found.set(refOf(id), view)
      }
    }
    await Promise.all(Array.from({ length: VIEWS_AT_ONCE }, work))
    return found
  }

  async #around(
    vm: VirtualMachine,
    view: VirtualMachineInstanceView | undefined,
    cards: ReadonlyMap<string, Card>,
    options: CallOptions,
  ): Promise<Surroundings> {
    const ref = refOf(vm.id ?? '')
    const subscription = subscriptionOf(ref)
    const types = await this.types.orNone(subscription, vm.location, options)
    return {
      type: types.get((vm.hardwareProfile?.vmSize ?? '').toLowerCase()),
      cards: cardIdsOf(vm).flatMap((id) => cards.get(refOf(id)) ?? []),
      isLocked: this.locks.holds(subscription, ref),
      ...this.#memory.note(ref, vm, view),
      diskBytes: this.diskBytes,
    }
  }

  /** Of a machine that is deallocated the model leaves the sizes of its disks out. */
  async #missingSizes(vm: VirtualMachine, options: CallOptions): Promise<void> {
    const { osDisk, dataDisks } = disksOf(vm)
    for (const disk of [...(osDisk ? [osDisk] : []), ...dataDisks]) {
      const id = parseId(disk.managedDisk?.id ?? '')
      const ref = refOf(disk.managedDisk?.id ?? '')
      if (id === null || disk.diskSizeGB != null || this.diskBytes.has(ref)) continue
      const { disks } = await this.#account.compute(id.subscription)
      await this.noteSize(ref, orNull(disks.get(id.group, id.name, abortOf(options))))
    }
  }

  /** Who may not read disks does not know how large they are. */
  async noteSize(ref: string, asked: Promise<Parameters<typeof bytesOf>[0] | null>): Promise<void> {
    const disk = await ask(asked).catch((thrown: unknown) => {
      if (isNotOffered(thrown)) return null
      throw thrown
    })
    const bytes = disk === null ? null : bytesOf(disk)
    if (bytes !== null) this.diskBytes.set(ref, bytes)
  }
}

/** A state that the list withholds is no other state. */
function isChanged(known: SeenMachine | undefined, row: VirtualMachine): boolean {
  if (known === undefined) return true
  return statusOf(row.instanceView, 'PowerState/') !== undefined && stateOf(row, row.instanceView).native !== known.facts.nativeState
}

function cardIdsOf({ networkProfile }: VirtualMachine): string[] {
  return (networkProfile?.networkInterfaces ?? []).map(({ id = '' }) => id)
}
