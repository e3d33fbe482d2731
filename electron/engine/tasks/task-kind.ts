import type { AppError, Json, WireError } from '../../../shared/errors/index.ts'
import type { EntityRef, Task, TaskId } from '../../../shared/model/index.ts'
import type { ActProgress, ProbeAnswer, ProviderConnection } from '../../providers/provider.ts'

/** What a task is asked to be: plain data, kept in its journal, so that its steps can be built again after a restart. */
export interface TaskRequest {
  /** Names the TaskKind that builds the steps. */
  readonly kind: string
  /** What the kind needs to build its steps. Never a secret. */
  readonly plan: Json
  /** Parameters worth showing; never a secret. */
  readonly params: Readonly<Record<string, Json>>
  readonly target: EntityRef | null
  /** What it works on besides: held as well, so that nothing else begins there. */
  readonly holds?: readonly EntityRef[] | undefined
  /** The link its steps need. */
  readonly connectionId: string | null
  /** Counts for the limit of bulk work on one host at a time. */
  readonly hostId: string | null
}

/** Who asked, from where, and why. */
export interface TaskAuthor {
  readonly actor: string
  /** page, cli, api, schedule, … */
  readonly origin: string
  readonly reason: string | null
}

export interface StepContext {
  /** The open link of the task's connection; null for a task without one. */
  readonly link: ProviderConnection | null
  readonly signal: AbortSignal
  /** What `prepare` answered last, or `run` remembered since then, from the journal. */
  readonly memo: Json
  readonly progress: (progress: ActProgress) => void
}

export interface RunContext extends StepContext {
  /** For what is kept of it elsewhere: a history says who changed what. */
  readonly task: Pick<Task, 'id' | 'actor' | 'origin'>
  /** What the steps of this task remember, by their ids. */
  readonly memos: ReadonlyMap<string, Json>
  /** Replaces the memo for whoever takes the step up after a crash or a failure. On the disk once it resolves. */
  readonly remember: (memo: Json) => Promise<void>
}

/** One step. Its functions may be called in another process than the one that journalled the intent. */
export interface Step {
  readonly id: string
  /** Share of the whole task, any unit. */
  readonly weight: number
  /** Of one run; afterwards the step is probed. */
  readonly timeoutMs: number
  /** now: aborted when asked. boundary: ends first. never: like boundary, and a task with nothing else left cannot be cancelled. */
  readonly cancel: 'now' | 'boundary' | 'never'
  /**
   * A host that cannot be reached does not fail it: it is begun when the link is back, be it minutes later. For work of many steps; what a
   * person does to a machine now is not to happen at another time.
   */
  readonly waitsForLink?: boolean
  /** Reads what `probe` and `undo` will need. Only reads. The memo is what the attempt before remembered; null: it is the first. */
  prepare?(context: StepContext): Promise<Json>
  /** Throws AppError; `indeterminate` when the request left and no answer came. */
  run(context: RunContext): Promise<void>
  /** Did it happen? Only reads. */
  probe(context: StepContext): Promise<ProbeAnswer>
  /** The task that would take this step back, from what was known before; null: there is none. */
  undo?(memo: Json): TaskRequest | null
  /** When the task fails or is cancelled, what this step has made is taken away by itself; absent: it makes nothing, or it stays. */
  readonly takeBack?: TakeBack
  /** Once it has begun, what the steps before it have made stays, even if it fails: it only tidies up. */
  readonly keepsOthers?: boolean
  /**
   * Once it is done there is no way back: a cancel that came too late is not obeyed, a later one is refused, and what the steps before it have
   * made stays. Its `undo` takes the whole task back.
   */
  readonly decides?: boolean
  /** Of `cancel: now`: told of a cancel by its signal, it ends in its own time, and nothing is done before it has. */
  readonly endsItself?: boolean
  /** After this error only a person can tell what is right: the task needs attention with it, and nothing is tried or taken away. */
  puzzles?(error: AppError): boolean
  /** Of what puzzles: there is no way back from here, so that a cancel before it does not count once it is looked at again. */
  goesOn?(error: WireError): boolean
  /** Offered when it has failed for this reason: codes such as `powerOff`. */
  offers?(error: AppError): readonly string[]
}

/**
 * The way back of a step that was begun. It is not asked of one that failed with `conflict`: what is there is somebody else's. Its functions
 * get what `prepare` remembered and may be called in another process.
 */
export interface TakeBack {
  /** What would be left, in words that the host's own tools use: `default/web.qcow2`. */
  readonly what: string
  readonly timeoutMs: number
  /** Called as well when there may be nothing. Throws AppError when it has to stay. */
  run(context: StepContext): Promise<void>
  /** `done`: nothing of it is there. Only reads. */
  probe(context: StepContext): Promise<ProbeAnswer>
}

/** How a task has ended, and what its steps remembered last, by their ids. */
export interface TaskEnd {
  readonly task: Task
  readonly memos: ReadonlyMap<string, Json>
}

export interface TaskKind {
  readonly kind: string
  /** In a bulk it waits for a place among those of its own group, in place of its host's. Null: as its host says. */
  slot?(plan: Json): { readonly group: string; readonly atOnce: number } | null
  /** Pure: the same plan gives the same steps in every process. Throws AppError for a plan it does not understand. */
  steps(plan: Json): readonly Step[]
  /** Its task has ended, however: what was kept for it elsewhere can go. */
  ended?(plan: Json, end: TaskEnd): Promise<void>
}

/** What others in the engine may ask of running work. */
export interface TaskView {
  get(id: TaskId): Promise<Task | null>
  /** The unfinished task that holds this object, as its target or besides. */
  holder(targetId: string): Task | undefined
  /** The kind of the unfinished task that holds this object, such as `machine.start`. */
  busyWith(targetId: string): string | undefined
}
