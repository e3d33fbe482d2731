/**
 * Values between processes and worlds: what a structured copy keeps of the values that NovaCron sends (text, bytes, plain data).
 * The same rules stand as text in worlds.ts, for the page's side.
 */
export type Encoded =
  | { readonly u: 1 }
  | { readonly v: unknown }
  | { readonly b: string }
  | { readonly a: readonly Encoded[] }
  | { readonly o: Readonly<Record<string, Encoded>> }

export function encode(value: unknown): Encoded {
  if (value === undefined) return { u: 1 }
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return { v: value }
  if (value instanceof ArrayBuffer) return { b: Buffer.from(value).toString('base64') }
  if (ArrayBuffer.isView(value)) return { b: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') }
  if (Array.isArray(value)) return { a: value.map(encode) }
  if (typeof value === 'object') return { o: Object.fromEntries(Object.entries(value).map(([key, one]) => [key, encode(one)])) }
  throw new TypeError('An object could not be cloned.')
}

export function decode(encoded: Encoded): unknown {
  if ('v' in encoded) return encoded.v
  if ('b' in encoded) return new Uint8Array(Buffer.from(encoded.b, 'base64'))
  if ('a' in encoded) return encoded.a.map(decode)
  if ('o' in encoded) return Object.fromEntries(Object.entries(encoded.o).map(([key, one]) => [key, decode(one)]))
  return undefined
}
