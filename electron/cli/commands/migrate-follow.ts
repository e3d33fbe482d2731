import { toAppError } from '../../../shared/errors/index.ts'
import type { MigrationLive, Task, TaskId } from '../../../shared/model/index.ts'
import type { Client } from '../../api/client.ts'
import { errorLine, printable } from '../output.ts'
import { ProgressLine } from '../progress-line.ts'
import { type Io, waitFor } from './act.ts'
import { liveLine } from './migrate-show.ts'

export interface FollowOptions {
  /** Each step as a line of its own, rather than one line in place. */
  readonly watch: boolean
  /** One machine: its phases can be told. Of several only how many are done. */
  readonly isOne: boolean
}

/** Waits for the end of a move. Ctrl-C asks it to cancel, and is obeyed at once when it is pressed again: the move then goes on without us. */
export async function followMoves(client: Client, taskId: TaskId, { watch, isOne }: FollowOptions, io: Io): Promise<Task> {
  const line = new ProgressLine('Moving', io)
  const ended = new AbortController()
  const interrupts = onInterrupt(() => {
    line.end()
    io.complain('Cancelling: the machine runs on where it is. Ctrl-C again leaves without waiting.')
    client.tasks.cancel({ taskId }).catch((thrown: unknown) => io.complain(errorLine(toAppError(thrown))))
  })
  let said = ''
  const tell = (text: string, key = text) => {
    if (!watch) line.say(text)
    else if (key !== said) io.print(printable(text))
    said = key
  }
  const following = isOne ? phases((live) => tell(liveLine(live, Date.now()), live.phase)) : null
  try {
    return await waitFor(client, taskId, ({ children }) => {
      if (children) tell(`${children.succeeded + children.failed + children.cancelled} of ${children.total}`)
    })
  } finally {
    ended.abort()
    // whoever closes the connection next must not be overtaken by its goodbye
    await following
    interrupts()
    line.end()
  }

  /** What cannot be followed is waited for all the same. */
  async function phases(onLive: (live: MigrationLive) => void): Promise<void> {
    try {
      for await (const live of await client.migrations.watch({ taskId }, { signal: ended.signal })) onLive(live)
    } catch (thrown) {
      if (!ended.signal.aborted) io.complain(errorLine(toAppError(thrown)))
    }
  }
}

/** Calls back at the first Ctrl-C; the second one is the terminal's own again. Answers what ends it. */
function onInterrupt(run: () => void): () => void {
  process.once('SIGINT', run)
  return () => process.off('SIGINT', run)
}
