import { idsOf } from '../../hardware/index.ts'

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
