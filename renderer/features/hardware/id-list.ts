/** `0-3,8,^2` as the numbers it stands for. */
export function idsOf(list: string): ReadonlySet<number> {
  const ids = new Set<number>()
  for (const part of list.split(',')) {
    const [, out, from, to] = /^(\^?)(\d{1,5})(?:-(\d{1,5}))?$/.exec(part.trim()) ?? []
    if (from === undefined) continue
    for (let id = Number(from); id <= Number(to ?? from); id++) {
      if (out === '^') ids.delete(id)
      else ids.add(id)
    }
  }
  return ids
}

/** The shortest way to write them. */
export function listOf(ids: Iterable<number>): string {
  const sorted = [...ids].toSorted((a, b) => a - b)
  const parts: string[] = []
  for (let at = 0; at < sorted.length; at++) {
    const first = at
    while (sorted[at + 1] === (sorted[at] ?? 0) + 1) at++
    parts.push(first === at ? String(sorted[at]) : `${sorted[first]}-${sorted[at]}`)
  }
  return parts.join(',')
}

export function isIdList(text: string): boolean {
  return /^\^?\d{1,5}(-\d{1,5})?(,\^?\d{1,5}(-\d{1,5})?)*$/.test(text.trim())
}
