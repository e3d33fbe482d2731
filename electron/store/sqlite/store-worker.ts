import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { toWireError } from '../../../shared/errors/index.ts'
import type { StoreTables } from '../store.ts'
import { type OpenTables, openTables } from './open-tables.ts'
import { METHODS, type WorkerInput, type WorkerReply, type WorkerRequest } from './protocol.ts'
import { fromSqlite } from './sqlite-error.ts'

/** The thread that owns the database: disk waits happen here and never in the engine's loop. */
async function serve(port: MessagePort, input: WorkerInput): Promise<void> {
  const reply = (message: WorkerReply) => port.postMessage(message)
  let opened: OpenTables
  try {
    opened = await openTables(input)
  } catch (thrown) {
    reply({ refused: toWireError(fromSqlite(thrown)) })
    return
  }
  const { state, message, error } = opened.health
  reply({ opened: { state, message, error: error && toWireError(error) } })
  // One at a time and in order: the engine relies on it that a later write never overtakes an earlier one.
  let queue = Promise.resolve()
  port.on('message', (request: WorkerRequest) => {
    queue = queue.then(async () => {
      try {
        if ('close' in request) {
          await opened.close()
          reply({ id: request.id, value: null })
          port.close()
          return
        }
        reply({ id: request.id, value: await call(opened.tables, request) })
      } catch (thrown) {
        reply({ id: request.id, error: toWireError(fromSqlite(thrown)) })
      }
    })
  })
}

async function call(tables: StoreTables, request: Extract<WorkerRequest, { table: string }>): Promise<unknown> {
  const table = tables[request.table] as unknown as Record<string, ((...args: readonly unknown[]) => Promise<unknown>) | undefined>
  const method = request.method in METHODS[request.table] ? table[request.method] : undefined
  if (!method) throw new Error(`The store has no ${request.table}.${request.method}.`)
  return await method(...request.args)
}

if (parentPort) void serve(parentPort, workerData as WorkerInput)
