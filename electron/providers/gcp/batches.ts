import type { gaxios } from 'google-auth-library'
import { Gather } from '../cloud/index.ts'
import type { Clock } from '../provider.ts'
import { answersIn, type BatchAnswer, batchOf, boundaryOf, jsonOr } from './multipart.ts'

/** Where the document of the API has its batch (`batchPath`), below its root. */
const BATCH_PATH = 'batch/compute/v1'
/** Google takes 1,000; the answer of fewer is sooner there. */
const MOST_CALLS = 100
const GATHER_MS = 8
/** A server that has no batch says so, before it does anything. */
const NO_BATCH: ReadonlySet<number> = new Set([400, 404, 405, 501])

type Prepared = gaxios.GaxiosOptionsPrepared
type Answer = gaxios.GaxiosResponse
export type Adapter = NonNullable<gaxios.GaxiosOptions['adapter']>
type Outcome = { readonly answer: Answer } | { readonly thrown: unknown }

interface Member {
  readonly options: Prepared
  readonly alone: () => Promise<Answer>
}

export interface BatchesOptions {
  readonly clock: Clock
  /** Of the API, with a slash at its end: calls go together to nowhere else. */
  readonly root: string
  /** Sends a request with the login, and answers whatever the status is. */
  readonly request: (options: gaxios.GaxiosOptions) => Promise<gaxios.GaxiosResponse<string>>
}

/**
 * The last step of the client's requests: those that come in one moment leave together. To the client each is answered as if it had gone
 * alone, so that every one has its own result, error and deadline. One alone goes as it is, and so do all where the server has no batch.
 */
export class Batches {
  readonly #with: BatchesOptions
  readonly #url: URL
  readonly #gather: Gather<Outcome>
  readonly #members = new Map<string, Member>()
  #nextId = 1
  /** The server has been found to have none. */
  #isMissing = false

  constructor(options: BatchesOptions) {
    this.#with = options
    this.#url = new URL(BATCH_PATH, options.root)
    this.#gather = new Gather<Outcome>({
      clock: options.clock,
      forMs: GATHER_MS,
      mostAtOnce: MOST_CALLS,
      run: (_key, ids) => this.#run(ids),
      missing: () => ({ thrown: new Error('The answer of the batch does not speak of it') }),
    })
  }

  /** For requests that may go together with others of that key. */
  adapter(key: string): Adapter {
    return async <T>(options: Prepared, send: (options: Prepared) => gaxios.GaxiosPromise<T>): gaxios.GaxiosPromise<T> => {
      if (this.#isMissing || !this.#fits(options)) return await send(options)
      const id = String(this.#nextId++)
      this.#members.set(id, { options, alone: () => send(options) })
      try {
        const outcome = await orAborted(this.#gather.ask(key, id), options.signal)
        if ('thrown' in outcome) throw outcome.thrown
        return outcome.answer as gaxios.GaxiosResponse<T>
      } finally {
        this.#members.delete(id)
      }
    }
  }

  #fits({ url, body }: Prepared): boolean {
    return new URL(url).origin === this.#url.origin && (body === undefined || body === null)
  }

  /** Never throws. Whose caller has left is not sent. */
  async #run(ids: readonly string[]): Promise<ReadonlyMap<string, Outcome>> {
    const members = ids.flatMap((id) => {
      const member = this.#members.get(id)
      return member ? [{ id, ...member }] : []
    })
    if (members.length < 2 || this.#isMissing) return await eachAlone(members)
    const calls = members.map(({ id, options: { method = 'GET', url } }) => {
      const { pathname, search } = new URL(url)
      return { id, method, path: `${pathname}${search}` }
    })
    const { contentType, body } = batchOf(calls)
    const headers = { 'content-type': contentType, accept: 'multipart/mixed, application/json' }
    try {
      const whole = await this.#with.request({ url: this.#url, method: 'POST', headers, data: body, signal: whenAllLeft(members) })
      return await this.#outcomes(members, whole)
    } catch (thrown) {
      return new Map(members.map(({ id }) => [id, { thrown }]))
    }
  }

  async #outcomes(
    members: ReadonlyArray<Member & { readonly id: string }>,
    { status, headers, data }: gaxios.GaxiosResponse<string>,
  ): Promise<ReadonlyMap<string, Outcome>> {
    const boundary = boundaryOf(headers.get('content-type'))
    if (NO_BATCH.has(status) || (status < 300 && boundary === null)) {
      this.#isMissing = true
      // were any of them done all the same: each carries its own request id, under which it is done once
      return await eachAlone(members)
    }
    // what is refused as a whole is refused to each
    if (status >= 300 || boundary === null) {
      const refusal = { status, headers, data: jsonOr(data) }
      return new Map(members.map(({ id, options }) => [id, { answer: asAnswer(refusal, options) }]))
    }
    const answers = answersIn(data, boundary)
    return new Map(
      members.flatMap(({ id, options }): [string, Outcome][] => {
        const answer = answers.get(id)
        return answer ? [[id, { answer: asAnswer(answer, options) }]] : []
      }),
    )
  }
}

async function eachAlone(members: ReadonlyArray<Member & { readonly id: string }>): Promise<ReadonlyMap<string, Outcome>> {
  const outcomes = members.map(({ id, alone }) =>
    alone().then(
      (answer): [string, Outcome] => [id, { answer }],
      (thrown: unknown): [string, Outcome] => [id, { thrown }],
    ),
  )
  return new Map(await Promise.all(outcomes))
}

function asAnswer({ status, headers, data }: BatchAnswer, config: Prepared): Answer {
  return Object.assign(new Response(null, { status, headers }), { config, data })
}

/** Rejects as soon as nobody waits for it any more. */
async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | null | undefined): Promise<T> {
  if (!signal) return await promise
  let leave: () => void = () => undefined
  const left = new Promise<never>((_resolve, reject) => {
    leave = () => reject(signal.reason as Error)
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave)
  })
  return await Promise.race([promise, left]).finally(() => signal.removeEventListener('abort', leave))
}

/** Each has its own deadline: the request goes on as long as one of them waits. */
function whenAllLeft(members: readonly Member[]): AbortSignal {
  const all = new AbortController()
  let waiting = members.length
  const leave = () => {
    waiting -= 1
    if (waiting === 0) all.abort()
  }
  for (const { options } of members) options.signal?.addEventListener('abort', leave, { once: true })
  return all.signal
}
