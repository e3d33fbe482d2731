import { ArmError } from './parts.ts'
import type { AzureWorld, Operation } from './world.ts'

/** A request to Azure Resource Manager whose caller is known. */
export interface ArmRequest {
  readonly method: string
  readonly url: URL
  /** What the template of its route names. */
  readonly params: Readonly<Record<string, string>>
  readonly body: Json
  readonly ifNoneMatch: string | undefined
  readonly world: AzureWorld
  readonly settings: WireSettings
}

export interface WireSettings {
  /** Rows of a page. */
  pageSize: number
  /** Told with a long operation; null: the caller chooses. */
  readonly retryAfterS: number | null
  /** Links to further pages lead there, as a hostile answer would; null: to this server. */
  nextLinkOrigin: string | null
  readonly origin: string
  /** `statusOnly` is known; else it says nothing, as with servers that are older or made by others. */
  knowsStatusOnly: boolean
}

export type Json = { readonly [key: string]: Json } | readonly Json[] | string | number | boolean | null | undefined

export interface ArmReply {
  readonly status: number
  readonly body: string | Buffer | null
  readonly headers?: Readonly<Record<string, string>>
}

export interface Route {
  /** As Azure's own specification names it. */
  readonly operation: string
  readonly method: string
  /** Such as `subscriptions/{subscription}/providers/Microsoft.Compute/disks`. Case does not count; `{+scope}` takes several segments. */
  readonly path: string
  /** The permission it takes; null: none. */
  readonly action: string | null
  readonly handle: (request: ArmRequest) => ArmReply
}

export function ok(body: unknown): ArmReply {
  return { status: 200, body: JSON.stringify(body) }
}

/** One page of rows that are JSON already. */
export function paged(rows: readonly string[], { url, settings }: ArmRequest): ArmReply {
  const start = Number(url.searchParams.get('$skiptoken') ?? 0)
  const end = start + settings.pageSize
  if (end >= rows.length) return { status: 200, body: `{"value":[${rows.slice(start).join(',')}]}` }
  const next = new URL(url.pathname + url.search, settings.nextLinkOrigin ?? settings.origin)
  next.searchParams.set('$skiptoken', String(end))
  return { status: 200, body: `{"value":[${rows.slice(start, end).join(',')}],"nextLink":${JSON.stringify(next.href)}}` }
}

/** Accepted: where to ask how far it is. With a body it is one that changes a resource, answered with 200 or 201 at once. */
export function accepted(
  operation: Operation,
  { settings, url }: ArmRequest,
  body: unknown = null,
  status = body === null ? 202 : 200,
): ArmReply {
  const base = `${settings.origin}/subscriptions/${operation.subscription}/providers/Microsoft.Compute/locations/${operation.location}/operations`
  const version = url.searchParams.get('api-version') ?? ''
  const link = `${base}/${operation.id}?p=8e6a&api-version=${version}`
  return {
    status,
    body: body === null ? null : JSON.stringify(body),
    headers: {
      'Azure-AsyncOperation': link,
      ...(status === 202 ? { Location: `${base}/${operation.id}?p=8e6a&monitor=true&api-version=${version}` } : {}),
      ...(settings.retryAfterS === null ? {} : { 'Retry-After': String(settings.retryAfterS) }),
    },
  }
}

export function errorBody(code: string, message: string, more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ error: { code, message, ...more } })
}

export function notFound(type: string, name: string, group: string): ArmError {
  const words = `The Resource '${type}/${name}' under resource group '${group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`
  return new ArmError(404, 'ResourceNotFound', words)
}

/** A value deep inside a body; undefined: it is not there. */
export function inside(body: Json, ...path: readonly string[]): Json {
  let at: Json = body
  for (const key of path) {
    if (typeof at !== 'object' || at === null || Array.isArray(at)) return undefined
    at = (at as { readonly [key: string]: Json })[key]
  }
  return at
}

export function textIn(body: Json, ...path: readonly string[]): string | undefined {
  const found = inside(body, ...path)
  return typeof found === 'string' ? found : undefined
}

export function tagsIn(body: Json): Record<string, string> | undefined {
  const tags = inside(body, 'tags')
  if (typeof tags !== 'object' || tags === null || Array.isArray(tags)) return undefined
  const entries = Object.entries(tags as { readonly [key: string]: Json }).map(([key]) => [key, textIn(tags, key) ?? ''] as const)
  if (entries.length > 50) throw new ArmError(400, 'InvalidTagsCount', 'The number of tags on the resource exceeds the maximum of 50.')
  const long = entries.find(([key, value]) => key.length > 512 || value.length > 256 || /[<>%&\\?/]/.test(key))
  if (long !== undefined)
    throw new ArmError(400, 'InvalidTagNameCharacters', `The tag '${long[0]}' has a name or a value that is not allowed.`)
  return Object.fromEntries(entries)
}
