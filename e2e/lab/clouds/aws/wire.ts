/** What a service answers instead of a result, in its own words. */
export class AwsRefusal extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** A part of an answer that is written already. */
export class RawXml {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Scalar = string | number | boolean | null | undefined
export type XmlValue = Scalar | RawXml | readonly XmlValue[] | { readonly [name: string]: XmlValue }

/** As EC2 writes: an element a field, `item` for what a list holds, nothing for null. Query services write `member`. */
export function writeXml(value: XmlValue, item = 'item'): string {
  if (value === null || value === undefined) return ''
  if (value instanceof RawXml) return value.text
  if (typeof value !== 'object') return escapeText(String(value))
  if (isList(value)) return value.map((entry) => `<${item}>${writeXml(entry, item)}</${item}>`).join('')
  return Object.entries(value)
    .filter(([, field]) => field !== null && field !== undefined)
    .map(([name, field]) => `<${name}>${writeXml(field, item)}</${name}>`)
    .join('')
}

function isList(value: object): value is readonly XmlValue[] {
  return Array.isArray(value)
}

function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign] ?? '&quot;')
}

/** The fields of a form: `Filter.1.Value.2` is the second value of the first filter. */
export class Params {
  readonly #fields: ReadonlyMap<string, string>
  readonly #prefix: string

  constructor(fields: ReadonlyMap<string, string>, prefix = '') {
    this.#fields = fields
    this.#prefix = prefix
  }

  get(name: string): string | undefined {
    return this.#fields.get(this.#prefix + name)
  }

  need(name: string): string {
    const value = this.get(name)
    if (value === undefined) throw new AwsRefusal(400, 'MissingParameter', `The request must contain the parameter ${this.#prefix}${name}`)
    return value
  }

  flag(name: string): boolean {
    return this.get(name) === 'true'
  }

  number(name: string): number | undefined {
    const value = this.get(name)
    return value === undefined ? undefined : Number(value)
  }

  list(name: string): string[] {
    const values: string[] = []
    for (let at = 1; ; at += 1) {
      const value = this.get(`${name}.${at}`)
      if (value === undefined) return values
      values.push(value)
    }
  }

  /** What lies below a name, such as `DisableApiTermination.Value`. */
  below(name: string): Params {
    return new Params(this.#fields, `${this.#prefix}${name}.`)
  }

  items(name: string): Params[] {
    const numbers = new Set<number>()
    const start = `${this.#prefix}${name}.`
    for (const field of this.#fields.keys()) if (field.startsWith(start)) numbers.add(Number.parseInt(field.slice(start.length), 10))
    return [...numbers].toSorted((a, b) => a - b).map((at) => this.below(`${name}.${at}`))
  }
}

/** How the fields of one kind of object are filtered by: name of the filter → values it has. */
export type FilterFields<T> = Readonly<Record<string, (of: T) => ReadonlyArray<string | null | undefined>>>
interface Tagged {
  readonly tags: ReadonlyMap<string, string>
}

/** Objects that all filters let through. Values may hold `*` and `?`; a filter that is not known is refused, as EC2 does. */
export function filtered<T extends Tagged>(all: Iterable<T>, params: Params, fields: FilterFields<T>): T[] {
  const tests = params.items('Filter').map((filter) => {
    const name = filter.need('Name')
    const values = filter.list('Value').map(asPattern)
    const read: (of: T) => ReadonlyArray<string | null | undefined> =
      fields[name] ??
      (name === 'tag-key'
        ? (of) => [...of.tags.keys()]
        : name.startsWith('tag:')
          ? (of) => [of.tags.get(name.slice(4))]
          : () => {
              throw new AwsRefusal(400, 'InvalidParameterValue', `The filter '${name}' is invalid`)
            })
    return (of: T) => read(of).some((value) => value !== null && value !== undefined && values.some((pattern) => pattern.test(value)))
  })
  return [...all].filter((of) => tests.every((test) => test(of)))
}

function asPattern(value: string): RegExp {
  const text = value
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.')
  return new RegExp(`^${text}$`, 's')
}

/** One page of a list, and the token of the next. A token is only good for the call that it came from. */
export function pageOf<T>(
  all: readonly T[],
  request: { readonly operation: string; readonly token: string | undefined; readonly size: number },
): { readonly items: readonly T[]; readonly nextToken: string | null } {
  const start = request.token === undefined ? 0 : readToken(request.token, request.operation)
  const end = start + request.size
  const nextToken = end < all.length ? Buffer.from(JSON.stringify([request.operation, end])).toString('base64') : null
  return { items: all.slice(start, end), nextToken }
}

function readToken(token: string, operation: string): number {
  const plain = Buffer.from(token, 'base64').toString('utf8')
  const match = /^\["(\w+)",(\d+)\]$/.exec(plain)
  if (!match || match[1] !== operation) throw new AwsRefusal(400, 'InvalidNextToken', 'The token is not valid.')
  return Number(match[2])
}

/** `tagSet` of an answer. */
export function tagSet(tags: ReadonlyMap<string, string>): XmlValue {
  return tags.size === 0 ? null : [...tags].map(([key, value]) => ({ key, value }))
}

/** Seventeen hexadecimal digits, as ids have since 2016. */
export function idOf(prefix: string, number: number): string {
  return `${prefix}-0${number.toString(16).padStart(16, '0')}`
}
