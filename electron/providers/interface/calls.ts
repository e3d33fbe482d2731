import type { HostKeyInfo, LoginQuestion, Machine, TerminalSize } from '../../../shared/model/index.ts'

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

/** Notes that begin with it say what a person has to know of the outcome: the last one stays with a task that succeeded. */
export const OUTCOME_NOTE = 'outcome-'

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
