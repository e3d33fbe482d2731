import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect } from 'vitest'
import { type AppError, isAppError } from '../../../../shared/errors/index.ts'
import type { MachineAction } from '../../../../shared/model/index.ts'
import type { SeenMachine } from '../../cloud/index.ts'
import type { GcpApi } from '../api.ts'
import type { GcpConfig } from '../config.ts'
import { type CloudOptions, startAccount } from './account.ts'

type Account = Awaited<ReturnType<typeof startAccount>>
const cleanups: (() => Promise<void> | void)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

/** After the test, the last first. */
export function atEnd(cleanup: () => Promise<void> | void): void {
  cleanups.push(cleanup)
}

/** A loopback cloud and an account in it, both for one test. */
export async function start(options: CloudOptions = {}, more: Partial<GcpConfig> = {}): Promise<Account & { api: GcpApi }> {
  const account = await startAccount(options)
  atEnd(() => account.cloud.stop())
  const api = await account.openApi(more)
  atEnd(() => api.close())
  return { ...account, api }
}

/** The AppError that a call fails with. */
export async function refusal(call: Promise<unknown>): Promise<AppError> {
  const outcome = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!isAppError(outcome)) throw new Error('The call should have failed with an AppError', { cause: outcome })
  return outcome
}

export async function look(api: GcpApi, ref: string): Promise<SeenMachine> {
  const seen = await api.machine(ref, {})
  if (!seen) throw new Error(`There is no ${ref}`)
  return seen
}

export async function all(api: GcpApi, project: string): Promise<readonly SeenMachine[]> {
  const machines: SeenMachine[] = []
  for await (const page of api.machines(project, {})) machines.push(...page)
  return machines
}

/** Does it, and waits for its operation. The answer is the request's id. */
export async function perform(api: GcpApi, ref: string, action: MachineAction): Promise<string> {
  const requestId = randomUUID()
  const operation = await api.begin(action, { seen: await look(api, ref), requestId }, {})
  await expect.poll(() => operation.poll({}), { interval: 10 }).toBe('done')
  return requestId
}

/** A server that nobody should ever ask. */
export async function stranger(): Promise<{ readonly url: string; readonly requests: string[] }> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    response.end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  atEnd(() => new Promise<void>((resolve) => server.close(() => resolve())))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requests }
}
