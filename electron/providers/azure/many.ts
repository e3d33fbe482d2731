import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { type AppError, isAppError } from '../../../shared/errors/index.ts'
import { Gather, type Operation, problems } from '../cloud/index.ts'
import type { CallOptions, Clock } from '../provider.ts'
import { type AzureAccount, abortOf } from './account.ts'
import { refOf, subscriptionOf } from './ids.ts'
import { isNotOffered, memberProblem } from './problems.ts'

/** What Azure does to many machines of one subscription and region with one call. */
export type ManyVerb = 'Start' | 'Deallocate' | 'Hibernate' | 'Delete'

const VERSION = '2025-05-01'
const MOST_IDS = 100
const GATHER_MS = 8
/** Before one is deleted its disks are looked at, so that many do not come in one moment. */
const GATHER_DELETES_MS = 250
/** Azure would repeat by itself what failed; here that is for a person to decide. The window is the shortest it takes. */
const ONCE = { retryPolicy: { retryCount: 0, retryWindowInMinutes: 5 } } as const

const wordsSchema = z.string().nullish()
const operationSchema = z.object({
  operationId: z.string(),
  resourceId: wordsSchema,
  state: wordsSchema,
  resourceOperationError: z.object({ errorCode: wordsSchema, errorDetails: wordsSchema }).nullish(),
})
const answerSchema = z.object({
  results: z.array(
    z.object({ resourceId: wordsSchema, errorCode: wordsSchema, errorDetails: wordsSchema, operation: operationSchema.nullish() }),
  ),
})
type Answer = z.infer<typeof answerSchema>
type Told = NonNullable<Answer['results'][number]['operation']>

/** What became of one member: an operation, a refusal of its own, or to be asked for by itself. */
type Fate = Told | AppError | 'alone'

/**
 * Requests that come in the same moment go together through Microsoft.ComputeSchedule. One that comes alone goes its own way, and so do all
 * where that service is not registered or not allowed, which is remembered.
 */
export class ManyAtOnce {
  readonly #account: AzureAccount
  readonly #asked: Gather<Fate>
  readonly #deletions: Gather<Fate>
  readonly #states: Gather<Told | null>
  /** `subscription region verb` for which it cannot be used. */
  readonly #without = new Set<string>()

  /** `statesMs`: so long further members that want to know how far theirs is are waited for. */
  constructor(account: AzureAccount, clock: Clock, statesMs: number) {
    this.#account = account
    const gather = (forMs: number) =>
      new Gather<Fate>({
        clock,
        forMs,
        mostAtOnce: MOST_IDS,
        run: (key, refs) => this.#execute(key, refs),
        missing: (ref) => problems.replyLost(ref),
      })
    this.#asked = gather(GATHER_MS)
    this.#deletions = gather(GATHER_DELETES_MS)
    this.#states = new Gather<Told | null>({
      clock,
      forMs: statesMs,
      mostAtOnce: MOST_IDS,
      run: (key, ids) => this.#readStates(key, ids),
      missing: () => null,
    })
  }

  /** `alone` is the call for this machine by itself. Throws AppError: this machine's own refusal, or `indeterminate` for all of a batch. */
  async ask(
    verb: ManyVerb,
    { ref, region }: { readonly ref: string; readonly region: string },
    options: CallOptions,
    alone: () => Promise<Operation | null>,
  ): Promise<Operation | null> {
    abortOf(options)
    const place = `${subscriptionOf(ref)} ${region.toLowerCase().replaceAll(' ', '')}`
    const key = `${place} ${verb}`
    if (region === '' || this.#without.has(key)) return alone()
    const fate = await (verb === 'Delete' ? this.#deletions : this.#asked).ask(key, ref)
    if (fate === 'alone') return alone()
    if (isAppError(fate)) throw fate
    return { poll: (polling) => this.#poll(place, fate.operationId, `${verb} ${ref}`, polling) }
  }

  async #execute(key: string, refs: readonly string[]): Promise<ReadonlyMap<string, Fate>> {
    const each = () => new Map(refs.map((ref) => [ref, 'alone'] as const))
    if (refs.length === 1 || this.#without.has(key)) return each()
    const [subscription = '', region = '', verb = ''] = key.split(' ')
    const body = { executionParameters: ONCE, resources: { ids: refs }, correlationid: randomUUID() }
    let text: string
    try {
      text = await this.#account.rest.post(pathOf(subscription, region, `Execute${verb}`), body, {})
    } catch (thrown) {
      if (isBusyThere(thrown)) return each()
      throw this.#refused(key, thrown)
    }
    const answer = answerOf(text)
    // it was taken on, and nobody knows for whom
    if (answer === null) throw problems.replyLost(`Execute${verb}`)
    return new Map(
      answer.results.flatMap(({ resourceId, errorCode, errorDetails, operation }): [string, Fate][] => {
        const ref = refOf(resourceId ?? operation?.resourceId ?? '')
        if (errorCode) return [[ref, memberProblem(errorCode, errorDetails ?? '', `${verb} ${ref}`)]]
        return operation ? [[ref, operation]] : []
      }),
    )
  }

  /** A refusal of the whole began nothing, and each is asked for by itself; a failure in its middle may have begun some. */
  #refused(key: string, thrown: unknown): unknown {
    if (!isAppError(thrown)) return thrown
    const { status, code } = thrown.remote ?? {}
    if (thrown.kind === 'remote-failure' && typeof status === 'number' && status >= 500) return problems.replyLost(key)
    const isNotThere = ['forbidden', 'not-found', 'unsupported'].includes(thrown.kind) || thrown.code === 'azure.not-registered'
    if (isNotThere || code === 'NoRegisteredProviderFound') this.#without.add(key)
    return thrown
  }

  async #poll(place: string, operationId: string, request: string, options: CallOptions): Promise<'running' | 'done'> {
    abortOf(options)
    let told: Told | null
    try {
      told = await this.#states.ask(place, operationId)
    } catch (thrown) {
      if (!isAppError(thrown) || thrown.kind === 'unauthenticated' || thrown.kind === 'cancelled') throw thrown
      // where nobody tells how far it is, the machine does
      return isNotOffered(thrown) ? 'done' : 'running'
    }
    if (told === null || told.state === 'Succeeded') return 'done'
    if (told.state !== 'Failed' && told.state !== 'Cancelled') return 'running'
    const { errorCode, errorDetails } = told.resourceOperationError ?? {}
    throw memberProblem(errorCode ?? '', errorDetails ?? told.state, request)
  }

  async #readStates(place: string, operationIds: readonly string[]): Promise<ReadonlyMap<string, Told>> {
    const [subscription = '', region = ''] = place.split(' ')
    const body = { operationIds, correlationid: randomUUID() }
    const answer = answerOf(await this.#account.rest.post(pathOf(subscription, region, 'GetOperationStatus'), body, {}))
    return new Map((answer?.results ?? []).flatMap(({ operation }) => (operation ? [[operation.operationId, operation] as const] : [])))
  }
}

/** That service has too much to do, or is down, and took nothing on: Compute itself may still be asked. */
function isBusyThere(thrown: unknown): boolean {
  return isAppError(thrown) && (thrown.kind === 'rate-limited' || thrown.remote?.['status'] === 503)
}

function pathOf(subscription: string, region: string, what: string): string {
  return `/subscriptions/${subscription}/providers/Microsoft.ComputeSchedule/locations/${region}/virtualMachines${what}?api-version=${VERSION}`
}

/** Null: it is none. */
function answerOf(text: string): Answer | null {
  try {
    return answerSchema.parse(JSON.parse(text))
  } catch {
    return null
  }
}
