import { randomUUID } from 'node:crypto'
import { access } from 'node:fs/promises'
import { AppError } from '../../../shared/errors/index.ts'
import { FINAL_TASK_STATES, type Task, type TaskId } from '../../../shared/model/index.ts'
import type { Client } from '../../api/client.ts'
import type { Session } from '../connect.ts'
import { errorLine, printable } from '../output.ts'
import { ProgressLine } from '../progress-line.ts'
import { saveChannel } from '../save-channel.ts'
import { type Io, resolveTargets, waitFor } from './act.ts'

export interface ExportOptions {
  readonly name: string
  readonly file: string
  readonly pool: string | undefined
  readonly force: boolean
  readonly json: boolean
}

const POLL_MS = 250
/** A broken way is opened anew so often: the package waits. */
const TRIES = 3

/** Makes a package of a machine that is off and saves it here. Answers the exit code. */
export async function exportMachine(session: Session, options: ExportOptions, io: Io): Promise<number> {
  const { client } = session
  if (!options.force) await refuseExisting(options.file)
  const [target] = await resolveTargets(client, { names: [options.name], query: undefined })
  if (!target) return 1
  const begun = await client.ova.export({ machineId: target.id, pool: options.pool ?? null, token: randomUUID() })
  for (const disk of begun.leftOut) io.complain(`${disk} is shared or read-only: it does not come along.`)
  const ready = await untilReady(client, begun.taskId, new ProgressLine(`Converting the disks of ${printable(target.name)}`, io))
  if (FINAL_TASK_STATES.has(ready.state)) return ended(ready, options, io)
  await save(session, begun.exportId, options.file, io).catch(async (thrown: unknown) => {
    await client.tasks.cancel({ taskId: begun.taskId })
    throw thrown
  })
  const task = await waitFor(client, begun.taskId)
  return ended(task, options, io)
}

/** Until the package can be taken, or it never will be. Its step runs a moment before it is offered. */
export async function untilReady(client: Pick<Client, 'tasks'>, taskId: TaskId, line: ProgressLine): Promise<Task> {
  for (;;) {
    const task = await client.tasks.get({ taskId })
    if (task.progress.note === 'waiting-for-download' || FINAL_TASK_STATES.has(task.state) || task.state === 'needs-attention') {
      line.end()
      return task
    }
    line.say(`${Math.round(task.progress.fraction * 100)} %`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

async function save(session: Session, exportId: string, file: string, io: Io): Promise<void> {
  for (let tried = 1; ; tried++) {
    const { token, sizeBytes } = await session.client.ova.download({ exportId })
    const line = new ProgressLine('Saving', io)
    try {
      await saveChannel(session.openConsole(token), file, sizeBytes, (done) => line.bytes(done, sizeBytes))
      return
    } catch (thrown) {
      const isBroken = thrown instanceof AppError && thrown.code === 'cli.broke-off'
      if (!isBroken || tried === TRIES) throw thrown
    } finally {
      line.end()
    }
  }
}

function ended(task: Task, { file, json }: ExportOptions, io: Io): number {
  const isDone = task.state === 'succeeded'
  if (json) io.print(JSON.stringify({ task, file: isDone ? file : null }))
  else if (isDone) io.print(file)
  else io.complain(task.error ? errorLine(task.error) : task.state)
  return isDone ? 0 : 1
}

async function refuseExisting(file: string): Promise<void> {
  const isThere = await access(file).then(
    () => true,
    () => false,
  )
  if (!isThere) return
  throw new AppError({ kind: 'conflict', code: 'cli.file-exists', message: `${file} is there already. Add --force to replace it.` })
}
