/** Integer hash of up to three words, well mixed (the finaliser of MurmurHash3). Answers an unsigned 32-bit number. */
export function mix(a: number, b = 0, c = 0): number {
  let h = (a ^ Math.imul(b, 0x9e3779b1) ^ Math.imul(c, 0x85ebca77)) | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** `mix` as a share in [0, 1). */
export function share(a: number, b = 0, c = 0): number {
  return mix(a, b, c) / 0x1_0000_0000
}

/** A text's hash, FNV-1a. */
export function hashText(text: string): number {
  let h = 0x811c9dc5
  for (let index = 0; index < text.length; index++) h = Math.imul(h ^ text.charCodeAt(index), 0x01000193)
  return h >>> 0
}

/** One of `list`, chosen by a share. */
export function pick<T>(list: readonly T[], at: number): T {
  const item = list[Math.min(list.length - 1, Math.floor(at * list.length))]
  if (item === undefined) throw new RangeError('pick from an empty list')
  return item
}

/** Index into cumulated weights by a share. */
export function pickWeighted(cumulated: readonly number[], at: number): number {
  const wanted = at * (cumulated.at(-1) ?? 0)
  let low = 0
  let high = cumulated.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((cumulated[middle] ?? 0) > wanted) high = middle
    else low = middle + 1
  }
  return low
}

export function cumulate(weights: readonly number[]): number[] {
  let sum = 0
  return weights.map((weight) => (sum += weight))
}

/** A stream of shares in [0, 1) from a seed (mulberry32): the same seed gives the same stream. */
export function createRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000
  }
}

/** A UUID (version 4 in form) made of a seed and an index. */
export function seededUuid(seed: number, index: number): string {
  const hex = (salt: number) => mix(seed, index, salt).toString(16).padStart(8, '0')
  const [a, b, c, d] = [hex(1), hex(2), hex(3), hex(4)]
  return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-${'89ab'[mix(seed, index, 5) % 4]}${c.slice(1, 4)}-${c.slice(4)}${d}`
}
