import { isAppError } from '../../../shared/errors/index.ts'
import type { DefinitionVersion, HardwareView, MachineId } from '../../../shared/model/index.ts'
import type { CallOptions, Clock, Logger, ProviderConnection } from '../../providers/provider.ts'
import type { DefinitionStore } from '../../store/store.ts'
import type { RunContext } from '../tasks/task-kind.ts'

/** Versions of one machine that are kept. */
const KEPT = 200
const READ_TIMEOUT_MS = 30_000

export interface DefinitionHistoryOptions {
  readonly store: DefinitionStore
  readonly clock: Clock
  readonly log: Logger
}

/** A change that is about to be made, by a task. */
export interface DefinitionChange {
  readonly machineId: MachineId
  readonly ref: string
  /** The edit or action, such as `setMemory` or `rename`. */
  readonly edit: string
  /** What is changed: of the definition that runs alone nothing is taken back later. */
  readonly definition: DefinitionVersion['definition']
}

type Texts = Pick<HardwareView, 'keptXml' | 'runningXml'>

/** What machines were defined as before each change, made here or elsewhere. */
export class DefinitionHistory {
  readonly #options: DefinitionHistoryOptions

  constructor(options: DefinitionHistoryOptions) {
    this.#options = options
  }

  list(machineId: MachineId, limit: number): Promise<readonly DefinitionVersion[]> {
    return this.#options.store.list(machineId, limit)
  }

  /** `after`: what replaced it; null: not known. Null: there is no such version. */
  async version(machineId: MachineId, id: string): Promise<{ xml: string; after: string | null; version: DefinitionVersion } | null> {
    const { store } = this.#options
    const found = await store.get(machineId, id)
    if (!found || found.after !== null || found.version.definition === 'running') return found
    return { ...found, after: await store.seen(machineId) }
  }

  /** A kept definition was read: one that differs from what was seen last, and not by a change of ours, was changed elsewhere. */
  async saw(machineId: MachineId, keptXml: string | null): Promise<void> {
    if (keptXml === null) return
    const { store, clock } = this.#options
    const seen = await store.seen(machineId)
    if (seen === keptXml) return
    if (seen !== null && !(await this.#isOurs(machineId, seen))) {
      const said = { actor: null, origin: 'outside', taskId: null, edit: 'outside', definition: 'kept' as const }
      await store.put({ machineId, xml: seen, atMs: clock.nowMs(), ...said }, KEPT)
    }
    await store.see(machineId, keptXml)
  }

  /**
   * Runs what changes a definition once the one before it is kept: durable before anything is sent. What came to nothing leaves no version.
   * A provider without definitions just runs.
   */
  async around(change: DefinitionChange, { link, signal, task }: RunContext, run: () => Promise<void>): Promise<void> {
    const { store, clock } = this.#options
    const { machineId, ref, edit, definition } = change
    const hardware = link?.hardware
    if (!hardware) return await run()
    const options = { signal, timeoutMs: READ_TIMEOUT_MS }
    const before = await hardware.view(ref, options)
    await this.saw(machineId, before.keptXml)
    const xml = definition === 'running' ? before.runningXml : before.keptXml
    if (xml === null) return await run()
    const said = { atMs: clock.nowMs(), actor: task.actor, origin: task.origin, taskId: task.id, edit, definition }
    const id = await store.put({ machineId, xml, ...said }, KEPT)
    const settle = () => this.#settle(change, id, xml, hardware, options)
    try {
      await run()
    } catch (thrown) {
      // nobody knows what became of it: what it was before stays
      if (isAppError(thrown) && !UNKNOWN.has(thrown.kind)) await settle()
      throw thrown
    }
    await settle()
  }

  /**
   * Deletes a machine once its definition is kept, so that it can be defined again. One that cannot be read or kept is no reason to keep a
   * machine. A deletion that came to nothing leaves no version.
   */
  async aroundDeletion(change: Pick<DefinitionChange, 'machineId' | 'ref'>, context: RunContext, run: () => Promise<void>): Promise<void> {
    const id = await this.#beforeDeletion(change, context)
    try {
      await run()
    } catch (thrown) {
      if (id !== null && isAppError(thrown) && !UNKNOWN.has(thrown.kind)) await this.#options.store.remove(change.machineId, id)
      throw thrown
    }
  }

  async #beforeDeletion({ machineId, ref }: Pick<DefinitionChange, 'machineId' | 'ref'>, { link, signal, task }: RunContext) {
    const { store, clock, log } = this.#options
    try {
      const view = await link?.hardware?.view(ref, { signal, timeoutMs: READ_TIMEOUT_MS })
      const xml = view?.keptXml ?? view?.runningXml ?? null
      if (xml === null) return null
      const said = { actor: task.actor, origin: task.origin, taskId: task.id, edit: 'delete', definition: 'kept' as const }
      return await store.put({ machineId, xml, atMs: clock.nowMs(), ...said }, KEPT)
    } catch (thrown) {
      signal.throwIfAborted()
      log.warn('a definition was not kept before its machine is deleted', { machineId, code: isAppError(thrown) ? thrown.code : null })
      return null
    }
  }

  /** It is done, or has failed: a failure to look is none of its own. */
  async #settle(
    { machineId, ref, definition }: DefinitionChange,
    id: string,
    before: string,
    hardware: NonNullable<ProviderConnection['hardware']>,
    options: CallOptions,
  ): Promise<void> {
    const { store, log } = this.#options
    try {
      const now: Texts = await hardware.view(ref, options)
      const xml = definition === 'running' ? now.runningXml : now.keptXml
      if (xml === before) await store.remove(machineId, id)
      if (now.keptXml !== null) await store.see(machineId, now.keptXml)
    } catch (thrown) {
      log.debug('a definition was not read after its change', { machineId, code: isAppError(thrown) ? thrown.code : null })
    }
  }

  /** The newest version is what was seen last, so it was replaced by whoever made that version. */
  async #isOurs(machineId: MachineId, seen: string): Promise<boolean> {
    const { store } = this.#options
    const newest = (await store.list(machineId, 10)).find(({ definition }) => definition === 'kept')
    if (!newest || newest.taskId === null) return false
    return (await store.get(machineId, newest.id))?.xml === seen
  }
}

/** After these it may have happened. */
const UNKNOWN: ReadonlySet<string> = new Set(['indeterminate', 'cancelled', 'unreachable'])
