import { randomUUID } from 'node:crypto'
import { StandardRPCJsonSerializer, StandardRPCSerializer } from '@orpc/client/standard'
import { StandardHandler, type StandardHandlerOptions, StandardRPCCodec, StandardRPCMatcher } from '@orpc/server/standard'
import type { CallContext } from './handlers.ts'
import type { Router } from './router.ts'

/**
 * JSON carries it as it is: no date, bigint or set, not-a-number, or hole in a list. A field that is undefined is left out by JSON
 * and by the protocol's serializer alike. Allocates nothing.
 */
function isPlain(value: unknown): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true
  if (typeof value === 'number') return !Number.isNaN(value)
  if (typeof value !== 'object') return false
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) if (!isPlain(value[index])) return false
    return true
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return false
  for (const key in value) {
    const item = (value as Record<string, unknown>)[key]
    if (item !== undefined && !isPlain(item)) return false
  }
  return true
}

/**
 * The protocol's serializer copies every answer while it looks for values that JSON cannot carry. The contract's answers have none
 * of these as a rule, so it only copies those that do: large answers take a tenth of the time and leave no garbage.
 */
export class PlainJsonSerializer extends StandardRPCJsonSerializer {
  override serialize(...args: Parameters<StandardRPCJsonSerializer['serialize']>): ReturnType<StandardRPCJsonSerializer['serialize']> {
    const [data, segments] = args
    const isWhole = segments === undefined
    if (isWhole && (data === undefined || isPlain(data))) return [data, [], [], []]
    return super.serialize(...args)
  }
}

/** Between encoding and sending lie only microtasks; a mark that was not sent by then belongs to a caller who has gone. */
const MARK_MS = 10_000

/**
 * The text of frozen answers, kept as long as the answer itself: the engine gives the same frozen object to all who ask the same
 * before anything has changed. In the message stands a mark, which `fill` replaces; nobody outside can know it. Kept as bytes, so
 * that sending it to many copies and encodes nothing.
 */
export class SharedAnswers {
  readonly #nonce = randomUUID()
  readonly #known = new WeakMap<object, { readonly mark: string; readonly bytes: Buffer }>()
  readonly #marked = new Map<string, { readonly bytes: Buffer; readonly atMs: number }>()
  readonly #nowMs: () => number
  #last = 0

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs
  }

  /** The mark that stands for the answer in a message about to be sent; null when it has to be written as any other. */
  markFor(answer: unknown): string | null {
    if (typeof answer !== 'object' || answer === null || !Object.isFrozen(answer)) return null
    let known = this.#known.get(answer)
    if (!known) {
      if (!isPlain(answer)) return null
      this.#last += 1
      known = { mark: `${this.#nonce}:${this.#last}`, bytes: Buffer.from(JSON.stringify(answer)) }
      this.#known.set(answer, known)
    }
    this.#forgetOld()
    this.#marked.delete(known.mark)
    this.#marked.set(known.mark, { bytes: known.bytes, atMs: this.#nowMs() })
    return known.mark
  }

  /** A message as it goes out, in pieces that follow one another. */
  fill(message: string): readonly (string | Buffer)[] {
    if (this.#marked.size === 0 || message.length > LONGEST_MARKED) return [message]
    const start = message.indexOf(this.#nonce)
    const end = message.indexOf('"', start)
    const marked = start < 0 ? undefined : this.#marked.get(message.slice(start, end))
    if (!marked) return [message]
    const [before, after] = [message.slice(0, start - 1), message.slice(end + 1)]
    return marked.bytes.length < SMALL_BYTES ? [before + marked.bytes.toString() + after] : [before, marked.bytes, after]
  }

  #forgetOld(): void {
    const before = this.#nowMs() - MARK_MS
    for (const [mark, { atMs }] of this.#marked) {
      if (atMs > before) return
      this.#marked.delete(mark)
    }
  }
}

/** A smaller answer is copied sooner than sent as three frames. */
const SMALL_BYTES = 4_096

/** A message whose answer is a mark holds little else. */
const LONGEST_MARKED = 500

class SharedAnswerCodec extends StandardRPCCodec {
  readonly #shared: SharedAnswers

  constructor(serializer: StandardRPCSerializer, shared: SharedAnswers) {
    super(serializer)
    this.#shared = shared
  }

  override encode(...args: Parameters<StandardRPCCodec['encode']>): ReturnType<StandardRPCCodec['encode']> {
    const mark = this.#shared.markFor(args[0])
    return mark === null ? super.encode(...args) : { status: 200, headers: {}, body: { json: mark } }
  }
}

/**
 * The protocol's handler with our serializer. With `shared`, frozen answers are written out once, and whoever sends must pass each
 * message through its `fill`.
 */
export function createAnswerHandler(
  router: Router,
  options: StandardHandlerOptions<CallContext>,
  shared?: SharedAnswers,
): StandardHandler<CallContext> {
  const serializer = new StandardRPCSerializer(new PlainJsonSerializer())
  const codec = shared ? new SharedAnswerCodec(serializer, shared) : new StandardRPCCodec(serializer)
  return new StandardHandler(router, new StandardRPCMatcher(), codec, options)
}
