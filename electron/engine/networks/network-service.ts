import { randomUUID } from 'node:crypto'
import type {
  HostId,
  HostTopology,
  Network,
  NetworkDetail,
  NetworkEdit,
  NetworkFilter,
  NetworkId,
  NetworkSpec,
  NodeRate,
  TaskId,
} from '../../../shared/model/index.ts'
import { type MachineId, objectId, overlaps, subnetOf } from '../../../shared/model/index.ts'
import type { CallOptions, Clock, NetworkKeeper } from '../../providers/provider.ts'
import { knownHost } from '../known-hosts.ts'
import type { InventoryReader, Links } from '../ports.ts'
import type { TaskAuthor, TaskRequest } from '../tasks/task-kind.ts'
import { filterName } from './filter-name.ts'
import { type KnownNetwork, keeperOn, knownNetwork } from './network-places.ts'
import {
  filterChanged,
  filterInUse,
  filterNotFound,
  networkChangedMeanwhile,
  networkInUse,
  networkNameTaken,
  networkSubnetTaken,
  notAFilter,
} from './network-refusals.ts'
import { filterRequest, type NetworkTask, networkRequest } from './network-tasks.ts'
import { Topologies } from './topologies.ts'

const READ_TIMEOUT_MS = 30_000

export interface NetworkServiceOptions {
  readonly inventory: InventoryReader
  readonly links: Links
  readonly clock: Clock
  readonly tasks: { submit(request: TaskRequest, author: TaskAuthor): Promise<{ readonly id: TaskId }> }
}

interface Begun {
  taskId: TaskId
}

/**
 * Virtual networks, filters, and how all of it hangs together. What can be refused is refused when it is asked for, and again by the
 * provider just before it is done.
 */
export class NetworkService {
  readonly #options: NetworkServiceOptions
  readonly #topologies: Topologies

  constructor(options: NetworkServiceOptions) {
    this.#options = options
    this.#topologies = new Topologies(options)
  }

  async detail(id: NetworkId, signal: AbortSignal): Promise<NetworkDetail> {
    const { inventory } = this.#options
    const { network } = knownNetwork(inventory, id)
    const { ports, ...detail } = await this.#read(id, signal)
    return {
      ...detail,
      ports: ports.map(({ machineRef, ...port }) => {
        const machineId = objectId<MachineId>(network.connectionId, 'm', machineRef)
        return { ...port, machineId: inventory.get('machine', machineId) ? machineId : null }
      }),
    }
  }

  /** Throws `conflict` network.name-taken, network.subnet-taken. */
  async create(hostId: HostId, spec: NetworkSpec, author: TaskAuthor): Promise<Begun> {
    const { inventory, links } = this.#options
    const host = knownHost(inventory, hostId)
    keeperOn(host, inventory, links)
    for (const network of inventory.all('network')) if (network.hostId === hostId) needRoomBeside(spec, network, host.name)
    const shown = { mode: spec.mode, subnets: spec.subnets.map(({ address, prefix }) => `${address}/${prefix}`) }
    return await this.#submit(networkRequest('create', host, { ref: randomUUID(), name: spec.name }, { spec }, shown), author)
  }

  async start(id: NetworkId, author: TaskAuthor): Promise<Begun> {
    return await this.#begin('start', knownNetwork(this.#options.inventory, id), {}, {}, author)
  }

  /** Throws `precondition` network.in-use, naming the machines, unless `evenIfUsed`. */
  async stop(id: NetworkId, evenIfUsed: boolean, author: TaskAuthor, signal: AbortSignal): Promise<Begun> {
    const known = knownNetwork(this.#options.inventory, id)
    const { noStop } = evenIfUsed ? { noStop: null } : await this.#read(id, signal)
    if (noStop) throw networkInUse(known.network.name, noStop)
    return await this.#begin('stop', known, { evenIfUsed }, {}, author)
  }

  /** Throws `conflict` network.changed-meanwhile. */
  async edit(id: NetworkId, edit: NetworkEdit, revision: string, author: TaskAuthor, signal: AbortSignal): Promise<Begun> {
    const known = knownNetwork(this.#options.inventory, id)
    const state = await this.#keeper(known).state(known.network.nativeRef, within(signal))
    if (state?.revision !== revision) throw networkChangedMeanwhile(known.network.name)
    return await this.#begin('edit', known, { edit, revision }, { edit: edit.edit }, author)
  }

  /** Throws `precondition` network.in-use. */
  async remove(id: NetworkId, author: TaskAuthor, signal: AbortSignal): Promise<Begun> {
    const known = knownNetwork(this.#options.inventory, id)
    const { noRemove } = await this.#read(id, signal)
    if (noRemove) throw networkInUse(known.network.name, noRemove)
    return await this.#begin('remove', known, {}, {}, author)
  }

  async filters(hostId: HostId, signal: AbortSignal): Promise<readonly NetworkFilter[]> {
    const { inventory, links } = this.#options
    const host = knownHost(inventory, hostId)
    return await keeperOn(host, inventory, links).filters(host.nativeRef, within(signal))
  }

  /** Throws `invalid-input` network.not-a-filter, `conflict` network.filter-changed. */
  async putFilter(hostId: HostId, xml: string, expected: string | null, author: TaskAuthor, signal: AbortSignal): Promise<Begun> {
    const host = knownHost(this.#options.inventory, hostId)
    const name = filterName(xml)
    if (name === null) throw notAFilter()
    const known = (await this.filters(hostId, signal)).find((filter) => filter.name === name)
    if ((known?.xml ?? null) !== expected) throw filterChanged(name)
    return await this.#submit(filterRequest('putFilter', host, name, { xml, expected }), author)
  }

  /** Throws `not-found` network.filter-not-found, `precondition` network.filter-in-use. */
  async removeFilter(hostId: HostId, name: string, author: TaskAuthor, signal: AbortSignal): Promise<Begun> {
    const host = knownHost(this.#options.inventory, hostId)
    const known = (await this.filters(hostId, signal)).find((filter) => filter.name === name)
    if (!known) throw filterNotFound(name)
    if (known.usedBy.length > 0 || known.includedBy.length > 0) throw filterInUse(name, known.usedBy, known.includedBy)
    return await this.#submit(filterRequest('removeFilter', host, name, {}), author)
  }

  /** One picture a host, in the order asked for; never rejects for a single host. */
  topology(hostIds: readonly HostId[], signal: AbortSignal): Promise<readonly HostTopology[]> {
    return this.#topologies.read(hostIds, signal)
  }

  async rates(hostId: HostId, signal: AbortSignal): Promise<{ atMs: number; rates: NodeRate[] }> {
    const { inventory, links, clock } = this.#options
    const host = knownHost(inventory, hostId)
    const rates = await keeperOn(host, inventory, links).rates(host.nativeRef, within(signal))
    return { atMs: clock.nowMs(), rates: [...rates] }
  }

  #keeper({ host }: KnownNetwork): NetworkKeeper {
    const { inventory, links } = this.#options
    return keeperOn(host, inventory, links)
  }

  #read(id: NetworkId, signal: AbortSignal): ReturnType<NetworkKeeper['detail']> {
    const known = knownNetwork(this.#options.inventory, id)
    return this.#keeper(known).detail(known.network.nativeRef, within(signal))
  }

  async #begin(
    task: NetworkTask,
    { network, host }: KnownNetwork,
    more: TaskRequest['params'],
    shown: TaskRequest['params'],
    author: TaskAuthor,
  ): Promise<Begun> {
    return await this.#submit(networkRequest(task, host, { ref: network.nativeRef, name: network.name }, more, shown), author)
  }

  async #submit(request: TaskRequest, author: TaskAuthor): Promise<Begun> {
    return { taskId: (await this.#options.tasks.submit(request, author)).id }
  }
}

function within(signal: AbortSignal): CallOptions {
  return { signal, timeoutMs: READ_TIMEOUT_MS }
}

/** As far as the inventory knows: the provider looks at the host itself before it makes anything. */
function needRoomBeside(spec: NetworkSpec, { name, cidrs }: Network, host: string): void {
  if (name === spec.name) throw networkNameTaken(spec.name, host)
  for (const { address, prefix } of spec.subnets) {
    const wanted = `${address}/${prefix}`
    const other = cidrs.find((cidr) => overlaps(subnetOf(cidr), subnetOf(wanted)))
    if (other !== undefined) throw networkSubnetTaken(wanted, name, other)
  }
}
