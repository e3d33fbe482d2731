import { cloneInput } from '../../../shared/contract/build.ts'
import type { CloneSource, MachineId, SnapshotOperation, TaskId } from '../../../shared/model/index.ts'
import type { SnapshotDisk } from '../../providers/provider.ts'
import { type BuildServiceOptions, begin } from '../build/begin.ts'
import { type Blueprint, type DiskToMake, expandClone } from '../build/blueprint.ts'
import { ordered, refuseBlocked } from '../build/finding.ts'
import { placeOf } from '../build/host-links.ts'
import { macsOn, namesOn, READ_TIMEOUT_MS, volumeNames, volumesIn } from '../build/known.ts'
import { nameFindings } from '../build/name-findings.ts'
import { knownMachine } from '../machines/machine-links.ts'
import type { TaskAuthor } from '../tasks/task-kind.ts'
import { keeperOf } from './snapshot-task.ts'

/**
 * Another machine with whole copies of the disks as they were: of the files that the snapshot froze, or of what it keeps inside a file.
 * The machine may run meanwhile, for nobody writes into either. Throws build.blocked when something stands in the way.
 */
export async function cloneFromSnapshot(
  options: BuildServiceOptions,
  machineId: MachineId,
  { name, as }: Extract<SnapshotOperation, { readonly operation: 'clone' }>,
  author: TaskAuthor,
  signal: AbortSignal,
): Promise<TaskId> {
  const { inventory, links } = options
  const call = { signal, timeoutMs: READ_TIMEOUT_MS }
  const machine = knownMachine(inventory, machineId)
  const { host, link, builder, keeper } = placeOf(machine.hostId, inventory, links)
  const disks = await keeperOf(link).disksOf(machine.nativeRef, name, call)
  const source = asItWas({ ...(await builder.source(machine.nativeRef, call)), machineId }, disks)
  const input = cloneInput.parse({ machineId, name: as, mode: 'full', start: false })
  const volumes = await volumesIn([...new Set(disks.map(({ pool }) => pool))], keeper, host.nativeRef, signal)
  const known = { volumes: volumeNames(volumes), macs: macsOn(host, builder, inventory).keys(), randomBytes: options.randomBytes }
  const blueprints = expandClone(input, source, machine.nativeRef, null, known).map((blueprint) => copying(blueprint, disks))
  const said = await Promise.all(blueprints.map(({ definition }) => builder.check(host.nativeRef, definition, 1, call)))
  refuseBlocked(ordered([...nameFindings(input, namesOn(host, inventory)), ...said.flat()]))
  const order = {
    kind: 'machine.clone' as const,
    host: { id: host.id, ref: host.nativeRef, name: host.name },
    connectionId: host.connectionId,
    askedAtMs: options.clock.nowMs(),
    start: false,
    source: null,
    bytesOf: ({ pool, volume }: { readonly pool: string; readonly volume: string }) =>
      disks.find((disk) => disk.pool === pool && disk.volume === volume)?.allocationBytes ?? 0,
  }
  return (await begin(options, blueprints, order, null, author)).taskId
}

/** The machine as its copies see it: its disks are those of the snapshot. */
function asItWas(source: CloneSource, disks: readonly SnapshotDisk[]): CloneSource {
  return {
    ...source,
    disks: source.disks.map((disk) => {
      const then = disks.find(({ target }) => target === disk.target)
      if (!then) return disk
      const { pool, volume, capacityBytes } = then
      return { ...disk, copied: true, place: { pool, volume }, format: 'qcow2', capacityBytes: capacityBytes ?? disk.capacityBytes }
    }),
  }
}

/** What lies inside a file is read by its name there. */
function copying(blueprint: Blueprint, disks: readonly SnapshotDisk[]): Blueprint {
  return { ...blueprint, disks: blueprint.disks.map((disk) => fromInside(disk, disks)) }
}

function fromInside(disk: DiskToMake, disks: readonly SnapshotDisk[]): DiskToMake {
  const { request } = disk
  if (request.kind !== 'copy') return disk
  const { from } = request
  const then = disks.find(({ pool, volume }) => pool === from.pool && volume === from.volume)
  if (!then || then.inside === null) return disk
  const { path, format: sourceFormat, inside: snapshot } = then
  return { ...disk, request: { kind: 'convert', format: request.format, path, sourceFormat, snapshot, capacityBytes: null } }
}
