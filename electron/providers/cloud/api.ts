import type { AppError } from '../../../shared/errors/index.ts'
import type { DeletionPlan, MachineAction, MachineDetail, MachineMetrics, ProviderCapabilities } from '../../../shared/model/index.ts'
import type { CallOptions, CloudServices, DiskExport, DiskImport, HostFacts, MachineFacts, NetworkFacts, ProbeAnswer } from '../provider.ts'
import type { CallBudget } from './budget.ts'

/** The part of an account that is read as one, and lost or trusted as one: a region, a subscription, a project. */
export interface Place {
  readonly ref: string
  readonly facts: HostFacts
}

/** A machine as the cloud tells of it now. */
export interface SeenMachine {
  readonly ref: string
  readonly facts: MachineFacts
  /** Another string whenever it was started or stopped since. Null: the cloud does not tell. */
  readonly life: string | null
}

export interface SeenNetwork {
  readonly ref: string
  readonly facts: NetworkFacts
}

/** The machines of a place by the last look. */
export interface KnownMachines {
  get(ref: string): SeenMachine | undefined
  refs(): Iterable<string>
}

export interface ChangedMachines {
  readonly changed: readonly SeenMachine[]
  /** References of machines that are there no more. */
  readonly gone: readonly string[]
}

/** A long operation that the cloud works on. */
export interface Operation {
  /** Throws AppError when it failed. */
  poll(options: CallOptions): Promise<'running' | 'done'>
}

/** What is known when an action begins. */
export interface ActContext {
  readonly seen: SeenMachine
  /** The same for every repetition of this action: clouds that take a token do it once. A UUID. */
  readonly requestId: string
}

/** How often a cloud is asked, in milliseconds. */
export interface Rhythm {
  /** A place in which nothing moves. */
  readonly idleMs: number
  /** A place with machines that are starting or stopping. */
  readonly busyMs: number
  /** A place in which nothing moves and whose changes the cloud tells by itself. Absent: as any. */
  readonly toldMs?: number
  /** A machine that somebody waits for. */
  readonly waitMs: number
  /** Samples of machines that are looked at; others are not asked for, as clouds charge for them. */
  readonly metricsMs: number
  readonly networksMs: number
}

export const RHYTHM: Rhythm = { idleMs: 30_000, busyMs: 5_000, toldMs: 120_000, waitMs: 2_000, metricsMs: 60_000, networksMs: 300_000 }

/** Machines of a place that may have changed, as the cloud tells by itself. */
export interface News {
  /** What told, in a word that a person knows it by. */
  readonly source: string
  readonly placeRef: string
  readonly refs: readonly string[]
}

/** Who wants to hear. */
export interface NewsTarget {
  /** Looks at them. Once it resolves, they were handed on; what it throws is a reason to tell the same again later. */
  moved(news: News): Promise<void>
  /** Whether that source can be heard; otherwise why not. May be said again and again. */
  heard(source: string, failure: AppError | null): void
}

/**
 * One account of one cloud, as the common link drives it. Every call throws AppError: `unauthenticated` when the credentials are no good
 * (any more), `forbidden` when they are not enough, `rate-limited` with `retryAfterMs`, `unreachable`, `timeout`. A request that changes
 * something and whose answer is lost throws `indeterminate`. All take the signal and the deadline they are given.
 */
export interface CloudApi extends Omit<CloudServices, 'budget' | 'images'> {
  /** In sentences: `AWS`, `Azure`, `Google Cloud`. */
  readonly label: string
  readonly unsupported: ProviderCapabilities['unsupported']
  /** Made up on this computer: the addresses of its machines lead to somebody else's. */
  readonly isImitation: boolean
  readonly rhythm: Rhythm
  readonly budget: CallBudget
  /** Proves the credentials. */
  places(options: CallOptions): Promise<readonly Place[]>
  /** All machines of a place, page after page. What has an error in its middle tells nothing: the caller drops what it had. */
  machines(placeRef: string, options: CallOptions): AsyncIterable<readonly SeenMachine[]>
  /**
   * Only what may have changed, where the cloud can tell more cheaply than by the whole list: states at least, of all machines. Absent, or
   * null for this once: it cannot. The whole list is still read now and then.
   */
  changedMachines?(placeRef: string, known: KnownMachines, options: CallOptions): Promise<ChangedMachines | null>
  /** One, fresh; null: there is none (any more). */
  machine(ref: string, options: CallOptions): Promise<SeenMachine | null>
  /** Tells of changes as they happen, until the signal ends; never throws. Absent: the account is not set up for it. */
  news?(target: NewsTarget, options: CallOptions): Promise<void>
  networks(placeRef: string, options: CallOptions): Promise<readonly SeenNetwork[]>
  /**
   * Asks for it and returns once the cloud has taken it on; null: nothing but the machine itself tells when it is done. The link then waits
   * until the machine is as the action wants it. Concurrent calls may be gathered into the cloud's own batch.
   */
  begin(action: MachineAction, context: ActContext, options: CallOptions): Promise<Operation | null>
  /** Of an action that the machine itself does not show (a reboot, a snapshot, an image): did it happen? Only reads. */
  outcome(action: MachineAction, ref: string, requestId: string, options: CallOptions): Promise<ProbeAnswer>
  detail(seen: SeenMachine, options: CallOptions): Promise<MachineDetail>
  deletionPlan(seen: SeenMachine, options: CallOptions): Promise<Omit<DeletionPlan, 'machineId'>>
  /**
   * Samples of these machines since `sinceMs`, that time included, at the cloud's own period: of each machine oldest first. Null: the newest
   * of each alone. A period that is not over has no sample yet. Machines without one are left out.
   */
  metrics(
    refs: readonly string[],
    sinceMs: number | null,
    options: CallOptions,
  ): Promise<ReadonlyArray<{ readonly ref: string; readonly metrics: MachineMetrics }>>
  /** Machines' disks into the cloud and out of it. Absent: it has no interface that a console can go through by itself. */
  readonly images?: { readonly into?: DiskImport | undefined; readonly out?: DiskExport | undefined }
  /** The link has ended: connections and clients are let go. */
  close(): void
}
