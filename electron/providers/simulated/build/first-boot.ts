import type { SimulatedMachine } from '../fleet.ts'
import { cardsOf } from '../networks/cards.ts'
import type { World } from '../world.ts'

/** As cloud-init's network-config writes an address of its own. */
const STATIC_ADDRESS = /addresses:\s*(?:- |\[)?["']?([0-9a-fA-F.:]+)\/\d+/

/** A static address in the seed image that it is given; null: it asks by DHCP. */
function seededAddress(world: World, machine: SimulatedMachine): string | null {
  const seed = machine.shape?.disks.find(({ readOnly, device }) => readOnly && device === 'disk')
  const volume = seed?.place && world.volumes.find(machine.facts.hostRef, seed.place)
  if (!volume) return null
  const text = Buffer.from(volume.bytes.read(0, volume.bytes.size)).toString('latin1')
  return STATIC_ADDRESS.exec(text)?.[1] ?? null
}

/** What the network's DHCP gives to the n-th machine that was built at the site. */
function leasedAddress(world: World, machine: SimulatedMachine): string {
  const number = machine.index - world.config.machines
  const isBehindNat = machine.facts.networkRefs.some((ref) => world.host(machine.facts.hostRef).networks.get(ref)?.forward === 'nat')
  if (isBehindNat) return `192.168.122.${2 + (number % 250)}`
  // the fleet's own addresses end below 240 in the third place
  return `10.${world.fleet.site.network}.${240 + (Math.floor(number / 240) % 15)}.${11 + (number % 240)}`
}

/** The addresses that a machine which was built here has once it is up; null: none that anybody hears of. */
export function addressesOnceUp(world: World, machine: SimulatedMachine): readonly string[] | null {
  const { shape, facts } = machine
  if (!shape?.hasSystem || shape.nics.length === 0) return null
  if (facts.addresses.length > 0) return facts.addresses
  return [seededAddress(world, machine) ?? leasedAddress(world, machine)]
}

/** A network of the host that it needs and that is off or absent, as the host would say it; null: it can start. */
export function missingNetwork(world: World, machine: SimulatedMachine): string | null {
  const host = world.host(machine.facts.hostRef)
  const networks = [...host.networks.values()]
  for (const { network: name } of cardsOf(machine, host)) {
    if (name === null) continue
    const network = networks.find((each) => each.name === name)
    if (!network) return `Network not found: no network with matching name '${name}'`
    if (!network.active) return `network '${name}' is not active`
  }
  return null
}
