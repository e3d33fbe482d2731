import { runInThisContext } from 'node:vm'

/** What a test asks of the main process: run this function with the module `electron`, as Playwright's `evaluate` does. */
export interface ControlRequest {
  readonly id: number
  readonly source: string
  readonly arg: unknown
}

export type ControlMessage =
  | { readonly type: 'ready'; readonly endpoint: string }
  | { readonly type: 'answer'; readonly id: number; readonly value?: unknown; readonly error?: string }

/** Answers the test process over Node's own channel between parent and child. */
export function serveControl(electron: Readonly<Record<string, unknown>>, endpoint: () => Promise<string>): void {
  if (!process.send) return
  const say = (message: ControlMessage): void => void process.send?.(message)
  process.on('message', (request: ControlRequest) => void answer(electron, request).then(say))
  process.once('disconnect', () => process.exit(1))
  // an instance that is refused never gets ready, and never says so
  const whenReady = electron['app'] as { once(event: 'ready', listener: () => void): void }
  whenReady.once('ready', () => void endpoint().then((url) => say({ type: 'ready', endpoint: url })))
}

async function answer(electron: Readonly<Record<string, unknown>>, { id, source, arg }: ControlRequest): Promise<ControlMessage> {
  try {
    // the test's own function, sent as text
    const run = runInThisContext(`(${source})`) as (module: unknown, arg: unknown) => unknown
    return { type: 'answer', id, value: await run(electron, arg) }
  } catch (error) {
    return { type: 'answer', id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
