import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import { type AnySchema, eventIterator, getEventIteratorSchemaDetails } from '@orpc/contract'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { secretRegistry, secretSchema } from '../../shared/contract/base.ts'
import { contract, type MethodMeta, PERMISSIONS, type Permission } from '../../shared/contract/index.ts'
import { AppError, fromRpcError } from '../../shared/errors/index.ts'
import type { Client } from './client.ts'
import type { CallContext, Handlers } from './handlers.ts'
import { createRouter } from './router.ts'
import { createServing, type RpcPort } from './serve.ts'

interface Sealed {
  readonly method: string
  readonly outcome: string
  readonly errorCode: string | null
}

/** Every method refuses, but for those given. */
function handlersWith(overrides: Record<string, Record<string, unknown>>): Handlers {
  const refuse = async () => {
    throw new AppError({ kind: 'unsupported', code: 'test.unsupported', message: 'not in this test' })
  }
  return Object.fromEntries(
    Object.entries(contract).map(([domain, methods]) => [
      domain,
      Object.fromEntries(Object.keys(methods).map((name) => [name, overrides[domain]?.[name] ?? refuse])),
    ]),
  ) as unknown as Handlers
}

function deliver(listeners: ReadonlyArray<(data: unknown) => void> | undefined, data: unknown): void {
  for (const listener of listeners ?? []) listener(structuredClone(data))
}

/** Two ends of a port that hand messages over asynchronously, as IPC does. */
function portPair(drained: () => Promise<void>): { page: RpcPort; engine: RpcPort } {
  const listeners: Array<Array<(data: unknown) => void>> = [[], []]
  const end = (mine: number, theirs: number): RpcPort => ({
    postMessage: (data) => queueMicrotask(() => deliver(listeners[theirs], data)),
    onMessage: { addListener: (callback) => listeners[mine]?.push(callback) },
    onDisconnect: { addListener: () => {} },
    drained,
  })
  return { page: end(0, 1), engine: end(1, 0) }
}

function connect(
  handlers: Handlers,
  permissions: ReadonlySet<Permission> = new Set(PERMISSIONS),
  drained: () => Promise<void> = () => Promise.resolve(),
) {
  const sealed: Sealed[] = []
  const bugs: string[] = []
  const router = createRouter({
    handlers,
    audit: { record: async ({ method, outcome, errorCode }) => sealed.push({ method, outcome, errorCode }) },
    onBug: (method) => bugs.push(method),
    validateOutput: true,
  })
  const { page, engine } = portPair(drained)
  const context: CallContext = { actor: 'maja', origin: 'page', clientId: 'w1', permissions, signal: new AbortController().signal }
  createServing(router).attachPort(engine, context)
  return { client: createORPCClient<Client>(new RPCLink({ port: page })), sealed, bugs }
}

const failure = (promise: Promise<unknown>): Promise<AppError> =>
  promise.then(
    () => Promise.reject(new Error('expected a rejection')),
    (thrown: unknown) => fromRpcError(thrown),
  )

test('a command is parsed, run and sealed in the audit', async () => {
  const seen: unknown[] = []
  const { client, sealed } = connect(
    handlersWith({
      machines: {
        act: async (input: unknown) => {
          seen.push(input)
          return { taskId: 't1', accepted: 1, refused: [] }
        },
      },
    }),
  )
  await client.machines.act({ targets: { ids: ['c.m.1'] }, action: { action: 'shutdown' } })
  expect(seen).toEqual([{ targets: { ids: ['c.m.1'] }, action: { action: 'shutdown', method: 'auto', deadlineMs: 180_000 } }])
  expect(sealed).toEqual([{ method: 'machines.act', outcome: 'ok', errorCode: null }])
})

test('an error keeps kind, code, details and what the far side said', async () => {
  const { client, sealed } = connect(
    handlersWith({
      tasks: {
        cancel: async () => {
          throw new AppError({
            kind: 'conflict',
            code: 'task.over',
            message: 'Over.',
            details: { state: 'failed' },
            remote: { number: 55 },
            retryAfterMs: 5,
          })
        },
      },
    }),
  )
  const error = await failure(client.tasks.cancel({ taskId: 't1' }))
  expect(error).toMatchObject({
    kind: 'conflict',
    code: 'task.over',
    message: 'Over.',
    details: { state: 'failed' },
    remote: { number: 55 },
    retryAfterMs: 5,
  })
  expect(sealed).toEqual([{ method: 'tasks.cancel', outcome: 'failed', errorCode: 'task.over' }])
})

test('input that does not fit is refused with the place, before any handler', async () => {
  const { client } = connect(handlersWith({}))
  const error = await failure(client.machines.act({ targets: { ids: [] }, action: { action: 'start' } }))
  expect(error).toMatchObject({ kind: 'invalid-input', code: 'input.invalid' })
  expect(error.message).toContain('targets')
})

test('a missing permission is denied and the denial sealed', async () => {
  const { client, sealed } = connect(handlersWith({}), new Set<Permission>(['inventory.read']))
  const error = await failure(client.tasks.cancel({ taskId: 't1' }))
  expect(error).toMatchObject({ kind: 'forbidden', code: 'permission.missing', details: { permission: 'task.control' } })
  expect(sealed).toEqual([{ method: 'tasks.cancel', outcome: 'denied', errorCode: 'permission.missing' }])
})

test('what is not one of our errors is a bug: reported inside, no stack outside', async () => {
  const { client, bugs } = connect(
    handlersWith({
      views: {
        list: async () => {
          throw new TypeError('x is undefined')
        },
      },
    }),
  )
  const error = await failure(client.views.list({}))
  expect(error.kind).toBe('bug')
  expect(JSON.stringify(error)).not.toContain('router.test')
  expect(bugs).toEqual(['views.list'])
})

test('a stream waits for a page that does not read', async () => {
  let made = 0
  let release = (): void => {}
  const hung = new Promise<void>((resolve) => {
    release = resolve
  })
  const { client } = connect(
    handlersWith({
      events: {
        watch: async function* watch() {
          for (; made < 100; made += 1) yield event(made)
        },
      },
    }),
    new Set(PERMISSIONS),
    () => (made > 10 ? hung : Promise.resolve()),
  )
  const stream = await client.events.watch({})
  const ids: number[] = []
  const reading = (async () => {
    for await (const item of stream) ids.push(item.id)
  })()
  await expect.poll(() => made).toBeGreaterThan(10)
  const held = made
  await new Promise((resolve) => setTimeout(resolve))
  expect(made).toBe(held)
  release()
  await reading
  expect(ids).toHaveLength(100)
})

test('a stream ends when its reader stops, and its errors are worded', async () => {
  let stopped = false
  const { client } = connect(
    handlersWith({
      events: {
        watch: async function* watch(_input: unknown, context: CallContext) {
          context.signal.addEventListener('abort', () => {
            stopped = true
          })
          yield event(1)
          yield event(2)
          throw new AppError({ kind: 'exhausted', code: 'test.full', message: 'full' })
        },
      },
    }),
  )
  const ids: number[] = []
  const error = await failure(
    (async () => {
      for await (const item of await client.events.watch({})) ids.push(item.id)
    })(),
  )
  expect(ids).toEqual([1, 2])
  expect(error).toMatchObject({ kind: 'exhausted', code: 'test.full' })
  const gone = new AbortController()
  for await (const item of await client.events.watch({}, { signal: gone.signal })) {
    expect(item.id).toBe(1)
    break
  }
  gone.abort()
  await expect.poll(() => stopped).toBe(true)
})

function event(id: number) {
  return {
    id,
    atMs: 0,
    severity: 'info',
    code: 'test',
    params: {},
    text: '',
    source: 'engine',
    actor: null,
    connectionId: null,
    hostId: null,
    machineId: null,
    taskId: null,
    objectName: null,
  }
}

test.each(
  Object.entries(contract).flatMap(([domain, methods]) =>
    Object.entries(methods).map(([name, procedure]) => [`${domain}.${name}`, procedure] as const),
  ),
)('%s: its example fits its input, and its output holds no secret', async (_name, procedure) => {
  const definition = procedure['~orpc']
  const meta: MethodMeta = definition.meta
  const result = await definition.inputSchema?.['~standard'].validate(meta.example)
  expect(result?.issues).toBeUndefined()
  expect(secretsIn(definition.outputSchema)).toBe(false)
})

test('a secret in an output would be seen', () => {
  expect(secretsIn(z.object({ kept: z.array(z.object({ password: secretSchema })) }))).toBe(true)
  expect(secretsIn(eventIterator(z.object({ password: secretSchema.nullable() })))).toBe(true)
})

/** Whether anything of that form is marked as a secret. */
function secretsIn(schema: AnySchema | undefined): boolean {
  const form = getEventIteratorSchemaDetails(schema)?.yields ?? schema
  if (form === undefined) return false
  if (!(form instanceof z.ZodType)) throw new TypeError('an output is neither a Zod schema nor a stream of one')
  return JSON.stringify(z.toJSONSchema(form, { unrepresentable: 'any', metadata: secretRegistry })).includes('"secret":true')
}

test('what a window looks at is not worth a line in the audit', async () => {
  const { client, sealed } = connect(handlersWith({ inventory: { setInterest: async () => ({ done: true }) } }))
  await client.inventory.setInterest({ visible: [], focused: null })
  expect(sealed).toEqual([])
})

test('the words of an unforeseen error stay in the log', async () => {
  const { client, bugs } = connect(
    handlersWith({
      system: {
        info: async () => {
          throw new TypeError('undefined is not in /home/maja/.ssh/id_ed25519')
        },
      },
    }),
  )
  const error = await failure(client.system.info({}))
  expect(error).toMatchObject({ kind: 'bug', code: 'bug.unexpected' })
  expect(error.message).not.toContain('/home/maja')
  expect(bugs).toEqual(['system.info'])
})

test('a query of blanks names no targets', async () => {
  const { client } = connect(handlersWith({ machines: { act: async () => ({ taskId: 't1', accepted: 9, refused: [] }) } }))
  const everything = client.machines.act({ targets: { query: '  ' }, action: { action: 'powerOff' } })
  expect(await failure(everything)).toMatchObject({ kind: 'invalid-input', code: 'input.invalid' })
})

test('a check that may trust a host key is in the audit, however it ends', async () => {
  const { client, sealed } = connect(
    handlersWith({
      connections: {
        async *check() {
          yield { type: 'done', ok: true, machines: 1, versions: [] }
          throw new AppError({ kind: 'timeout', code: 'test.late', message: 'late' })
        },
      },
    }),
  )
  const input = { providerId: 'fake', config: {} }
  const drain = async () => {
    for await (const _ of await client.connections.check(input));
  }
  expect(await failure(drain())).toMatchObject({ code: 'test.late' })
  expect(sealed).toEqual([{ method: 'connections.check', outcome: 'failed', errorCode: 'test.late' }])
})

test('a caller who leaves in the middle of a command stops neither the command nor its line in the audit', async () => {
  let finish = () => {}
  const working = new Promise<void>((resolve) => {
    finish = resolve
  })
  let begun = () => {}
  const started = new Promise<void>((resolve) => {
    begun = resolve
  })
  let done = false
  const { client, sealed } = connect(
    handlersWith({
      tasks: {
        cancel: async () => {
          begun()
          await working
          done = true
          return { done: true }
        },
      },
    }),
  )
  const leaving = new AbortController()
  const call = client.tasks.cancel({ taskId: 't1' }, { signal: leaving.signal }).catch(() => {})
  await started
  leaving.abort()
  await call
  finish()
  await new Promise((resolve) => setImmediate(resolve))
  expect(done).toBe(true)
  expect(sealed).toEqual([{ method: 'tasks.cancel', outcome: 'ok', errorCode: null }])
})
