import type { TaskId } from '../../../shared/model/index.ts'
import type { Client } from '../../api/client.ts'
import { printable } from '../output.ts'
import type { Io } from './act.ts'
import { followMoves } from './migrate-follow.ts'

/** Takes a move that broke in post-copy up again now, and waits for its end. */
export async function resumeMove(client: Client, taskId: TaskId, watch: boolean, io: Io): Promise<number> {
  await client.migrations.resume({ taskId })
  const { state, error } = await followMoves(client, taskId, { watch, isOne: true }, io)
  if (state === 'succeeded') return 0
  if (error) io.complain(printable(error.message))
  return 1
}
