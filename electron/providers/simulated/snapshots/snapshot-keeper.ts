import type { SnapshotOperation, SnapshotPlan, SnapshotTree } from '../../../../shared/model/index.ts'
import type {
  CallOptions,
  ProbeAnswer,
  ProvidedSnapshotOperation,
  SnapshotActOptions,
  SnapshotDisk,
  SnapshotKeeper,
} from '../../provider.ts'
import { changedMeanwhile, judge, refusedByPlan, snapshotNamed, treeOf, wouldLose } from '../../snapshots/index.ts'
import type { Carrier } from '../build/carrier.ts'
import type { WorkOptions } from '../build/timed-work.ts'
import type { World } from '../world.ts'
import { baselineOf, begunOf, isUnderWay, probeOf } from './attempt.ts'
import { revisionOf, sightOf } from './sight.ts'
import { carryOut } from './work.ts'

/** Snapshots of the machines of a simulated site, over one link. Judged by the rules that all hypervisors share. */
export class SimulatedSnapshots implements SnapshotKeeper {
  readonly #world: World
  readonly #carrier: Carrier

  constructor(world: World, carrier: Carrier) {
    this.#world = world
    this.#carrier = carrier
  }

  tree(machineRef: string, options: CallOptions): Promise<SnapshotTree> {
    return this.#carrier.read(options, () => {
      const sight = this.#sight(machineRef)
      return treeOf(sight, revisionOf(sight), this.#world.clock.nowMs())
    })
  }

  plan(machineRef: string, operation: SnapshotOperation, options: CallOptions): Promise<SnapshotPlan> {
    return this.#carrier.read(options, () => judge(this.#sight(machineRef), operation).plan)
  }

  act(machineRef: string, operation: ProvidedSnapshotOperation, revision: string, options: SnapshotActOptions): Promise<void> {
    return this.#carrier.command(`snapshot.${operation.operation}`, options, (work) =>
      this.#act(machineRef, operation, revision, options, work),
    )
  }

  baseline(machineRef: string, operation: ProvidedSnapshotOperation, options: CallOptions): Promise<string> {
    return this.#carrier.read(options, () => baselineOf(this.#sight(machineRef), operation))
  }

  probe(machineRef: string, operation: ProvidedSnapshotOperation, baseline: string, options: CallOptions): Promise<ProbeAnswer> {
    return this.#carrier.read(options, () => probeOf(this.#sight(machineRef), operation, baseline))
  }

  disksOf(machineRef: string, name: string, options: CallOptions): Promise<readonly SnapshotDisk[]> {
    return this.#carrier.read(options, () => {
      const sight = this.#sight(machineRef)
      const { plan, deed } = judge(sight, { operation: 'clone', name, as: name })
      const snapshot = snapshotNamed(sight, name)
      if (!snapshot || deed === null) throw refusedByPlan(plan)
      return snapshot.disks.flatMap(({ target, kind, file: path }): SnapshotDisk[] => {
        const file = path === null ? undefined : sight.files.get(path)
        if (kind === 'none' || !file || file.pool === null || file.volume === null) return []
        const { pool, volume, format, capacityBytes, allocationBytes } = file
        const inside = kind === 'internal' ? name : null
        return [{ target, path: file.path, pool, volume, format: format ?? 'qcow2', capacityBytes, allocationBytes, inside }]
      })
    })
  }

  async #act(
    machineRef: string,
    operation: ProvidedSnapshotOperation,
    revision: string,
    { begun: begunText, acceptsLosses, scheduleId = null }: SnapshotActOptions,
    work: WorkOptions,
  ): Promise<void> {
    const machine = this.#world.machine(machineRef)
    const sight = sightOf(this.#world, machine)
    const begun = begunText === undefined ? null : begunOf(begunText)
    if (begun?.deed && isUnderWay(sight, operation, begun)) {
      await carryOut(this.#world, machine, operation, begun.deed, scheduleId, work)
      return
    }
    const actual = revisionOf(sight)
    if (actual !== revision) throw changedMeanwhile(revision, actual)
    const { plan, deed } = judge(sight, operation)
    if (deed === null) throw refusedByPlan(plan)
    if (plan.losses.length > 0 && !acceptsLosses) throw wouldLose(plan)
    await carryOut(this.#world, machine, operation, deed, scheduleId, work)
  }

  #sight(machineRef: string) {
    return sightOf(this.#world, this.#world.machine(machineRef))
  }
}
