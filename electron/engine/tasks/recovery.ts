import { toAppError } from '../../../shared/errors/index.ts'
import type { Logger } from '../../providers/provider.ts'
import type { TaskRecord } from './journal.ts'
import type { TaskArchive } from './task-archive.ts'
import type { Step } from './task-kind.ts'
import { type Live, newLive, type TaskLedger } from './task-ledger.ts'

export interface Recovered {
  readonly lives: readonly Live[]
  /** Children of a bulk whose creation never came to its end: nobody was told that it runs, so it does not. */
  readonly abandoned: ReadonlySet<Live>
}

/** Reads back what the last run left unfinished. Nothing runs yet. */
export async function recover(
  archive: TaskArchive,
  ledger: TaskLedger,
  stepsOf: (record: TaskRecord) => readonly Step[],
  log: Logger,
): Promise<Recovered> {
  const lives = (await archive.unfinished()).map((record) => newLive(record, stepsOrNone(record, stepsOf, log)))
  for (const live of lives) if (live.record.task.children) ledger.adopt(live)
  for (const live of lives) if (!live.record.task.children) ledger.adopt(live)
  const abandoned = new Set<Live>()
  for (const { record } of lives) {
    const bulk = ledger.bulk(record.task.id)
    if (!bulk) continue
    for (const child of await archive.tasks({ parentId: record.task.id })) bulk.set(child)
    if (!bulk.closeCreation() || record.task.state !== 'queued') continue
    for (const live of lives) if (live.parent === record.task.id) abandoned.add(live)
  }
  return { lives, abandoned }
}

function stepsOrNone(record: TaskRecord, stepsOf: (record: TaskRecord) => readonly Step[], log: Logger): readonly Step[] {
  if (record.task.children) return []
  try {
    return stepsOf(record)
  } catch (thrown) {
    log.error('a task cannot be taken up again', { taskId: record.task.id, code: toAppError(thrown).code })
    return []
  }
}
