import { z } from 'zod'
import { toAppError } from '../../../shared/errors/index.ts'
import {
  type Machine,
  machineFreshness,
  type Reason,
  type ScheduleRun,
  type SnapshotSchedule,
  scheduleRunSchema,
  snapshotScheduleSchema,
  type Task,
  type TaskId,
} from '../../../shared/model/index.ts'
import type { Clock, Logger } from '../../providers/provider.ts'
import type { KeyValueStore, TaskStore } from '../../store/store.ts'
import type { EventSink, InventoryReader } from '../ports.ts'
import { Clockwork, LATE_MS } from '../tasks/clockwork.ts'
import type { TaskAuthor, TaskRequest } from '../tasks/task-kind.ts'
import { nextTimes } from './retention-preview.ts'
import { scheduledRequest } from './schedule-task.ts'
import { nextTimeMs, timesBetween } from './schedule-times.ts'
import { scheduleUnknown } from './snapshot-errors.ts'

const SCHEDULES_KEY = 'snapshots.schedules'
const NOTES_KEY = 'snapshots.schedule-notes'
/** Failures named of one run. */
const MOST_FAILURES = 1_000

const notesSchema = z.record(z.string(), z.object({ handledMs: z.number(), run: scheduleRunSchema.nullable() }))
type Notes = z.infer<typeof notesSchema>

export interface ScheduleServiceOptions {
  readonly inventory: InventoryReader
  readonly select: (query: string) => readonly Machine[]
  readonly tasks: {
    busyWith(targetId: string): string | undefined
    submitBulk(requests: readonly TaskRequest[], author: TaskAuthor): Promise<{ readonly id: TaskId }>
  }
  readonly history: Pick<TaskStore, 'list'>
  /** What people set. */
  readonly kept: KeyValueStore
  /** What the engine notes for itself. */
  readonly noted: KeyValueStore
  readonly events: EventSink
  readonly clock: Clock
  readonly log: Logger
}

export type ShownSchedule = SnapshotSchedule & { readonly nextAtMs: number | null; readonly lastRun: ScheduleRun | null }

/**
 * Snapshots by the clock. What was missed while the console was off is told and not made up for: a snapshot at nine in the morning is not the
 * one of the night before, and ten at once are none the better.
 */
export class ScheduleService {
  readonly #options: ScheduleServiceOptions
  #schedules: readonly SnapshotSchedule[] = []
  #notes: Notes = {}
  readonly #clockwork: Clockwork

  constructor(options: ScheduleServiceOptions) {
    this.#options = options
    this.#clockwork = new Clockwork({ clock: options.clock, look: () => this.#look(), nextAtMs: () => this.#nextAtMs() })
  }

  async start(): Promise<void> {
    const { kept, noted } = this.#options
    this.#schedules = readable(await kept.get(SCHEDULES_KEY), this.#options.log)
    const notes = notesSchema.safeParse((await noted.get(NOTES_KEY)) ?? {})
    this.#notes = notes.success ? notes.data : {}
    await this.#clockwork.start()
  }

  async stop(): Promise<void> {
    await this.#clockwork.stop()
  }

  async list(): Promise<ShownSchedule[]> {
    const nowMs = this.#options.clock.nowMs()
    return await Promise.all(
      this.#schedules.map(async (schedule) => ({
        ...schedule,
        nextAtMs: schedule.isEnabled ? nextTimeMs(schedule.every, nowMs) : null,
        lastRun: await this.#lastRun(schedule.id),
      })),
    )
  }

  /** The next three times of a schedule, which need not be kept. */
  nextTimes(every: SnapshotSchedule['every']): number[] {
    return nextTimes(every, this.#options.clock.nowMs())
  }

  /** Throws `invalid-input` for a query that cannot be read. */
  put(schedule: SnapshotSchedule): Promise<void> {
    return this.#clockwork.inTurn(async () => {
      this.#options.select(schedule.query)
      const before = this.#schedules.find(({ id }) => id === schedule.id)
      const others = this.#schedules.filter(({ id }) => id !== schedule.id)
      await this.#keep([...others, schedule])
      // It counts from now on: times that passed while it was another, or off, are none that were missed.
      const isOther = JSON.stringify(before?.every) !== JSON.stringify(schedule.every) || before?.isEnabled !== schedule.isEnabled
      if (isOther) await this.#note(schedule.id, { handledMs: this.#options.clock.nowMs() })
      this.#clockwork.arm()
    })
  }

  /** Throws `not-found` snapshot.schedule-unknown. */
  remove(scheduleId: string): Promise<void> {
    return this.#clockwork.inTurn(async () => {
      const others = this.#schedules.filter(({ id }) => id !== scheduleId)
      if (others.length === this.#schedules.length) throw scheduleUnknown(scheduleId)
      await this.#keep(others)
      const { [scheduleId]: _gone, ...notes } = this.#notes
      await this.#keepNotes(notes)
      this.#clockwork.arm()
    })
  }

  #nextAtMs(): number | null {
    const nowMs = this.#options.clock.nowMs()
    const times = this.#schedules.filter(({ isEnabled }) => isEnabled).map(({ every }) => nextTimeMs(every, nowMs))
    return times.length === 0 ? null : Math.min(...times)
  }

  /** Runs what is due, and tells what was missed. */
  async #look(): Promise<void> {
    const { clock, log } = this.#options
    for (const schedule of this.#schedules) {
      if (!schedule.isEnabled || this.#clockwork.isStopped) continue
      const nowMs = clock.nowMs()
      const handledMs = this.#notes[schedule.id]?.handledMs ?? nowMs
      const { count, lastMs } = timesBetween(schedule.every, handledMs, nowMs)
      if (lastMs === null) {
        if (this.#notes[schedule.id] === undefined) await this.#note(schedule.id, { handledMs: nowMs })
        continue
      }
      // noted before it begins: a crash in the middle is no reason to do it twice
      await this.#note(schedule.id, { handledMs: nowMs })
      const isMet = nowMs - lastMs <= LATE_MS
      if (count > 1 || !isMet) this.#tellMissed(schedule, isMet ? count - 1 : count, lastMs)
      if (!isMet) continue
      await this.#run(schedule, lastMs).catch((thrown: unknown) => {
        log.error('a schedule of snapshots could not run', { schedule: schedule.id, code: toAppError(thrown).code })
        this.#tellFailed(schedule, toAppError(thrown).message)
      })
    }
  }

  async #run(schedule: SnapshotSchedule, atMs: number): Promise<void> {
    const { select, tasks } = this.#options
    const found = select(schedule.query)
    const failed: Array<ScheduleRun['failed'][number]> = []
    const fits: Machine[] = []
    for (const machine of found) {
      const reason = this.#refusal(machine)
      if (reason) failed.push({ machineId: machine.id, name: machine.name, reason })
      else fits.push(machine)
    }
    const author = { actor: 'schedule', origin: 'schedule', reason: schedule.name }
    const requests = fits.map((machine) => scheduledRequest(machine, schedule, atMs))
    const taskId = requests.length === 0 ? null : (await tasks.submitBulk(requests, author)).id
    const run = { scheduleId: schedule.id, atMs, machines: found.length, failed: failed.slice(0, MOST_FAILURES), taskId }
    await this.#note(schedule.id, { run })
    if (failed.length > 0) this.#tellFailed(schedule, `${failed.length} of ${found.length}: ${failed[0]?.name}: ${failed[0]?.reason.text}`)
  }

  #refusal(machine: Machine): Reason | null {
    const { inventory, tasks } = this.#options
    const { id, name } = machine
    const connection = inventory.get('connection', machine.connectionId)
    if (machineFreshness(connection, inventory.get('host', machine.hostId)).state !== 'live') {
      const params = { connection: connection?.name ?? '' }
      return { code: 'link.not-live', text: `There is no link to ${params.connection} now.`, params }
    }
    if (machine.template)
      return { code: 'snapshot.of-template', text: `${name} is a template, whose disks stay as they are.`, params: { name } }
    const busyWith = tasks.busyWith(id)
    if (busyWith === undefined) return null
    return { code: 'machine.busy', text: `Another task runs on ${name} (${busyWith}).`, params: { name, task: busyWith } }
  }

  /** With what has become of its tasks by now. */
  async #lastRun(scheduleId: string): Promise<ScheduleRun | null> {
    const run = this.#notes[scheduleId]?.run ?? null
    if (run === null || run.taskId === null) return run
    const children = await this.#options.history.list({ parentId: run.taskId }, { limit: MOST_FAILURES })
    return { ...run, failed: [...run.failed, ...children.flatMap(failureOf)] }
  }

  async #keep(schedules: readonly SnapshotSchedule[]): Promise<void> {
    await this.#options.kept.set(SCHEDULES_KEY, JSON.parse(JSON.stringify(schedules)))
    this.#schedules = schedules
  }

  async #note(scheduleId: string, change: Partial<Notes[string]>): Promise<void> {
    const before = this.#notes[scheduleId] ?? { handledMs: this.#options.clock.nowMs(), run: null }
    await this.#keepNotes({ ...this.#notes, [scheduleId]: { ...before, ...change } })
  }

  async #keepNotes(notes: Notes): Promise<void> {
    await this.#options.noted.set(NOTES_KEY, JSON.parse(JSON.stringify(notes)))
    this.#notes = notes
  }

  #tellMissed({ id, name }: SnapshotSchedule, count: number, lastMs: number): void {
    this.#options.events.append({
      severity: 'warning',
      code: 'snapshots.schedule-missed',
      params: { schedule: id, name, count, lastMs },
      text: `The schedule ${name} missed ${count} of its times, as this console was not running. The next one is met again.`,
      source: 'engine',
    })
  }

  #tellFailed({ id, name }: SnapshotSchedule, reason: string): void {
    this.#options.events.append({
      severity: 'warning',
      code: 'snapshots.schedule-failed',
      params: { schedule: id, name, reason },
      text: `The schedule ${name} could not take every snapshot: ${reason}`,
      source: 'engine',
    })
  }
}

function failureOf({ state, target, error }: Task): ScheduleRun['failed'] {
  if ((state !== 'failed' && state !== 'cancelled' && state !== 'needs-attention') || target?.entity !== 'machine') return []
  const reason = { code: error?.code ?? `task.${state}`, text: error?.message ?? state }
  return [{ machineId: target.id as Machine['id'], name: target.name, reason }]
}

function readable(kept: unknown, log: Logger): SnapshotSchedule[] {
  return (Array.isArray(kept) ? kept : []).flatMap((one: unknown) => {
    const schedule = snapshotScheduleSchema.safeParse(one)
    if (schedule.success) return [schedule.data]
    log.warn('a schedule of snapshots does not parse and is left out', {})
    return []
  })
}
