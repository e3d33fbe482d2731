/** How much of what was shown is looked for in what comes anew, and how little is no sign. */
const MOST_BYTES = 1_024
const LEAST_BYTES = 8

/** The last bytes that were shown. */
export class SeenTail {
  #bytes = new Uint8Array(0)

  get bytes(): Uint8Array {
    return this.#bytes
  }

  add(bytes: Uint8Array): void {
    const joined = new Uint8Array(this.#bytes.length + bytes.length)
    joined.set(this.#bytes)
    joined.set(bytes, this.#bytes.length)
    this.#bytes = joined.slice(-MOST_BYTES)
  }
}

/** What follows in `bytes` after the last place where `tail` stands in it; null: it does not, so something in between may be missing. */
export function afterSeen(tail: Uint8Array, bytes: Uint8Array): Uint8Array | null {
  if (tail.length < LEAST_BYTES) return null
  for (let at = bytes.length - tail.length; at >= 0; at -= 1) {
    if (tail.every((byte, offset) => bytes[at + offset] === byte)) return bytes.subarray(at + tail.length)
  }
  return null
}
