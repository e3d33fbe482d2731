import type { NetworkInterface, PublicIPAddress } from '@azure/arm-network'
import { isAppError } from '../../../shared/errors/index.ts'
import type { CallOptions, Clock } from '../provider.ts'
import { type AzureAccount, allOf, ask } from './account.ts'
import { ownerOf, refOf } from './ids.ts'
import { isDispensable } from './problems.ts'

/** A network card with what hangs on it. */
export interface Card {
  readonly ref: string
  readonly privateAddresses: readonly string[]
  readonly publicAddresses: readonly string[]
  readonly networkRefs: readonly string[]
  readonly groupId: string | null
  readonly mac: string | null
}

/** After Resource Graph has refused, the lists are used for so long. */
const NO_GRAPH_MS = 600_000
const GRAPH_PAGE = 1_000
const NIC_TYPE = 'microsoft.network/networkinterfaces'
const IP_TYPE = 'microsoft.network/publicipaddresses'
const GRAPH_QUERY = `resources | where type in~ ('${NIC_TYPE}', '${IP_TYPE}') | project id, type, properties | order by id asc`

/** What Resource Graph and the lists tell alike. */
interface RawCard {
  readonly id: string
  readonly mac: string | null
  readonly groupId: string | null
  readonly configurations: ReadonlyArray<{
    readonly address: string | null
    readonly publicId: string | null
    readonly subnetId: string | null
  }>
}
interface RawNetwork {
  readonly cards: readonly RawCard[]
  readonly addresses: ReadonlyMap<string, string>
}

interface Kept {
  readonly cards: ReadonlyMap<string, Card>
  readonly atMs: number
}

/**
 * The network cards of each subscription with their addresses, read only so often: by Resource Graph, which answers a thousand at a
 * time, else by the lists. They only add to what is known of machines, so who may not see them still sees the machines.
 */
export class Cards {
  readonly #account: AzureAccount
  readonly #clock: Clock
  readonly #freshMs: number
  readonly #kept = new Map<string, Kept>()
  #noGraphUntilMs = 0

  constructor(account: AzureAccount, clock: Clock, freshMs: number) {
    this.#account = account
    this.#clock = clock
    this.#freshMs = freshMs
  }

  /** Those of a subscription. Throws AppError when nothing can be read there now. */
  async of(subscription: string, options: CallOptions): Promise<ReadonlyMap<string, Card>> {
    const kept = this.#kept.get(subscription)
    if (kept && this.#clock.nowMs() - kept.atMs < this.#freshMs) return kept.cards
    const cards = await this.#read(subscription, options)
    this.#kept.set(subscription, { cards, atMs: this.#clock.nowMs() })
    return cards
  }

  /** What is known already. Asks nobody. */
  known(subscription: string): ReadonlyMap<string, Card> | undefined {
    return this.#kept.get(subscription)?.cards
  }

  /** Whether they were read since then. */
  isReadSince(subscription: string, atMs: number): boolean {
    return (this.#kept.get(subscription)?.atMs ?? Number.NEGATIVE_INFINITY) >= atMs
  }

  /** What is known of a subscription's cards is old, as after one was made. */
  forget(subscription: string): void {
    this.#kept.delete(subscription)
  }

  async #read(subscription: string, options: CallOptions): Promise<ReadonlyMap<string, Card>> {
    if (this.#clock.nowMs() >= this.#noGraphUntilMs) {
      try {
        return joined(await this.#fromGraph(subscription, options))
      } catch (thrown) {
        if (!isAppError(thrown) || thrown.kind === 'unauthenticated' || thrown.kind === 'cancelled') throw thrown
        this.#noGraphUntilMs = this.#clock.nowMs() + NO_GRAPH_MS
      }
    }
    try {
      return joined(await this.#fromLists(subscription, options))
    } catch (thrown) {
      if (isDispensable(thrown)) return this.#kept.get(subscription)?.cards ?? new Map()
      throw thrown
    }
  }

  async #fromGraph(subscription: string, { signal }: CallOptions): Promise<RawNetwork> {
    const graph = await this.#account.graph()
    const cards: RawCard[] = []
    const addresses = new Map<string, string>()
    for (let skipToken: string | undefined; ; ) {
      const options = { top: GRAPH_PAGE, resultFormat: 'objectArray' as const, ...(skipToken !== undefined && { skipToken }) }
      const query = { query: GRAPH_QUERY, subscriptions: [subscription], options }
      const page = await ask(graph.resources(query, { ...(signal && { abortSignal: signal }) }))
      for (const row of rowsOf(page.data)) {
        const type = text(row['type'])?.toLowerCase()
        const id = text(row['id']) ?? ''
        if (type === NIC_TYPE) cards.push(graphCard(id, record(row['properties'])))
        const address = type === IP_TYPE ? text(record(row['properties'])['ipAddress']) : null
        if (address) addresses.set(refOf(id), address)
      }
      skipToken = page.skipToken
      if (skipToken === undefined) return { cards, addresses }
    }
  }

  async #fromLists(subscription: string, options: CallOptions): Promise<RawNetwork> {
    const network = await this.#account.network(subscription)
    const abort = { ...(options.signal && { abortSignal: options.signal }) }
    const [nics, ips] = await Promise.all([
      allOf<NetworkInterface>(network.networkInterfaces.listAll(abort), options),
      allOf<PublicIPAddress>(network.publicIPAddresses.listAll(abort), options),
    ])
    const addresses = new Map(
      ips.flatMap(({ id, ipAddress }) => (id === undefined || ipAddress === undefined ? [] : [[refOf(id), ipAddress] as const])),
    )
    return { cards: nics.map(listCard), addresses }
  }
}

function joined({ cards, addresses }: RawNetwork): ReadonlyMap<string, Card> {
  return new Map(
    cards.map(({ id, mac, groupId, configurations }) => {
      const publicAddresses = configurations.flatMap(({ publicId }) => (publicId === null ? [] : (addresses.get(refOf(publicId)) ?? [])))
      const card: Card = {
        ref: refOf(id),
        privateAddresses: configurations.flatMap(({ address }) => address ?? []),
        publicAddresses,
        networkRefs: [...new Set(configurations.flatMap(({ subnetId }) => (subnetId === null ? [] : ownerOf(subnetId))))],
        groupId,
        mac: mac === null ? null : mac.replaceAll('-', ':').toLowerCase(),
      }
      return [card.ref, card] as const
    }),
  )
}

function listCard(nic: NetworkInterface): RawCard {
  return {
    id: nic.id ?? '',
    mac: nic.macAddress ?? null,
    groupId: nic.networkSecurityGroup?.id ?? null,
    configurations: (nic.ipConfigurations ?? []).map(({ privateIPAddress, publicIPAddress, subnet }) => ({
      address: privateIPAddress ?? null,
      publicId: publicIPAddress?.id ?? null,
      subnetId: subnet?.id ?? null,
    })),
  }
}

function graphCard(id: string, properties: Readonly<Record<string, unknown>>): RawCard {
  return {
    id,
    mac: text(properties['macAddress']),
    groupId: text(record(properties['networkSecurityGroup'])['id']),
    configurations: rowsOf(properties['ipConfigurations']).map((configuration) => {
      const own = record(configuration['properties'])
      return {
        address: text(own['privateIPAddress']),
        publicId: text(record(own['publicIPAddress'])['id']),
        subnetId: text(record(own['subnet'])['id']),
      }
    }),
  }
}

function rowsOf(value: unknown): ReadonlyArray<Readonly<Record<string, unknown>>> {
  return Array.isArray(value) ? value.map(record) : []
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
