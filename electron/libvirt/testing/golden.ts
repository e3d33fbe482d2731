/**
 * A message that really travelled between this library and a daemon, and what it means. One JSON line each; in `value` a 64-bit number is
 * `{"$big":"123"}` and bytes are `{"$hex":"ab"}`.
 */
export interface GoldenFrame {
  readonly from: 'client' | 'daemon'
  readonly kind: 'call' | 'reply' | 'error' | 'message' | 'stream'
  /** The procedure or message. */
  readonly name: string
  /** The type of its payload; null where it has none. */
  readonly type: string | null
  readonly hex: string
  readonly value: unknown
}

/** Values → JSON values. */
export function toPlain(value: unknown): unknown {
  if (typeof value === 'bigint') return { $big: value.toString() }
  if (value instanceof Uint8Array) return { $hex: Buffer.from(value).toString('hex') }
  if (Array.isArray(value)) return value.map(toPlain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toPlain(item)]))
}

/** JSON values → values. */
export function fromPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromPlain)
  if (typeof value !== 'object' || value === null) return value
  if ('$big' in value) return BigInt(value.$big as string)
  if ('$hex' in value) return new Uint8Array(Buffer.from(value.$hex as string, 'hex'))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromPlain(item)]))
}
