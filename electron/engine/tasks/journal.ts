import { z } from 'zod'
import { AppError, type Json, type WireError } from '../../../shared/errors/index.ts'
import { wireErrorSchema } from '../../../shared/errors/schema.ts'
import { entityRefSchema, type Task, taskIdSchema, taskStepSchema } from '../../../shared/model/index.ts'
import type { JournalLine } from '../../store/store.ts'
import type { TaskRequest } from './task-kind.ts'

/** Counts up when an entry changes its meaning. Entries of older versions are still read: see `parseEntry`. */
export const JOURNAL_VERSION = 1

/** Plain JSON, whose arrays are read-only like those of `Json`. */
const json: z.ZodType<Json> = z.json()

const requestSchema = z.object({
  kind: z.string(),
  plan: json,
  params: z.record(z.string(), json),
  target: entityRefSchema.nullable(),
  holds: z.array(entityRefSchema).readonly().optional(),
  connectionId: z.string().nullable(),
  hostId: z.string().nullable(),
})

const stepSeedSchema = taskStepSchema.pick({ id: true, weight: true, cancel: true })

/** One line of a task's journal, version 1. A task is what its lines add up to: `foldJournal`. */
const entrySchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('created'),
    id: taskIdSchema,
    parentId: taskIdSchema.nullable(),
    request: requestSchema,
    actor: z.string(),
    origin: z.string(),
    reason: z.string().nullable(),
    steps: z.array(stepSeedSchema),
    /** Of a bulk: how many targets it has. */
    total: z.number().int().nullable(),
    undoOf: taskIdSchema.nullable(),
    retryOf: taskIdSchema.nullable(),
    /** What the attempt before remembered: a retry probes with it before it runs anything. */
    memos: z.record(z.string(), json),
  }),
  z.object({ type: z.literal('started') }),
  /** Written before a step runs: from here on only a probe can tell whether it happened. */
  z.object({
    type: z.literal('intent'),
    step: z.string(),
    memo: json,
    undo: requestSchema.nullable(),
    /** Its undo takes back what all steps have done. */
    undoesAll: z.boolean().optional(),
  }),
  /** A step on its way has come so far that the next attempt should know. */
  z.object({ type: z.literal('remembered'), step: z.string(), memo: json }),
  /** `skipped`: a probe found it done already. */
  z.object({ type: z.literal('step-done'), step: z.string(), skipped: z.boolean() }),
  z.object({ type: z.literal('step-failed'), step: z.string(), error: wireErrorSchema }),
  z.object({ type: z.literal('step-unknown'), step: z.string(), error: wireErrorSchema }),
  z.object({ type: z.literal('cancel-requested') }),
  /** A person or a link that came back took it up again. */
  z.object({ type: z.literal('taken-up'), forgetsCancel: z.boolean().optional() }),
  z.object({
    type: z.literal('ended'),
    state: z.enum(['succeeded', 'partly', 'failed', 'cancelled']),
    error: wireErrorSchema.nullable(),
    offers: z.array(z.string()),
    /** Of a bulk, which has no steps of its own to tell. */
    undoable: z.boolean().optional(),
  }),
  z.object({ type: z.literal('undone'), by: taskIdSchema }),
  /** It has failed or was cancelled, and takes away what it made before it ends so. */
  z.object({
    type: z.literal('taking-back'),
    state: z.enum(['failed', 'cancelled']),
    error: wireErrorSchema.nullable(),
    offers: z.array(z.string()),
  }),
  z.object({ type: z.literal('undo-intent'), step: z.string() }),
  /** Nothing of the step is left. */
  z.object({ type: z.literal('undo-done'), step: z.string() }),
  /** It has to stay. */
  z.object({ type: z.literal('undo-failed'), step: z.string(), error: wireErrorSchema }),
])
export type JournalEntry = z.infer<typeof entrySchema>
type Created = Extract<JournalEntry, { type: 'created' }>
type TakingBack = Extract<JournalEntry, { type: 'taking-back' }>

/** A task with what its journal knows beyond the task that is shown. */
export interface TaskRecord {
  task: Task
  readonly seed: Created
  /** By step: what was remembered before it ran. */
  readonly memos: Map<string, Json>
  /** By step: the task that takes it back, and when the intent was written. */
  readonly intents: Map<string, { readonly atMs: number; readonly undo: TaskRequest | null; readonly undoesAll: boolean }>
  cancelRequested: boolean
  /** Set: how it ends once what it made is taken away, and by step the errors that it failed with. */
  takingBack: (Pick<TakingBack, 'state' | 'error' | 'offers'> & { readonly failed: ReadonlyMap<string, WireError | null> }) | null
  /** Steps of which nothing is left. */
  readonly takenBack: Set<string>
  /** By step: why what it made has to stay. */
  readonly left: Map<string, WireError>
}

/** A stored entry, checked. Throws `protocol` task.journal-unreadable for a version or shape this release does not know. */
export function parseEntry(version: number, entry: Json): JournalEntry {
  const parsed = version === JOURNAL_VERSION ? entrySchema.safeParse(entry) : undefined
  if (parsed?.success) return parsed.data
  throw new AppError({
    kind: 'protocol',
    code: 'task.journal-unreadable',
    message: `A task’s journal has an entry of version ${version} that this release cannot read. Update the console.`,
    details: { version },
  })
}

/** The entry as the store takes it. */
export function journalLine(record: TaskRecord, entry: JournalEntry, atMs: number): JournalLine {
  return { taskId: record.task.id, atMs, version: JOURNAL_VERSION, entry: entry as unknown as Json }
}

/** What the lines of one task add up to; null when they do not begin with its creation. */
export function foldJournal(
  lines: ReadonlyArray<{ readonly atMs: number; readonly version: number; readonly entry: Json }>,
): TaskRecord | null {
  let record: TaskRecord | null = null
  for (const line of lines) {
    const entry = parseEntry(line.version, line.entry)
    if (entry.type === 'created') record = createRecord(entry, line.atMs)
    else if (record) applyEntry(record, entry, line.atMs)
  }
  return record
}

export function createRecord(seed: Created, atMs: number): TaskRecord {
  const { request } = seed
  return {
    seed,
    memos: new Map(Object.entries(seed.memos)),
    intents: new Map(),
    cancelRequested: false,
    takingBack: null,
    takenBack: new Set(),
    left: new Map(),
    task: {
      id: seed.id,
      parentId: seed.parentId,
      revision: 1,
      kind: request.kind,
      params: request.params as Task['params'],
      target: request.target,
      connectionId: request.connectionId,
      actor: seed.actor,
      origin: seed.origin,
      reason: seed.reason,
      state: 'queued',
      steps: seed.steps.map((step) => ({ ...step, state: 'pending', startedAtMs: null, endedAtMs: null, error: null })),
      progress: { fraction: 0, bytesDone: null, bytesTotal: null, bytesPerS: null, note: null },
      createdAtMs: atMs,
      startedAtMs: null,
      endedAtMs: null,
      error: null,
      offers: [],
      undoable: false,
      children: seed.total === null ? null : { total: seed.total, succeeded: 0, failed: 0, cancelled: 0, running: 0 },
    },
  }
}

/** Changes the record as the entry says. The only place where a journalled fact becomes state, live and in a replay alike. */
export function applyEntry(record: TaskRecord, entry: Exclude<JournalEntry, Created>, atMs: number): void {
  switch (entry.type) {
    case 'started':
      change(record, { state: 'running', startedAtMs: record.task.startedAtMs ?? atMs })
      return
    case 'intent':
      record.memos.set(entry.step, entry.memo)
      record.intents.set(entry.step, { atMs, undo: entry.undo, undoesAll: entry.undoesAll === true })
      changeStep(record, entry.step, { state: 'running', startedAtMs: atMs, endedAtMs: null, error: null })
      return
    case 'remembered':
      record.memos.set(entry.step, entry.memo)
      return
    case 'step-done':
      changeStep(record, entry.step, { state: entry.skipped ? 'skipped' : 'done', endedAtMs: atMs, error: null })
      return
    case 'step-failed':
      changeStep(record, entry.step, { state: 'failed', endedAtMs: atMs, error: entry.error })
      return
    case 'step-unknown':
      changeStep(record, entry.step, { state: 'unknown', endedAtMs: null, error: entry.error })
      change(record, { state: 'needs-attention', error: entry.error })
      return
    case 'cancel-requested':
      record.cancelRequested = true
      if (record.task.state === 'running') change(record, { state: 'cancelling' })
      return
    case 'taken-up':
      if (entry.forgetsCancel) record.cancelRequested = false
      change(record, { state: record.cancelRequested ? 'cancelling' : 'running', error: null })
      return
    case 'ended': {
      const undoable = entry.undoable ?? (entry.state === 'succeeded' && undoRequests(record).length > 0)
      change(record, { state: entry.state, error: entry.error, offers: entry.offers, endedAtMs: atMs, undoable })
      return
    }
    case 'taking-back': {
      const failed = new Map(record.task.steps.filter((step) => step.state === 'failed').map((step) => [step.id, step.error]))
      record.takingBack = { state: entry.state, error: entry.error, offers: entry.offers, failed }
      change(record, { progress: { ...record.task.progress, bytesPerS: null, note: 'taking-back' } })
      return
    }
    case 'undo-intent':
      changeStep(record, entry.step, { state: 'undoing', endedAtMs: null })
      return
    case 'undo-done': {
      record.takenBack.add(entry.step)
      const error = record.takingBack?.failed.get(entry.step)
      // the step that it failed at stays the one
      changeStep(record, entry.step, { state: error ? 'failed' : 'undone', endedAtMs: atMs, error: error ?? null })
      return
    }
    case 'undo-failed':
      record.left.set(entry.step, entry.error)
      changeStep(record, entry.step, { state: 'failed', endedAtMs: atMs, error: entry.error })
      return
    case 'undone':
      change(record, {
        undoable: false,
        steps: record.task.steps.map((step) => (step.state === 'done' ? { ...step, state: 'undone' } : step)),
      })
      return
  }
}

/** What takes the task back, the last step first. Empty: nothing does. All or nothing: half an undo is no undo. */
export function undoRequests(record: TaskRecord): TaskRequest[] {
  const done = record.task.steps.filter((step) => step.state === 'done')
  const whole = done.map((step) => record.intents.get(step.id)).find((intent) => intent?.undoesAll)
  if (whole) return whole.undo ? [whole.undo] : []
  const requests = done.map((step) => record.intents.get(step.id)?.undo ?? null)
  return requests.every((request) => request !== null) ? requests.toReversed() : []
}

/** Every change is a new object with the next revision: what was handed out does not change behind its reader's back. */
export function change(record: TaskRecord, patch: Partial<Task>): void {
  record.task = { ...record.task, ...patch, revision: record.task.revision + 1 }
}

function changeStep(record: TaskRecord, id: string, patch: Partial<Task['steps'][number]>): void {
  change(record, { steps: record.task.steps.map((step) => (step.id === id ? { ...step, ...patch } : step)) })
}
