import type { TaskId } from '../../../shared/model/index.ts'
import type { Clock, Logger } from '../../providers/provider.ts'
import type { TaskStore } from '../../store/store.ts'
import type { EventSink, Links, SettingsReader, TaskSink } from '../ports.ts'
import type { Again } from './task-again.ts'
import type { TaskKind, TaskRequest } from './task-kind.ts'

export interface TaskEngineOptions {
  readonly store: TaskStore
  readonly clock: Clock
  readonly log: Logger
  readonly links: Links
  readonly sink: TaskSink
  readonly events: EventSink
  readonly settings: SettingsReader
  readonly kinds: readonly TaskKind[]
  /** Of a host that takes more at once than `settings.bulkPerHost`: how many. Null: as the settings say. */
  readonly atOnce?: (hostId: string) => number | null
  /** A new id; sorts by age. */
  readonly newId?: () => TaskId
}

/** Where a task comes from. */
export type Lineage = Omit<Again, 'requests'>

export interface BulkLineage extends Lineage {
  /** What the whole of a bulk is called and what it holds, where it is more than the same for each. */
  readonly head?: Pick<TaskRequest, 'kind' | 'params' | 'target'>
}
