import { create } from 'zustand'
import type { WireError } from '../../../shared/errors/index.ts'
import type { HardwareView, TaskId } from '../../../shared/model/index.ts'

/** The definitions that somebody began to edit. */
export type Base = Pick<HardwareView, 'revision' | 'keptXml' | 'runningXml'>

export function baseOf({ revision, keptXml, runningXml }: HardwareView): Base {
  return { revision, keptXml, runningXml }
}

/** The machine's own number while it runs; null: it is off. */
function lifeOf({ runningXml }: Base): string | null {
  return runningXml === null ? null : (/<domain[^>]*\sid=['"](\d+)['"]/.exec(runningXml)?.[1] ?? '')
}

/** Whether somebody else has edited it since. A start or a stop is no edit: what is kept is the same. */
export function wasEdited(base: Base, now: Base): boolean {
  if (base.revision === now.revision) return false
  return base.keptXml === null || base.keptXml !== now.keptXml || lifeOf(base) === lifeOf(now)
}

export interface Draft {
  readonly base: Base
  /** Fields that were touched: the rest is as the machine has it, whatever that is by now. */
  readonly values: Readonly<Record<string, unknown>>
}

/** An edit that was sent. */
export interface Attempt {
  readonly base: string
  /** Null: the engine has not answered yet. */
  readonly taskId: TaskId | null
  /** Why it came to nothing; null: it is under way. */
  readonly error: Pick<WireError, 'code' | 'message' | 'details'> | null
}

interface Drafts {
  readonly drafts: Readonly<Record<string, Draft>>
  readonly attempts: Readonly<Record<string, Attempt>>
}

/** Kept while the console is open: a lost link, another tab of the page or another machine loses no input. */
export const useDrafts = create<Drafts>(() => ({ drafts: {}, attempts: {} }))

/** A form of a machine. */
export function formKey(machineId: string, form: string): string {
  return `${machineId} ${form}`
}

function without<T>(all: Readonly<Record<string, T>>, key: string): Record<string, T> {
  const { [key]: _gone, ...rest } = all
  return rest
}

export function setDraft(key: string, draft: Draft | null): void {
  useDrafts.setState(({ drafts }) => ({ drafts: draft ? { ...drafts, [key]: draft } : without(drafts, key) }))
}

export function setAttempt(key: string, attempt: Attempt | null): void {
  useDrafts.setState(({ attempts }) => ({ attempts: attempt ? { ...attempts, [key]: attempt } : without(attempts, key) }))
}

/** One form's edit is done: what the others of the machine were begun on is what is there now, by nobody else's doing. */
export function settle(machineId: string, key: string, before: string, now: Base): void {
  useDrafts.setState(({ drafts, attempts }) => ({
    attempts: without(attempts, key),
    drafts: Object.fromEntries(
      Object.entries(without(drafts, key)).map(([each, draft]) =>
        each.startsWith(`${machineId} `) && draft.base.revision === before ? [each, { ...draft, base: now }] : [each, draft],
      ),
    ),
  }))
}

export function forgetDrafts(): void {
  useDrafts.setState({ drafts: {}, attempts: {} })
}
