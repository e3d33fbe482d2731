import { implement } from '@orpc/server'
import { contract, type MethodMeta } from '../../shared/contract/index.ts'
import { AppError, toAppError } from '../../shared/errors/index.ts'
import type { CallContext, Handlers } from './handlers.ts'

/** Where each command leaves its trace, whatever became of it. */
export interface AuditSink {
  record(entry: {
    readonly actor: string
    readonly origin: string
    readonly method: string
    readonly input: unknown
    readonly outcome: 'ok' | 'failed' | 'denied'
    readonly errorCode: string | null
  }): Promise<unknown>
}

export interface RouterOptions {
  readonly handlers: Handlers
  readonly audit: AuditSink
  /** Told of every error of kind `bug`; the caller only sees its code. */
  readonly onBug: (method: string, error: AppError) => void
  /**
   * Parse what handlers answer as well. Their types are checked when compiling, so that the product spares itself the parsing of
   * large answers; tests do not.
   */
  readonly validateOutput?: boolean
}

/** A handler whose types the mapped record has checked already. */
type AnyHandler = (input: unknown, context: CallContext) => unknown

/**
 * Binds the contract to the engine: parse → permission → audit (commands) → engine. The record of handlers is exhaustive by
 * type, so a method without one does not compile; here they are only walked.
 */
export function createRouter(options: RouterOptions) {
  const outputIndex = options.validateOutput ? 0 : Number.NaN
  const implementer = implement(contract).$context<CallContext>().$config({ initialOutputValidationIndex: outputIndex })
  const router: Record<string, Record<string, unknown>> = {}
  for (const [domain, methods] of Object.entries(contract)) {
    router[domain] = {}
    for (const [name, procedure] of Object.entries(methods)) {
      const method = `${domain}.${name}`
      const handler = (options.handlers as unknown as Record<string, Record<string, AnyHandler>>)[domain]?.[name]
      if (!handler) throw new AppError({ kind: 'bug', code: 'bug.handler-missing', message: `No handler for ${method}.` })
      const bind = boundHandler(method, procedure['~orpc'].meta, handler, options)
      const implemented = (implementer as unknown as Record<string, Record<string, { handler(f: unknown): unknown }>>)[domain]?.[name]
      router[domain][name] = implemented?.handler(bind)
    }
  }
  return implementer.router(router as never)
}

export type Router = ReturnType<typeof createRouter>

interface CallArguments {
  readonly input: unknown
  readonly context: CallContext
  readonly signal?: AbortSignal
}

/** Commands, and streams that need more than to read: a connection check contacts hosts and may trust a key. */
function isAudited({ kind, permission }: MethodMeta): boolean {
  return kind === 'command' || (kind === 'stream' && !permission.endsWith('.read'))
}

function boundHandler(method: string, meta: MethodMeta, handler: AnyHandler, options: RouterOptions) {
  const seal = (call: CallArguments, outcome: 'ok' | 'failed' | 'denied', errorCode: string | null) =>
    options.audit.record({ actor: call.context.actor, origin: call.context.origin, method, input: call.input, outcome, errorCode })

  return async (call: CallArguments): Promise<unknown> => {
    const context = call.signal ? { ...call.context, signal: AbortSignal.any([call.context.signal, call.signal]) } : call.context
    if (!context.permissions.has(meta.permission)) {
      if (isAudited(meta)) await seal(call, 'denied', 'permission.missing')
      throw new AppError({
        kind: 'forbidden',
        code: 'permission.missing',
        message: `This needs the permission ${meta.permission}.`,
        details: { permission: meta.permission },
      })
    }
    try {
      const answer = handler(call.input, context)
      if (meta.kind === 'stream') {
        const end = isAudited(meta) ? (error?: AppError) => seal(call, error ? outcomeOf(error) : 'ok', error?.code ?? null) : undefined
        return guarded(method, answer as AsyncIterable<unknown>, options, end)
      }
      const value = await answer
      if (meta.kind === 'command') await seal(call, 'ok', null)
      return value
    } catch (thrown) {
      const error = toAppError(thrown)
      if (error.kind === 'bug') options.onBug(method, error)
      if (isAudited(meta)) await seal(call, outcomeOf(error), error.code)
      throw error
    }
  }
}

const outcomeOf = (error: AppError) => (error.kind === 'forbidden' ? 'denied' : 'failed')

/** `end` is called once, also when the caller does not read to the end. */
async function* guarded(
  method: string,
  source: AsyncIterable<unknown>,
  options: RouterOptions,
  end?: (error?: AppError) => Promise<unknown>,
): AsyncGenerator {
  let failed: AppError | undefined
  try {
    yield* source
  } catch (thrown) {
    failed = toAppError(thrown)
    if (failed.kind === 'cancelled') return
    if (failed.kind === 'bug') options.onBug(method, failed)
    throw failed
  } finally {
    await end?.(failed)
  }
}
