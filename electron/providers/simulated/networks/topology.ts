import type { NodeRate } from '../../../../shared/model/index.ts'
import type { ProvidedTopology } from '../../provider.ts'
import { seededMac } from '../build/shape-of.ts'
import type { SimulatedHost } from '../fleet.ts'
import { hashText } from '../random.ts'
import type { World } from '../world.ts'
import { type Card, cardsOf, isRunning } from './cards.ts'
import { cidrsOf, hasOwnBridge } from './definition.ts'
import type { StoredNetwork } from './network-store.ts'
import { addressesOf } from './network-view.ts'
import { DEFAULT_DEVICE, wiresOf } from './wires.ts'

type Node = ProvidedTopology['nodes'][number]

/** The other end hangs beside the bridge, as after a restart of the network. */
const UNPLUGGED = 'unplugged'

const NOTHING = { speedMbps: null, mac: null, addresses: [], detail: null, machineRef: null, machine: null } as const

/** How a host's cards hang together, down to the wires; with the cards in the order of their nodes. */
interface Picture {
  readonly nodes: Node[]
  readonly edges: Array<[number, number]>
  readonly cards: ReadonlyMap<number, Card>
}

export function topologyOf(world: World, host: SimulatedHost): ProvidedTopology {
  const { nodes, edges } = draw(world, host)
  return { nodes, edges, unseen: [], observedAtMs: world.clock.nowMs() }
}

/** What goes over each node now: a card's share of its machine's traffic, and beneath it the sum of what leads there. */
export function ratesOf(world: World, host: SimulatedHost): readonly NodeRate[] {
  const { nodes, edges, cards } = draw(world, host)
  const rates = nodes.map(() => ({ rx: 0, tx: 0 }))
  const below = new Map<number, number[]>()
  for (const [from, to] of edges) below.set(from, [...(below.get(from) ?? []), to])
  const atMs = world.clock.nowMs()
  for (const [at, card] of cards) {
    if (nodes[at]?.isUp !== true) continue
    const metrics = world.sample(card.machine, atMs)
    const part = card.index === 0 ? 1 : 0.2
    addAlong(
      rates,
      below,
      at,
      (metrics?.netRxBytesPerS ?? 0) * part,
      (metrics?.netTxBytesPerS ?? 0) * part,
      (each) => nodes[each]?.isUp !== false,
    )
  }
  return nodes.map(({ id, isUp, kind }, at) => {
    const { rx = 0, tx = 0 } = rates[at] ?? {}
    const isSilent = isUp === false && kind !== 'nic'
    return { id, rxBytesPerS: isSilent ? 0 : Math.round(rx), txBytesPerS: isSilent ? 0 : Math.round(tx) }
  })
}

/** The ports of a bond that are up share what goes over it. */
function addAlong(
  rates: Array<{ rx: number; tx: number }>,
  below: ReadonlyMap<number, readonly number[]>,
  at: number,
  rx: number,
  tx: number,
  isUp: (at: number) => boolean,
): void {
  const rate = rates[at]
  if (!rate) return
  rate.rx += rx
  rate.tx += tx
  const all = below.get(at) ?? []
  const up = all.filter((each) => isUp(each))
  const next = up.length > 0 ? up : all
  for (const each of next) addAlong(rates, below, each, rx / next.length, tx / next.length, isUp)
}

function draw(world: World, host: SimulatedHost): Picture {
  const nodes: Node[] = []
  const edges: Array<[number, number]> = []
  const cards = new Map<number, Card>()
  const add = (node: Node) => nodes.push(node) - 1
  const interfaces = drawWires(world, host, add, edges)
  const networks = world.networks.of(host)
  const byName = new Map<string, { readonly at: number; readonly network: StoredNetwork }>()
  for (const network of networks.values()) byName.set(network.kept.name, { at: drawNetwork(network, interfaces, add, edges), network })
  const all = [...host.machines.values()].flatMap((machine) => cardsOf(machine, host))
  const byNetwork = new Map<string | null, Card[]>()
  for (const card of all) {
    const peers = byNetwork.get(card.network)
    if (peers) peers.push(card)
    else byNetwork.set(card.network, [card])
  }
  for (const card of all) {
    const found = card.network === null ? undefined : byName.get(card.network)
    const peers = byNetwork.get(card.network) ?? []
    const at = add(cardNode(world, card, found?.network ?? null, peers))
    cards.set(at, card)
    const below = found?.at ?? interfaces.get(card.bridge ?? card.device ?? '')
    if (below !== undefined && nodes[at]?.detail !== UNPLUGGED) edges.push([at, below])
  }
  return { nodes, edges, cards }
}

type Add = (node: Node) => number

function drawWires(world: World, host: SimulatedHost, add: Add, edges: Array<[number, number]>): Map<string, number> {
  const interfaces = new Map<string, number>()
  for (const { name, kind, isUp, speedMbps, addresses, detail, lower } of wiresOf(host, world.fleet.site)) {
    const mac = kind === 'physical' ? seededMac(hashText(`${host.ref}/${name}`)).replace('52:54:00', '3c:ec:ef') : null
    const at = add({ ...NOTHING, id: `if:${name}`, kind, name, isUp, speedMbps, mac, addresses: [...addresses], detail })
    interfaces.set(name, at)
    for (const part of lower) {
      const below = interfaces.get(part)
      if (below !== undefined) edges.push([at, below])
    }
  }
  return interfaces
}

function drawNetwork(network: StoredNetwork, interfaces: Map<string, number>, add: Add, edges: Array<[number, number]>): number {
  const { ref, kept, running } = network
  const { name, mode, bridge, device } = running ?? kept
  const addresses = cidrsOf(running ?? kept)
  const at = add({ ...NOTHING, id: `net:${ref}`, kind: 'network', name, isUp: running !== null, addresses, detail: mode })
  if (bridge === null) return at
  if (!hasOwnBridge(mode)) {
    const below = interfaces.get(bridge)
    if (below !== undefined) edges.push([at, below])
    return at
  }
  // off, it has no bridge and leads nowhere
  if (!running) return at
  const own = add({ ...NOTHING, id: `if:${bridge}`, kind: 'bridge', name: bridge, isUp: true, addresses })
  interfaces.set(bridge, own)
  edges.push([at, own])
  const out = interfaces.get(device ?? DEFAULT_DEVICE)
  if (mode !== 'isolated' && out !== undefined) edges.push([own, out])
  return at
}

function cardNode(world: World, card: Card, network: StoredNetwork | null, peers: readonly Card[]): Node {
  const { machine, mac, target, portGroup } = card
  const runs = isRunning(machine)
  const isPlugged = network ? world.networks.isPlugged(network, machine) : runs
  const hangsBeside = runs && !isPlugged && network?.running != null
  return {
    id: `nic:${mac}`,
    kind: 'nic',
    name: runs ? target : mac,
    isUp: isPlugged,
    speedMbps: null,
    mac,
    addresses: runs ? addressesOf(network?.running ?? null, card, peers) : [],
    detail: hangsBeside ? UNPLUGGED : portGroup,
    ...(hangsBeside && network && { beside: `net:${network.ref}` }),
    machineRef: machine.ref,
    machine: machine.facts.name,
  }
}
