import * as problems from '../../../../shared/networks/index.ts'
import type { NetworkFacts } from '../../provider.ts'
import type { Fleet, SimulatedHost, SimulatedMachine } from '../fleet.ts'
import { hashText, seededUuid } from '../random.ts'
import { type Card, cardsOf, isRunning } from './cards.ts'
import { factsOf, type NetworkDefinition } from './definition.ts'
import { networkXml } from './network-xml.ts'
import { seededNetworks } from './seeds.ts'

export interface StoredNetwork {
  readonly ref: string
  readonly hostRef: string
  readonly uuid: string
  kept: NetworkDefinition
  /** Null: it is off. */
  running: NetworkDefinition | null
  autostart: boolean
}

/** Told when a network is new, changed (its facts) or gone (null). */
export type NetworkListener = (ref: string, hostRef: string, facts: NetworkFacts | null) => void

/** The virtual networks of a site. Those of a host are derived from it until somebody asks. */
export class NetworkStore {
  readonly #fleet: Fleet
  readonly #changed: NetworkListener
  readonly #byHost = new Map<string, Map<string, StoredNetwork>>()
  /** Lives of machines whose cards were cut off when their network was stopped: libvirt does not plug them in again. */
  readonly #unplugged = new Set<string>()

  constructor(fleet: Fleet, changed: NetworkListener) {
    this.#fleet = fleet
    this.#changed = changed
  }

  of(host: SimulatedHost): ReadonlyMap<string, StoredNetwork> {
    return this.#networksOf(host)
  }

  /** Throws `not-found` network.not-found. */
  get(ref: string): StoredNetwork {
    const network = this.find(ref)
    if (!network) throw problems.networkNotFound(ref)
    return network
  }

  find(ref: string): StoredNetwork | null {
    const known = this.#fleet.hosts.get(ref.slice(0, Math.max(0, ref.indexOf('/'))))
    if (known) return this.#networksOf(known).get(ref) ?? null
    for (const networks of this.#byHost.values()) {
      const network = networks.get(ref)
      if (network) return network
    }
    return null
  }

  put(host: SimulatedHost, network: StoredNetwork): void {
    this.#networksOf(host).set(network.ref, network)
    this.#tell(host, network)
  }

  changed(network: StoredNetwork): void {
    const host = this.#fleet.hosts.get(network.hostRef)
    if (host) this.#tell(host, network)
  }

  remove(network: StoredNetwork): void {
    const host = this.#fleet.hosts.get(network.hostRef)
    if (!host) return
    this.#networksOf(host).delete(network.ref)
    host.networks.delete(network.ref)
    this.#changed(network.ref, host.ref, null)
  }

  /** Cards that name it, of all machines of its host. */
  cards({ hostRef, kept }: StoredNetwork): Card[] {
    const host = this.#fleet.hosts.get(hostRef)
    if (!host) return []
    return [...host.machines.values()].flatMap((machine) => cardsOf(machine, host)).filter(({ network }) => network === kept.name)
  }

  /** It stops, and what is attached is cut off until the machine is started anew. */
  stop(network: StoredNetwork): void {
    for (const { machine } of this.cards(network)) if (isRunning(machine)) this.#unplugged.add(lifeOf(network, machine))
    network.running = null
    this.changed(network)
  }

  /** Its card is in the bridge again. */
  plugIn(network: StoredNetwork, machine: SimulatedMachine): void {
    this.#unplugged.delete(lifeOf(network, machine))
  }

  isPlugged(network: StoredNetwork, machine: SimulatedMachine): boolean {
    return network.running !== null && isRunning(machine) && !this.#unplugged.has(lifeOf(network, machine))
  }

  #tell(host: SimulatedHost, network: StoredNetwork): void {
    const facts = factsOf(network)
    host.networks.set(network.ref, facts)
    this.#changed(network.ref, host.ref, facts)
  }

  #networksOf(host: SimulatedHost): Map<string, StoredNetwork> {
    const known = this.#byHost.get(host.ref)
    if (known) return known
    const made = new Map(
      seededNetworks(host.salt, this.#fleet.site.edge).map(({ definition, isActive, autostart }): [string, StoredNetwork] => {
        const ref = `${host.ref}/${definition.name}`
        const uuid = seededUuid(host.salt, hashText(definition.name))
        return [ref, { ref, hostRef: host.ref, uuid, kept: definition, running: isActive ? definition : null, autostart }]
      }),
    )
    this.#byHost.set(host.ref, made)
    return made
  }
}

function lifeOf({ ref }: StoredNetwork, machine: SimulatedMachine): string {
  return `${ref}@${machine.ref}#${machine.boots}`
}

/** Changes with every change of what runs or is kept. */
export function revisionOf({ kept, running, uuid }: StoredNetwork): string {
  const texts = [networkXml(kept, uuid), running ? networkXml(running, uuid) : '']
  return texts.map((text) => hashText(text).toString(16).padStart(8, '0')).join('')
}
