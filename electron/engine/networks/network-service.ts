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
import {
  changedMeanwhile,
  filterChanged,
  filterInUse,
  filterNotFound,
  isCutOff,
  networkNameTaken,
  networkOff,
  notAFilter,
  nothingLoose,
  refusedBy,
  subnetTaken,
} from '../../../shared/networks/index.ts'
import type { CallOptions, Clock, NetworkKeeper } from '../../providers/provider.ts'
import { knownHost } from '../known-hosts.ts'
import type { InventoryReader, Links } from '../ports.ts'
import type { TaskAuthor, TaskRequest } from '../tasks/task-kind.ts'
import { filterName } from './filter-name.ts'
import { type KnownNetwork, keeperOn, knownNetwork } from './network-places.ts'
import { type NetworkTask, networkRequest } from './network-plan.ts'
import { filterRequest } from './network-tasks.ts'
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

  async start(id: NetworkId, definition: string | null, author: TaskAuthor): Promise<Begun> {
    return await this.#begin('start', knownNetwork(this.#options.inventory, id), { definition }, {}, author)
  }

  /** Throws `precondition` network.off, and network.in-use, naming the machines, unless `evenIfUsed`. */
  async restart(id: NetworkId, evenIfUsed: boolean, author: TaskAuthor, signal: AbortSignal): Promise<Begun> {
    const known = knownNetwork(this.#options.inventory, id)
    const { name } = known.network
    const { noStop, ports, xml, keptXml } = await this.#read(id, signal)
    if (noStop && (!evenIfUsed || noStop.code === networkOff(name).code)) throw refusedBy(name, noStop)
    const machines = [...new Set(ports.filter(({ isRunning }) => isRunning).map(({ machine }) => machine))]
    // of one that is not kept there is nothing else to start
    const plan = { evenIfUsed, definition: keptXml === null ? xml : null }
    return await this.#begin('restart', known, plan, { machines, before: xml }, author)
  }

  /** `macs`: null: all that hang beside it. Throws `precondition` network.off, network.nothing-loose. */
  async plugIn(id: NetworkId, macs: readonly string[] | null, author: TaskAuthor, signal: AbortSignal): Promise<Begun> {
    const known = knownNetwork(this.#options.inventory, id)
    const { name } = known.network
    const { noStop, ports } = await this.#read(id, signal)
    if (noStop?.code === networkOff(name).code) throw refusedBy(name, noStop)
    const wanted = macs?.map((mac) => mac.toLowerCase()) ?? null
    const loose = ports.filter((port) => isCutOff(port) && (wanted === null || wanted.includes(port.mac)))
    if (loose.length === 0) throw nothingLoose(name)
    const machines = [...new Set(loose.map(({ machine }) => machine))]
    return await this.#begin('plugIn', known, { macs: wanted }, { machines }, author)
  }

  /** Throws `precondition` network.in-use, naming the machines, unless `evenIfUsed`. */
  async stop(id: NetworkId, evenIfUsed: boolean, author: TaskAuthor, signal: AbortSignal): Promise<Begun> {
    const known = knownNetwork(this.#options.inventory, id)
    const { noStop } = evenIfUsed ? { noStop: null } : await this.#read(id, signal)
    if (noStop) throw refusedBy(known.network.name, noStop)
    return await this.#begin('stop', known, { evenIfUsed }, {}, author)
  }

  /** Throws `conflict` network.changed-meanwhile. */
  async edit(id: NetworkId, edit: NetworkEdit, revision: string, author: TaskAuthor, signal: AbortSignal): Promise<Begun> {
    const known = knownNetwork(this.#options.inventory, id)
    const state = await this.#keeper(known).state(known.network.nativeRef, within(signal))
    if (state?.revision !== revision) throw changedMeanwhile(known.network.name)
    return await this.#begin('edit', known, { edit, revision }, { edit: edit.edit }, author)
  }

  /** Throws `precondition` network.in-use. */
  async remove(id: NetworkId, author: TaskAuthor, signal: AbortSignal): Promise<Begun> {
    const known = knownNetwork(this.#options.inventory, id)
    const { noRemove } = await this.#read(id, signal)
    if (noRemove) throw refusedBy(known.network.name, noRemove)
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
    if (known.usedBy.length > 0 || known.includedBy.length > 0) throw filterInUse(name, [...known.usedBy, ...known.includedBy].join(', '))
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
    if (other !== undefined) throw subnetTaken(wanted, name, other)
  }
}
