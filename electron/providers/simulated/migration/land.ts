import type { MachineFacts, MoveOrder } from '../../provider.ts'
import { disksOf } from '../disks.ts'
import type { MovedDisk, SimulatedMachine } from '../fleet.ts'
import { cardsOf } from '../networks/cards.ts'
import type { World } from '../world.ts'

/** It is at the target from now on: its disks, its cards and its name. What lay at the source stays there until somebody deletes it. */
export function land(
  world: World,
  machine: SimulatedMachine,
  order: MoveOrder,
  targetRef: string,
  state: Pick<MachineFacts, 'state' | 'nativeState'>,
): void {
  const { spec } = order
  const networkRefs = landedNetworks(world, machine, order, targetRef)
  const moved = landDisks(world, machine, order, targetRef)
  if (machine.shape) {
    machine.shape = { ...machine.shape, nics: machine.shape.nics.map((nic) => ({ ...nic, source: sourceOf(nic, order) })) }
  }
  if (moved.size > 0) machine.moved = new Map([...(machine.moved ?? []), ...moved])
  world.update(machine, { hostRef: targetRef, networkRefs, ...state, ...(spec.rename !== null && { name: spec.rename }) })
}

function choiceOf(mac: string, { spec }: MoveOrder) {
  return spec.nics.find((each) => each.mac.toLowerCase() === mac.toLowerCase())?.on
}

type Nic = NonNullable<SimulatedMachine['shape']>['nics'][number]

export function sourceOf({ mac, source }: Nic, order: MoveOrder): Nic['source'] {
  const on = choiceOf(mac, order)
  if (!on) return source
  return on.kind === 'network'
    ? { kind: 'network', network: on.name }
    : { kind: 'bridge', bridge: on.name, openVSwitch: on.name.startsWith('ovs') }
}

/** The networks that its cards hang on at the target; those that are not there are missing. */
export function landedNetworks(world: World, machine: SimulatedMachine, order: MoveOrder, targetRef: string): string[] {
  const from = world.host(machine.facts.hostRef)
  const networks = [...world.host(targetRef).networks.values()]
  return cardsOf(machine, from).flatMap(({ mac, network, bridge }) => {
    const on = choiceOf(mac, order)
    const name = on?.kind === 'network' ? on.name : on ? null : network
    const over = on?.kind === 'bridge' ? on.name : on ? null : bridge
    const found = networks.find((each) => (name === null ? over !== null && each.bridge === over : each.name === name))
    return found ? [`${targetRef}/${found.name}`] : []
  })
}

/** What the copied disks write at the target. The files at the source are nobody's then, and stay. */
function landDisks(world: World, machine: SimulatedMachine, { files }: MoveOrder, targetRef: string): Map<string, MovedDisk> {
  const { hostRef } = machine.facts
  const copied = disksOf(machine).filter((disk) => files.some(({ target }) => target === disk.target))
  const moved = new Map<string, MovedDisk>()
  if (copied.length === 0) return moved
  const pools = [...world.host(targetRef).pools.values()].filter(({ active }) => active)
  for (const disk of copied) {
    const path = files.find(({ target }) => target === disk.target)?.path
    const pool = pools.find((each) => each.target !== null && path?.startsWith(`${each.target}/`))
    if (!path || !pool) continue
    const place = { pool: pool.name, volume: path.slice((pool.target ?? '').length + 1) }
    const before = disk.place && world.volumes.find(hostRef, disk.place)
    const volume = world.volumes.find(targetRef, place)
    if (volume) {
      volume.hasSystem = before?.hasSystem ?? true
      world.volumes.grow(targetRef, place.pool, volume, before?.allocationBytes ?? disk.allocationBytes ?? volume.allocationBytes)
      world.volumes.tell(targetRef, place.pool)
    }
    const key = definedKey(machine, disk.key)
    moved.set(key, { key: path, place, format: disk.format })
  }
  world.volumes.keepDisks(machine, new Set())
  return moved
}

/** By which a disk is remembered that was put elsewhere before. */
function definedKey({ moved }: SimulatedMachine, key: string): string {
  return [...(moved ?? [])].find(([, disk]) => disk.key === key)?.[0] ?? key
}
