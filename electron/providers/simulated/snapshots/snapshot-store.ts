import type { SeenSnapshot, Sight } from '../../snapshots/index.ts'
import type { SimulatedMachine } from '../fleet.ts'

export type DiskJob = Sight['jobs'][number]

/** The snapshots of a site's machines and the jobs on their disks. Their files lie in the volume store. */
export class SnapshotStore {
  readonly #trees = new Map<string, readonly SeenSnapshot[]>()
  readonly #jobs = new Map<string, ReadonlyMap<string, DiskJob>>()
  /** When a file was put on top of another: a guest that runs has written into it since. */
  readonly #begunMs = new Map<string, number>()
  readonly #writtenMs = new Map<string, number>()

  of({ ref }: SimulatedMachine): readonly SeenSnapshot[] {
    return this.#trees.get(ref) ?? []
  }

  put(machine: SimulatedMachine, snapshots: readonly SeenSnapshot[]): void {
    this.#trees.set(machine.ref, snapshots)
    machine.snapshots = snapshots.map(({ name }) => name)
  }

  /** The machine is gone, and its tree with it; the files stay where they are. */
  forget({ ref }: SimulatedMachine): void {
    this.#trees.delete(ref)
    this.#jobs.delete(ref)
  }

  jobsOf({ ref }: SimulatedMachine): readonly DiskJob[] {
    return [...(this.#jobs.get(ref)?.values() ?? [])]
  }

  /** Null: it has ended. */
  setJob({ ref }: SimulatedMachine, target: string, job: DiskJob | null): void {
    const jobs = new Map(this.#jobs.get(ref))
    if (job) jobs.set(target, job)
    else jobs.delete(target)
    this.#jobs.set(ref, jobs)
  }

  begin(hostRef: string, path: string, atMs: number): void {
    this.#begunMs.set(`${hostRef}:${path}`, atMs)
  }

  /** Somebody wrote into it until now. */
  wrote(hostRef: string, path: string, atMs: number): void {
    this.#writtenMs.set(`${hostRef}:${path}`, atMs)
  }

  /** When a file was written last that nobody writes to now; null: nobody has noted it. */
  writtenMs(hostRef: string, path: string): number | null {
    return this.#writtenMs.get(`${hostRef}:${path}`) ?? this.begunMs(hostRef, path)
  }

  begunMs(hostRef: string, path: string): number | null {
    return this.#begunMs.get(`${hostRef}:${path}`) ?? null
  }
}
