import { Worker } from 'node:worker_threads'
import { AppError, fromWireError, type WireError } from '../../../shared/errors/index.ts'
import { type Store, type StoreHealth, type StoreTables, withHealth } from '../store.ts'
import { openTables } from './open-tables.ts'
import { METHODS, type WorkerReply, type WorkerRequest } from './protocol.ts'
import type { SqliteOptions } from './sqlite-options.ts'

export interface OpenSqliteOptions extends Omit<SqliteOptions, 'nowMs'> {
  readonly nowMs?: number
  readonly log?: { warn(message: string, fields?: Readonly<Record<string, unknown>>): void }
  /** Of a bundled program: where its store-worker is. */
  readonly workerUrl?: URL
}

/**
 * Opens the console's database in a thread of its own. A damaged, read-only or unreachable file does not stop the console:
 * see `health()`. Throws `conflict` store.in-use and `precondition` store.newer-version.
 */
export async function openSqliteStore(options: OpenSqliteOptions): Promise<Store> {
  const { workerUrl = new URL('./store-worker.ts', import.meta.url), log, nowMs = Date.now(), file, maxPages } = options
  const workerData: SqliteOptions = { file, nowMs, ...(maxPages !== undefined && { maxPages }) }
  const worker = new Worker(workerUrl, { workerData, name: 'store' })
  const calls = new Calls(worker)
  const health = await calls.opened
  if (health.message) log?.warn(health.message, { state: health.state, code: health.error?.code })
  return withHealth(remoteTables(calls), METHODS, health, async () => {
    await calls.close()
    await worker.terminate()
  })
}

/** The same without a thread, for tests and one-shot programs: disk waits block the caller. */
export async function openSqliteStoreInline(options: SqliteOptions): Promise<Store> {
  const { tables, health, close } = await openTables(options)
  return withHealth(tables, METHODS, health, close)
}

interface Waiter {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: AppError) => void
}

/** Calls under way to the store's thread. Each settles exactly once, with its reply or with the thread's end. */
class Calls {
  readonly opened: Promise<StoreHealth>
  readonly #worker: Worker
  readonly #waiters = new Map<number, Waiter>()
  #lastId = 0
  #dead: AppError | null = null

  constructor(worker: Worker) {
    this.#worker = worker
    this.opened = new Promise((resolve, reject) => {
      worker.on('message', (reply: WorkerReply) => {
        if ('opened' in reply) resolve({ ...reply.opened, error: reply.opened.error && fromWireError(reply.opened.error) })
        else if ('refused' in reply) {
          reject(fromWireError(reply.refused))
          void worker.terminate()
        } else this.#settle(reply)
      })
      const end = (cause: unknown) => {
        this.#dead ??= gone(cause)
        reject(this.#dead)
        for (const waiter of this.#waiters.values()) waiter.reject(this.#dead)
        this.#waiters.clear()
      }
      worker.on('error', end)
      worker.on('exit', (code) => end(new Error(`The store's thread ended with ${code}.`)))
    })
  }

  call(table: keyof StoreTables, method: string, args: readonly unknown[]): Promise<unknown> {
    return this.#send((id) => ({ id, table, method, args }))
  }

  close(): Promise<unknown> {
    return this.#dead ? Promise.resolve() : this.#send((id) => ({ id, close: true }))
  }

  #send(request: (id: number) => WorkerRequest): Promise<unknown> {
    if (this.#dead) return Promise.reject(this.#dead)
    this.#lastId += 1
    const id = this.#lastId
    return new Promise((resolve, reject) => {
      this.#waiters.set(id, { resolve, reject })
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      this.#worker.postMessage(request(id))
    })
  }

  #settle(reply: { readonly id: number } & ({ readonly value: unknown } | { readonly error: WireError })): void {
    const waiter = this.#waiters.get(reply.id)
    this.#waiters.delete(reply.id)
    if ('error' in reply) waiter?.reject(fromWireError(reply.error))
    else waiter?.resolve(reply.value)
  }
}

function gone(cause: unknown): AppError {
  return new AppError({
    kind: 'remote-failure',
    code: 'store.failed',
    message: 'The console’s database has stopped answering. Restart the console.',
    cause,
  })
}

function remoteTables(calls: Calls): StoreTables {
  const table = (name: keyof StoreTables) =>
    Object.fromEntries(Object.keys(METHODS[name]).map((method) => [method, (...args: unknown[]) => calls.call(name, method, args)]))
  return Object.fromEntries((Object.keys(METHODS) as Array<keyof StoreTables>).map((name) => [name, table(name)])) as unknown as StoreTables
}
