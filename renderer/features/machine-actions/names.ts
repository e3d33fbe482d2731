const MAX = 63

/** A name that every cloud takes: small letters, digits and dashes, a letter first, with the day in it. */
export function nameFor(parts: readonly string[], day: Date): string {
  const date = day.toISOString().slice(0, 10)
  const plain = parts
    .join('-')
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '')
  const base = (plain === '' ? 'machine' : plain).slice(0, MAX - date.length - 1).replace(/-+$/, '')
  return `${base}-${date}`
}
