import type { z } from 'zod'
import { contract, secretRegistry } from '../../../shared/contract/index.ts'
import type { Json } from '../../../shared/errors/index.ts'

export const REDACTED = '[secret]'

type Schema = z.core.$ZodType
/** The fields of zod 4's definitions that lead to other schemas. */
interface Def {
  readonly type: z.core.$ZodTypeDef['type']
  readonly shape?: Readonly<Record<string, Schema>>
  readonly valueType?: Schema
  readonly element?: Schema
  readonly items?: readonly Schema[]
  readonly rest?: Schema | null
  readonly options?: readonly Schema[]
  readonly left?: Schema
  readonly right?: Schema
  readonly in?: Schema
  readonly out?: Schema
  readonly getter?: () => Schema
  readonly innerType?: Schema
}

/** The input schema of a contract method such as `connections.add`; undefined when there is no such method. */
export function inputSchemaOf(method: string): Schema | undefined {
  const [domain, name] = method.split('.')
  const entries = (contract as Record<string, Record<string, unknown> | undefined>)[domain ?? '']
  const procedure = entries?.[name ?? ''] as { readonly '~orpc'?: { readonly inputSchema?: unknown } } | undefined
  return procedure?.['~orpc']?.inputSchema as Schema | undefined
}

/**
 * A copy of `value` without the secrets, found by the schema's types and never by names or patterns. A value the schema
 * does not describe is left out: better a gap in the audit than a password.
 */
export function redact(schema: Schema | undefined, value: unknown): Json {
  return toJson(schema ? walk(schema, value) : undefined)
}

function walk(schema: Schema, value: unknown): unknown {
  if (value === undefined || value === null) return value
  // `get` also knows what was made of a secret by a further check; `has` does not
  if (secretRegistry.get(schema)?.secret) return REDACTED
  // oxlint-disable-next-line no-underscore-dangle -- zod's documented place for a schema's definition
  const def = schema._zod.def as Def
  switch (def.type) {
    case 'object':
      return walkObject(def.shape ?? {}, value)
    case 'record':
      return isPlain(value) ? mapValues(value, (item) => walkMaybe(def.valueType, item)) : undefined
    case 'array':
      return Array.isArray(value) ? value.map((item) => walkMaybe(def.element, item)) : undefined
    case 'tuple':
      return Array.isArray(value) ? value.map((item, index) => walkMaybe(def.items?.[index] ?? def.rest, item)) : undefined
    case 'union':
      return walkEach(def.options ?? [], value)
    case 'intersection':
      return walkEach([def.left, def.right], value)
    case 'pipe':
      return walkEach([def.in, def.out], value)
    case 'lazy':
      return walkMaybe(def.getter?.(), value)
    case 'any':
    case 'unknown':
      return value
    default:
      if (def.innerType) return walk(def.innerType, value)
      // A leaf describes no fields: an object here belongs to another member of a union.
      return typeof value === 'object' ? undefined : value
  }
}

const walkMaybe = (schema: Schema | null | undefined, value: unknown): unknown => (schema ? walk(schema, value) : undefined)

function walkObject(shape: Readonly<Record<string, Schema>>, value: unknown): unknown {
  if (!isPlain(value)) return undefined
  const known = Object.entries(shape).filter(([key]) => value[key] !== undefined)
  return Object.fromEntries(known.map(([key, schema]) => [key, walk(schema, value[key])]))
}

/** What more than one schema may describe: taken from the first that fits, with what any of them calls a secret redacted. */
function walkEach(schemas: ReadonlyArray<Schema | undefined>, value: unknown): unknown {
  let result: unknown
  for (const schema of schemas) {
    const next = walkMaybe(schema, value)
    result = result === undefined ? next : merge(result, next)
  }
  return result
}

function merge(left: unknown, right: unknown): unknown {
  if (left === REDACTED || right === REDACTED) return REDACTED
  if (right === undefined) return left
  if (Array.isArray(left) && Array.isArray(right)) return left.map((item, index) => merge(item, right[index]))
  if (isPlain(left) && isPlain(right)) {
    const keys = new Set([...Object.keys(left), ...Object.keys(right)])
    return Object.fromEntries([...keys].map((key) => [key, key in left ? merge(left[key], right[key]) : right[key]]))
  }
  return left
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function mapValues(value: Record<string, unknown>, map: (item: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, map(item)]))
}

/** Plain JSON: what cannot stand in it (undefined, functions, bigint) becomes null or a string. */
function toJson(value: unknown): Json {
  if (value === null || value === undefined || typeof value === 'function' || typeof value === 'symbol') return null
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (Array.isArray(value)) return value.map(toJson)
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, toJson(item)]),
  )
}
