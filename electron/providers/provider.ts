import type { z } from 'zod'
import type { AppError } from '../../shared/errors/index.ts'
import type {
  BuildFinding,
  BuildOptions,
  BuildPreview,
  CheckMessage,
  CloneChanges,
  CloneSource,
  ConsoleKind,
  DeletionPlan,
  GuestCommand,
  GuestInfo,
  GuestLoginMethod,
  Host,
  HostKeyInfo,
  LoginQuestion,
  Machine,
  MachineAction,
  MachineConsole,
  MachineDetail,
  MachineMetrics,
  MachineSpec,
  Network,
  OsEntry,
  Pool,
  ProviderCapabilities,
  Template,
  TerminalSize,
  Volume,
  VolumeAbilities,
  VolumePlace,
} from '../../shared/model/index.ts'

/** Passwords, passphrases and keys by the names the provider declared. Held only while connecting. */
export type Secrets = Readonly<Record<string, string>>

/** Whatever leaves the process takes these. `timeoutMs` covers the whole call. */
export interface CallOptions {
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
}

/** Clock, timers and randomness are injected, so that tests own time. */
export interface Clock {
  nowMs(): number
  /** Calls back once after `delayMs`; the answer cancels it. Timers never keep the process alive. */
  after(delayMs: number, callback: () => void): () => void
  random(): number
}

/** What the outside gives a provider. */
export interface ProviderPorts {
  readonly clock: Clock
  readonly log: Logger
  /** Folder that holds what belongs to this console, such as its own known_hosts. */
  readonly dataDirectory: string
  /** The user's home folder, for `~/.ssh`. */
  readonly homeDirectory: string
}

export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void
  info(message: string, fields?: Readonly<Record<string, unknown>>): void
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void
  error(message: string, fields?: Readonly<Record<string, unknown>>): void
}

/** Facts are entities without what the engine adds: ids, revisions, freshness. References are the provider's own. */
export type HostFacts = Omit<Host, 'id' | 'connectionId' | 'nativeRef' | 'revision' | 'observedAtMs' | 'freshness'>
export type MachineFacts = Omit<Machine, 'id' | 'connectionId' | 'hostId' | 'nativeRef' | 'revision' | 'observedAtMs' | 'networkIds'> & {
  readonly hostRef: string
  readonly networkRefs: readonly string[]
}
export type NetworkFacts = Omit<Network, 'id' | 'connectionId' | 'hostId' | 'nativeRef' | 'revision' | 'observedAtMs'> & {
  readonly hostRef: string
}
export type PoolFacts = Omit<Pool, 'id' | 'connectionId' | 'hostId' | 'nativeRef' | 'revision' | 'observedAtMs'> & {
  readonly hostRef: string
}

export interface FactsByEntity {
  readonly host: HostFacts
  readonly machine: MachineFacts
  readonly network: NetworkFacts
  readonly pool: PoolFacts
}
export type ProvidedEntity = keyof FactsByEntity

/** One observation. `complete` says: this is the whole list of that host now, so whatever else was known there is gone. */
export type ProviderChange = {
  readonly [E in ProvidedEntity]:
    | {
        readonly op: 'put'
        readonly entity: E
        readonly ref: string
        readonly facts: FactsByEntity[E]
        /** Facts that have not been read yet and hold placeholders: of an object that is known, what is known stays. */
        readonly unread?: ReadonlyArray<keyof FactsByEntity[E]>
      }
    | { readonly op: 'patch'; readonly entity: E; readonly ref: string; readonly patch: Partial<FactsByEntity[E]> }
    | { readonly op: 'remove'; readonly entity: E; readonly ref: string }
    | { readonly op: 'complete'; readonly entity: E; readonly hostRef: string | null; readonly refs: readonly string[] }
}[ProvidedEntity]

/** Something worth a line in the event log. */
export interface ProviderEvent {
  readonly atMs: number
  readonly severity: 'info' | 'warning' | 'error'
  /** Stable and dotted, such as `machine.started`. */
  readonly code: string
  readonly params: Readonly<Record<string, string | number | boolean | null>>
  readonly text: string
  readonly machineRef: string | null
  readonly hostRef: string | null
}

/** Where a connection puts what it sees. Calls are synchronous and cheap; batches are applied in order, as a whole. */
export interface ProviderSink {
  changes(batch: readonly ProviderChange[]): void
  /** Samples, apart from changes: they touch no revision but that of the metrics. */
  metrics(samples: ReadonlyArray<{ readonly ref: string; readonly metrics: MachineMetrics }>): void
  event(event: ProviderEvent): void
  /** All that is known of this host was true at that time (an answered ping or a finished refresh). */
  confirmed(hostRef: string, atMs: number): void
}

export interface ActProgress {
  /** 0 to 1. */
  readonly fraction?: number
  readonly bytesDone?: number
  readonly bytesTotal?: number
  /** A catalogue code such as `waiting-for-guest`. */
  readonly note?: string
}

/** Code of an abort's reason: a person asked to cancel. */
export const CANCELLED_BY_PERSON = 'task.cancelled'

export interface ActOptions extends CallOptions {
  /**
   * Its reason tells whose wish the abort is. What runs on the host may be given up for {@link CANCELLED_BY_PERSON} alone; when the console
   * closes or the deadline passes it is left to end by itself, and `probe` looks at it later.
   */
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: ActProgress) => void
  /** What `baseline` answered for this attempt: from it alone is known what an earlier one has left to do. */
  readonly baseline?: ActBaseline | undefined
}

export interface BaselineOptions extends CallOptions {
  /** What the attempt before remembered. */
  readonly earlier?: ActBaseline | undefined
}

/** What was known before an action, so that `probe` can tell whether it happened. Goes through the task journal: plain data. */
export interface ActBaseline {
  readonly state: Machine['state']
  readonly name: string
  readonly startedAtMs: number | null
  /** Whatever else the provider needs to recognise the outcome, such as the domain id of a running machine. */
  readonly marker: string | null
}

export type ProbeAnswer = 'done' | 'not-done' | 'unknown'

/** What the eye is on: sampled every second (twice when focused); the rest every 15 to 30 seconds. */
export interface Interest {
  readonly visibleRefs: ReadonlySet<string>
  readonly focusedRef: string | null
}

/** Bytes both ways, such as a console. */
export interface ByteChannel {
  /** The next bytes, null at the end. One read at a time. Throws AppError when the way broke. */
  read(): Promise<Uint8Array | null>
  /** Settles when the way takes more. Throws AppError. */
  write(bytes: Uint8Array): Promise<void>
  /** Ends it at once; a read that waits gets null. May be said twice. */
  close(): void
  /** The viewer's terminal has another size now. Absent: it is of no use here. */
  resize?(size: TerminalSize): void
}

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
  close(): Promise<void>
}

/** What is defined: a new machine by its specification, or a copy of one that is there. All volumes are there already. */
export type MachineDefinition = {
  /** Chosen by the caller: by it a probe finds the machine. */
  readonly uuid: string
  readonly name: string
  /** One for each card, in their order. */
  readonly macs: readonly string[]
  /**
   * A seed image for cloud-init, attached read-only the way the first disk is: kernels made for clouds (Debian's genericcloud) know virtio and
   * no SATA, so a CD on SATA beside a virtio disk would never be read.
   */
  readonly seed: VolumePlace | null
} & (
  | {
      readonly kind: 'new'
      readonly spec: MachineSpec
      /** The entry of `spec.os`: what kind of guest it is, and how libosinfo names it. */
      readonly os: OsEntry
      /** One for each of the specification's disks, in their order. */
      readonly disks: readonly VolumePlace[]
    }
  | {
      readonly kind: 'copy'
      readonly sourceRef: string
      /** How its disks come to be, so that a check can count their space. */
      readonly mode: 'full' | 'linked'
      readonly changes: CloneChanges
      /**
       * By target of the original, with the format that each was made in: what a guest wrote into its disk must never decide how it is read.
       * A disk that is not named is used as it is.
       */
      readonly disks: Readonly<Record<string, VolumePlace & { readonly format: string }>>
      /** Set: the copy is a template; null: it is none, whatever its original is. */
      readonly template: Template | null
    }
)

/** Makes machines on one host. References are the provider's own; every call throws AppError. */
export interface MachineBuilder {
  options(hostRef: string, options: CallOptions): Promise<Omit<BuildOptions, 'hostId' | 'hostName' | 'pools'>>
  /**
   * What stands in the way of making this machine, as far as the host can tell without making anything; empty: nothing. Space is counted for
   * `count` machines alike. Names and addresses that other machines have are the engine's to check. Only reads.
   */
  check(hostRef: string, definition: MachineDefinition, count: number, options: CallOptions): Promise<readonly BuildFinding[]>
  /** The definition as it would be given, and what the hypervisor says against it. Its volumes need not be there. Only reads. */
  preview(hostRef: string, definition: MachineDefinition, options: CallOptions): Promise<Omit<BuildPreview, 'name'>>
  /** Defines it, off. Throws `conflict` build.name-taken; `indeterminate` when the request left and no answer came. */
  define(hostRef: string, definition: MachineDefinition, options: ActOptions): Promise<void>
  /** Is there a machine with that UUID? Only reads. */
  isDefined(hostRef: string, uuid: string, options: CallOptions): Promise<boolean>
  /** Card address in lower case → name of the machine of this host that has it, as far as the link knows by now. Asks nobody. */
  macs(hostRef: string): ReadonlyMap<string, string>
  /** What a machine is to its clones. Only reads. */
  source(machineRef: string, options: CallOptions): Promise<Omit<CloneSource, 'machineId'>>
  /** The host's own processor, in a form that `commonCpu` of any host of this kind takes. */
  hostCpu(hostRef: string, options: CallOptions): Promise<string>
  /** The processor that all of these can give to a machine, so that it may move among them. */
  commonCpu(hostRef: string, hostCpus: readonly string[], options: CallOptions): Promise<Pick<MachineSpec['cpu'], 'model' | 'features'>>
}

/** How a volume comes into being. */
export type VolumeRequest =
  | { readonly kind: 'empty'; readonly format: string; readonly capacityBytes: number }
  /** A whole copy, in another format if that is asked for; grown if `capacityBytes` is larger. */
  | { readonly kind: 'copy'; readonly format: string; readonly from: VolumePlace; readonly capacityBytes: number | null }
  /** A qcow2 overlay: it needs its base, unchanged, for ever. */
  | { readonly kind: 'linked'; readonly from: VolumePlace; readonly capacityBytes: number | null }

/** A volume on its way: an upload takes up where it stopped. */
export interface VolumeWriter {
  /** Settles when the way takes more. Throws AppError. */
  write(bytes: Uint8Array): Promise<void>
  /** Everything written is with the host once this settles. Throws AppError; `indeterminate` when no word came. */
  finish(): Promise<void>
  abort(): void
}

/** What is read of a volume. */
export interface VolumeBytes {
  readonly channel: ByteChannel
  /** Of the whole file, whatever the offset: of an image it is neither its capacity nor what it takes on the disk. */
  readonly sizeBytes: number
}

/** The volumes of the pools of one connection. Pools and volumes go by their names on that host; every call throws AppError. */
export interface VolumeKeeper {
  abilities(hostRef: string, options: CallOptions): Promise<VolumeAbilities>
  /** Throws `not-found` volume.pool-not-found, `precondition` volume.pool-off. */
  list(hostRef: string, pool: string, options: CallOptions): Promise<readonly Volume[]>
  /** One of them; null: there is none of that name. A volume that is still being written is named `isWhole: false` where the host tells. */
  find(hostRef: string, place: VolumePlace, options: CallOptions): Promise<(Volume & { readonly isWhole: boolean }) | null>
  /** Makes one. Progress in bytes where the host tells. Throws `conflict` volume.name-taken, `exhausted` volume.pool-full. */
  create(hostRef: string, place: VolumePlace, request: VolumeRequest, options: ActOptions): Promise<void>
  resize(hostRef: string, place: VolumePlace, capacityBytes: number, options: ActOptions): Promise<void>
  /** Deletes one. Throws `precondition` volume.in-use when a machine's definition, or another image, names it. */
  remove(hostRef: string, place: VolumePlace, options: ActOptions): Promise<void>
  /** Takes bytes from `offset` on: `length` of them. The volume is there already. */
  upload(hostRef: string, place: VolumePlace, offset: number, length: number, options: CallOptions): Promise<VolumeWriter>
  /** Its bytes from `offset` on, as they lie in the file. Throws `invalid-input` volume.beyond-end. */
  download(hostRef: string, place: VolumePlace, offset: number, options: CallOptions): Promise<VolumeBytes>
  /** Has the host download a URL (https, http) into a new volume. A checksum that differs deletes it and throws `conflict` volume.checksum. */
  fetch(
    hostRef: string,
    place: VolumePlace,
    source: { readonly url: string; readonly sha256: string | null },
    options: ActOptions,
  ): Promise<void>
  /** Has the host turn an image file (vmdk, vdi, vhdx, …) into a new volume. */
  convert(hostRef: string, place: VolumePlace, source: ConversionSource, options: ActOptions): Promise<void>
}

export interface ConversionSource {
  /** A volume, or a path on the host. */
  readonly from: VolumePlace | { readonly path: string }
  /** Null: as the image says. */
  readonly sourceFormat: string | null
  /** Of the new volume. `vmdk` is made stream-optimised: compressed and readable from front to back, as OVF wants it. */
  readonly format: string
  /** Only these bytes of the file are the image: a disk inside an OVA, which needs no unpacking. Its format must be named then. */
  readonly range?: { readonly offset: number; readonly length: number }
  /**
   * It is a disk that a machine of this host uses: what it is built on is read as well. Never of an image from elsewhere, which could name any
   * file of the host. Absent: an image that is built on another is refused.
   */
  readonly isOwnDisk?: boolean
}

export interface ConnectOptions extends CallOptions {
  /**
   * Called for a host key that is not trusted yet or has changed; the answer `true` trusts it and keeps it. Absent: refuse
   * with `ssh.host-key-unknown` or `ssh.host-key-changed`, `details.key` holding the HostKeyInfo.
   */
  readonly onHostKey?: (info: HostKeyInfo) => Promise<boolean>
  /** Asks the person who attends. Absent: nobody does, and what would have to be asked ends as unauthenticated. */
  readonly onPrompt?: AskPerson | undefined
}

/** One answer for each question, or null when they are refused. `signal` withdraws it. Never throws. */
export type AskPerson = (question: LoginQuestion, signal: AbortSignal) => Promise<readonly string[] | null>

export interface SecretField {
  readonly name: string
  readonly label: string
  readonly multiline: boolean
}

/** What a discovery found on this computer, without contacting anything. */
export interface Candidate {
  readonly source: 'ssh-config' | 'local-libvirt'
  readonly name: string
  readonly address: string
  readonly config: Readonly<Record<string, z.core.util.JSONType>>
}

export interface ProviderDefinition<Config = unknown> {
  readonly id: string
  readonly label: string
  /** The form of "add connection" comes from it: use `.meta({ title, description })`. Never holds a secret. */
  readonly configSchema: z.ZodType<Config>
  readonly secretFields: readonly SecretField[]
  /**
   * The fields of the configuration that say whom the secrets are shown to. Secrets kept for one target are never used for another: when
   * one of these changes, they have to be given again.
   */
  readonly targetFields: readonly string[]
  /** `user@host:port` or the like. */
  address(config: Config): string
  connect(config: Config, secrets: Secrets, ports: ProviderPorts, options: ConnectOptions): Promise<ProviderConnection>
  /** The live check list of the wizard. Ends with `done`. */
  check(config: Config, secrets: Secrets, ports: ProviderPorts, options: ConnectOptions): AsyncIterable<CheckMessage>
  /** Writes a host key that a person confirmed to this console's own known_hosts. */
  acceptHostKey?(
    key: { readonly host: string; readonly port: number; readonly keyType: string; readonly fingerprint: string },
    replace: boolean,
    config: Config,
    ports: ProviderPorts,
    options: CallOptions,
  ): Promise<void>
  discover?(ports: ProviderPorts): Promise<readonly Candidate[]>
  /** The far side is this computer itself: its failure says nothing about the network. Absent: never. */
  isLocal?(config: Config): boolean
  /** Of the one provider that makes up fleets: the connections of a demo workspace with so many hosts and machines in all. */
  demo?(options: DemoOptions): ReadonlyArray<{ readonly name: string; readonly config: Readonly<Record<string, z.core.util.JSONType>> }>
}

export interface DemoOptions {
  readonly hosts: number
  readonly machines: number
  readonly seed: number
}

/** Checks the shape at compile time and erases the configuration's type, so that a registry can hold any. */
export function defineProvider<Config>(definition: ProviderDefinition<Config>): ProviderDefinition {
  return definition
}
