import type { ActOptions, CallOptions, SnapshotChanges, SnapshotRecord, SnapshotRecords } from '../../provider.ts'
import type { MachineContext } from './migration-context.ts'
import { forgetRecords, readRecords, recallRecords } from './snapshot-records.ts'

type OnMachine = <T>(command: string | null, ref: string, options: CallOptions, run: (context: MachineContext) => Promise<T>) => Promise<T>

/** Snapshots of machines that move, at one host. */
export class MovedSnapshots implements SnapshotRecords {
  readonly #onMachine: OnMachine
  /** What this link has forgotten, by machine and snapshot, with its passwords: they are in memory alone, until somebody knows them again. */
  readonly #secret = new Map<string, ReadonlyMap<string, string>>()

  constructor(onMachine: OnMachine) {
    this.#onMachine = onMachine
  }

  read(machineRef: string, options: CallOptions): Promise<readonly SnapshotRecord[]> {
    return this.#onMachine(null, machineRef, options, readRecords)
  }

  async forget(machineRef: string, names: readonly string[], options: ActOptions): Promise<void> {
    await this.#onMachine('migrate.forget-snapshots', machineRef, options, (context) =>
      forgetRecords(context, names, (known) => this.#secret.set(machineRef, new Map([...(this.#secret.get(machineRef) ?? []), ...known]))),
    )
  }

  async recall(
    machineRef: string,
    records: readonly SnapshotRecord[],
    { changes, from }: { readonly changes: SnapshotChanges | null; readonly from: SnapshotRecords | null },
    options: ActOptions,
  ): Promise<readonly string[]> {
    const keeper = from instanceof MovedSnapshots ? from : null
    const secret = (keeper ? keeper.#secret.get(machineRef) : undefined) ?? new Map<string, string>()
    const shut = await this.#onMachine('migrate.recall-snapshots', machineRef, options, (context) =>
      recallRecords(context, records, changes, secret),
    )
    if (keeper) keeper.#secret.delete(machineRef)
    return shut
  }
}
