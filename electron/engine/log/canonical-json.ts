import type { Json } from '../../../shared/errors/index.ts'

/**
 * One text for one value: keys sorted by UTF-16 code units, no white space, numbers and strings as ECMAScript writes them
 * (the rules of RFC 8785, JSON Canonicalization Scheme). Fields that are undefined are left out.
 */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonicalJson(item)).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value as Readonly<Record<string, Json>>)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
    return `{${fields.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`
  }
  return JSON.stringify(value)
}
