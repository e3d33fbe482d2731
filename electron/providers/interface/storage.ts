import type {
  FoundSource,
  PoolRemoval,
  PoolSpec,
  PoolType,
  Reason,
  SharedPlace,
  StorageAbilities,
  VolumePlace,
  VolumeRow,
} from '../../../shared/model/index.ts'
import type { ActOptions, CallOptions, Secrets } from './calls.ts'

/** A volume as a list tells of it: its owners by name, which the engine turns into machines. */
export type ListedVolume = Omit<VolumeRow, 'owners' | 'facts'> & { readonly usedBy: readonly string[] }
export type VolumeFactsOf = NonNullable<VolumeRow['facts']>

/** What a host names in storage, told so that what another host has can be compared with it. */
export interface HostClaims {
  /** In storage that several hosts may see; with a slash at its end: everything in that folder. `by`: machines, or images that are built on it. */
  readonly shared: ReadonlyArray<{ readonly place: SharedPlace; readonly by: readonly string[] }>
  /** Paths of which the host cannot say where they lie: they may lead to storage that others see, too. */
  readonly unplaced: ReadonlyArray<{ readonly path: string; readonly by: readonly string[] }>
  /** Why it may name more than that; none: all of it was seen. */
  readonly blind: readonly Reason[]
}

/** What no machine, snapshot or image of the host names. `unseen`: what could not be looked into, in words. */
export interface OrphanLook {
  readonly orphans: ReadonlyArray<{
    /** Its reference, as in the inventory. */
    readonly poolRef: string
    readonly pool: string
    readonly volume: ListedVolume
    readonly facts: VolumeFactsOf
    readonly modifiedAtMs: number | null
    /** Where other hosts may see it; null: they do not. */
    readonly place: SharedPlace | null
  }>
  readonly unseen: readonly Reason[]
  readonly claims: HostClaims
}

/** A pool to be made. */
export interface PoolDefinition {
  /** Chosen by the caller: by it a probe tells this pool from another of its name. */
  readonly uuid: string
  readonly spec: PoolSpec
  /** Who logs in with the secret `password` (CHAP of iSCSI, Ceph); null: nobody has to. */
  readonly user: string | null
}

/** The pools of one connection. They go by their names on that host; every call throws AppError. */
export interface StorageKeeper {
  abilities(hostRef: string, options: CallOptions): Promise<StorageAbilities>
  find(hostRef: string, type: PoolType, server: string | null, options: CallOptions): Promise<readonly FoundSource[]>
  /**
   * Defines, builds if asked to, and starts; what fails on the way is taken back. One of that UUID which is there already is gone on with: an
   * earlier attempt made it. Throws `conflict` pool.name-taken, pool.source-taken.
   */
  create(hostRef: string, definition: PoolDefinition, secrets: Secrets, options: ActOptions): Promise<void>
  start(hostRef: string, pool: string, options: ActOptions): Promise<void>
  /** Throws `precondition` pool.in-use when a running machine's disk lies in it. */
  stop(hostRef: string, pool: string, options: ActOptions): Promise<void>
  refresh(hostRef: string, pool: string, options: ActOptions): Promise<void>
  setAutostart(hostRef: string, pool: string, autostart: boolean, options: ActOptions): Promise<void>
  removal(
    hostRef: string,
    pool: string,
    options: CallOptions,
  ): Promise<Omit<PoolRemoval, 'usedBy'> & { readonly usedBy: readonly string[] }>
  remove(hostRef: string, pool: string, deleteTarget: boolean, options: ActOptions): Promise<void>
  /** Null: there is no such pool. Only reads. */
  state(
    hostRef: string,
    pool: string,
    options: CallOptions,
  ): Promise<{ readonly uuid: string; readonly isActive: boolean; readonly autostart: boolean | null } | null>
  definition(hostRef: string, pool: string, options: CallOptions): Promise<string>
  /** The list, without looking into the files: quick however many they are. */
  list(hostRef: string, pool: string, options: CallOptions): Promise<readonly ListedVolume[]>
  /**
   * Name → what it is; null: it has gone meanwhile. What could not be read is in no answer. Few calls at a time, so that the link stays free
   * for others.
   */
  facts(
    hostRef: string,
    pool: string,
    names: readonly string[],
    options: CallOptions,
  ): AsyncIterable<ReadonlyMap<string, VolumeFactsOf | null>>
  /** Throws `precondition` volume.in-use. */
  wipe(hostRef: string, place: VolumePlace, options: ActOptions): Promise<void>
  orphans(hostRef: string, options: CallOptions): Promise<OrphanLook>
  /** Where other hosts may see a volume, be it there or not; null: they do not. Throws `not-found` volume.pool-not-found. */
  sharedPlace(hostRef: string, place: VolumePlace, options: CallOptions): Promise<SharedPlace | null>
}
