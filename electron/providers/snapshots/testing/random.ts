import { isDeepStrictEqual } from 'node:util'

/** mulberry32: the same sequence for the same seed, so that a failure can be had again. */
export function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

/** Throws Error naming what is not as it must be. */
export function same(actual: unknown, expected: unknown, what: string): void {
  if (isDeepStrictEqual(actual, expected)) return
  const words = (value: unknown) => JSON.stringify(value, (_key, part: unknown) => (part instanceof Map ? [...part] : part))
  throw new Error(`${what}: ${words(actual)} in place of ${words(expected)}`)
}
