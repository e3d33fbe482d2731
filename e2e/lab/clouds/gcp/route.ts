import type { IncomingHttpHeaders } from 'node:http'
import type { GcpWorld } from './world.ts'

/** One request, taken apart. */
export interface Call {
  readonly world: GcpWorld
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly body: Record<string, unknown>
  /** The same as it came: of an upload these are the object's. */
  readonly bytes: Buffer
  /** As Node gives it: names in lower case. */
  readonly headers: IncomingHttpHeaders
  /** Whose token came with it. */
  readonly user: string
}

/** An answer: something to write as JSON, or JSON that is written already. */
export type Answer = object | { readonly text: string }

export interface Route {
  /** The method's own name, as the discovery document has it: `compute.instances.stop`. */
  readonly id: string
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Permission that it takes; null: none, or it says itself. */
  readonly permission: string | null
  readonly pattern: RegExp
  readonly handle: (call: Call) => Answer | Promise<Answer>
}

/** `path` with `{names}`: a segment each; a colon and a verb may follow the last one. */
export function route(id: string, method: Route['method'], path: string, permission: string | null, handle: Route['handle']): Route {
  const pattern = new RegExp(`^${path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/:]+)')}$`)
  return { id, method, permission, pattern, handle }
}

/** A page of a list: `maxResults` or `pageSize` at most, and how to get the next. */
export function pageOf<T>(
  all: readonly T[],
  query: URLSearchParams,
  { size = 500, named = 'maxResults' }: { readonly size?: number; readonly named?: string } = {},
): { readonly items: readonly T[]; readonly nextPageToken?: string } {
  const from = Number(Buffer.from(query.get('pageToken') ?? '', 'base64url').toString() || 0)
  const count = Math.min(size, Number(query.get(named) ?? size))
  const items = all.slice(from, from + count)
  if (from + count >= all.length) return { items }
  return { items, nextPageToken: Buffer.from(String(from + count)).toString('base64url') }
}

/** A field of a request's body, where it is a text. */
export const textOr = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise)
