/** The numbers that a list of the kernel's names (`0-3,8,^2`): what is excluded counts from the front on. */
export function idsOf(list: string): readonly number[] {
  const ids = new Set<number>()
  for (const part of list.split(',')) {
    const [, not = '', first = '0', last = first] = /^(\^?)(\d+)(?:-(\d+))?$/.exec(part.trim()) ?? []
    for (let id = Number(first); id <= Number(last); id += 1) {
      if (not === '^') ids.delete(id)
      else ids.add(id)
    }
  }
  return [...ids].toSorted((a, b) => a - b)
}

/** As virDomainPinVcpu takes it: a bit for each processor, the lowest of each byte first. Null: all of `count`. */
export function cpuMap(list: string | null, count: number): Uint8Array {
  const map = new Uint8Array(Math.ceil(Math.max(count, 1) / 8))
  const ids = list === null ? Array.from({ length: count }, (_, id) => id) : idsOf(list)
  for (const id of ids) {
    const byte = id >> 3
    if (byte < map.length) map[byte] = (map[byte] ?? 0) | (1 << (id & 7))
  }
  return map
}
