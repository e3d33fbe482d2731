import type { AppError } from '../../../shared/errors/index.ts'
import type {
  ConsoleKind,
  DeletionPlan,
  GuestCommand,
  GuestInfo,
  GuestLoginMethod,
  MachineAction,
  MachineConsole,
  MachineDetail,
  ProviderCapabilities,
  TerminalSize,
} from '../../../shared/model/index.ts'
import type { MachineBuilder } from './building.ts'
import type { ActBaseline, ActOptions, BaselineOptions, ByteChannel, CallOptions, ConnectOptions, ProbeAnswer, Secrets } from './calls.ts'
import type { CloudServices } from './cloud.ts'
import type { Interest, ProviderSink } from './facts.ts'
import type { HardwareEditor } from './hardware.ts'
import type { MachineMover } from './migration.ts'
import type { NetworkKeeper } from './networks.ts'
import type { SnapshotKeeper } from './snapshots.ts'
import type { StorageKeeper } from './storage.ts'
import type { VolumeKeeper } from './volumes.ts'

/** Who goes into a machine by its SSH server, and how. */
export interface GuestLogin {
  readonly address: string
  readonly port: number
  readonly user: string
  readonly method: GuestLoginMethod
  /** For the method `key`; null: those in ~/.ssh. */
  readonly keyFile: string | null
  /** `password`, `passphrase`. Held only while logging in. */
  readonly secrets: Secrets
  readonly size: TerminalSize
}

export interface ConsoleRequest {
  readonly kind: ConsoleKind
  /** As in `consoles`. */
  readonly index: number
  /** Of a serial console that somebody else holds: end that one. Without it `console.busy` is thrown. */
  readonly takeOver: boolean
  /** For `ssh`. */
  readonly login?: GuestLogin | undefined
}

/** An open console: for `vnc` the way to a server that speaks RFB from its first word, for the others the bytes of a port or a terminal. */
export interface ProviderConsole {
  readonly channel: ByteChannel
  /** What the VNC server asks for; null: nothing. Goes no further than the engine. */
  readonly password: string | null
}

/** One open link. It never reconnects by itself: the engine's supervisor does that for all providers alike. */
export interface ProviderConnection {
  readonly capabilities: ProviderCapabilities
  /** Resolves once, when the link is gone: null after `close()`, else why. */
  readonly closed: Promise<AppError | null>
  /** Sends the whole state, then every change until the link ends. Resolves when the first state is complete. */
  watch(sink: ProviderSink, options: CallOptions): Promise<void>
  setInterest(interest: Interest): void
  /** Reads everything again. */
  refresh(options: CallOptions): Promise<void>
  /**
   * What to remember before an action. A deletion remembers the disks that shall go: of a machine that is gone since the
   * `earlier` attempt, it answers what that one has left to do. Throws not-found when nothing is left.
   */
  baseline(machineRef: string, action: MachineAction, options: BaselineOptions): Promise<ActBaseline>
  /**
   * Does it and returns when it is done (a shutdown: when the machine is off). Throws AppError; `indeterminate` when the
   * request left and no answer came. A deletion whose machine is gone goes on with the disks that its baseline says are left.
   */
  act(machineRef: string, action: MachineAction, options: ActOptions): Promise<void>
  /** After a lost reply or a crash: did all of it happen? Only reads. */
  probe(machineRef: string, action: MachineAction, baseline: ActBaseline, options: CallOptions): Promise<ProbeAnswer>
  detail(machineRef: string, options: CallOptions): Promise<MachineDetail>
  deletionPlan(machineRef: string, options: CallOptions): Promise<Omit<DeletionPlan, 'machineId'>>
  /** What the agent in the guest tells; one that does not answer is no error. */
  guestInfo(machineRef: string, options: CallOptions): Promise<GuestInfo>
  /** Asks the agent for something. Throws `precondition` guest.no-agent. */
  guestDo(machineRef: string, command: GuestCommand, options: CallOptions): Promise<void>
  /** The consoles a machine has, with why one cannot be opened now. */
  consoles(machineRef: string, options: CallOptions): Promise<readonly MachineConsole[]>
  /**
   * Opens one, through the link's own way to the host. The channel ends with the link. Of `ssh`: a terminal of its own for each call; the
   * options decide about host keys and ask the person, and a clock of `timeoutMs` does not stand still for that.
   */
  openConsole(machineRef: string, request: ConsoleRequest, options: ConnectOptions): Promise<ProviderConsole>
  /** Makes machines; null: this kind of connection cannot. */
  readonly builder: MachineBuilder | null
  /** The volumes of its pools; null: it has none to show. */
  readonly volumes: VolumeKeeper | null
  /** Changes virtual hardware; null: this kind of connection cannot, or does it by actions of its own. */
  readonly hardware: HardwareEditor | null
  /** Snapshots of machines and the files beneath them; null: likewise. */
  readonly snapshots: SnapshotKeeper | null
  /** Its pools; null: it has none to look after. */
  readonly storage: StorageKeeper | null
  /** Its virtual networks; null: likewise. */
  readonly networking: NetworkKeeper | null
  /** Moves machines between hosts of this kind; null: likewise. */
  readonly migration: MachineMover | null
  /** What only an account of a cloud has; null: it is none. */
  readonly cloud: CloudServices | null
  close(): Promise<void>
}
