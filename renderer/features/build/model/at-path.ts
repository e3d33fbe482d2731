type Keyed = Readonly<Record<string, unknown>>

function isKeyed(value: unknown): value is Keyed {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function inner(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return (value as readonly unknown[])[Number(key)]
  return isKeyed(value) ? value[key] : undefined
}

/** What stands at a dotted path such as `spec.disks.0.bus`; undefined: nothing. */
export function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce(inner, value)
}

/** The same with another value at a path; what stands on the way is copied, and made where it is missing. */
export function withValue<T>(value: T, path: string, next: unknown): T {
  return put(value, path.split('.'), next) as T
}

function put(value: unknown, [key, ...rest]: readonly string[], next: unknown): unknown {
  if (key === undefined) return next
  const changed = put(inner(value, key), rest, next)
  if (!Array.isArray(value)) return { ...(isKeyed(value) ? value : {}), [key]: changed }
  const copy: unknown[] = [...(value as readonly unknown[])]
  copy[Number(key)] = changed
  return copy
}

/** A path without places in lists and targets of disks: `spec.disks.0.bus` is `spec.disks.bus`. Words are kept under it. */
export function patternOf(path: string): string {
  return path
    .split('.')
    .filter((key, place, all) => !/^\d+$/.test(key) && all[place - 1] !== 'diskSizes')
    .join('.')
}
