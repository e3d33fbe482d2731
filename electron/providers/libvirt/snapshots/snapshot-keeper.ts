import type { SnapshotOperation, SnapshotPlan, SnapshotTree } from '../../../../shared/model/index.ts'
import type { DomainRef } from '../../../libvirt/index.ts'
import type {
  ActOptions,
  CallOptions,
  ProbeAnswer,
  ProvidedSnapshotOperation,
  SnapshotActOptions,
  SnapshotDisk,
  SnapshotKeeper,
} from '../../provider.ts'
import { judge, treeOf } from '../../snapshots/index.ts'
import type { Work } from '../act-context.ts'
import type { PoolLook, VolumePorts } from '../volumes/volume-context.ts'
import { actOn, baselineOf, probeOf } from './act.ts'
import { dataOf } from './data-of.ts'
import { readSightFor } from './discard.ts'
import { readSight } from './read-sight.ts'
import type { SnapshotContext } from './snapshot-context.ts'

export interface SnapshotPorts extends VolumePorts {
  readonly domOf: (ref: string, work: Work) => Promise<DomainRef>
  readonly touchDefinition: (ref: string) => void
  readonly touch: (ref: string, dom: DomainRef) => void
}

/** One piece of work on the link: see `Link`. */
export type CallOnMachine = <T>(command: string | null, ref: string, options: CallOptions, run: (work: Work) => Promise<T>) => Promise<T>

/** Snapshots of the machines of one libvirt host. */
export class LibvirtSnapshots implements SnapshotKeeper {
  readonly #ports: SnapshotPorts
  readonly #call: CallOnMachine
  readonly #looks = new Map<string, PoolLook>()
  readonly #copies = new Set<string>()
  readonly #parsed: SnapshotContext['parsed'] = new Map()

  constructor(ports: SnapshotPorts, call: CallOnMachine) {
    this.#ports = ports
    this.#call = call
  }

  tree(machineRef: string, options: CallOptions): Promise<SnapshotTree> {
    return this.#do(null, machineRef, options, async (context) => {
      const { sight, revision } = await readSight(context, false)
      return treeOf(sight, revision, this.#ports.clock.nowMs())
    })
  }

  plan(machineRef: string, operation: SnapshotOperation, options: CallOptions): Promise<SnapshotPlan> {
    return this.#do(null, machineRef, options, async (context) => {
      const { sight } = await readSightFor(context, operation, false)
      return judge(sight, operation).plan
    })
  }

  act(machineRef: string, operation: ProvidedSnapshotOperation, revision: string, options: SnapshotActOptions): Promise<void> {
    return this.#do(`snapshot.${operation.operation}`, machineRef, options, async (context) => {
      try {
        await actOn(context, operation, revision, options)
      } finally {
        this.#ports.touch(machineRef, context.dom)
      }
    })
  }

  baseline(machineRef: string, operation: ProvidedSnapshotOperation, options: CallOptions): Promise<string> {
    return this.#do(null, machineRef, options, (context) => baselineOf(context, operation))
  }

  probe(machineRef: string, operation: ProvidedSnapshotOperation, baseline: string, options: CallOptions): Promise<ProbeAnswer> {
    return this.#do(null, machineRef, options, (context) => probeOf(context, operation, baseline))
  }

  disksOf(machineRef: string, name: string, options: CallOptions): Promise<readonly SnapshotDisk[]> {
    return this.#do(null, machineRef, options, (context) => dataOf(context, name))
  }

  #do<T>(command: string | null, ref: string, options: ActOptions, run: (context: SnapshotContext) => Promise<T>): Promise<T> {
    return this.#call(command, ref, options, async (work) => {
      const dom = await this.#ports.domOf(ref, work)
      return await run({
        ...this.#ports,
        dom,
        work,
        progress: (value) => {
          if (!work.signal.aborted) options.onProgress?.(value)
        },
        looks: this.#looks,
        copies: this.#copies,
        parsed: this.#parsed,
        touchDefinition: () => this.#ports.touchDefinition(ref),
      })
    })
  }
}
