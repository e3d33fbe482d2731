import { fleetMac } from '../build/shape-of.ts'
import { holdsMemory, type SimulatedHost, type SimulatedMachine } from '../fleet.ts'
import { share } from '../random.ts'

/** A card of a machine, and what it is plugged into. */
export interface Card {
  readonly machine: SimulatedMachine
  readonly index: number
  readonly mac: string
  /** Its other end on the host. */
  readonly target: string
  /** Name of the network; null: it hangs on a bridge or a device by itself. */
  readonly network: string | null
  readonly bridge: string | null
  readonly device: string | null
  readonly portGroup: string | null
  readonly filter: string | null
}

/** Every card of the machine. */
export function cardsOf(machine: SimulatedMachine, host: SimulatedHost): Card[] {
  const common = (index: number, mac: string) => ({
    machine,
    index,
    mac: mac.toLowerCase(),
    target: `vnet${machine.index}${index === 0 ? '' : `-${index}`}`,
    filter: machine.shape === null && index === 0 && share(machine.salt, 125) < 0.06 ? 'clean-traffic' : null,
  })
  if (!machine.shape) {
    return machine.facts.networkRefs.map((ref, index) => {
      const network = host.networks.get(ref)?.name ?? null
      const portGroup = network === 'tenants' ? (share(machine.salt, 128) < 0.5 ? 'guests' : 'office') : null
      return { ...common(index, fleetMac(machine, index)), network, bridge: null, device: null, portGroup }
    })
  }
  return machine.shape.nics.map(({ source, mac }, index) => ({
    ...common(index, mac),
    network: source.kind === 'network' ? source.network : null,
    bridge: source.kind === 'bridge' ? source.bridge : null,
    device: source.kind === 'macvtap' ? source.device : null,
    portGroup: null,
  }))
}

export function isRunning({ facts }: SimulatedMachine): boolean {
  return holdsMemory(facts.state)
}
