import type { MoveOrder } from '../../provider.ts'
import * as problems from '../build/build-problems.ts'
import { networkRefsOf } from '../build/new-machine.ts'
import type { Shape, SimulatedDisk } from '../build/shape.ts'
import { shapeOf } from '../build/shape-of.ts'
import { disksOf } from '../disks.ts'
import { NATIVE_STATES, type SimulatedMachine } from '../fleet.ts'
import type { World } from '../world.ts'
import { sourceOf } from './land.ts'
import { refOfTwin, twinAt, uuidOf } from './twins.ts'

/**
 * Defines a machine of another host, or of another site, here as well, off. Its disks are where the order says, and have to be there. Throws
 * `conflict` build.uuid-taken, build.name-taken; `precondition` build.volume-missing.
 */
export function copyDefinitionTo(world: World, hostRef: string, source: SimulatedMachine, order: MoveOrder): void {
  const { facts } = source
  const uuid = uuidOf(source)
  const name = order.spec.rename ?? facts.name
  if (twinAt(world, uuid, hostRef)) throw problems.uuidTaken(uuid, name, hostRef)
  for (const other of world.host(hostRef).machines.values()) if (other.facts.name === name) throw problems.nameTaken(name, hostRef)
  const before = shapeOf(source)
  const shape: Shape = {
    ...before,
    disks: disksAt(world, hostRef, source, order),
    nics: before.nics.map((nic) => ({ ...nic, source: sourceOf(nic, order) })),
  }
  world.add({
    ref: refOfTwin(world, uuid, hostRef),
    index: world.nextIndex(),
    salt: source.salt,
    role: source.role,
    environment: source.environment,
    facts: {
      ...facts,
      hostRef,
      name,
      networkRefs: networkRefsOf(world, hostRef, shape.nics),
      state: 'stopped',
      nativeState: NATIVE_STATES.stopped,
      addresses: [],
      autostart: false,
      hasManagedSave: false,
      startedAtMs: null,
      attention: null,
      metrics: null,
    },
    boots: 0,
    job: null,
    snapshots: [],
    shape,
    addedDisplay: null,
    edited: null,
  })
}

/** What was copied lies where the order says; what both hosts see stays what it is; a drive whose medium is left behind is empty, and nothing here. */
function disksAt(world: World, hostRef: string, source: SimulatedMachine, { spec, files }: MoveOrder): SimulatedDisk[] {
  const pools = [...world.host(hostRef).pools.values()].filter(({ active }) => active)
  return disksOf(source).flatMap((disk): SimulatedDisk[] => {
    const file = files.find(({ target }) => target === disk.target)
    if (!file) return spec.disks.some(({ target, how }) => target === disk.target && how === 'leave') ? [] : [disk]
    const pool = pools.find(({ target }) => target !== null && file.path.startsWith(`${target}/`))
    const place = { pool: pool?.name ?? '', volume: file.path.slice((pool?.target ?? '').length + 1) }
    if (!pool || !world.volumes.find(hostRef, place)) throw problems.volumeMissing(place)
    return [{ ...disk, key: file.path, place, format: file.format === 'qcow2' ? 'qcow2' : 'raw', shared: false }]
  })
}
