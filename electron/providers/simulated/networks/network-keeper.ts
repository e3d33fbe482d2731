import type { NetworkEdit, NetworkFilter, NetworkSpec, NodeRate } from '../../../../shared/model/index.ts'
import * as problems from '../../../../shared/networks/index.ts'
import type { ActOptions, CallOptions, NetworkKeeper, ProvidedNetworkDetail, ProvidedTopology } from '../../provider.ts'
import type { Carrier } from '../build/carrier.ts'
import { deferred } from '../deferred.ts'
import type { World } from '../world.ts'
import { createNetwork, editNetwork } from './network-edits.ts'
import { revisionOf, type StoredNetwork } from './network-store.ts'
import { detailOf, portOf } from './network-view.ts'
import { readNetworkXml } from './network-xml.ts'
import { ratesOf, topologyOf } from './topology.ts'

/** A bridge, its name server and its firewall rules. */
const START_MS = 700
const STOP_MS = 300
const PLUG_MS = 40

/** The virtual networks of a simulated site, over one link. */
export class SimulatedNetworks implements NetworkKeeper {
  readonly #world: World
  readonly #carrier: Carrier

  constructor(world: World, carrier: Carrier) {
    this.#world = world
    this.#carrier = carrier
  }

  detail(networkRef: string, options: CallOptions): Promise<ProvidedNetworkDetail> {
    return this.#carrier.read(options, () => detailOf(this.#world, this.#world.networks.get(networkRef)))
  }

  create(hostRef: string, networkRef: string, spec: NetworkSpec, options: ActOptions): Promise<void> {
    return this.#carrier.command('network.create', options, async () => {
      await this.#takes(START_MS)
      createNetwork(this.#world, this.#world.host(hostRef), networkRef, spec)
    })
  }

  start(networkRef: string, options: ActOptions): Promise<void> {
    const { networks } = this.#world
    return this.#carrier.command('network.start', options, async () => {
      await this.#takes(START_MS)
      const network = networks.get(networkRef)
      network.running ??= network.kept
      networks.changed(network)
    })
  }

  startAs(networkRef: string, xml: string, options: ActOptions): Promise<void> {
    const { networks } = this.#world
    return this.#carrier.command('network.startAs', options, async () => {
      await this.#takes(START_MS)
      const network = networks.get(networkRef)
      const { uuid, ...definition } = readNetworkXml(xml)
      if (uuid !== network.uuid || definition.name !== network.kept.name) throw problems.otherNetwork(network.kept.name)
      network.running ??= definition
      networks.changed(network)
    })
  }

  plugIn(networkRef: string, machineRef: string, mac: string, options: ActOptions): Promise<void> {
    const { networks } = this.#world
    return this.#carrier.command('network.plugIn', options, async () => {
      await this.#takes(PLUG_MS)
      const network = networks.get(networkRef)
      const { name } = network.kept
      if (!network.running) throw problems.refusedBy(name, problems.networkOff(name))
      const card = networks.cards(network).find(({ machine, ...each }) => machine.ref === machineRef && each.mac === mac.toLowerCase())
      if (!card) throw problems.cardGone(`${machineRef} (${mac})`, name)
      networks.plugIn(network, card.machine)
      networks.changed(network)
    })
  }

  stop(networkRef: string, evenIfUsed: boolean, options: ActOptions): Promise<void> {
    const { networks } = this.#world
    return this.#carrier.command('network.stop', options, async () => {
      await this.#takes(STOP_MS)
      const network = networks.get(networkRef)
      const { name } = network.kept
      if (!network.running) throw problems.refusedBy(name, problems.networkOff(name))
      const why = evenIfUsed ? null : problems.whyNotStopped(this.#ports(network))
      if (why) throw problems.refusedBy(name, why)
      networks.stop(network)
    })
  }

  edit(networkRef: string, edit: NetworkEdit, revision: string, options: ActOptions): Promise<void> {
    return this.#carrier.command('network.edit', options, () => {
      editNetwork(this.#world, this.#world.networks.get(networkRef), edit, revision)
    })
  }

  remove(networkRef: string, options: ActOptions): Promise<void> {
    const { networks } = this.#world
    return this.#carrier.command('network.remove', options, async () => {
      await this.#takes(STOP_MS)
      const network = networks.get(networkRef)
      const why = problems.whyNotRemoved(this.#ports(network))
      if (why) throw problems.refusedBy(network.kept.name, why)
      networks.remove(network)
    })
  }

  state(networkRef: string, options: CallOptions): ReturnType<NetworkKeeper['state']> {
    return this.#carrier.read(options, () => {
      const network = this.#world.networks.find(networkRef)
      return network && { isActive: network.running !== null, autostart: network.autostart, revision: revisionOf(network) }
    })
  }

  filters(hostRef: string, options: CallOptions): Promise<readonly NetworkFilter[]> {
    return this.#carrier.read(options, () => this.#world.filters.list(this.#world.host(hostRef)))
  }

  putFilter(hostRef: string, xml: string, expected: string | null, options: ActOptions): Promise<void> {
    return this.#carrier.command('network.putFilter', options, () => {
      this.#world.filters.put(this.#world.host(hostRef), xml, expected)
    })
  }

  removeFilter(hostRef: string, name: string, options: ActOptions): Promise<void> {
    return this.#carrier.command('network.removeFilter', options, () => {
      this.#world.filters.remove(this.#world.host(hostRef), name)
    })
  }

  topology(hostRef: string, options: CallOptions): Promise<ProvidedTopology> {
    return this.#carrier.read(options, () => topologyOf(this.#world, this.#world.host(hostRef)))
  }

  rates(hostRef: string, options: CallOptions): Promise<readonly NodeRate[]> {
    return this.#carrier.read(options, () => ratesOf(this.#world, this.#world.host(hostRef)))
  }

  #ports(network: StoredNetwork): ReadonlyArray<ReturnType<typeof portOf>> {
    const cards = this.#world.networks.cards(network)
    return cards.map((card) => portOf(this.#world, network, card, cards))
  }

  #takes(ms: number): Promise<void> {
    const { promise, resolve } = deferred<void>()
    this.#world.later(ms, resolve)
    return promise
  }
}
