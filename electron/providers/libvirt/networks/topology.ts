import type { Reason } from '../../../../shared/model/index.ts'
import type { ProvidedTopology } from '../../provider.ts'
import { type Card, isOn, type MachineCards } from './cards.ts'
import type { HostInterface, HostInterfaces } from './host-interface.ts'
import { OWN_BRIDGE } from './network-xml.ts'
import { isInBridge } from './plug-state.ts'

type Node = ProvidedTopology['nodes'][number]

export interface PlacedNetwork {
  readonly ref: string
  readonly name: string
  readonly isActive: boolean
  readonly mode: string
  readonly bridge: string | null
  /** Devices of the host that its definition names. */
  readonly devices: readonly string[]
  readonly cidrs: readonly string[]
  /** As in `BridgeOfNetwork`. */
  readonly portIds: ReadonlySet<string> | null
}

export interface TopologyFacts {
  readonly machines: readonly MachineCards[]
  readonly networks: readonly PlacedNetwork[]
  readonly host: HostInterfaces | null
  readonly unseen: readonly Reason[]
  readonly nowMs: number
}

/** Of a card, in place of its port group. */
const UNPLUGGED = 'unplugged'

/** Through which the host forwards what comes from the network. */
const FORWARDED: ReadonlySet<string> = new Set(['nat', 'route', 'open'])

/** How everything hangs together, from the cards down to the wires. */
export function drawTopology({ machines, networks, host, unseen, nowMs }: TopologyFacts): ProvidedTopology {
  const picture = new Picture(host)
  for (const each of host?.interfaces ?? []) picture.addInterface(each)
  const byName = new Map(networks.map((network) => [network.name, picture.addNetwork(network)]))
  for (const [machine, card, id] of cardsWithIds(machines)) {
    const own = homeOf(card, networks)
    const isLoose = machine.isRunning && isUnplugged(card, own, host)
    const node = nicNode(id, machine, card)
    const nic = picture.add(isLoose ? { ...node, isUp: false, detail: UNPLUGGED, ...(own && { beside: `net:${own.ref}` }) } : node)
    if (isLoose) continue
    const network = card.network === null ? undefined : byName.get(card.network)
    if (network !== undefined) picture.connect(nic, network)
    else if (card.bridge !== null) picture.connect(nic, picture.interfaceAt(card.bridge, 'bridge'))
    else if (card.device !== null) picture.connect(nic, picture.interfaceAt(card.device, 'physical'))
  }
  return { nodes: picture.nodes, edges: picture.edges, unseen: [...unseen], observedAtMs: nowMs }
}

/** The network that a card is on: by name, or by the bridge that is the network's own. */
function homeOf(card: Card, networks: readonly PlacedNetwork[]): PlacedNetwork | undefined {
  return networks.find(({ name, mode, bridge }) => isOn(card, name, OWN_BRIDGE.has(mode) ? bridge : null))
}

/** Whatever its definition says: its other end hangs beside the bridge. */
function isUnplugged(card: Card, network: PlacedNetwork | undefined, host: HostInterfaces | null): boolean {
  const taps = host?.taps ?? new Map<string, string | null>()
  if (network?.isActive) return isInBridge(card, network, taps) === false
  return (card.network !== null || card.bridge !== null) && card.target !== null && taps.get(card.target) === null
}

/** Ids of cards are the same in the picture and in what is told of rates: a MAC that a second card has gets its machine's reference. */
export function* cardsWithIds(machines: readonly MachineCards[]): Generator<readonly [MachineCards, Card, string]> {
  const seen = new Set<string>()
  for (const machine of machines) {
    for (const [index, card] of machine.cards.entries()) {
      const plain = `nic:${card.mac}`
      const id = seen.has(plain) ? `${plain}@${machine.ref}#${index}` : plain
      seen.add(plain)
      yield [machine, card, id]
    }
  }
}

function nicNode(id: string, { ref, name, isRunning, addressesOf }: MachineCards, card: Card): Node {
  return {
    id,
    kind: 'nic',
    name: (isRunning ? card.target : null) ?? card.mac,
    isUp: isRunning && card.isPlugged,
    speedMbps: null,
    mac: card.mac,
    addresses: isRunning ? [...addressesOf(card.mac)] : [],
    detail: card.portGroup,
    machineRef: ref,
    machine: name,
  }
}

class Picture {
  readonly nodes: Node[] = []
  readonly edges: Array<[number, number]> = []
  readonly #host: HostInterfaces | null
  readonly #interfaces = new Map<string, number>()
  readonly #drawn = new Set<string>()

  constructor(host: HostInterfaces | null) {
    this.#host = host
  }

  add(node: Node): number {
    return this.nodes.push(node) - 1
  }

  connect(from: number, to: number): void {
    const key = `${from}-${to}`
    if (from === to || this.#drawn.has(key)) return
    this.#drawn.add(key)
    this.edges.push([from, to])
  }

  addInterface(each: HostInterface): number {
    const known = this.#interfaces.get(each.name)
    if (known !== undefined) return known
    const { name, kind, isUp, speedMbps, mac, addresses, detail, lower } = each
    const at = this.add({
      id: `if:${name}`,
      kind,
      name,
      isUp,
      speedMbps,
      mac,
      addresses: [...addresses],
      detail,
      machineRef: null,
      machine: null,
    })
    this.#interfaces.set(name, at)
    for (const part of lower) {
      const below = this.#host?.interfaces.find((other) => other.name === part)
      if (below) this.connect(at, this.addInterface(below))
    }
    return at
  }

  /** One that the host has not told of is drawn all the same, with nothing known. */
  interfaceAt(name: string, kind: HostInterface['kind']): number {
    const known = this.#interfaces.get(name)
    if (known !== undefined) return known
    const unknown = { name, kind, isUp: null, speedMbps: null, mac: null, addresses: [], detail: null, lower: [] }
    return this.addInterface(this.#host?.interfaces.find((each) => each.name === name) ?? unknown)
  }

  addNetwork({ ref, name, isActive, mode, bridge, devices, cidrs }: PlacedNetwork): number {
    const network = this.add({
      id: `net:${ref}`,
      kind: 'network',
      name,
      isUp: isActive,
      speedMbps: null,
      mac: null,
      addresses: [...cidrs],
      detail: mode,
      machineRef: null,
      machine: null,
    })
    if (!OWN_BRIDGE.has(mode)) {
      if (bridge !== null) this.connect(network, this.interfaceAt(bridge, 'bridge'))
      for (const device of devices) this.connect(network, this.interfaceAt(device, 'physical'))
      return network
    }
    // Off, it has no bridge and leads nowhere.
    if (!isActive || bridge === null) return network
    const own = this.interfaceAt(bridge, 'bridge')
    this.connect(network, own)
    const out = devices.length > 0 ? devices : (this.#host?.defaultDevices ?? [])
    if (FORWARDED.has(mode)) for (const device of out) if (device !== bridge) this.connect(own, this.interfaceAt(device, 'physical'))
    return network
  }
}
