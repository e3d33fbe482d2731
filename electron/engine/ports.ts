import type { ConnectionId, EntityName, EntityOf, EventRecord, Settings, Task, TaskId } from '../../shared/model/index.ts'
import type { ProviderConnection } from '../providers/provider.ts'

/**
 * The seams between the parts of the engine: each part names here what it needs of the others, so that it can be built and
 * tested alone.
 */

/** What is known now, in memory. */
export interface InventoryReader {
  get<E extends EntityName>(entity: E, id: string): EntityOf<E> | undefined
  all<E extends EntityName>(entity: E): Iterable<EntityOf<E>>
}

/** Where the task engine shows running tasks and the newest finished ones: the inventory, which streams them. */
export interface TaskSink {
  /** The task's own `revision` counts; it is never changed by the sink. */
  putTask(task: Task): void
  removeTask(id: TaskId): void
}

/** The open links. */
export interface Links {
  /** The open link of a connection, undefined while there is none. */
  current(connectionId: ConnectionId): ProviderConnection | undefined
  /** Called whenever a link has opened or ended. The answer unsubscribes. */
  onChange(listener: (connectionId: ConnectionId) => void): () => void
}

/** A line for the event log, before it has its number. What is left out is null. */
export type NewEvent = Pick<EventRecord, 'severity' | 'code' | 'text' | 'source'> &
  Partial<Omit<EventRecord, 'id' | 'severity' | 'code' | 'text' | 'source'>>

/** Takes events from anywhere in the engine. Never throws and never waits: written in batches. */
export interface EventSink {
  append(event: NewEvent): void
}

/** The settings as they are now, and when they change. */
export interface SettingsReader {
  current(): Settings
  onChange(listener: (settings: Settings) => void): () => void
}

export type { SecretStore } from './secret-store.ts'
