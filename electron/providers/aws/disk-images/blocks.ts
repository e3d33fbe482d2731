import { createHash } from 'node:crypto'
import type { VolumePiece } from '../../provider.ts'

/** EBS direct knows blocks of this size alone. */
export const BLOCK_BYTES = 524_288

const ZEROS = Buffer.alloc(BLOCK_BYTES)

export interface Block {
  readonly index: number
  /** Whole: the last one of a disk is filled up with zeros. */
  readonly data: Buffer
}

/** As EBS wants it beside a block. */
export function checksumOf(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('base64')
}

export function isZeros(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    const part = bytes.subarray(at, at + BLOCK_BYTES)
    if (Buffer.compare(part, ZEROS.subarray(0, part.length)) !== 0) return false
  }
  return true
}

/**
 * The blocks that pieces from `offset` on make up. Of nothing but zeros they are left out, as a snapshot reads zeros where nothing was put; unless
 * `withZeros`, which is for where something was.
 */
export async function* blocksOf(offset: number, pieces: AsyncIterable<VolumePiece>, withZeros: boolean): AsyncGenerator<Block> {
  let index = offset / BLOCK_BYTES
  let filled = 0
  /** Null: only zeros so far. */
  let data: Buffer | null = null
  const end = (): Block | null => {
    const block = data === null && !withZeros ? null : { index, data: data ?? ZEROS }
    index += 1
    filled = 0
    data = null
    return block
  }
  for await (const piece of pieces) {
    const bytes = piece instanceof Uint8Array ? piece : null
    const length = bytes?.length ?? (piece as { readonly zeros: number }).zeros
    for (let at = 0; at < length; ) {
      const some = Math.min(length - at, BLOCK_BYTES - filled)
      const part = bytes?.subarray(at, at + some)
      if (part && (data !== null || !isZeros(part))) {
        data ??= Buffer.alloc(BLOCK_BYTES)
        data.set(part, filled)
      }
      filled += some
      at += some
      if (filled < BLOCK_BYTES) continue
      const block = end()
      if (block) yield block
    }
  }
  if (filled === 0) return
  const last = end()
  if (last) yield last
}

/**
 * Runs over all of them, so many at once. After a failure nothing new is begun, what is under way is told to stop and waited for, and the first
 * failure is thrown: nobody is left behind who writes later.
 */
export async function eachAtOnce<T>(
  items: AsyncIterable<T>,
  atOnce: number,
  run: (item: T, stop: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController()
  const running = new Set<Promise<void>>()
  const failures: unknown[] = []
  try {
    for await (const item of items) {
      const one: Promise<void> = run(item, stop.signal)
        .catch((thrown: unknown) => {
          failures.push(thrown)
          stop.abort()
        })
        .finally(() => running.delete(one))
      running.add(one)
      if (running.size >= atOnce) await Promise.race(running)
      if (failures.length > 0) break
    }
  } catch (thrown) {
    failures.push(thrown)
    stop.abort()
  }
  await Promise.all(running)
  if (failures.length > 0) throw failures[0]
}

/** What `run` makes of each, in their order, so many begun before they are asked for. Whoever stops listening stops what is under way. */
export async function* ahead<T, R>(
  items: AsyncIterable<T>,
  most: number,
  run: (item: T, stop: AbortSignal) => Promise<R>,
): AsyncGenerator<R> {
  const stop = new AbortController()
  const begun: Array<Promise<R>> = []
  try {
    for await (const item of items) {
      const one = run(item, stop.signal)
      // it is thrown in its turn; after an earlier one was, nobody waits for it
      one.catch(() => undefined)
      begun.push(one)
      if (begun.length < most) continue
      const [first] = begun.splice(0, 1)
      if (first) yield await first
    }
    for (const one of begun) yield await one
  } finally {
    stop.abort()
    await Promise.allSettled(begun)
  }
}
