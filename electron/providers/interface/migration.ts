import type { MigrationPhase, MigrationSpec } from '../../../shared/model/index.ts'
import type { ActOptions, CallOptions } from './calls.ts'
import type { SnapshotRecords } from './snapshot-records.ts'

/** A disk, drive or floppy of a machine, as far as its moving is concerned. */
export interface OutgoingDisk {
  readonly target: string
  readonly device: 'disk' | 'cdrom' | 'floppy' | 'lun'
  /** file, block, network, volume, dir, nvme, vhostuser. */
  readonly type: string
  /** Null: an empty drive. */
  readonly path: string | null
  readonly pool: string | null
  readonly volume: string | null
  readonly format: string | null
  readonly capacityBytes: number | null
  readonly allocationBytes: number | null
  readonly isReadOnly: boolean
  readonly isShareable: boolean
  /**
   * What happens where it is missing. mandatory, as by default: nothing starts. requisite: a start fails, a move goes without it. optional: both go
   * without it.
   */
  readonly startupPolicy?: 'mandatory' | 'requisite' | 'optional'
  /** As the definition says it; null: the hypervisor's default. */
  readonly cache: string | null
  /** What the file stands on, the next one first. */
  readonly backing: readonly string[]
}

export interface OutgoingNic {
  readonly mac: string
  /** network, bridge, direct, user, ethernet, hostdev, vdpa, vhostuser. */
  readonly kind: string
  readonly network: string | null
  readonly bridge: string | null
  readonly portGroup: string | null
}

/** What a machine is and uses. Null: not known. */
export interface OutgoingFacts {
  readonly name: string
  readonly uuid: string
  readonly isRunning: boolean
  readonly isPaused: boolean
  readonly isPersistent: boolean
  /** It starts with its host, as that says now: nobody is told when it changes. Absent: as the inventory has it. */
  readonly autostart?: boolean
  readonly hasManagedSave: boolean
  /** The definition that runs, without its passwords; of a machine that is off, the one that the next start reads. */
  readonly xml: string
  readonly machineType: string | null
  readonly arch: string | null
  readonly emulator: string | null
  readonly vcpus: number
  readonly memoryKiB: number
  /** What it holds of the host's memory; pages that were never written need not be sent. */
  readonly residentKiB: number | null
  /** Sizes of huge pages its memory is made of. */
  readonly hugePagesKiB: readonly number[]
  readonly cpuMode: string | null
  readonly cpuModel: string | null
  /**
   * Its loader by path; `efi`: any that the host has. What UEFI keeps (`nvram`) goes along with memory; of a machine that is off it does not, nor
   * does what an emulated TPM keeps.
   */
  readonly firmware: {
    readonly loader: string
    readonly nvram: string | null
    /** Of a machine that is off: the file is there. False: it was never started. Absent: not known. */
    readonly hasNvram?: boolean
    readonly isSecure: boolean
  } | null
  readonly tpm: { readonly model: string; readonly backend: string } | null
  readonly disks: readonly OutgoingDisk[]
  readonly nics: readonly OutgoingNic[]
  /** Devices of the host that are passed through, in words: `PCI 0000:03:00.0`, `USB 046d:c31c`; folders of the host likewise. */
  readonly hostDevices: readonly string[]
  /** `files`: what they need besides the machine's own disks, such as memory of then; absent: not looked at. */
  readonly snapshots: { readonly internal: number; readonly external: number; readonly files?: readonly string[] }
  readonly checkpoints: number
  /** A job on it or its disks now, such as `block commit of vda` or `migration out`; null: none. */
  readonly job: string | null
  /** Addresses its displays listen on. */
  readonly displays: readonly string[]
  /** The guest agent answers; null: there is none. */
  readonly agentAnswers: boolean | null
  readonly host: EndFacts
}

/** What a host says of itself, as an end of a move. */
export interface EndFacts {
  readonly uuid: string | null
  readonly hostName: string
  /** Addresses by which another host may reach it, the one the console came by first. */
  readonly addresses: readonly string[]
  readonly libvirt: string | null
  readonly hypervisor: string | null
  /** Its clock less the console's, in milliseconds, and how sure that is (half the round trip). */
  readonly clockOffsetMs: number | null
  readonly clockErrorMs: number | null
  /** Its own name leads to this machine (127.0.0.1 and the like do not, for others); null: not known. */
  readonly nameResolvesTo: readonly string[] | null
  /** A time service is there that could set the clock; null: not known. */
  readonly timeService: { readonly name: string; readonly isActive: boolean } | null
}

/** What a host has of what a machine needs. Null: not known. */
export interface IncomingFacts {
  readonly host: EndFacts
  /** Features by name that the guest's CPU has and this host cannot give; empty: it can give all. Null: it could not be compared, and why. */
  readonly cpuMissing: readonly string[] | null
  readonly cpuNote: string | null
  readonly hasMachineType: boolean | null
  readonly hasEmulator: boolean | null
  readonly hasLoader: boolean | null
  readonly hasTpm: boolean | null
  readonly memoryFreeKiB: number | null
  /** Free huge pages by size in KiB. */
  readonly hugePagesFree: ReadonlyMap<number, number>
  readonly pools: ReadonlyArray<{
    readonly name: string
    readonly isActive: boolean
    readonly type: string
    readonly path: string | null
    readonly availableBytes: number | null
    /** What is in it of the volumes that would be made. */
    readonly taken: readonly string[]
  }>
  readonly networks: ReadonlyArray<{
    readonly name: string
    readonly isActive: boolean
    /** Absent: not known. */
    readonly portGroups?: readonly string[]
  }>
  readonly bridges: readonly string[]
  /** Of the paths of the machine's disks and media: is it there, and is it the very same one that the source sees? */
  readonly paths: ReadonlyMap<string, { readonly exists: boolean; readonly isShared: boolean | null; readonly sizeBytes: number | null }>
  /** Another machine here has its UUID, or the name it would have. */
  readonly uuidTaken: { readonly name: string; readonly isRunning: boolean } | null
  readonly nameTaken: boolean
  /** Ports for what comes in, and those of them on which something listens. */
  readonly ports: { readonly first: number; readonly last: number; readonly used: number } | null
  /** The source's daemon can log in here by itself, as `peer` needs it; null: not looked at. */
  readonly peerTrust: boolean | null
  readonly peerTrustNote: string | null
}

/** How a move is done. It goes through the journal: plain data, and no definition, in which there may be passwords. */
export interface MoveOrder {
  readonly spec: MigrationSpec
  /** Disks that have another path at the target, by their targets in the guest. */
  readonly files: ReadonlyArray<{ readonly target: string; readonly path: string; readonly format: string }>
  /** Of a machine that is off: where the settings of its UEFI lie at the target. Absent: where they lie here, or there are none. */
  readonly nvram?: string
  /** Disks whose bytes are sent, by target. Their volumes are there already. */
  readonly copies: readonly string[]
  /** Where the target listens for the guest's memory: a host name or address that the source reaches. */
  readonly targetAddress: string
  /** `qemu+ssh://…` of the target, as the source reaches it; for `peer`. */
  readonly targetUri: string | null
}

export interface MoveProgress {
  readonly phase: MigrationPhase
  readonly memory: { readonly total: number; readonly done: number; readonly remaining: number } | null
  readonly disk: { readonly total: number; readonly done: number; readonly remaining: number } | null
  readonly iteration: number | null
  readonly dirtyBytesPerS: number | null
  readonly bandwidthBytesPerS: number | null
  readonly throttlePercent: number | null
}

/** Of a move that runs. */
export interface MoveChange {
  readonly bandwidthBytesPerS?: number | undefined
  readonly maxDowntimeMs?: number | undefined
  readonly postCopy?: true | undefined
}

export interface MoveOptions extends ActOptions {
  readonly onMove?: (progress: MoveProgress) => void
}

/** As the hypervisor counted it. Null: it did not tell. */
export interface MoveOutcome {
  readonly totalMs: number | null
  readonly downtimeMs: number | null
  readonly dataBytes: number | null
  readonly memoryBytesPerS: number | null
  readonly passes: number | null
}

/**
 * Where a machine stands at one end. `incoming`: it is being received. `left-paused`: its move was decided and it stands still, not knowing
 * whether it runs elsewhere. Only who knows both ends can tell what is right then. `post-copy-failed`: a part of its memory is here, the rest at
 * the other end, and there is no way between them: whoever ends it here loses it.
 */
export interface MachineStanding {
  readonly state: 'absent' | 'off' | 'running' | 'paused' | 'incoming' | 'outgoing' | 'left-paused' | 'post-copy-failed'
  readonly isPersistent: boolean
}

export interface OpenFolder {
  readonly pool: string
  /** Never throws: what it leaves is used, and taken away, by the next one. */
  close(): Promise<void>
}

/** The receiving end, handed to the mover of the source: only providers of one kind understand each other's. */
export interface MoveReceiver {
  readonly providerId: string
  readonly hostRef: string
  readonly mover: MachineMover
}

export interface IncomingOptions extends CallOptions {
  /** The mover of the source. Without it nobody can tell whether two hosts see the same files, nor whether one trusts the other. */
  readonly source?: MachineMover
}

/** Moves machines between hosts of its own kind. References are the provider's own; every call throws AppError. */
export interface MachineMover {
  readonly providerId: string
  /** Of a link to many hosts: the mover of one of them, to whom a machine stands at this host or nowhere. Absent: the link is to one host. */
  at?(hostRef: string): MachineMover
  /** `move` copies disks of a machine that is off as well. Absent: it does not, and its definition alone is moved. */
  readonly copiesWhenOff?: true
  /** Only reads. */
  outgoing(machineRef: string, options: CallOptions): Promise<OutgoingFacts>
  /** Only reads, but for marks that the source puts beside its disks and takes away again. */
  incoming(hostRef: string, facts: OutgoingFacts, wish: MigrationSpec, options: IncomingOptions): Promise<IncomingFacts>
  /** What this host says of itself. Only reads. */
  ends(hostRef: string, options: CallOptions): Promise<EndFacts>
  /** How fast the guest writes to its memory, over `seconds`. Null: this host cannot tell. */
  dirtyRate(machineRef: string, seconds: number, options: CallOptions): Promise<number | null>
  /** Listens for `send` of another host for one measurement, at a port of those that migrations use. Nothing stays. */
  listen(hostRef: string, options: CallOptions): Promise<{ readonly port: number; close(): Promise<void> }>
  /** Sends bytes to it from here, for a second or so; answers bytes a second. Throws `unreachable` migration.no-way when nothing gets there. */
  send(hostRef: string, address: string, port: number, options: CallOptions): Promise<number>
  /**
   * The whole conversation of a move, from the first word to the last; the volumes at the target are there. Returns when the machine runs
   * there and is gone from here, or throws with it running on here, and the real reason; `indeterminate` when that is not known.
   */
  move(machineRef: string, order: MoveOrder, receiver: MoveReceiver, options: MoveOptions): Promise<MoveOutcome>
  /**
   * Takes a move up again that broke in post-copy, and leads it to its end. Throws migration.cannot-resume with both ends as they were, and
   * migration.not-broken of one that is not `post-copy-failed` at the target. Absent: it cannot.
   */
  resume?(machineRef: string, order: MoveOrder, receiver: MoveReceiver, options: MoveOptions): Promise<MoveOutcome>
  /** Goes on looking at a move that somebody else leads: the source's own daemon, after the console was gone. Null: there is none. */
  follow(machineRef: string, options: MoveOptions): Promise<MoveOutcome | null>
  /**
   * Defines a machine that is off at the other host as well, its disks and cards as the order says; their volumes are there. What it holds of
   * passwords goes from link to link. Nothing is changed here. Throws `conflict` build.name-taken, build.uuid-taken. Absent: it cannot.
   */
  copyDefinition?(machineRef: string, order: MoveOrder, receiver: MoveReceiver, options: ActOptions): Promise<void>
  /**
   * A folder of this host as a pool, for as long as a file goes into it or out of it: one that it has, or one that is gone again with `close`.
   * Absent: it cannot.
   */
  openFolder?(hostRef: string, folder: string, options: ActOptions): Promise<OpenFolder>
  /** Absent: snapshots cannot come along. */
  readonly snapshots?: SnapshotRecords
  standing(machineRef: string, options: CallOptions): Promise<MachineStanding>
  /** Of a machine that was left paused, or is being received by nobody: let it run here, or give it up here because it runs elsewhere. */
  settle(machineRef: string, as: 'run' | 'give-up', options: ActOptions): Promise<void>
  tune(machineRef: string, change: MoveChange, options: ActOptions): Promise<void>
  /** Stops a move; the machine runs on here. Not in post-copy. */
  cancel(machineRef: string, options: ActOptions): Promise<void>
  /** Asks the host's time service to set its clock. */
  setClock(hostRef: string, options: ActOptions): Promise<void>
}
